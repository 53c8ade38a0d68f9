#include "services/publisher/domain/preparing.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/states.h"
#include "services/publisher/domain/thread.h"
#include "services/publisher/domain/uploading.h"

namespace carillon::publisher {
namespace {

constexpr int kPartsMax = 26;
constexpr int kItemsMax = 20;

bool NeedsMedia(const v1::Delivery& delivery) {
  if (delivery.dispatch().content().media().empty()) return false;
  return !IsAction(delivery) || delivery.dispatch().action() == v1::ACTION_KIND_EDIT;
}

}  // namespace

Status OnPrepare(Turn& turn, const std::string& to, const v1::Prepare& prepare) {
  const std::string& id = prepare.delivery_id();
  const bool too_many = prepare.parts_size() > kPartsMax ||
                        std::any_of(prepare.parts().begin(), prepare.parts().end(),
                                    [](const v1::PartMedia& part) { return part.media_size() > kItemsMax; });
  if (!IsId(id, "dlv") || id != to || RootOf(id) != prepare.account_id() || !prepare.has_not_after() || too_many) {
    return Refuse(Code::kInvalidArgument, "BAD_PREPARE",
                  fmt::format("what '{}' is told to prepare for '{}' of account '{}' can't be one delivery's", to, id,
                              prepare.account_id()));
  }
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(prepare.account_id()));
  // The dispatch is going to say why it fails.
  if (account == nullptr || account->org_id() != prepare.org_id()) return Ok();
  for (const v1::PartMedia& part : prepare.parts()) {
    const std::string delivery_id = part.part() == 0 ? id : PartId(id, part.part(), prepare.account_id());
    ASSIGN_OR_RETURN(const v1::Delivery* known, turn.FindDelivery(delivery_id));
    if (known != nullptr || part.media().empty()) continue;
    RETURN_IF_ERROR(WantUpload(turn, *account, delivery_id, part.media(), [&](v1::MediaUpload& upload) {
      upload.set_thread_id(id);
      upload.set_part(part.part());
      upload.set_content_hash(prepare.content_hash());
      *upload.mutable_due_at() = prepare.due_at();
      *upload.mutable_not_after() = prepare.not_after();
    }));
  }
  return Ok();
}

Status OnEndPreparation(Turn& turn, const std::string& to, const v1::EndPreparation& end) {
  const std::string& id = end.delivery_id();
  if (!IsId(id, "dlv") || id != to || end.parts_size() > kPartsMax) {
    return Refuse(Code::kInvalidArgument, "BAD_PREPARE", fmt::format("'{}' is told to end the uploads of '{}'", to, id));
  }
  ASSIGN_OR_RETURN(const v1::Delivery* known, turn.FindDelivery(id));
  if (known != nullptr) return Ok();
  for (const int part : end.parts()) {
    const std::string delivery_id = part == 0 ? id : PartId(id, part, std::string(RootOf(id)));
    ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(UploadId(delivery_id)));
    if (upload == nullptr || upload->state() == v1::UPLOAD_STATE_ENDED) continue;
    upload->set_error(end.reason());
    EndUpload(turn, *upload);
  }
  return Ok();
}

Result<bool> HasMedia(Turn& turn, v1::Account& account, const v1::Delivery& delivery) {
  if (!NeedsMedia(delivery)) return true;
  const v1::Dispatch& dispatch = delivery.dispatch();
  ASSIGN_OR_RETURN(const v1::MediaUpload* upload, turn.FindUpload(UploadId(delivery.id())));
  // An edit leaves the media as they were uploaded.
  if (upload == nullptr && delivery.media_handles_size() == dispatch.content().media_size()) return true;
  const absl::Time expires_at = ExpiresAt(delivery);
  const bool wanted = upload != nullptr && HasItems(*upload, dispatch.content().media()) &&
                      upload->state() != v1::UPLOAD_STATE_ENDED && FromProto(upload->not_after()) == expires_at;
  if (!wanted) {
    RETURN_IF_ERROR(WantUpload(turn, account, delivery.id(), dispatch.content().media(), [&](v1::MediaUpload& out) {
      out.set_thread_id(dispatch.thread_id().empty() ? delivery.id() : dispatch.thread_id());
      out.set_part(dispatch.part());
      out.set_content_hash(dispatch.content_hash());
      *out.mutable_due_at() = dispatch.due_at();
      *out.mutable_not_after() = ToProto(expires_at);
    }));
    ASSIGN_OR_RETURN(upload, turn.FindUpload(UploadId(delivery.id())));
  }
  return upload->state() == v1::UPLOAD_STATE_READY;
}

