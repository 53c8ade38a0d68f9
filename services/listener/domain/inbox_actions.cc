#include "services/listener/domain/inbox_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/clock.h"
#include "common/content/content.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/schedule.h"

namespace carillon::listener {
namespace {

using publisher::v1::ActionKind;

bool UnderWay(const v1::InboxAction& action) {
  switch (action.state()) {
    case publisher::v1::DELIVERY_STATE_UNSPECIFIED:
    case publisher::v1::DELIVERY_STATE_QUEUED:
    case publisher::v1::DELIVERY_STATE_SENDING:
    case publisher::v1::DELIVERY_STATE_CHECKING: return true;
    default: return false;
  }
}

// Those that replace each other have the same; 0: not for inbox items.
ActionKind KindOf(ActionKind action) {
  switch (action) {
    case publisher::v1::ACTION_KIND_LIKE:
    case publisher::v1::ACTION_KIND_UNLIKE: return publisher::v1::ACTION_KIND_LIKE;
    case publisher::v1::ACTION_KIND_REPOST:
    case publisher::v1::ACTION_KIND_UNREPOST: return publisher::v1::ACTION_KIND_REPOST;
    case publisher::v1::ACTION_KIND_HIDE:
    case publisher::v1::ACTION_KIND_UNHIDE: return publisher::v1::ACTION_KIND_HIDE;
    default: return publisher::v1::ACTION_KIND_UNSPECIFIED;
  }
}

v1::InboxAction* Find(v1::InboxItem& item, const std::string& delivery_id) {
  for (v1::InboxAction& action : *item.mutable_actions()) {
    if (action.delivery_id() == delivery_id) return &action;
  }
  return nullptr;
}

Status UnknownItem(const std::string& id) {
  return Refuse(Code::kNotFound, "UNKNOWN_INBOX_ITEM",
                fmt::format("there is no inbox item '{}'; list the inbox for what there is", id), {{"id", id}});
}

// The order, the same each time it is sent.
void SendOrder(ChangeSet& changes, const v1::InboxItem& item, const v1::InboxAction& action,
               const std::string& zone) {
  auto message = std::make_shared<publisher::v1::PublisherMessage>();
  publisher::v1::Dispatch& order = *message->mutable_dispatch();
  order.set_delivery_id(action.delivery_id());
  order.set_account_id(item.account_id());
  order.set_org_id(item.org_id());
  order.set_brand_id(item.brand_id());
  order.set_post_id(item.id());
  order.set_action(action.action());
  order.set_target_remote_id(item.status_remote_id());
  order.set_content_hash(content::DispatchHash(order));
  order.set_approved_by(action.by());
  *order.mutable_approved_at() = action.asked_at();
  *order.mutable_due_at() = action.asked_at();
  *order.mutable_not_before() = action.asked_at();
  *order.mutable_not_after() = ToProto(FromProto(action.asked_at()) + kActionNotAfter);
  order.set_answer_to("listener");
  order.set_zone(zone);
  changes.Send(action.delivery_id(), action.delivery_id(), item.id(), std::move(message));
}

// Later than every other wish of the item, whatever the clock says: the latest one counts.
absl::Time AskedAt(const v1::InboxItem& item, absl::Time now) {
  for (const v1::InboxAction& action : item.actions()) {
    now = std::max(now, FromProto(action.asked_at()) + absl::Milliseconds(1));
  }
  return now;
}

// The earlier wish of this kind has no say any more.
void DropReplaced(v1::InboxItem& item, ActionKind kind) {
  auto& actions = *item.mutable_actions();
  actions.erase(std::remove_if(actions.begin(), actions.end(),
                               [&](const v1::InboxAction& known) { return KindOf(known.action()) == kind; }),
                actions.end());
}

}  // namespace

Result<ledger::Decision> DecideAct(const v1::ActOnInboxItemRequest& request,
                                   const common::v1::Envelope& envelope,
                                   ledger::StateView& states, absl::Time now) {
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(request.id()));
  if (before == nullptr || !before->has_inbox_item()) return UnknownItem(request.id());
  if (KindOf(request.action()) == publisher::v1::ACTION_KIND_UNSPECIFIED) {
    return Refuse(Code::kInvalidArgument, "BAD_ACTION",
                  "an inbox item can be liked, reposted or hidden, and that can be taken back", {{"key", "action"}});
  }
  const std::string& account_id = before->inbox_item().account_id();
  ASSIGN_OR_RETURN(const auto account, changes.Look(CollectionId(account_id)));
  if (account == nullptr || !account->collection().connected()) {
    return Refuse(Code::kFailedPrecondition, "ACCOUNT_NOT_CONNECTED",
                  fmt::format("account '{}' is not connected; connect it first", account_id), {{"account", account_id}});
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(request.id(), "inbox_item.action_ordered"));
  v1::InboxItem& item = *record->mutable_inbox_item();
  const std::string delivery_id = DeliveryId(request.id(), envelope.request_id(), account_id);
  // The Ledger forgets a request id after a day; the wish that it led to is here, unless a later one took its place.
  if (Find(item, delivery_id) != nullptr) return ledger::Decision();
  const absl::Time asked_at = AskedAt(item, now);
  DropReplaced(item, KindOf(request.action()));
  v1::InboxAction& action = *item.add_actions();
  action.set_action(request.action());
  action.set_delivery_id(delivery_id);
  action.set_by(envelope.actor().id());
  *action.mutable_asked_at() = ToProto(asked_at);
  action.set_dispatch_count(1);
  *action.mutable_next_dispatch_at() = ToProto(now + DispatchWait(1));
  SendOrder(changes, item, action, account->collection().zone());
  return changes.Take();
}

Result<ledger::Decision> DecideActionOutcome(const std::string& item_id,
                                             const publisher::v1::DeliveryOutcome& outcome,
                                             ledger::StateView& states, absl::Time now) {
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(item_id));
  if (before == nullptr || !before->has_inbox_item()) return UnknownItem(item_id);
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(item_id, "inbox_item.action_outcome"));
  v1::InboxAction* action = Find(*record->mutable_inbox_item(), outcome.delivery_id());
  if (action == nullptr || action->outcome_version() >= outcome.version()) return ledger::Decision();
  action->set_state(outcome.state());
  action->set_outcome_version(outcome.version());
  action->set_error_reason(outcome.error_reason());
  action->set_error(outcome.error());
  if (UnderWay(*action)) {
    *action->mutable_next_dispatch_at() = ToProto(now + kActionNotAfter);
  } else {
    action->clear_next_dispatch_at();
  }
  return changes.Take();
}

void SendActionsAgain(ChangeSet& changes, v1::InboxItem& item, const std::string& zone, absl::Time now) {
  for (v1::InboxAction& action : *item.mutable_actions()) {
    if (!action.has_next_dispatch_at() || FromProto(action.next_dispatch_at()) > now) continue;
    action.set_dispatch_count(action.dispatch_count() + 1);
    *action.mutable_next_dispatch_at() = ToProto(now + DispatchWait(action.dispatch_count()));
    SendOrder(changes, item, action, zone);
  }
}

std::optional<absl::Time> ActionDueAt(const v1::InboxItem& item) {
  std::optional<absl::Time> due;
  for (const v1::InboxAction& action : item.actions()) {
    if (!action.has_next_dispatch_at()) continue;
    const absl::Time at = FromProto(action.next_dispatch_at());
    if (!due || at < *due) due = at;
  }
  return due;
}

}  // namespace carillon::listener
