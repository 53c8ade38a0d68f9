#include "services/publisher/domain/settling.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/planted.h"
#include "services/publisher/domain/actions.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/domain/pacing.h"
#include "services/publisher/domain/refresh.h"
#include "services/publisher/domain/restored.h"
#include "services/publisher/domain/sending.h"
#include "services/publisher/domain/states.h"

namespace carillon::publisher {
namespace {

constexpr char kDuplicate[] = "DUPLICATE";
constexpr absl::Duration kNotSentPause = absl::Milliseconds(500);
// Between the first look-up whose "absent" counts and the next.
constexpr absl::Duration kFirstPause = absl::Seconds(30);

// When look-up number `lookup` (from 1) is due, after send_before: soon, once in between, when "absent" counts, and then ever later.
absl::Duration LookupDelay(const Rules& rules, int lookup) {
  const absl::Duration settled = rules.settle + absl::Seconds(1);
  if (lookup <= 1) return rules.judge_margin;
  if (lookup == 2) return std::max(rules.judge_margin, settled / 2);
  absl::Duration delay = settled;
  absl::Duration pause = kFirstPause;
  for (int i = 3; i < lookup; ++i) {
    pause = std::min(pause, rules.lookup_pause_max);
    delay += pause;
    pause *= 2;
  }
  return delay;
}

// Nobody is going to know better by asking.
bool IsAskedEnough(const Turn& turn, v1::Delivery& delivery) {
  const Rules& rules = turn.rules();
  if (delivery.lookups_answered() >= rules.lookups_max) return true;
  // An outage of ours must not take its look-ups away.
  return delivery.lookups() >= rules.lookups_max &&
         turn.now() >= FromProto(LatestAttempt(delivery).send_before()) + rules.lookup_window;
}

Status BeginLookup(Turn& turn, v1::Delivery& delivery) {
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(delivery.dispatch().account_id()));
  if (account == nullptr || account->state() == v1::ACCOUNT_STATE_DISCONNECTED) {
    return EndUnconfirmed(turn, delivery, "ACCOUNT_DISCONNECTED",
                          "the answer was lost, and the account is no longer connected");
  }
  const Rules& rules = turn.rules();
  delivery.set_state(v1::DELIVERY_STATE_CHECKING);
  delivery.set_lookups(delivery.lookups() + 1);
  // Looked up again if no report comes.
  *delivery.mutable_next_at() = ToProto(turn.now() + rules.lookup_timeout + rules.judge_margin);
  turn.Changed(delivery.id(), "delivery.looked_up");
  TrackDoubt(*account, delivery);
  auto job = std::make_shared<LookupJob>();
  job->delivery = delivery;
  job->account = *account;
  job->attempt = delivery.attempt_count();
  job->lookup = delivery.lookups();
  job->since = FromProto(delivery.unsettled_since());
  turn.Do(std::move(job));
  return Ok();
}

void SuspectDuplicate(Turn& turn, v1::Delivery& delivery) {
  delivery.set_duplicate_suspected(true);
  turn.Changed(delivery.id(), "delivery.duplicate_suspected");
  auto effect = std::make_shared<DuplicateSuspected>();
  effect->delivery_id = delivery.id();
  turn.Do(std::move(effect));
}

Status OnPublished(Turn& turn, v1::Delivery& delivery, int attempt, const std::string& remote_id,
                   const std::string& remote_url, absl::Time at) {
  if (delivery.state() == v1::DELIVERY_STATE_PUBLISHED) {
    // A person who gave a bare address may have named it otherwise; a differing id of the platform's is what counts.
    if (remote_id == delivery.remote_id()) return Ok();
    SuspectDuplicate(turn, delivery);
    turn.Answer(delivery);
    return Ok();
  }
  if (delivery.state() == v1::DELIVERY_STATE_SENDING && attempt != delivery.attempt_count()) {
    // A newer attempt is on its way: two posts, unless the platform gives it the same id.
    SuspectDuplicate(turn, delivery);
    return Ok();
  }
  RETURN_IF_ERROR(EndPublished(turn, delivery, remote_id, remote_url, at));
  if (delivery.duplicate_suspected()) SuspectDuplicate(turn, delivery);
  return Ok();
}

// A superseded attempt said "published": whatever became of the latest one, it is out there.
const v1::Attempt* KnownPublished(const v1::Delivery& delivery) {
  for (const v1::Attempt& attempt : delivery.attempts()) {
    if (!attempt.remote_id().empty()) return &attempt;
  }
  return nullptr;
}

Status OnRateLimited(Turn& turn, v1::Account& account, v1::Delivery& delivery,
                     const v1::PublishReport& report) {
  absl::Time until = FromProto(report.retry_at());
  if (until <= turn.now()) until = turn.now() + turn.rules().rate_limit_default;
  // Platforms count actions by themselves (Mastodon: 30 deletions in half an hour): posts do not wait for that.
  if (IsAction(delivery)) return Requeue(turn, delivery, until, "RATE_LIMITED");
  *account.mutable_next_send_at() = ToProto(std::max(until, FromProto(account.next_send_at())));
  turn.Changed(account.id(), "account.rate_limited");
  return Requeue(turn, delivery, until, "RATE_LIMITED");
}

Status OnAuthRefused(Turn& turn, v1::Account& account, v1::Delivery& delivery,
                     const v1::PublishReport& report) {
  OnTokenRefused(turn, account, report.credential_version(), report.error());
  return Requeue(turn, delivery, turn.now(), "NEEDS_RECONNECT");
}

// The report that the latest attempt waits for.
Status OnAwaitedReport(Turn& turn, v1::Delivery& delivery, v1::Attempt& attempt,
                       const v1::PublishReport& report) {
  if (const v1::Attempt* known = KnownPublished(delivery); known != nullptr) {
    return EndPublished(turn, delivery, known->remote_id(), {}, FromProto(known->ended_at()));
  }
  // An attempt after this one may be what the log lost.
  if (MayHaveBeenSent(turn, delivery)) return LookForLost(turn, delivery);
  switch (report.result()) {
    case v1::PUBLISH_RESULT_REFUSED:
      return OnRefused(turn, delivery, attempt, report);
    case v1::PUBLISH_RESULT_NOT_SENT:
      ClearDoubt(delivery, attempt);
      delivery.set_error_reason(report.error_reason());
      delivery.set_error(report.error());
      return Requeue(turn, delivery, turn.now() + kNotSentPause, "NOT_SENT");
    default:
      if (delivery.state() != v1::DELIVERY_STATE_SENDING) return Ok();
      delivery.set_error_reason("ANSWER_LOST");
      if (IsPlanted(Planted::kRetryInsteadOfLookup)) {
        return Requeue(turn, delivery, turn.now(), "RETRY");
      }
      return LookLater(turn, delivery, report.error());
  }
}

// A clear listing says it is not there, asked late enough to count.
Status OnProvenAbsent(Turn& turn, v1::Delivery& delivery, v1::Attempt& attempt) {
  if (attempt.error_reason() == kDuplicate) {
    const bool doubted = std::any_of(
        delivery.attempts().begin(), delivery.attempts().end(), [](const v1::Attempt& other) {
          return other.outcome() == outcome::kUnknown || other.outcome() == outcome::kLost ||
                 other.outcome() == outcome::kRestored;
        });
    constexpr char kError[] = "the platform says that it has this already, but it is not listed";
    if (doubted) return EndUnconfirmed(turn, delivery, kDuplicate, kError);
    delivery.clear_unsettled_since();
    return EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED, kDuplicate, kError);
  }
  EndAttempt(attempt, outcome::kAbsent, turn.now(), attempt.error_reason(), attempt.error());
  delivery.clear_unsettled_since();
  return Requeue(turn, delivery, turn.now(), "RETRY");
}

