#include "services/scheduler/domain/post_actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/content/content.h"
#include "services/scheduler/domain/post_messages.h"
#include "services/scheduler/domain/post_rules.h"
#include "services/scheduler/domain/post_state.h"

namespace carillon::scheduler {
namespace {

using publisher::v1::ACTION_KIND_DELETE;
using publisher::v1::ACTION_KIND_EDIT;
using publisher::v1::DELIVERY_STATE_DONE;

constexpr int kRoundsKept = 100;

bool IsOpen(const v1::TargetAction& action) {
  if (action.delivery_id().empty()) return false;
  switch (action.state()) {
    case publisher::v1::DELIVERY_STATE_UNSPECIFIED:
    case publisher::v1::DELIVERY_STATE_QUEUED:
    case publisher::v1::DELIVERY_STATE_SENDING:
    case publisher::v1::DELIVERY_STATE_CHECKING: return true;
    default: return false;
  }
}

void Wish(int round, std::string_view actor, absl::Time now, v1::TargetAction* action) {
  action->Clear();
  action->set_round(round);
  action->set_asked_by(actor.empty() ? "unknown" : std::string(actor));
  *action->mutable_asked_at() = ToProto(now);
}

// What an order is about: the target itself, or a part that follows it.
struct Subject {
  const std::string& remote_id;
  const std::string& delivery_id;  // that published it
};

ledger::OutMessage ActionMessage(const v1::Post& post, const v1::Target& target, const Subject& subject,
                                 publisher::v1::ActionKind kind, const v1::TargetAction& action) {
  auto body = std::make_shared<publisher::v1::PublisherMessage>();
  body->mutable_header()->set_from_service("scheduler");
  publisher::v1::Dispatch* order = body->mutable_dispatch();
  order->set_action(kind);
  order->set_target_remote_id(subject.remote_id);
  order->set_target_delivery_id(subject.delivery_id);
  order->set_delivery_id(action.delivery_id());
  order->set_account_id(target.account_id());
  order->set_org_id(post.draft().org_id());
  order->set_brand_id(post.draft().brand_id());
  order->set_campaign_id(post.draft().campaign_id());
  order->set_post_id(post.id());
  if (kind == ACTION_KIND_EDIT) {
    *order->mutable_content() = post.draft().content();
    // What follows the post stays as it is.
    order->mutable_content()->clear_thread();
    order->mutable_content()->clear_first_comment();
  }
  order->set_content_hash(content::DispatchHash(*order));
  order->set_approved_by(action.asked_by());
  *order->mutable_approved_at() = action.asked_at();
  *order->mutable_due_at() = action.asked_at();
  *order->mutable_not_before() = action.asked_at();
  *order->mutable_not_after() = ToProto(FromProto(action.asked_at()) + kActionNotAfter);
  order->set_answer_to("scheduler");
  order->set_zone(post.draft().zone());
  ledger::OutMessage message;
  message.id = action.delivery_id() + ":dispatch";
  message.to = action.delivery_id();
  message.from_aggregate = post.id();
  message.body = std::move(body);
  return message;
}

std::string ActionId(std::string_view published, std::string_view what, int round, std::string_view account_id) {
  return MakeId("dlv", {published, what, std::to_string(round)}, account_id);
}

// A deletion that was given up came off after all: gone is gone, whatever becomes of the one that was ordered since.
bool WasDoneEarlier(const publisher::v1::DeliveryOutcome& outcome, const v1::Target& target, const std::string& published,
                    v1::TargetAction* deletion) {
  if (outcome.action() != ACTION_KIND_DELETE || outcome.state() != DELIVERY_STATE_DONE) return false;
  for (int round = std::max(1, deletion->round() - kRoundsKept); round < deletion->round(); ++round) {
    if (ActionId(published, "delete", round, target.account_id()) != outcome.delivery_id()) continue;
    *deletion->mutable_finished_at() = outcome.at();
    return true;
  }
  return false;
}

ledger::OutMessage Order(absl::Time now, const v1::Post& post, const v1::Target& target, const Subject& subject,
                         publisher::v1::ActionKind kind, v1::TargetAction* action) {
  const char* what = kind == ACTION_KIND_DELETE ? "delete" : "edit";
  action->set_delivery_id(ActionId(subject.delivery_id, what, action->round(), target.account_id()));
  *action->mutable_asked_at() = ToProto(now);
  action->set_dispatch_count(1);
  return ActionMessage(post, target, subject, kind, *action);
}

// Parts of it may still go out.
bool MoreIsToCome(const v1::Post& post, const v1::Target& target) {
  const auto& content = post.draft().content();
  const int all = content.thread_size() + (content.has_first_comment() ? 1 : 0);
  const auto ended = std::count_if(target.parts().begin(), target.parts().end(), [](const v1::TargetPart& part) {
    return part.state() != v1::TARGET_STATE_DISPATCHED && part.state() != v1::TARGET_STATE_HELD;
  });
  return ended < all;
}

void OrderDeletion(absl::Time now, const v1::Post& post, v1::Target* target,
                   std::vector<ledger::OutMessage>* messages) {
  v1::TargetAction& wish = *target->mutable_deletion();
  bool open = IsOpen(wish);
  for (v1::TargetPart& part : *target->mutable_parts()) {
    open = open || IsOpen(part.deletion());
    if (part.state() != v1::TARGET_STATE_PUBLISHED || part.deletion().round() == wish.round()) continue;
    Wish(wish.round(), wish.asked_by(), now, part.mutable_deletion());
  }
  if (open) return;
  for (int i = target->parts_size() - 1; i >= 0; --i) {
    v1::TargetPart& part = *target->mutable_parts(i);
    if (part.state() != v1::TARGET_STATE_PUBLISHED || !part.deletion().delivery_id().empty()) continue;
    messages->push_back(Order(now, post, *target, {part.remote_id(), part.delivery_id()}, ACTION_KIND_DELETE,
                              part.mutable_deletion()));
    return;
  }
  if (target->state() != v1::TARGET_STATE_PUBLISHED || !wish.delivery_id().empty()) return;
  messages->push_back(Order(now, post, *target, {target->remote_id(), target->id()}, ACTION_KIND_DELETE, &wish));
}

void OrderEdit(absl::Time now, const v1::Post& post, v1::Target* target,
               std::vector<ledger::OutMessage>* messages) {
  const bool as_it_is = target->content_hash().empty() || target->content_hash() == post.content_hash();
  if (target->state() != v1::TARGET_STATE_PUBLISHED || as_it_is || !IsApproved(post)) return;
  // One at a time: a post that is edited again meanwhile waits for the answer. What did not come off is not tried again by itself.
  if (IsOpen(target->edit()) || target->edit().content_hash() == post.content_hash()) return;
  Wish(target->edit().round() + 1, post.approval().approved_by(), now, target->mutable_edit());
  target->mutable_edit()->set_content_hash(post.content_hash());
  messages->push_back(Order(now, post, *target, {target->remote_id(), target->id()}, ACTION_KIND_EDIT,
                            target->mutable_edit()));
}

bool TakeInto(const publisher::v1::DeliveryOutcome& outcome, v1::TargetAction* action) {
  if (outcome.version() <= action->outcome_version()) return false;
  action->set_outcome_version(outcome.version());
  action->set_state(outcome.state());
  action->set_error_reason(outcome.error_reason());
  action->set_error(outcome.error());
  action->clear_finished_at();
  if (!IsOpen(*action) && outcome.has_at()) *action->mutable_finished_at() = outcome.at();
  return true;
}

void SendAgain(const v1::Post& post, const v1::Target& target, const Subject& subject,
               publisher::v1::ActionKind kind, v1::TargetAction* action,
               std::vector<ledger::OutMessage>* messages) {
  action->set_dispatch_count(action->dispatch_count() + 1);
  messages->push_back(ActionMessage(post, target, subject, kind, *action));
}

}  // namespace

Status Delete(std::string_view account_id, std::string_view actor, absl::Time now, v1::Post* post,
              std::vector<ledger::OutMessage>* messages) {
  bool any = false;
  for (v1::Target& target : *post->mutable_targets()) {
    if (!account_id.empty() && target.account_id() != account_id) continue;
    const bool there = target.state() == v1::TARGET_STATE_PUBLISHED;
    if (!there && target.state() != v1::TARGET_STATE_DELETED) continue;
    any = true;
    v1::TargetAction& wish = *target.mutable_deletion();
    const bool waits = target.has_deletion() && wish.round() > 0 && wish.delivery_id().empty();
    if (waits || IsOpen(wish)) continue;
    if (there) {
      Wish(wish.round() + 1, actor, now, &wish);
    } else {
      // It is gone; of what followed it something may have stayed.
      wish.set_round(wish.round() + 1);
    }
    if (MoreIsToCome(*post, target)) messages->push_back(CancelMessage(*post, target.id(), "deleted"));
  }
  if (any) return Ok();
  return Refuse(Code::kFailedPrecondition, "NOT_PUBLISHED",
                fmt::format("nothing of post {} is published{}; what is not out yet is cancelled instead", post->id(),
                            account_id.empty() ? "" : " on this account"),
                {{"post", post->id()}});
}

Status EditPublished(const publisher::v1::Content& content, v1::Post* post) {
  RETURN_IF_ERROR(CheckContent(content));
  publisher::v1::Content as_it_is = post->draft().content();
  as_it_is.set_text(content.text());
  as_it_is.set_link(content.link());
  as_it_is.set_language(content.language());
  if (content::ContentHash(as_it_is) != content::ContentHash(content)) {
    return Refuse(Code::kFailedPrecondition, "EDIT_TOO_MUCH",
                  fmt::format("post {} is published: only its text, link and language can be edited", post->id()),
                  {{"post", post->id()}});
  }
  for (v1::Target& target : *post->mutable_targets()) {
    if (WasDispatched(target) && target.content_hash().empty()) target.set_content_hash(post->content_hash());
  }
  *post->mutable_draft()->mutable_content() = content;
  post->set_content_hash(content::ContentHash(content));
  if (!IsApproved(*post)) post->clear_approval();
  return Ok();
}

void AskForEditsAgain(v1::Post* post) {
  for (v1::Target& target : *post->mutable_targets()) {
    const bool failed = target.has_edit() && !IsOpen(target.edit()) && target.edit().state() != DELIVERY_STATE_DONE;
    if (failed) target.mutable_edit()->clear_content_hash();
  }
}

void OrderActions(absl::Time now, v1::Post* post, std::vector<ledger::OutMessage>* messages) {
  for (v1::Target& target : *post->mutable_targets()) {
    if (target.has_deletion()) {
      OrderDeletion(now, *post, &target, messages);
    } else {
      OrderEdit(now, *post, &target, messages);
    }
  }
}

void SendActionsAgain(absl::Time now, v1::Post* post, std::vector<ledger::OutMessage>* messages) {
  for (v1::Target& target : *post->mutable_targets()) {
    const Subject self{target.remote_id(), target.id()};
    const bool as_approved = IsApproved(*post) && target.edit().content_hash() == post->content_hash();
    if (IsOpen(target.edit()) && !as_approved) {
      if (now > FromProto(target.edit().asked_at()) + kActionNotAfter) {
        target.mutable_edit()->set_state(publisher::v1::DELIVERY_STATE_EXPIRED);
      }
    } else if (IsOpen(target.edit())) {
      SendAgain(*post, target, self, ACTION_KIND_EDIT, target.mutable_edit(), messages);
    }
    if (IsOpen(target.deletion())) {
      SendAgain(*post, target, self, ACTION_KIND_DELETE, target.mutable_deletion(), messages);
    }
    for (v1::TargetPart& part : *target.mutable_parts()) {
      if (!IsOpen(part.deletion())) continue;
      SendAgain(*post, target, {part.remote_id(), part.delivery_id()}, ACTION_KIND_DELETE,
                part.mutable_deletion(), messages);
    }
  }
}

bool AwaitsAction(const v1::Target& target) {
  return IsOpen(target.edit()) || IsOpen(target.deletion()) ||
         std::any_of(target.parts().begin(), target.parts().end(),
                     [](const v1::TargetPart& part) { return IsOpen(part.deletion()); });
}

bool TakeActionOutcome(const publisher::v1::DeliveryOutcome& outcome, v1::Post* post) {
  const bool done = outcome.state() == DELIVERY_STATE_DONE;
  for (v1::Target& target : *post->mutable_targets()) {
    if (target.deletion().delivery_id() == outcome.delivery_id()) {
      if (!TakeInto(outcome, target.mutable_deletion())) return false;
      if (done) target.set_state(v1::TARGET_STATE_DELETED);
      return true;
    }
    if (target.state() == v1::TARGET_STATE_PUBLISHED && target.has_deletion() &&
        WasDoneEarlier(outcome, target, target.id(), target.mutable_deletion())) {
      target.set_state(v1::TARGET_STATE_DELETED);
      return true;
    }
    if (target.edit().delivery_id() == outcome.delivery_id()) {
      if (!TakeInto(outcome, target.mutable_edit())) return false;
      if (!done) return true;
      target.set_content_hash(target.edit().content_hash());
      if (!outcome.remote_id().empty() && outcome.remote_id() != target.remote_id()) {  // it got another id (X)
        target.set_remote_id(outcome.remote_id());
        target.set_remote_url(outcome.remote_url());
      }
      return true;
    }
    for (v1::TargetPart& part : *target.mutable_parts()) {
      if (part.state() == v1::TARGET_STATE_PUBLISHED && part.has_deletion() &&
          WasDoneEarlier(outcome, target, part.delivery_id(), part.mutable_deletion())) {
        part.set_state(v1::TARGET_STATE_DELETED);
        return true;
      }
      if (part.deletion().delivery_id() != outcome.delivery_id()) continue;
      if (!TakeInto(outcome, part.mutable_deletion())) return false;
      if (done) part.set_state(v1::TARGET_STATE_DELETED);
      return true;
    }
  }
  return false;
}

}  // namespace carillon::scheduler
