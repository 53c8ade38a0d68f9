#include "services/publisher/domain/actions.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/sending.h"
#include "services/publisher/domain/settling.h"
#include "services/publisher/domain/states.h"

namespace carillon::publisher {
namespace {

constexpr absl::Duration kNotSentPause = absl::Milliseconds(500);
constexpr char kSuperseded[] = "SUPERSEDED";

// Wishes of one kind replace each other: a like and its taking back, a change of the post and its deletion.
const char* KindOf(v1::ActionKind action) {
  switch (action) {
    case v1::ACTION_KIND_LIKE:
    case v1::ACTION_KIND_UNLIKE: return "like";
    case v1::ACTION_KIND_REPOST:
    case v1::ACTION_KIND_UNREPOST: return "repost";
    case v1::ACTION_KIND_HIDE:
    case v1::ACTION_KIND_UNHIDE: return "hide";
    default: return "post";
  }
}

std::string SubjectId(const v1::Dispatch& dispatch, const std::string& remote_id) {
  return MakeId("subj", {dispatch.account_id(), KindOf(dispatch.action()), remote_id}, dispatch.account_id());
}

std::string SubjectId(const v1::Dispatch& dispatch) { return SubjectId(dispatch, dispatch.target_remote_id()); }

// Until when a request of this delivery that nobody answered could still be carried out.
absl::Time DoubtEnd(const v1::Delivery& delivery, const Rules& rules) {
  absl::Time end = absl::InfinitePast();
  for (const v1::Attempt& attempt : delivery.attempts()) {
    const std::string& how = attempt.outcome();
    if (how == outcome::kUnknown || how == outcome::kLost || how == outcome::kRunning ||
        how == outcome::kRestored) {
      end = std::max(end, FromProto(attempt.send_before()) + rules.settle);
    }
  }
  return end;
}

void HoldUntil(Turn& turn, v1::Subject& subject, absl::Time until) {
  if (until <= turn.now() || until <= FromProto(subject.quiet_at())) return;
  *subject.mutable_quiet_at() = ToProto(until);
  turn.Changed(subject.id(), "subject.held");
}

bool IsDone(const v1::Delivery& delivery) {
  return std::any_of(delivery.attempts().begin(), delivery.attempts().end(),
                     [](const v1::Attempt& attempt) { return attempt.outcome() == outcome::kPublished; });
}

// A later wish takes its place, whatever became of it.
Status Supersede(Turn& turn, v1::Delivery& delivery) {
  delivery.clear_unsettled_since();
  return EndUnsent(turn, delivery, v1::DELIVERY_STATE_CANCELLED, kSuperseded,
                   "a later wish about the same post took its place");
}

// An edit leaves the post's media as they were uploaded.
Status TakeHandles(Turn& turn, v1::Delivery& delivery) {
  const v1::Dispatch& dispatch = delivery.dispatch();
  ASSIGN_OR_RETURN(const v1::Delivery* published, turn.FindDelivery(dispatch.target_delivery_id()));
  if (published == nullptr) return Ok();
  const auto& now = dispatch.content().media();
  const auto& then = published->dispatch().content().media();
  const bool same = std::equal(now.begin(), now.end(), then.begin(), then.end(),
                               [](const v1::Media& a, const v1::Media& b) { return a.sha256() == b.sha256(); });
  if (same) *delivery.mutable_media_handles() = published->media_handles();
  return Ok();
}

// What the post is called now: an edit may give it another id (X).
std::string IdAfter(const v1::Delivery& delivery) {
  for (auto attempt = delivery.attempts().rbegin(); attempt != delivery.attempts().rend(); ++attempt) {
    if (!attempt->remote_id().empty()) return attempt->remote_id();
  }
  return delivery.dispatch().target_remote_id();
}

// Later wishes are about the new id, and wait for what is unanswered of this one as they would under the old one.
Status FollowTo(Turn& turn, const v1::Delivery& delivery) {
  const std::string id = SubjectId(delivery.dispatch(), delivery.remote_id());
  ASSIGN_OR_RETURN(v1::Subject * subject, turn.FindSubject(id));
  if (subject == nullptr) {
    subject = &turn.AddSubject(id);
    subject->set_target_remote_id(delivery.remote_id());
    turn.Changed(id, "subject.followed");
  }
  HoldUntil(turn, *subject, std::max(DoubtEnd(delivery, turn.rules()), turn.now() + turn.rules().judge_margin));
  ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(delivery.dispatch().account_id()));
  // No look-up takes it for a post of its own.
  RememberPost(*account, delivery, turn.now());
  return Ok();
}

Status EndDone(Turn& turn, v1::Delivery& delivery, absl::Time at, const std::string& remote_url = {}) {
  RETURN_IF_ERROR(EndPublished(turn, delivery, IdAfter(delivery), remote_url, at));
  delivery.set_duplicate_suspected(false);  // two versions of one post are one post
  if (delivery.remote_id() != delivery.dispatch().target_remote_id()) RETURN_IF_ERROR(FollowTo(turn, delivery));
  ASSIGN_OR_RETURN(v1::Subject * subject, turn.FindSubject(SubjectId(delivery.dispatch())));
  // Some platforms do it only behind their answer (Mastodon: app/workers/unfavourite_worker.rb).
  if (subject != nullptr) HoldUntil(turn, *subject, turn.now() + turn.rules().judge_margin);
  return Ok();
}

Status OnAwaited(Turn& turn, v1::Delivery& delivery, v1::Attempt& attempt,
                 const v1::PublishReport& report) {
  if (IsDone(delivery)) return EndDone(turn, delivery, turn.now());
  switch (report.result()) {
    case v1::PUBLISH_RESULT_REFUSED:
      // It has this already.
      if (report.refusal() == v1::REFUSAL_CLASS_DUPLICATE) return EndDone(turn, delivery, turn.now());
      return OnRefused(turn, delivery, attempt, report);
    case v1::PUBLISH_RESULT_NOT_SENT:
      ClearDoubt(delivery, attempt);
      delivery.set_error_reason(report.error_reason());
      delivery.set_error(report.error());
      return Requeue(turn, delivery, turn.now() + kNotSentPause, "NOT_SENT");
    default:
      delivery.set_error(report.error());
      return RepeatAction(turn, delivery);
  }
}

}  // namespace