// The platform's own id of the post whose address ends so. Bluesky's addresses end with the record's key alone.
std::string RemoteIdAt(const v1::Account& account, std::string_view end) {
  if (account.platform() != "bluesky") return std::string(end);
  return fmt::format("at://{}/app.bsky.feed.post/{}", account.remote_account_id(), end);
}

}  // namespace

void OnTokenRefused(Turn& turn, v1::Account& account, uint32_t version, const std::string& error) {
  if (version != account.credential_version() || account.state() != v1::ACCOUNT_STATE_CONNECTED ||
      RefreshAfterRefusal(turn, account)) {
    return;
  }
  account.set_state(v1::ACCOUNT_STATE_NEEDS_RECONNECT);
  account.set_last_error(error);
  *account.mutable_last_error_at() = ToProto(turn.now());
  turn.Changed(account.id(), "account.needs_reconnect");
  turn.Announce(account);
}

Status AfterStep(Turn& turn, v1::Delivery& delivery, bool was_sending) {
  if (!was_sending || delivery.state() == v1::DELIVERY_STATE_SENDING) return Ok();
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(delivery.dispatch().account_id()));
  if (account == nullptr) return Ok();
  TrackDoubt(*account, delivery);
  account->set_sending(0);
  turn.Changed(account->id(), "account.sent");
  return StartNext(turn, *account);
}

