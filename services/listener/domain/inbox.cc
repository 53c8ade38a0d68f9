#include "services/listener/domain/inbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/clock.h"
#include "common/content/content.h"
#include "services/listener/domain/change_set.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/inbox_actions.h"
#include "services/listener/domain/reply_text.h"
#include "services/listener/domain/schedule.h"

namespace carillon::listener {
namespace {

using publisher::v1::DeliveryState;

// Not answered for good yet.
bool UnderWay(const v1::InboxReply& reply) {
  switch (reply.state()) {
    case publisher::v1::DELIVERY_STATE_UNSPECIFIED:
    case publisher::v1::DELIVERY_STATE_QUEUED:
    case publisher::v1::DELIVERY_STATE_SENDING:
    case publisher::v1::DELIVERY_STATE_CHECKING:
      return true;
    default:
      return false;
  }
}

// Of an item that is not closed: a reply under way says REPLYING, else the last one decides.
v1::InboxState StateOf(const v1::InboxItem& item) {
  if (item.replies().empty()) return v1::INBOX_STATE_OPEN;
  if (std::any_of(item.replies().begin(), item.replies().end(), UnderWay)) {
    return v1::INBOX_STATE_REPLYING;
  }
  const v1::InboxReply& last = item.replies(item.replies_size() - 1);
  return last.state() == publisher::v1::DELIVERY_STATE_PUBLISHED ? v1::INBOX_STATE_ANSWERED
                                                                 : v1::INBOX_STATE_OPEN;
}

int FindReply(const v1::InboxItem& item, const std::string& delivery_id) {
  for (int i = 0; i < item.replies_size(); ++i) {
    if (item.replies(i).delivery_id() == delivery_id) return i;
  }
  return -1;
}

Status UnknownItem(const std::string& id) {
  return Refuse(Code::kNotFound, "UNKNOWN_INBOX_ITEM",
                fmt::format("there is no inbox item '{}'; list the inbox for what there is", id),
                {{"id", id}});
}

Status ReplyUnderWay(const std::string& id) {
  return Refuse(Code::kFailedPrecondition, "REPLY_UNDER_WAY",
                fmt::format("a reply to '{}' is on its way; wait for its outcome", id),
                {{"id", id}});
}

// The order, the same each time it is sent.
void SendDispatch(ChangeSet& changes, const v1::InboxItem& item, const v1::InboxReply& reply,
                  const std::string& zone) {
  auto message = std::make_shared<publisher::v1::PublisherMessage>();
  publisher::v1::Dispatch& dispatch = *message->mutable_dispatch();
  dispatch.set_delivery_id(reply.delivery_id());
  dispatch.set_account_id(item.account_id());
  dispatch.set_org_id(item.org_id());
  dispatch.set_brand_id(item.brand_id());
  dispatch.set_post_id(item.id());
  dispatch.mutable_content()->set_text(reply.text());
  dispatch.mutable_content()->set_in_reply_to_remote_id(item.status_remote_id());
  dispatch.mutable_content()->set_conversation_remote_id(item.conversation_remote_id());
  // Who speaks in a smaller circle is answered there. A public one gets what the account's own setting is; a message goes to its conversation.
  if (item.visibility() == publisher::v1::VISIBILITY_UNLISTED || item.visibility() == publisher::v1::VISIBILITY_PRIVATE) {
    dispatch.mutable_content()->set_visibility(item.visibility());
  }
  dispatch.set_content_hash(content::ContentHash(dispatch.content()));
  dispatch.set_approved_by(reply.by());
  *dispatch.mutable_approved_at() = reply.sent_at();
  *dispatch.mutable_due_at() = reply.sent_at();
  *dispatch.mutable_not_before() = reply.sent_at();
  *dispatch.mutable_not_after() = ToProto(FromProto(reply.sent_at()) + kReplyNotAfter);
  dispatch.set_answer_to("listener");
  dispatch.set_zone(zone);
  changes.Send(reply.delivery_id(), reply.delivery_id(), item.id(), std::move(message));
}

Status CheckReply(const v1::ReplyRequest& request, const v1::InboxItem& item) {
  if (IsBlank(request.text())) {
    return Refuse(Code::kInvalidArgument, "EMPTY_TEXT", "a reply needs a text", {{"key", "text"}});
  }
  if (request.text().size() > kReplyBytesMax) {
    return Refuse(Code::kInvalidArgument, "TEXT_TOO_LONG",
                  fmt::format("the text has {} bytes, a reply at most {}", request.text().size(),
                              kReplyBytesMax),
                  {{"bytes", std::to_string(request.text().size())},
                   {"bytes_max", std::to_string(kReplyBytesMax)}});
  }
  if (item.state() == v1::INBOX_STATE_REPLYING) return ReplyUnderWay(item.id());
  if (item.replies_size() >= kRepliesMax) {
    return Refuse(Code::kFailedPrecondition, "TOO_MANY_REPLIES",
                  fmt::format("'{}' has {} replies, as many as an item can have; go on at {}",
                              item.id(), item.replies_size(), item.status_url()),
                  {{"id", item.id()}});
  }
  return Ok();
}

}  // namespace

Result<ledger::Decision> DecideReply(const v1::ReplyRequest& request,
                                     const common::v1::Envelope& envelope,
                                     ledger::StateView& states, absl::Time now) {
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(request.id()));
  if (before == nullptr || !before->has_inbox_item()) return UnknownItem(request.id());
  const std::string& account_id = before->inbox_item().account_id();
  const std::string delivery_id = DeliveryId(request.id(), envelope.request_id(), account_id);
  // The Ledger forgets a request id after a day; the reply it led to is here for good.
  if (FindReply(before->inbox_item(), delivery_id) >= 0) return ledger::Decision();
  RETURN_IF_ERROR(CheckReply(request, before->inbox_item()));
  ASSIGN_OR_RETURN(const auto account, changes.Look(CollectionId(account_id)));
  if (account == nullptr || !account->collection().connected()) {
    return Refuse(Code::kFailedPrecondition, "ACCOUNT_NOT_CONNECTED",
                  fmt::format("account '{}' is not connected; connect it to reply", account_id),
                  {{"account", account_id}});
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(request.id(), "inbox_item.reply_ordered"));
  v1::InboxItem& item = *record->mutable_inbox_item();
  v1::InboxReply& reply = *item.add_replies();
  reply.set_delivery_id(delivery_id);
  reply.set_text(ReplyText(account->collection().platform(), item.author(), request.text()));
  reply.set_by(envelope.actor().id());
  *reply.mutable_sent_at() = ToProto(now);
  reply.set_dispatch_count(1);
  *reply.mutable_next_dispatch_at() = ToProto(now + DispatchWait(1));
  item.set_state(v1::INBOX_STATE_REPLYING);
  SendDispatch(changes, item, reply, account->collection().zone());
  return changes.Take();
}

