#include "services/scheduler/domain/post_state.h"

#include <algorithm>

#include "common/base/clock.h"
#include "services/scheduler/domain/post_actions.h"
#include "services/scheduler/domain/post_preparing.h"

namespace carillon::scheduler {
namespace {

struct Counts {
  int pending = 0, open = 0, published = 0, failed = 0, unconfirmed = 0, expired = 0, held = 0,
      blocked = 0, deleted = 0;
};

Counts Count(const v1::Post& post) {
  Counts counts;
  for (const v1::Target& target : post.targets()) {
    switch (target.state()) {
      case v1::TARGET_STATE_PENDING: ++counts.pending; break;
      case v1::TARGET_STATE_DISPATCHED: ++counts.open; break;
      case v1::TARGET_STATE_PUBLISHED: ++counts.published; break;
      case v1::TARGET_STATE_FAILED: ++counts.failed; break;
      case v1::TARGET_STATE_UNCONFIRMED: ++counts.unconfirmed; break;
      case v1::TARGET_STATE_EXPIRED: ++counts.expired; break;
      case v1::TARGET_STATE_HELD: ++counts.held; break;
      case v1::TARGET_STATE_BLOCKED: ++counts.blocked; break;
      case v1::TARGET_STATE_DELETED: ++counts.deleted; break;
      default: break;
    }
  }
  return counts;
}

// An order to the publisher that still waits for an answer.
bool AwaitsAnswer(const v1::Target& target) {
  return target.state() == v1::TARGET_STATE_DISPATCHED || target.cancel_requested() ||
         !target.withdrawing_id().empty() || AwaitsAction(target);
}

}  // namespace

absl::Duration StaleAfter(const v1::PostDraft& draft) {
  return draft.stale_after_s() > 0 ? absl::Seconds(draft.stale_after_s()) : kStaleAfterDefault;
}

absl::Time DueAt(const v1::PostDraft& draft) { return FromProto(draft.due_at()); }

bool IsApproved(const v1::Post& post) {
  return post.has_approval() && !post.content_hash().empty() &&
         post.approval().content_hash() == post.content_hash();
}

bool WasDispatched(const v1::Target& target) { return target.dispatch_count() > 0; }

bool NeverDispatched(const v1::Post& post) {
  return post.occurrence() == 0 &&
         std::none_of(post.targets().begin(), post.targets().end(), WasDispatched);
}

v1::PostState DeriveState(const v1::Post& post) {
  const Counts counts = Count(post);
  if (counts.open > 0) return v1::POST_STATE_PUBLISHING;
  if (counts.pending > 0) {
    if (!post.draft().has_due_at()) return v1::POST_STATE_DRAFT;
    return IsApproved(post) ? v1::POST_STATE_SCHEDULED : v1::POST_STATE_PENDING_APPROVAL;
  }
  if (counts.unconfirmed > 0) return v1::POST_STATE_UNCONFIRMED;
  if (counts.published == post.targets_size()) return v1::POST_STATE_PUBLISHED;
  if (counts.published > 0) return v1::POST_STATE_PARTIALLY_PUBLISHED;
  // None is published: what needs a person comes first.
  if (counts.held > 0) return v1::POST_STATE_HELD;
  if (counts.blocked > 0) return v1::POST_STATE_BLOCKED;
  if (counts.deleted > 0) return v1::POST_STATE_DELETED;
  if (counts.failed > 0) return v1::POST_STATE_FAILED;
  if (counts.expired > 0) return v1::POST_STATE_EXPIRED;
  return v1::POST_STATE_CANCELLED;
}

bool MayHaveBeenDispatched(const v1::Post& post, Moment now) {
  return post.draft().has_due_at() && DueAt(post.draft()) <= now.restored_until &&
         IsApproved(post) &&
         std::any_of(post.targets().begin(), post.targets().end(), [](const v1::Target& target) {
           return target.state() == v1::TARGET_STATE_PENDING && target.withdrawing_id().empty();
         });
}

void Settle(SettleWhy why, Moment moment, v1::Post* post) {
  const v1::PostDraft& draft = post->draft();
  const absl::Time now = moment.now;
  if (!draft.has_due_at() || now < DueAt(draft)) return;
  if (why == SettleWhy::kTimePasses && MayHaveBeenDispatched(*post, moment)) return;
  const bool too_late = now > DueAt(draft) + StaleAfter(draft);
  const bool approved = IsApproved(*post);
  v1::TargetState end = v1::TARGET_STATE_UNSPECIFIED;
  std::string reason, error;
  if (too_late && (approved || why == SettleWhy::kEntering)) {
    end = draft.stale_policy() == v1::STALE_POLICY_EXPIRE ? v1::TARGET_STATE_EXPIRED
                                                          : v1::TARGET_STATE_HELD;
    reason = "TOO_LATE_TO_PUBLISH";
  } else if (!approved) {
    end = v1::TARGET_STATE_EXPIRED;
    reason = "NOT_APPROVED_IN_TIME";
    if (DueAt(draft) <= moment.restored_until) {
      error = "Kafka was put back from an older copy: if it was approved in the time that is lost, it may be out; "
              "look at the account before it is sent";
    }
  } else {
    return;
  }
  for (v1::Target& target : *post->mutable_targets()) {
    if (target.state() != v1::TARGET_STATE_PENDING) continue;
    target.set_state(end);
    target.set_error_reason(reason);
    target.set_error(error);
  }
}

void Derive(Moment moment, v1::Post* post) {
  const absl::Time now = moment;
  post->set_state(DeriveState(*post));
  const bool awaits =
      std::any_of(post->targets().begin(), post->targets().end(), AwaitsAnswer);
  if (!awaits) {
    post->clear_retry_at();
    post->set_retries(0);
  } else if (!post->has_retry_at()) {
    *post->mutable_retry_at() = ToProto(now + RetryDelay(post->retries()));
  }
  absl::Time next = absl::InfiniteFuture();
  if (post->has_retry_at()) next = FromProto(post->retry_at());
  if (post->draft().has_due_at()) {
    for (const v1::Target& target : post->targets()) {
      if (target.state() != v1::TARGET_STATE_PENDING) continue;
      const absl::Time due = DueAt(post->draft());
      // A target that waits for a withdrawal is looked at with the retries, and when its time is over.
      const bool waits = !target.withdrawing_id().empty() && now >= due;
      next = std::min(next, waits ? due + StaleAfter(post->draft()) + absl::Milliseconds(1) : due);
    }
    if (now < DueAt(post->draft())) next = std::min(next, PrepareAt(*post, moment.prepare_lead));
  }
  if (next == absl::InfiniteFuture()) {
    post->clear_next_at();
  } else {
    *post->mutable_next_at() = ToProto(next);
  }
}

absl::Duration RetryDelay(int retries) {
  absl::Duration delay = kRetryFirst;
  for (int i = 0; i < retries && delay < kRetryMax; ++i) delay *= 2;
  return std::min(delay, kRetryMax);
}

}  // namespace carillon::scheduler