Status OnRefused(Turn& turn, v1::Delivery& delivery, v1::Attempt& attempt,
                 const v1::PublishReport& report) {
  const Rules& rules = turn.rules();
  ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(delivery.dispatch().account_id()));
  if (report.refusal() == v1::REFUSAL_CLASS_DUPLICATE) {
    // It has something like it: ours or another's, the listing tells.
    attempt.set_error_reason(kDuplicate);
    return LookLater(turn, delivery, report.error());
  }
  ClearDoubt(delivery, attempt);
  delivery.set_error_reason(report.error_reason());
  delivery.set_error(report.error());
  switch (report.refusal()) {
    case v1::REFUSAL_CLASS_RATE_LIMITED:
      return OnRateLimited(turn, *account, delivery, report);
    case v1::REFUSAL_CLASS_AUTH:
      return OnAuthRefused(turn, *account, delivery, report);
    case v1::REFUSAL_CLASS_RETRYABLE: {
      delivery.set_refusals(delivery.refusals() + 1);
      if (delivery.refusals() >= rules.refusals_max) {
        return EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED, "RETRIES_EXHAUSTED",
                         report.error());
      }
      absl::Duration wait = rules.retry_first * (1 << std::min(delivery.refusals() - 1, 16));
      if (report.has_retry_at()) wait = std::max(wait, FromProto(report.retry_at()) - turn.now());
      return Requeue(turn, delivery, turn.now() + std::min(wait, rules.retry_max), "RETRY");
    }
    default:
      return EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED,
                       report.error_reason().empty() ? "REFUSED" : report.error_reason(),
                       report.error());
  }
}

const char* OutcomeText(v1::PublishResult result) {
  switch (result) {
    case v1::PUBLISH_RESULT_PUBLISHED:
      return outcome::kPublished;
    case v1::PUBLISH_RESULT_REFUSED:
      return outcome::kRefused;
    case v1::PUBLISH_RESULT_NOT_SENT:
      return outcome::kNotSent;
    default:
      return outcome::kUnknown;
  }
}

Status LookLater(Turn& turn, v1::Delivery& delivery, std::string_view error) {
  if (IsAskedEnough(turn, delivery)) return EndUnconfirmed(turn, delivery, "UNCONFIRMED", error);
  const absl::Time send_before = FromProto(LatestAttempt(delivery).send_before());
  const absl::Duration delay = LookupDelay(turn.rules(), delivery.lookups() + 1);
  const absl::Duration distance = delay - LookupDelay(turn.rules(), delivery.lookups());
  // Also from now: after an outage of ours all of them are due, and would be spent within seconds.
  const absl::Time at = std::max(turn.now() + std::max(absl::Seconds(1), distance),
                                 send_before + delay);
  delivery.set_state(v1::DELIVERY_STATE_CHECKING);
  delivery.set_error(std::string(error));
  *delivery.mutable_next_at() = ToProto(at);
  turn.Changed(delivery.id(), "delivery.checking");
  return Ok();
}

