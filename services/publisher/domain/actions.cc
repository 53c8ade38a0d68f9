#include "services/publisher/domain/actions.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/pacing.h"
#include "services/publisher/domain/profile.h"
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
    case v1::ACTION_KIND_SET_PROFILE: return "profile";
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
                   "a later wish about the same took its place");
}

Status FailBadDispatch(Turn& turn, v1::Delivery& delivery, std::string_view error) {
  return EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED, "BAD_DISPATCH", error);
}

bool IsOvertaken(const v1::Subject& subject, const v1::Delivery& delivery) {
  if (IsProfile(delivery.dispatch())) return !HasOwnParts(subject, delivery);
  return subject.newest_delivery_id() != delivery.id();
}

// A later wish is about a part of what an unanswered request of this one says: it waits as long as for one that has ended.
void HoldForLater(Turn& turn, v1::Subject& subject, const v1::Delivery& delivery) {
  const v1::ProfileChange& whole = delivery.dispatch().content().profile();
  if (PartCount(OwnParts(subject, delivery)) == PartCount(whole)) return;
  HoldUntil(turn, subject, DoubtEnd(delivery, turn.rules()));
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

// The account is called so from now on.
Status TakeName(Turn& turn, const v1::Subject& subject, const v1::Delivery& delivery) {
  const v1::ProfileChange change = OwnParts(subject, delivery);
  if (!change.has_display_name()) return Ok();
  ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(delivery.dispatch().account_id()));
  account->set_display_name(change.display_name());
  turn.Changed(account->id(), "account.renamed");
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
  const std::string subject_id = SubjectId(delivery.dispatch());
  if (IsProfile(delivery.dispatch())) {
    ASSIGN_OR_RETURN(const v1::Subject* subject, turn.FindSubject(subject_id));
    if (subject != nullptr) RETURN_IF_ERROR(TakeName(turn, *subject, delivery));
  }
  RETURN_IF_ERROR(EndPublished(turn, delivery, IdAfter(delivery), remote_url, at));
  delivery.set_duplicate_suspected(false);  // two versions of one post are one post
  if (delivery.remote_id() != delivery.dispatch().target_remote_id()) RETURN_IF_ERROR(FollowTo(turn, delivery));
  ASSIGN_OR_RETURN(v1::Subject * subject, turn.FindSubject(subject_id));
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
    return FailBadDispatch(turn, delivery, "the dispatch does not say to what it is to be done");
  }
  const bool is_profile = IsProfile(dispatch);
  if (is_profile && PartCount(dispatch.content().profile()) == 0) {
    return FailBadDispatch(turn, delivery, "the dispatch does not say what is to be changed");
  }
  const std::string id = SubjectId(dispatch);
  ASSIGN_OR_RETURN(v1::Subject * subject, turn.FindSubject(id));
  if (subject == nullptr) {
    subject = &turn.AddSubject(id);
    subject->set_target_remote_id(dispatch.target_remote_id());
  } else if (!is_profile && FromProto(dispatch.due_at()) < FromProto(subject->newest_at())) {
    return Supersede(turn, delivery);  // a profile's come by call, in the log's order
  }
  std::vector<std::string> earlier = {subject->newest_delivery_id()};
  if (is_profile) {
    auto taken_from = TakeParts(*subject, delivery);
    if (!taken_from.ok()) {
      return EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED, "TOO_MANY_WISHES", Message(taken_from.status()));
    }
    earlier = *std::move(taken_from);
  }
  subject->set_newest_delivery_id(delivery.id());
  *subject->mutable_newest_at() = dispatch.due_at();
  turn.Changed(id, "subject.wished");
  for (const std::string& earlier_id : earlier) {
    if (earlier_id.empty()) continue;
    ASSIGN_OR_RETURN(v1::Delivery * older, turn.FindDelivery(earlier_id));
    if (older == nullptr || older->state() != v1::DELIVERY_STATE_QUEUED) continue;
    ASSIGN_OR_RETURN(const bool gave_way, GiveWay(turn, *older));
    if (!gave_way && is_profile) HoldForLater(turn, *subject, *older);
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

Result<bool> GiveWay(Turn& turn, v1::Delivery& delivery) {
  ASSIGN_OR_RETURN(const v1::Subject* subject, turn.FindSubject(SubjectId(delivery.dispatch())));
  if (subject == nullptr || !IsOvertaken(*subject, delivery)) return false;
  RETURN_IF_ERROR(Supersede(turn, delivery));
  return true;
}

Status RepeatAction(Turn& turn, v1::Delivery& delivery) {
  if (IsDone(delivery)) return EndDone(turn, delivery, turn.now());
  delivery.set_error_reason("ANSWER_LOST");
  if (IsProfile(delivery.dispatch())) {
    ASSIGN_OR_RETURN(v1::Subject * subject, turn.FindSubject(SubjectId(delivery.dispatch())));
    if (subject != nullptr) HoldForLater(turn, *subject, delivery);
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
  RETURN_IF_ERROR(NoteReport(turn, delivery, attempt, report));
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
  if (subject == nullptr) return Ok();
  HoldUntil(turn, *subject, DoubtEnd(delivery, turn.rules()));
  if (!IsProfile(delivery.dispatch())) return Ok();
  DropParts(*subject, delivery);
  turn.Changed(subject->id(), "subject.settled");
  return Ok();
}

Result<v1::Delivery> AsItIsSent(Turn& turn, const v1::Delivery& delivery) {
  v1::Delivery sent = delivery;
  if (!IsProfile(delivery.dispatch())) return sent;
  ASSIGN_OR_RETURN(const v1::Subject* subject, turn.FindSubject(SubjectId(delivery.dispatch())));
  if (subject != nullptr) *sent.mutable_dispatch()->mutable_content()->mutable_profile() = OwnParts(*subject, delivery);
  return sent;
}

}  // namespace carillon::publisher