Result<ledger::Decision> DecideOutcome(const std::string& item_id,
                                       const publisher::v1::DeliveryOutcome& outcome,
                                       ledger::StateView& states, absl::Time now) {
  if (outcome.action() != publisher::v1::ACTION_KIND_UNSPECIFIED) {
    return DecideActionOutcome(item_id, outcome, states, now);
  }
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(item_id));
  if (before == nullptr || !before->has_inbox_item()) return UnknownItem(item_id);
  const int at = FindReply(before->inbox_item(), outcome.delivery_id());
  if (at < 0) {
    return Refuse(Code::kNotFound, "UNKNOWN_DELIVERY",
                  fmt::format("'{}' has no reply '{}'", item_id, outcome.delivery_id()),
                  {{"id", item_id}, {"delivery", outcome.delivery_id()}});
  }
  if (before->inbox_item().replies(at).outcome_version() >= outcome.version()) {
    return ledger::Decision();
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(item_id, "inbox_item.reply_outcome"));
  v1::InboxItem& item = *record->mutable_inbox_item();
  v1::InboxReply& reply = *item.mutable_replies(at);
  reply.set_state(outcome.state());
  reply.set_outcome_version(outcome.version());
  if (!outcome.remote_id().empty()) reply.set_remote_id(outcome.remote_id());
  if (!outcome.remote_url().empty()) reply.set_remote_url(outcome.remote_url());
  reply.set_error(outcome.error());
  if (UnderWay(reply)) {
    // It has the order: asked again only as a last resort.
    *reply.mutable_next_dispatch_at() = ToProto(now + kReplyNotAfter);
  } else {
    reply.clear_next_dispatch_at();
  }
  if (item.state() != v1::INBOX_STATE_CLOSED) item.set_state(StateOf(item));
  return changes.Take();
}

Result<ledger::Decision> DecideResendDue(const std::string& item_id, ledger::StateView& states,
                                         absl::Time now) {
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(item_id));
  if (before == nullptr || !before->has_inbox_item()) return ledger::Decision();
  const std::optional<absl::Time> due_at = DueAt(before->inbox_item());
  if (!due_at || *due_at > now) return ledger::Decision();
  ASSIGN_OR_RETURN(const auto account,
                   changes.Look(CollectionId(before->inbox_item().account_id())));
  const std::string zone = account == nullptr ? "" : account->collection().zone();
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(item_id, "inbox_item.reply_ordered_again"));
  v1::InboxItem& item = *record->mutable_inbox_item();
  for (v1::InboxReply& reply : *item.mutable_replies()) {
    if (!reply.has_next_dispatch_at() || FromProto(reply.next_dispatch_at()) > now) continue;
    reply.set_dispatch_count(reply.dispatch_count() + 1);
    *reply.mutable_next_dispatch_at() = ToProto(now + DispatchWait(reply.dispatch_count()));
    SendDispatch(changes, item, reply, zone);
  }
  SendActionsAgain(changes, item, zone, now);
  return changes.Take();
}

Result<ledger::Decision> DecideClose(const v1::CloseInboxItemRequest& request,
                                     ledger::StateView& states) {
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(request.id()));
  if (before == nullptr || !before->has_inbox_item()) return UnknownItem(request.id());
  if (before->inbox_item().state() == v1::INBOX_STATE_REPLYING) return ReplyUnderWay(request.id());
  if (before->inbox_item().state() == v1::INBOX_STATE_CLOSED) return ledger::Decision();
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(request.id(), "inbox_item.closed"));
  record->mutable_inbox_item()->set_state(v1::INBOX_STATE_CLOSED);
  return changes.Take();
}

std::optional<absl::Time> DueAt(const v1::InboxItem& item) {
  std::optional<absl::Time> due = ActionDueAt(item);
  for (const v1::InboxReply& reply : item.replies()) {
    if (!reply.has_next_dispatch_at()) continue;
    const absl::Time at = FromProto(reply.next_dispatch_at());
    if (!due || at < *due) due = at;
  }
  return due;
}

}  // namespace carillon::listener