Status OnReport(Turn& turn, v1::Delivery& delivery, const v1::PublishReport& report) {
  if (report.attempt() < 1 || report.attempt() > delivery.attempt_count()) {
    return Refuse(Code::kInvalidArgument, "UNKNOWN_ATTEMPT",
                  fmt::format("{} has no attempt {}", delivery.id(), report.attempt()));
  }
  if (IsAction(delivery)) return OnActionReport(turn, delivery, report);
  v1::Attempt* attempt = FindAttempt(delivery, report.attempt());
  const bool published = report.result() == v1::PUBLISH_RESULT_PUBLISHED;
  const bool open = attempt != nullptr && (attempt->outcome() == outcome::kRunning ||
                                           attempt->outcome() == outcome::kLost);
  if (!open && !published) return Ok();
  if (published && attempt != nullptr && attempt->remote_id() == report.remote_id()) return Ok();
  const bool was_sending = delivery.state() == v1::DELIVERY_STATE_SENDING;
  const bool awaited =
      open && report.attempt() == delivery.attempt_count() && IsInDoubt(delivery.state());
  if (attempt != nullptr) {
    EndAttempt(*attempt, OutcomeText(report.result()), turn.now(), report.error_reason(),
               report.error());
    attempt->set_remote_id(report.remote_id());
  }
  turn.Changed(delivery.id(), "delivery.reported");
  RETURN_IF_ERROR(NoteReport(turn, delivery, attempt, report));
  if (published) {
    RETURN_IF_ERROR(OnPublished(turn, delivery, report.attempt(), report.remote_id(),
                                report.remote_url(), FromProto(report.answered_at())));
  } else if (awaited) {
    RETURN_IF_ERROR(OnAwaitedReport(turn, delivery, *attempt, report));
  }
  return AfterStep(turn, delivery, was_sending);
}

Status OnLookup(Turn& turn, v1::Delivery& delivery, const v1::LookupReport& report) {
  const bool found = report.result() == v1::LOOKUP_RESULT_FOUND;
  const bool in_doubt = delivery.state() == v1::DELIVERY_STATE_CHECKING ||
                        (found && delivery.state() == v1::DELIVERY_STATE_UNCONFIRMED);
  if (!in_doubt || report.attempt() != delivery.attempt_count()) return Ok();
  if (!found && report.lookup() != delivery.lookups()) return Ok();
  if (report.result() != v1::LOOKUP_RESULT_UNAVAILABLE) {
    delivery.set_lookups_answered(delivery.lookups_answered() + 1);
  }
  ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(delivery.dispatch().account_id()));
  v1::Attempt& attempt = LatestAttempt(delivery);
  if (found && !IsAnothers(*account, delivery, report.remote_id())) {
    EndAttempt(attempt, outcome::kFound, turn.now(), attempt.error_reason(), attempt.error());
    attempt.set_remote_id(report.remote_id());
    return OnPublished(turn, delivery, report.attempt(), report.remote_id(), report.remote_url(),
                       FromProto(report.answered_at()));
  }
  if (MayHaveBeenSent(turn, delivery)) return LookForLost(turn, delivery);
  const Rules& rules = turn.rules();
  const absl::Time send_before = FromProto(attempt.send_before());
  const absl::Time asked_at = FromProto(report.asked_at());
  if (report.result() == v1::LOOKUP_RESULT_ABSENT && asked_at >= send_before + rules.settle) {
    return OnProvenAbsent(turn, delivery, attempt);
  }
  if (turn.now() >= send_before + rules.settle_idempotent && attempt.error_reason() != kDuplicate) {
    ASSIGN_OR_RETURN(const bool repeated, TryRepeat(turn, delivery));
    if (repeated) return Ok();
  }
  return LookLater(turn, delivery,
                    report.error().empty() ? "the answer was lost; looking for the post"
                                           : report.error());
}