Status OnActionDispatch(Turn& turn, v1::Delivery& delivery) {
  const v1::Dispatch& dispatch = delivery.dispatch();
  if (dispatch.target_remote_id().empty()) {
    return EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED, "BAD_DISPATCH",
                     "the dispatch does not say to which post it is to be done");
  }
  const std::string id = SubjectId(dispatch);
  ASSIGN_OR_RETURN(v1::Subject * subject, turn.FindSubject(id));
  if (subject == nullptr) {
    subject = &turn.AddSubject(id);
    subject->set_target_remote_id(dispatch.target_remote_id());
  } else if (FromProto(dispatch.due_at()) < FromProto(subject->newest_at())) {
    return Supersede(turn, delivery);
  }
  const std::string before = subject->newest_delivery_id();
  subject->set_newest_delivery_id(delivery.id());
  *subject->mutable_newest_at() = dispatch.due_at();
  turn.Changed(id, "subject.wished");
  if (!before.empty()) {
    ASSIGN_OR_RETURN(v1::Delivery * older, turn.FindDelivery(before));
    if (older != nullptr && older->state() == v1::DELIVERY_STATE_QUEUED) {
      RETURN_IF_ERROR(Supersede(turn, *older));
    }
  }
  if (dispatch.action() == v1::ACTION_KIND_EDIT) RETURN_IF_ERROR(TakeHandles(turn, delivery));
  return TryStart(turn, delivery);
}