Result<const v1::MediaUpload*> FailedUpload(Turn& turn, const v1::Delivery& delivery) {
  if (!NeedsMedia(delivery)) return nullptr;
  ASSIGN_OR_RETURN(const v1::MediaUpload* upload, turn.FindUpload(UploadId(delivery.id())));
  // A person who says "try again" gives it another time to end, and the upload another chance.
  const bool failed = upload != nullptr && upload->state() == v1::UPLOAD_STATE_FAILED &&
                      HasItems(*upload, delivery.dispatch().content().media()) &&
                      FromProto(upload->not_after()) == ExpiresAt(delivery);
  return failed ? upload : nullptr;
}

Result<bool> RenewsMedia(Turn& turn, v1::Account& account, const v1::Delivery& delivery) {
  if (!NeedsMedia(delivery)) return false;
  ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(UploadId(delivery.id())));
  if (upload == nullptr || upload->state() != v1::UPLOAD_STATE_READY) return false;
  bool renews = false;
  for (v1::UploadItem& item : *upload->mutable_items()) {
    if (!item.has_handle_ends_at()) continue;
    const absl::Time ready_at = FromProto(item.ready_at()), ends_at = FromProto(item.handle_ends_at());
    // One that lives too short for the margin is used when it is young.
    const absl::Time fresh_until = std::max(ends_at - turn.rules().send_budget - turn.rules().handle_margin,
                                            ready_at + (ends_at - ready_at) / 2);
    if (turn.now() < fresh_until) continue;
    v1::Media media = item.media();
    item.Clear();
    *item.mutable_media() = std::move(media);
    item.set_state(v1::UPLOAD_STATE_WAITING);
    renews = true;
  }
  if (renews) RunUpload(turn, &account, *upload);
  return renews;
}

Status UseHandles(Turn& turn, v1::Delivery& delivery) {
  if (!NeedsMedia(delivery)) return Ok();
  ASSIGN_OR_RETURN(const v1::MediaUpload* upload, turn.FindUpload(UploadId(delivery.id())));
  if (upload == nullptr) return Ok();
  delivery.clear_media_handles();
  for (const v1::UploadItem& item : upload->items()) delivery.add_media_handles(item.handle());
  return Ok();
}

Status EndUploads(Turn& turn, const v1::Delivery& delivery) {
  const v1::Dispatch& dispatch = delivery.dispatch();
  const auto end = [&](const std::string& delivery_id) -> Status {
    ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(UploadId(delivery_id)));
    if (upload != nullptr) EndUpload(turn, *upload);
    return Ok();
  };
  if (NeedsMedia(delivery)) RETURN_IF_ERROR(end(delivery.id()));
  if (IsAction(delivery) || delivery.state() == v1::DELIVERY_STATE_PUBLISHED) return Ok();
  const std::string& first = dispatch.thread_id().empty() ? delivery.id() : dispatch.thread_id();
  int number = dispatch.part();
  const v1::Content& content = dispatch.content();
  for (const v1::ContentPart& part : content.thread()) {
    ++number;
    if (!part.media().empty()) RETURN_IF_ERROR(end(PartId(first, number, dispatch.account_id())));
  }
  if (content.first_comment().media().empty()) return Ok();
  return end(PartId(first, number + 1, dispatch.account_id()));
}

}  // namespace carillon::publisher