Status OnSendingDue(Turn& turn, v1::Delivery& delivery) {
  v1::Attempt& attempt = LatestAttempt(delivery);
  if (turn.IsBefore(delivery.next_at())) return Ok();
  EndAttempt(attempt, outcome::kLost, turn.now(), "NO_REPORT", "the sender did not report in time");
  delivery.set_error_reason("ANSWER_LOST");
  if (const v1::Attempt* known = KnownPublished(delivery); known != nullptr) {
    RETURN_IF_ERROR(
        EndPublished(turn, delivery, known->remote_id(), {}, FromProto(known->ended_at())));
  } else if (MayHaveBeenSent(turn, delivery)) {
    RETURN_IF_ERROR(LookForLost(turn, delivery));
  } else if (IsAction(delivery)) {
    RETURN_IF_ERROR(RepeatAction(turn, delivery));
  } else {
    RETURN_IF_ERROR(BeginLookup(turn, delivery));
  }
  return AfterStep(turn, delivery, /*was_sending=*/true);
}

Status OnCheckingDue(Turn& turn, v1::Delivery& delivery) {
  if (turn.IsBefore(delivery.next_at())) return Ok();
  if (MayHaveBeenSent(turn, delivery)) return LookForLost(turn, delivery);
  if (IsAskedEnough(turn, delivery)) {
    return EndUnconfirmed(turn, delivery, "UNCONFIRMED", delivery.error());
  }
  return BeginLookup(turn, delivery);
}

Status Resolve(Turn& turn, v1::Delivery& delivery, const v1::ResolveDeliveryRequest& request) {
  if (delivery.state() != v1::DELIVERY_STATE_UNCONFIRMED &&
      delivery.state() != v1::DELIVERY_STATE_HELD) {
    return Refuse(Code::kFailedPrecondition, "NOT_UNCONFIRMED",
                  fmt::format("{} is {}; only what is UNCONFIRMED or HELD can be resolved",
                              delivery.id(), StateName(delivery.state())),
                  {{"delivery", delivery.id()}, {"state", StateName(delivery.state())}});
  }
  if (IsAction(delivery)) {
    return Refuse(Code::kFailedPrecondition, "NOT_RESOLVABLE",
                  "what is done to a post is not resolved: ask for it again", {{"delivery", delivery.id()}});
  }
  if (request.has_published_url()) {
    std::string_view url = request.published_url();
    while (!url.empty() && url.back() == '/') url.remove_suffix(1);
    const size_t scheme = url.find("://");
    const size_t slash = url.rfind('/');
    if (!(url.starts_with("https://") || url.starts_with("http://")) || slash < scheme + 3 ||
        slash + 1 >= url.size()) {
      return Refuse(Code::kInvalidArgument, "BAD_URL",
                    "published_url must be the post's own address, as https://server/@name/123",
                    {{"published_url", request.published_url()}});
    }
    if (delivery.attempts_size() > 0) {
      EndAttempt(LatestAttempt(delivery), outcome::kResolved, turn.now());
    }
    ASSIGN_OR_RETURN(const v1::Account* account, turn.NeedAccount(delivery.dispatch().account_id()));
    return EndPublished(turn, delivery, RemoteIdAt(*account, url.substr(slash + 1)),
                        request.published_url(), turn.now());
  }
  if (!request.retry()) {
    return Refuse(Code::kInvalidArgument, "NO_RESOLUTION", "say published_url or retry");
  }
  *delivery.mutable_retry_until() = ToProto(turn.now() + turn.rules().retry_window);
  delivery.set_refusals(0);
  delivery.clear_finished_at();
  return Requeue(turn, delivery, turn.now(), "RETRY");
}

}  // namespace carillon::publisher
