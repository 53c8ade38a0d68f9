#include "services/publisher/domain/thread.h"

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/content/content.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/sending.h"
#include "services/publisher/domain/states.h"

namespace carillon::publisher {
namespace {

constexpr char kWaitsForTurn[] = "THREAD";

v1::Dispatch PartDispatch(const Turn& turn, const v1::Delivery& before, v1::Content content) {
  v1::Dispatch part = before.dispatch();
  part.set_part(part.part() + 1);
  if (part.thread_id().empty()) {
    part.set_thread_id(before.id());
    part.set_first_remote_id(before.remote_id());
  }
  part.set_delivery_id(PartId(part.thread_id(), part.part(), part.account_id()));
  // The approval of the whole covers each of its parts.
  part.set_content_hash(content::ContentHash(content));
  *part.mutable_content() = std::move(content);
  // Half a thread is worse than a late one; what is too late even so is a person's to decide.
  *part.mutable_not_after() = ToProto(turn.now() + turn.rules().thread_window);
  part.set_hold_if_late(true);
  return part;
}

}  // namespace

std::string PartId(const std::string& thread_id, int part, const std::string& account_id) {
  return MakeId("dlv", {thread_id, "part", std::to_string(part)}, account_id);
}

bool NextPart(const v1::Dispatch& dispatch, v1::Content* next) {
  const v1::Content& content = dispatch.content();
  if (content.thread_size() > 0) {
    *next = content::PartOf(content, content.thread(0));
    for (int i = 1; i < content.thread_size(); ++i) *next->add_thread() = content.thread(i);
    if (content.has_first_comment()) *next->mutable_first_comment() = content.first_comment();
  } else if (content.has_first_comment()) {
    *next = content::PartOf(content, content.first_comment());
  } else {
    return false;
  }
  return true;
}

Status AddNextPart(Turn& turn, v1::Delivery& published) {
  v1::Content content;
  if (!published.next_part_id().empty() || !NextPart(published.dispatch(), &content)) return Ok();
  const bool comment = published.dispatch().content().thread_size() == 0;
  const std::string& first = published.dispatch().first_remote_id();
  content.set_in_reply_to_remote_id(comment && !first.empty() ? first : published.remote_id());
  const v1::Dispatch dispatch = PartDispatch(turn, published, std::move(content));
  published.set_next_part_id(dispatch.delivery_id());
  turn.Changed(published.id(), "delivery.published");
  ASSIGN_OR_RETURN(const v1::Delivery* known, turn.FindDelivery(dispatch.delivery_id()));
  if (known != nullptr) return Ok();
  v1::Delivery& delivery = turn.AddDelivery(dispatch.delivery_id());
  *delivery.mutable_dispatch() = dispatch;
  *delivery.mutable_accepted_at() = ToProto(turn.now());
  delivery.set_text_key(content::TextKey(dispatch.content()));
  delivery.set_state(v1::DELIVERY_STATE_QUEUED);
  delivery.set_waiting_for(kWaitsForTurn);
  *delivery.mutable_next_at() = ToProto(turn.now());
  turn.Changed(delivery.id(), "delivery.queued");
  // Before other posts of the account, where one of them was about to go.
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(dispatch.account_id()));
  if (account != nullptr && AddWaiting(*account, delivery, turn.rules().waiting_max)) {
    turn.Changed(account->id(), "account.delivery_waits");
  }
  return Ok();
}

Status CancelNextParts(Turn& turn, v1::Delivery& delivery, std::string_view reason) {
  v1::Delivery* part = &delivery;
  while (part != nullptr && part->state() == v1::DELIVERY_STATE_PUBLISHED) {
    ASSIGN_OR_RETURN(part, turn.FindDelivery(part->next_part_id()));
  }
  if (part == nullptr) return Ok();
  if (part->state() == v1::DELIVERY_STATE_QUEUED || part->state() == v1::DELIVERY_STATE_HELD) {
    return EndUnsent(turn, *part, v1::DELIVERY_STATE_CANCELLED, "CANCELLED", reason);
  }
  v1::Content next;
  if (!IsInDoubt(part->state()) || !NextPart(part->dispatch(), &next)) return Ok();
  // It may be out there, and nothing will follow it.
  v1::Content& content = *part->mutable_dispatch()->mutable_content();
  content.clear_thread();
  content.clear_first_comment();
  part->mutable_dispatch()->set_content_hash(content::ContentHash(content));
  turn.Changed(part->id(), "delivery.thread_cancelled");
  return Ok();
}

}  // namespace carillon::publisher
