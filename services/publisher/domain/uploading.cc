#include "services/publisher/domain/uploading.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/domain/refresh.h"
#include "services/publisher/domain/sending.h"
#include "services/publisher/domain/settling.h"

namespace carillon::publisher {
namespace {

constexpr size_t kResumeBytesMax = 512;
// Where the account has no token for it now.
constexpr absl::Duration kAccountWait = absl::Seconds(30);
constexpr absl::Duration kStoppedWait = absl::Seconds(1);

bool IsSame(const v1::Media& a, const v1::Media& b) {
  return a.sha256() == b.sha256() && a.mime_type() == b.mime_type() && a.size_bytes() == b.size_bytes() &&
         a.alt_text() == b.alt_text();
}

bool IsOver(const v1::MediaUpload& upload) {
  return upload.state() == v1::UPLOAD_STATE_FAILED || upload.state() == v1::UPLOAD_STATE_ENDED;
}

void StopRun(Turn& turn, const v1::MediaUpload& upload) {
  if (upload.state() != v1::UPLOAD_STATE_UPLOADING) return;
  auto stop = std::make_shared<UploadStop>();
  stop->upload_id = upload.id();
  turn.Do(std::move(stop));
}

// Until when the run that goes on now is believed to live; when its time is over it is looked at, too.
void Lease(Turn& turn, v1::MediaUpload& upload) {
  *upload.mutable_next_at() =
      ToProto(std::min(turn.now() + turn.rules().upload_lease, FromProto(upload.not_after()) + absl::Milliseconds(1)));
}

void WaitUntil(Turn& turn, v1::MediaUpload& upload, absl::Time at) {
  upload.set_state(v1::UPLOAD_STATE_WAITING);
  // Looked at when its time is over, too.
  *upload.mutable_next_at() = ToProto(std::min(at, FromProto(upload.not_after()) + absl::Milliseconds(1)));
  turn.Changed(upload.id(), "upload.waits");
}

// What is to be uploaded from now on. Of what was to be before, that which is the same keeps how far it is.
void SetItems(v1::MediaUpload& upload, const MediaList& media) {
  auto before = std::move(*upload.mutable_items());
  upload.clear_items();
  for (const v1::Media& wanted : media) {
    v1::UploadItem& item = *upload.add_items();
    const auto same = std::find_if(before.begin(), before.end(), [&](const v1::UploadItem& known) {
      return known.has_media() && IsSame(known.media(), wanted);
    });
    if (same != before.end()) {
      item.Swap(&*same);
      same->Clear();
    }
    *item.mutable_media() = wanted;
    if (item.state() != v1::UPLOAD_STATE_READY) item.set_state(v1::UPLOAD_STATE_WAITING);
  }
  upload.set_failures(0);
  upload.clear_error_reason();
  upload.clear_error();
}

void Fail(Turn& turn, v1::MediaUpload& upload, std::string_view reason, std::string_view error) {
  upload.set_state(v1::UPLOAD_STATE_FAILED);
  upload.set_error_reason(std::string(reason));
  upload.set_error(std::string(error));
  upload.clear_next_at();
  turn.Changed(upload.id(), "upload.failed");
}

void EndReady(Turn& turn, v1::MediaUpload& upload) {
  upload.set_state(v1::UPLOAD_STATE_READY);
  upload.clear_error_reason();
  upload.clear_error();
  *upload.mutable_next_at() = ToProto(FromProto(upload.not_after()) + absl::Milliseconds(1));
  turn.Changed(upload.id(), "upload.ready");
}

// The delivery that waits for it may go, or fails.
Status WakeDelivery(Turn& turn, const v1::MediaUpload& upload) {
  if (upload.state() != v1::UPLOAD_STATE_READY && upload.state() != v1::UPLOAD_STATE_FAILED) return Ok();
  ASSIGN_OR_RETURN(v1::Delivery * delivery, turn.FindDelivery(upload.delivery_id()));
  if (delivery == nullptr || delivery->state() != v1::DELIVERY_STATE_QUEUED || delivery->waiting_for() != kAwaitsMedia) {
    return Ok();
  }
  return TryStart(turn, *delivery);
}

Status GoOn(Turn& turn, v1::MediaUpload& upload) {
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(upload.account_id()));
  RunUpload(turn, account, upload);
  return WakeDelivery(turn, upload);
}

Status FailAndWake(Turn& turn, v1::MediaUpload& upload, std::string_view reason, std::string_view error) {
  Fail(turn, upload, reason, error);
  return WakeDelivery(turn, upload);
}

// The item that this run is about; nullptr if the run was given up.
Result<v1::UploadItem*> ItemOf(Turn& turn, const std::string& upload_id, int run, int index) {
  ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(upload_id));
  if (upload == nullptr || upload->run() != run || upload->state() != v1::UPLOAD_STATE_UPLOADING || index < 0 ||
      index >= upload->items_size() || upload->items(index).state() != v1::UPLOAD_STATE_UPLOADING) {
    return nullptr;
  }
  return upload->mutable_items(index);
}