Result<absl::Time> ActionNotBefore(Turn& turn, const v1::Delivery& delivery) {
  const v1::Dispatch& dispatch = delivery.dispatch();
  absl::Time until = absl::InfinitePast();
  ASSIGN_OR_RETURN(const v1::Subject* subject, turn.FindSubject(SubjectId(dispatch)));
  if (subject != nullptr && subject->has_quiet_at()) until = FromProto(subject->quiet_at());
  if (dispatch.target_delivery_id().empty()) return until;
  // An unanswered attempt to publish the post could bring it back.
  ASSIGN_OR_RETURN(const v1::Delivery* published, turn.FindDelivery(dispatch.target_delivery_id()));
  return published == nullptr ? until : std::max(until, DoubtEnd(*published, turn.rules()));
}

Status RepeatAction(Turn& turn, v1::Delivery& delivery) {
  if (IsDone(delivery)) return EndDone(turn, delivery, turn.now());
  delivery.set_error_reason("ANSWER_LOST");
  ASSIGN_OR_RETURN(const v1::Subject* subject, turn.FindSubject(SubjectId(delivery.dispatch())));
  if (subject != nullptr && subject->newest_delivery_id() != delivery.id()) {
    return Supersede(turn, delivery);
  }
  const Rules& rules = turn.rules();
  const absl::Duration wait = rules.retry_first * (1 << std::clamp(delivery.attempt_count() - 1, 0, 16));
  return Requeue(turn, delivery, turn.now() + std::min(wait, rules.retry_max), "REPEAT");
}

Status OnActionReport(Turn& turn, v1::Delivery& delivery, const v1::PublishReport& report) {
  v1::Attempt* attempt = FindAttempt(delivery, report.attempt());
  const bool open = attempt != nullptr && (attempt->outcome() == outcome::kRunning ||
                                           attempt->outcome() == outcome::kLost);
  if (!open) return Ok();
  const bool done = report.result() == v1::PUBLISH_RESULT_PUBLISHED;
  const bool was_sending = delivery.state() == v1::DELIVERY_STATE_SENDING;
  const bool latest = report.attempt() == delivery.attempt_count();
  EndAttempt(*attempt, OutcomeText(report.result()), turn.now(), report.error_reason(), report.error());
  if (done && delivery.dispatch().action() == v1::ACTION_KIND_EDIT) attempt->set_remote_id(report.remote_id());
  turn.Changed(delivery.id(), "delivery.reported");
  // While a later attempt is under way, its own report ends the delivery.
  if (was_sending && !latest) return Ok();
  const bool can_still_be_done =
      !IsFinal(delivery.state()) || delivery.state() == v1::DELIVERY_STATE_UNCONFIRMED;
  if (done && can_still_be_done) {
    RETURN_IF_ERROR(EndDone(turn, delivery, FromProto(report.answered_at()), report.remote_url()));
  } else if (latest && !IsFinal(delivery.state())) {
    RETURN_IF_ERROR(OnAwaited(turn, delivery, *attempt, report));
  }
  return AfterStep(turn, delivery, was_sending);
}

Status RestoreAction(Turn& turn, v1::Delivery& delivery) {
  const Rules& rules = turn.rules();
  *delivery.mutable_reconciled_until() = ToProto(turn.restored_until());
  const std::string id = SubjectId(delivery.dispatch());
  ASSIGN_OR_RETURN(v1::Subject * subject, turn.FindSubject(id));
  if (subject != nullptr) {
    HoldUntil(turn, *subject, turn.restored_until() + rules.send_budget + rules.settle);
  }
  if (delivery.dispatch().action() == v1::ACTION_KIND_DELETE) {
    return Requeue(turn, delivery, turn.now(), "RESTORED");
  }
  return EndUnconfirmed(turn, delivery, "RESTORED",
                        "Kafka was put back from an older copy: whether this was done, and whether it is still wished, is lost; ask again");
}

Status SettleSubject(Turn& turn, const v1::Delivery& delivery) {
  ASSIGN_OR_RETURN(v1::Subject * subject, turn.FindSubject(SubjectId(delivery.dispatch())));
  if (subject != nullptr) HoldUntil(turn, *subject, DoubtEnd(delivery, turn.rules()));
  return Ok();
}

}  // namespace carillon::publisher
