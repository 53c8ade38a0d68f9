// The two rules that meet the publisher: what is due goes out, and what comes back is taken.
#include <fmt/format.h>

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/content/content.h"
#include "services/scheduler/domain/post_actions.h"
#include "services/scheduler/domain/post_messages.h"
#include "services/scheduler/domain/post_rules.h"
#include "services/scheduler/domain/post_state.h"

namespace carillon::scheduler {
namespace {

using publisher::v1::DeliveryOutcome;

// Why this post cannot be dispatched; "" if it can.
std::string BlockedBy(const v1::Post& post) {
  if (post.content_hash() != content::ContentHash(post.draft().content())) {
    return "CONTENT_HASH_MISMATCH";
  }
  if (const Status status = CheckContent(post.draft().content()); !status.ok()) {
    return ReasonOf(status);
  }
  for (const v1::Target& target : post.targets()) {
    if (!IsId(target.account_id()) || !IsId(target.id())) return "UNKNOWN_ACCOUNT";
  }
  return "";
}

void Block(const std::string& reason, v1::Post* post) {
  post->set_blocked_reason(reason);
  for (v1::Target& target : *post->mutable_targets()) {
    if (target.state() != v1::TARGET_STATE_PENDING) continue;
    target.set_state(v1::TARGET_STATE_BLOCKED);
    target.set_error_reason(reason);
  }
}

bool Dispatch(absl::Time now, v1::Post* post, std::vector<ledger::OutMessage>* messages) {
  bool any = false;
  for (v1::Target& target : *post->mutable_targets()) {
    if (target.state() != v1::TARGET_STATE_PENDING || !target.withdrawing_id().empty()) continue;
    any = true;
    target.set_state(v1::TARGET_STATE_DISPATCHED);
    target.set_dispatch_count(1);
    *target.mutable_dispatched_at() = ToProto(now);
    *target.mutable_ordered_due_at() = post->draft().due_at();
    messages->push_back(DispatchMessage(*post, target));
  }
  return any;
}

// A post that was edited after it was published in part may still have a target under way, with what was approved then: the publisher has that
// order, and what the post says now is another one.
bool SaysWhatWasOrdered(const v1::Post& post, const v1::Target& target) {
  return IsApproved(post) && (target.content_hash().empty() || target.content_hash() == post.content_hash());
}

void SendAgain(absl::Time now, v1::Post* post, std::vector<ledger::OutMessage>* messages) {
  for (v1::Target& target : *post->mutable_targets()) {
    if (!target.withdrawing_id().empty()) {
      messages->push_back(CancelMessage(*post, target.withdrawing_id(), "rescheduled"));
    }
    if (target.cancel_requested()) {
      messages->push_back(CancelMessage(*post, target.id(), "cancelled"));
    } else if (target.state() == v1::TARGET_STATE_DISPATCHED && SaysWhatWasOrdered(*post, target)) {
      target.set_dispatch_count(target.dispatch_count() + 1);
      messages->push_back(DispatchMessage(*post, target));
    }
  }
  SendActionsAgain(now, post, messages);
}

v1::TargetState StateOf(publisher::v1::DeliveryState state) {
  switch (state) {
    case publisher::v1::DELIVERY_STATE_PUBLISHED: return v1::TARGET_STATE_PUBLISHED;
    case publisher::v1::DELIVERY_STATE_FAILED: return v1::TARGET_STATE_FAILED;
    case publisher::v1::DELIVERY_STATE_UNCONFIRMED: return v1::TARGET_STATE_UNCONFIRMED;
    case publisher::v1::DELIVERY_STATE_EXPIRED: return v1::TARGET_STATE_EXPIRED;
    case publisher::v1::DELIVERY_STATE_HELD: return v1::TARGET_STATE_HELD;
    case publisher::v1::DELIVERY_STATE_CANCELLED: return v1::TARGET_STATE_CANCELLED;
    default: return v1::TARGET_STATE_DISPATCHED;  // queued, sending, checking: still open
  }
}

void CopyOutcome(const DeliveryOutcome& outcome, v1::Target* target) {
  const bool published = outcome.state() == publisher::v1::DELIVERY_STATE_PUBLISHED;
  target->set_outcome_version(outcome.version());
  target->set_attempts(outcome.attempts());
  // PUBLISHED is the end of the story, whatever is said later; a deletion is another one.
  if (target->state() == v1::TARGET_STATE_DELETED) return;
  if (target->state() == v1::TARGET_STATE_PUBLISHED && !published) return;
  target->set_state(StateOf(outcome.state()));
  target->set_error_reason(outcome.error_reason());
  target->set_error(outcome.error());
  if (!outcome.remote_id().empty()) target->set_remote_id(outcome.remote_id());
  if (!outcome.remote_url().empty()) target->set_remote_url(outcome.remote_url());
  if (outcome.has_cost()) *target->mutable_cost() = outcome.cost();
  if (target->state() == v1::TARGET_STATE_DISPATCHED) {
    target->clear_finished_at();
  } else {
    target->set_cancel_requested(false);
    if (outcome.has_at()) *target->mutable_finished_at() = outcome.at();
  }
}

// The cancel lost against SENDING. The delivery's version may be one that was taken already.
bool TakeTooLate(const DeliveryOutcome& outcome, v1::Target* target) {
  if (!outcome.too_late() || !target->cancel_requested()) return false;
  target->set_cancel_requested(false);
  target->set_error_reason("TOO_LATE");
  target->set_error("the cancel came after sending had begun");
  return true;
}

// An answer about the delivery of an earlier round, which this round waits for.
bool TakeWithdrawal(const DeliveryOutcome& outcome, v1::Target* target) {
  using enum publisher::v1::DeliveryState;
  const bool gone = outcome.state() == DELIVERY_STATE_CANCELLED ||
                    outcome.state() == DELIVERY_STATE_EXPIRED ||
                    outcome.state() == DELIVERY_STATE_FAILED;
  const bool lives = outcome.too_late() || outcome.state() == DELIVERY_STATE_PUBLISHED ||
                     outcome.state() == DELIVERY_STATE_UNCONFIRMED;
  if (!gone && !lives) return false;  // crossed our message: the answer is still to come
  if (outcome.version() <= target->outcome_version() && !outcome.too_late()) return false;
  if (gone) {
    target->clear_withdrawing_id();
    target->set_outcome_version(0);
    return true;
  }
  // It went out after all, or may have: the earlier round is the one that counts.
  target->set_id(target->withdrawing_id());
  target->clear_withdrawing_id();
  target->set_dispatch_count(1);
  CopyOutcome(outcome, target);
  return true;
}

// An answer about a delivery that this post has left behind. Only one of them matters: it was published.
bool TakeOldRound(const DeliveryOutcome& outcome, v1::Post* post, v1::Target* target,
                  std::vector<ledger::OutMessage>* messages) {
  if (outcome.state() != publisher::v1::DELIVERY_STATE_PUBLISHED) return false;
  if (WasDispatched(*target)) {
    if (target->error_reason() == "DUPLICATE_SUSPECTED") return false;
    target->set_error_reason("DUPLICATE_SUSPECTED");
    target->set_error(fmt::format("an earlier round was published too: {}", outcome.remote_url()));
    if (target->state() == v1::TARGET_STATE_DISPATCHED && !target->cancel_requested()) {
      target->set_cancel_requested(true);
      messages->push_back(CancelMessage(*post, target->id(), "an earlier round was published"));
    }
    return true;
  }
  target->set_id(outcome.delivery_id());
  target->clear_withdrawing_id();
  target->set_dispatch_count(1);
  CopyOutcome(outcome, target);
  return true;
}

// A part that follows the post. It changes nothing of the post's own state.
bool TakePart(const DeliveryOutcome& outcome, v1::Post* post) {
  for (v1::Target& target : *post->mutable_targets()) {
    if (target.id() != outcome.thread_id()) continue;
    auto& parts = *target.mutable_parts();
    auto part = std::find_if(parts.begin(), parts.end(), [&](const v1::TargetPart& known) {
      return known.number() >= outcome.part();
    });
    const auto at = part - parts.begin();
    if (part == parts.end() || part->number() != outcome.part()) {
      parts.Add()->set_number(outcome.part());
      std::rotate(parts.begin() + at, parts.end() - 1, parts.end());
      part = parts.begin() + at;
    } else if (outcome.version() <= part->outcome_version() ||
               part->state() == v1::TARGET_STATE_PUBLISHED ||
               part->state() == v1::TARGET_STATE_DELETED) {
      return false;
    }
    part->set_delivery_id(outcome.delivery_id());
    part->set_outcome_version(outcome.version());
    part->set_state(StateOf(outcome.state()));
    part->set_remote_id(outcome.remote_id());
    part->set_remote_url(outcome.remote_url());
    if (outcome.has_cost()) *part->mutable_cost() = outcome.cost();
    part->set_error_reason(outcome.error_reason());
    part->set_error(outcome.error());
    *part->mutable_finished_at() = outcome.at();
    return true;
  }
  return false;
}

}  // namespace

void Due(absl::Time now, v1::Post* post, std::vector<ledger::OutMessage>* messages) {
  if (post->has_retry_at() && FromProto(post->retry_at()) <= now) {
    SendAgain(now, post, messages);
    post->set_retries(post->retries() + 1);
    *post->mutable_retry_at() = ToProto(now + RetryDelay(post->retries()));
  }
  if (!post->draft().has_due_at() || now < DueAt(post->draft()) || !IsApproved(*post)) return;
  if (std::string reason = BlockedBy(*post); !reason.empty()) {
    Block(reason, post);
  } else if (Dispatch(now, post, messages)) {
    post->set_retries(0);
    *post->mutable_retry_at() = ToProto(now + RetryDelay(0));
  }
}

bool TakeOutcome(const DeliveryOutcome& outcome, v1::Post* post,
                 std::vector<ledger::OutMessage>* messages) {
  if (outcome.action() != publisher::v1::ACTION_KIND_UNSPECIFIED) return TakeActionOutcome(outcome, post);
  if (outcome.part() > 0) return TakePart(outcome, post);
  for (v1::Target& target : *post->mutable_targets()) {
    if (target.id() == outcome.delivery_id() && WasDispatched(target)) {
      const std::string before = target.SerializeAsString();
      const bool newer = outcome.version() > target.outcome_version();
      const bool duplicate = target.error_reason() == "DUPLICATE_SUSPECTED";
      const std::string duplicate_of = target.error();
      const bool asked = target.cancel_requested();
      if (newer) CopyOutcome(outcome, &target);
      if (asked && outcome.too_late()) {
        target.set_cancel_requested(true);
        TakeTooLate(outcome, &target);
      }
      if (duplicate) {
        target.set_error_reason("DUPLICATE_SUSPECTED");
        target.set_error(duplicate_of);
      }
      return target.SerializeAsString() != before;
    }
    if (!target.withdrawing_id().empty() && target.withdrawing_id() == outcome.delivery_id()) {
      return TakeWithdrawal(outcome, &target);
    }
  }
  for (v1::Target& target : *post->mutable_targets()) {
    if (target.account_id() == outcome.account_id()) {
      return TakeOldRound(outcome, post, &target, messages);
    }
  }
  return false;
}

}  // namespace carillon::scheduler