// True if the platform has more of it than was known, and the next run can go on from there.
bool TakeProgress(v1::UploadItem& item, const std::string& resume, int64_t bytes_done) {
  const bool more = !resume.empty() && bytes_done > item.bytes_done();
  item.set_resume(resume.size() <= kResumeBytesMax ? resume : "");
  item.set_bytes_done(std::clamp<int64_t>(bytes_done, 0, item.media().size_bytes()));
  return more;
}

// The run brought nothing: the next one comes later and later, and after `refusals_max` none.
Status TryLater(Turn& turn, v1::MediaUpload& upload, absl::Time not_before) {
  const Rules& rules = turn.rules();
  upload.set_failures(upload.failures() + 1);
  if (upload.failures() >= rules.refusals_max) {
    return FailAndWake(turn, upload, "RETRIES_EXHAUSTED", std::string(upload.error()));
  }
  const absl::Duration wait = std::min(rules.retry_first * (1 << std::min(upload.failures() - 1, 16)), rules.retry_max);
  WaitUntil(turn, upload, std::max(turn.now() + wait, std::min(not_before, turn.now() + rules.retry_max)));
  return Ok();
}

}  // namespace

std::string UploadId(std::string_view delivery_id) { return MakeId("upl", {delivery_id}, RootOf(delivery_id)); }

bool HasItems(const v1::MediaUpload& upload, const MediaList& media) {
  return std::equal(upload.items().begin(), upload.items().end(), media.begin(), media.end(),
                    [](const v1::UploadItem& item, const v1::Media& wanted) { return IsSame(item.media(), wanted); });
}

void EndUpload(Turn& turn, v1::MediaUpload& upload) {
  if (upload.state() == v1::UPLOAD_STATE_ENDED) return;
  StopRun(turn, upload);
  upload.set_state(v1::UPLOAD_STATE_ENDED);
  upload.clear_next_at();
  turn.Changed(upload.id(), "upload.ended");
}

void RunUpload(Turn& turn, v1::Account* account, v1::MediaUpload& upload) {
  int index = 0;
  while (index < upload.items_size() && upload.items(index).state() == v1::UPLOAD_STATE_READY) ++index;
  if (index == upload.items_size()) return EndReady(turn, upload);
  if (account == nullptr || account->state() == v1::ACCOUNT_STATE_DISCONNECTED ||
      turn.now() > FromProto(upload.not_after())) {
    return EndUpload(turn, upload);
  }
  if (account->state() != v1::ACCOUNT_STATE_CONNECTED || AwaitsToken(turn, *account)) {
    return WaitUntil(turn, upload, turn.now() + kAccountWait);
  }
  upload.set_state(v1::UPLOAD_STATE_UPLOADING);
  upload.mutable_items(index)->set_state(v1::UPLOAD_STATE_UPLOADING);
  upload.set_run(upload.run() + 1);
  Lease(turn, upload);
  turn.Changed(upload.id(), "upload.runs");
  auto job = std::make_shared<UploadJob>();
  job->upload = upload;
  job->account = *account;
  job->index = index;
  turn.Do(std::move(job));
}

Status WantUpload(Turn& turn, v1::Account& account, const std::string& delivery_id, const MediaList& media,
            const std::function<void(v1::MediaUpload&)>& describe) {
  const std::string id = UploadId(delivery_id);
  ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(id));
  const bool is_new = upload == nullptr;
  if (is_new) {
    upload = &turn.AddUpload(id);
    upload->set_delivery_id(delivery_id);
    upload->set_account_id(account.id());
    upload->set_org_id(account.org_id());
    *upload->mutable_begun_at() = ToProto(turn.now());
  }
  describe(*upload);
  turn.Changed(id, "upload.wanted");
  if (!is_new && HasItems(*upload, media) && !IsOver(*upload)) {
    if (upload->state() == v1::UPLOAD_STATE_READY) {
      *upload->mutable_next_at() = ToProto(FromProto(upload->not_after()) + absl::Milliseconds(1));
    }
    return Ok();
  }
  StopRun(turn, *upload);
  SetItems(*upload, media);
  RunUpload(turn, &account, *upload);
  return Ok();
}

Status OnUploadProgress(Turn& turn, const v1::UploadProgress& progress) {
  ASSIGN_OR_RETURN(v1::UploadItem * item, ItemOf(turn, progress.upload_id(), progress.run(), progress.index()));
  if (item == nullptr) {
    return Refuse(Code::kFailedPrecondition, "UPLOAD_ENDED",
                  fmt::format("nobody needs run {} of {} any more", progress.run(), progress.upload_id()),
                  {{"upload", progress.upload_id()}});
  }
  ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(progress.upload_id()));
  if (TakeProgress(*item, progress.resume(), progress.bytes_done())) upload->set_failures(0);
  Lease(turn, *upload);
  turn.Changed(upload->id(), "upload.progress");
  return Ok();
}

Status OnMediaUploaded(Turn& turn, const v1::MediaUploaded& uploaded) {
  ASSIGN_OR_RETURN(v1::UploadItem * item, ItemOf(turn, uploaded.upload_id(), uploaded.run(), uploaded.index()));
  if (item == nullptr || uploaded.handle().empty()) return Ok();
  ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(uploaded.upload_id()));
  item->set_state(v1::UPLOAD_STATE_READY);
  item->set_handle(uploaded.handle());
  item->clear_resume();
  item->set_bytes_done(item->media().size_bytes());
  *item->mutable_ready_at() = uploaded.uploaded_at();
  item->clear_handle_ends_at();
  if (uploaded.lifetime_s() > 0) {
    *item->mutable_handle_ends_at() = ToProto(FromProto(uploaded.uploaded_at()) + absl::Seconds(uploaded.lifetime_s()));
  }
  upload->set_failures(0);
  turn.Changed(upload->id(), "upload.item_ready");
  return GoOn(turn, *upload);
}

Status OnUploadStopped(Turn& turn, const v1::UploadStopped& stopped) {
  ASSIGN_OR_RETURN(v1::UploadItem * item, ItemOf(turn, stopped.upload_id(), stopped.run(), stopped.index()));
  if (item == nullptr) return Ok();
  ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(stopped.upload_id()));
  if (TakeProgress(*item, stopped.resume(), stopped.bytes_done())) upload->set_failures(0);
  item->set_state(v1::UPLOAD_STATE_WAITING);
  upload->set_error_reason(stopped.error_reason());
  upload->set_error(stopped.error());
  const absl::Time retry_at = FromProto(stopped.retry_at());
  switch (stopped.refusal()) {
    case v1::REFUSAL_CLASS_UNSPECIFIED:
      WaitUntil(turn, *upload, std::max(turn.now() + kStoppedWait, retry_at));
      return Ok();
    case v1::REFUSAL_CLASS_RETRYABLE:
      return TryLater(turn, *upload, retry_at);
    case v1::REFUSAL_CLASS_RATE_LIMITED:
      // Platforms count uploads by themselves (Mastodon: 30 in half an hour): posts do not wait for that.
      WaitUntil(turn, *upload, retry_at > turn.now() ? retry_at : turn.now() + turn.rules().rate_limit_default);
      return Ok();
    case v1::REFUSAL_CLASS_AUTH: {
      ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(upload->account_id()));
      OnTokenRefused(turn, *account, stopped.credential_version(), stopped.error());
      WaitUntil(turn, *upload, turn.now() + kStoppedWait);
      return Ok();
    }
    default:
      return FailAndWake(turn, *upload, stopped.error_reason().empty() ? "REFUSED" : stopped.error_reason(), stopped.error());
  }
}

Status OnUploadDue(Turn& turn, const std::string& id) {
  ASSIGN_OR_RETURN(v1::MediaUpload * upload, turn.FindUpload(id));
  if (upload == nullptr || !upload->has_next_at() || turn.IsBefore(upload->next_at())) return Ok();
  if (turn.now() > FromProto(upload->not_after())) {
    EndUpload(turn, *upload);
    return Ok();
  }
  if (upload->state() != v1::UPLOAD_STATE_UPLOADING) return GoOn(turn, *upload);
  // Whoever ran it is gone, or can't tell.
  for (v1::UploadItem& item : *upload->mutable_items()) {
    if (item.state() == v1::UPLOAD_STATE_UPLOADING) item.set_state(v1::UPLOAD_STATE_WAITING);
  }
  upload->set_failures(upload->failures() + 1);
  upload->set_error_reason("NO_REPORT");
  if (upload->failures() >= turn.rules().refusals_max) {
    return FailAndWake(turn, *upload, "NO_REPORT", "its runs ended without a report");
  }
  return GoOn(turn, *upload);
}

}  // namespace carillon::publisher
