#include "services/publisher/domain/sending.h"

#include <algorithm>
#include <optional>

#include "common/base/clock.h"
#include "common/content/content.h"
#include "services/publisher/domain/actions.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/domain/pacing.h"
#include "services/publisher/domain/preparing.h"
#include "services/publisher/domain/profile.h"
#include "services/publisher/domain/refresh.h"
#include "services/publisher/domain/restored.h"
#include "services/publisher/domain/states.h"
#include "services/publisher/domain/thread.h"

namespace carillon::publisher {
namespace {

constexpr absl::Duration kTurnWaitMin = absl::Seconds(2);
constexpr absl::Duration kGateWaitMin = absl::Milliseconds(250);
constexpr absl::Duration kGateWaitMax = absl::Seconds(5);
constexpr absl::Duration kLongWaitMax = absl::Seconds(30);
constexpr char kBusy[] = "ACCOUNT_BUSY";
constexpr char kNoSlot[] = "SENDER_SLOTS";

struct Hold {
  const char* why = nullptr;  // nullptr: it may go
  absl::Time until;
  bool of_account = false;  // it would hold any other of the account's as well
};

bool IsForTurn(std::string_view why) { return why == kBusy || why == kNoSlot; }

// The end of the one that is SENDING starts the next, and so does a sender that is free: asking again is for those who found no place among the
// waiting, and for the worst. Seldom, because many who ask often take the time of those who could go; but before its time ends.
absl::Duration TurnWait(const v1::Delivery& delivery, absl::Time now, bool is_in_line) {
  const absl::Duration left = ExpiresAt(delivery) - now;
  return std::min(WaitFor(delivery, now, is_in_line ? kLongWaitMax : kTurnWaitMin, kLongWaitMax), std::max(left / 2, kTurnWaitMin));
}

// The other deliveries of the account that are in doubt. Entries that the log doesn't bear out are dropped: the delivery's own
// record decides, the list only finds it.
Result<Hold> HeldByOthers(Turn& turn, v1::Account& account, const v1::Delivery& delivery) {
  Hold hold;
  auto& open = *account.mutable_open();
  for (int i = 0; i < open.size();) {
    const std::string id = open[i].delivery_id();
    if (id == delivery.id()) {
      ++i;
      continue;
    }
    ASSIGN_OR_RETURN(v1::Delivery * other, turn.FindDelivery(id));
    if (other == nullptr || !MayBeOut(*other)) {
      open.erase(open.begin() + i);
      continue;
    }
    if (other->state() == v1::DELIVERY_STATE_SENDING) {
      hold = {kBusy, turn.now(), true};
    } else if (hold.why == nullptr && other->text_key() == delivery.text_key()) {
      hold = {"EQUAL_TEXT", turn.now() + WaitFor(delivery, turn.now(), absl::Seconds(1), kLongWaitMax)};
    }
    ++i;
  }
  if (hold.why == nullptr && open.size() >= turn.rules().open_max) {
    hold = {"TOO_MANY_UNCONFIRMED", turn.now() + kLongWaitMax};
  }
  return hold;
}

Hold HeldByLimits(Turn& turn, v1::Account& account, const v1::Delivery& delivery) {
  ForgetOldPosts(account, turn.now(), turn.rules());
  const std::vector<RateCost> costs = CostsOf(turn, account, delivery.dispatch());
  const Pace pace = PaceOf(account, costs, turn.rules(), turn.now(), AppAccountsFor(turn, account, costs));
  // Of limits one may have room for what another has none for.
  return {pace.why, pace.until, pace.limit == nullptr};
}

Hold HeldByGates(Turn& turn, const v1::Account& account, const v1::Delivery& delivery) {
  const Gates gates = turn.gates().For({.account_id = account.id(),
                                        .org_id = account.org_id(),
                                        .brand_id = delivery.dispatch().brand_id(),
                                        .server = account.base_url(),
                                        .credential_version = account.credential_version(),
                                        .now = turn.now()});
  const auto closed = [&](const char* why, absl::Duration least, absl::Duration most) {
    return Hold{why, turn.now() + WaitFor(delivery, turn.now(), least, most), true};
  };
  if (!gates.control_fresh) return closed("CONTROL_VIEW", kGateWaitMin, kGateWaitMax);
  if (gates.kill_switch) return closed("KILL_SWITCH", kGateWaitMin, 3 * kGateWaitMax);
  if (!gates.clock_ok) return closed("CLOCK", kGateWaitMin, kGateWaitMax);
  if (!gates.has_credential) return closed("CREDENTIAL", kGateWaitMin, kGateWaitMax);
  if (!gates.has_slot) return {kNoSlot, turn.now(), true};
  return {};
}

Result<Hold> WhatHolds(Turn& turn, v1::Account& account, const v1::Delivery& delivery) {
  const absl::Time not_before = FromProto(delivery.dispatch().not_before());
  if (turn.now() < not_before) return Hold{"NOT_BEFORE", not_before};
  if (account.state() != v1::ACCOUNT_STATE_CONNECTED) {
    return Hold{"NEEDS_RECONNECT", turn.now() + WaitFor(delivery, turn.now(), absl::Seconds(1), kLongWaitMax), true};
  }
  if (AwaitsToken(turn, account)) return Hold{"TOKEN_REFRESH", FromProto(account.refresh().next_at()), true};
  if (IsAction(delivery)) {
    ASSIGN_OR_RETURN(const absl::Time quiet_at, ActionNotBefore(turn, delivery));
    if (turn.now() < quiet_at) return Hold{"EARLIER_WISH", quiet_at};
  }
  const Hold media = {kAwaitsMedia, turn.now() + WaitFor(delivery, turn.now(), absl::Seconds(1), kLongWaitMax)};
  ASSIGN_OR_RETURN(const bool has_media, HasMedia(turn, account, delivery));
  if (!has_media) return media;
  ASSIGN_OR_RETURN(const Hold others, HeldByOthers(turn, account, delivery));
  if (others.why != nullptr) return others;
  if (const Hold limits = HeldByLimits(turn, account, delivery); limits.why != nullptr) return limits;
  ASSIGN_OR_RETURN(const bool renews_media, RenewsMedia(turn, account, delivery));
  if (renews_media) return media;
  return HeldByGates(turn, account, delivery);
}

void Wait(Turn& turn, v1::Account* account, v1::Delivery& delivery, const Hold& hold) {
  bool is_in_line = false;
  if (account != nullptr) {
    const bool queues = IsForTurn(hold.why) || account->state() != v1::ACCOUNT_STATE_CONNECTED || account->refresh().has_send_before();
    if (queues && AddWaiting(*account, delivery, turn.rules().waiting_max)) {
      turn.Changed(account->id(), "account.delivery_waits");
    }
    is_in_line = queues && IsWaiting(*account, delivery.id());
  }
  // It goes on waiting for its turn: nothing of that is worth another record.
  const bool waits_on = is_in_line && IsForTurn(hold.why) && delivery.state() == v1::DELIVERY_STATE_QUEUED &&
                        IsForTurn(delivery.waiting_for()) && turn.IsBefore(delivery.next_at());
  if (waits_on) return;
  delivery.set_state(v1::DELIVERY_STATE_QUEUED);
  delivery.set_waiting_for(hold.why);
  if (account != nullptr) TrackDoubt(*account, delivery);
  const absl::Time until = IsForTurn(hold.why) ? turn.now() + TurnWait(delivery, turn.now(), is_in_line) : hold.until;
  // Looked at when it is too late, too.
  *delivery.mutable_next_at() = ToProto(std::min(until, ExpiresAt(delivery) + absl::Milliseconds(1)));
  turn.Changed(delivery.id(), "delivery.queued");
}

Status Start(Turn& turn, v1::Account& account, v1::Delivery& delivery) {
  const Rules& rules = turn.rules();
  RETURN_IF_ERROR(UseHandles(turn, delivery));
  const absl::Time send_before =
      turn.now() + rules.send_budget + rules.picture_budget * PictureCount(delivery.dispatch().content().profile());
  const v1::Attempt& attempt =
      AddAttempt(delivery, turn.now(), send_before, rules.attempts_kept);
  delivery.set_state(v1::DELIVERY_STATE_SENDING);
  delivery.set_lookups(0);
  delivery.set_lookups_answered(0);
  delivery.clear_waiting_for();
  *delivery.mutable_next_at() = ToProto(send_before + rules.judge_margin);
  turn.Changed(delivery.id(), "delivery.sending");

  TrackDoubt(account, delivery);
  StopWaiting(account, delivery.id());
  account.set_sending(1);
  CountSend(account, CostsOf(turn, account, delivery.dispatch()), rules, turn.now());
  // Connected by a program that did not read them again.
  if (!account.has_limits_next_at()) *account.mutable_limits_next_at() = ToProto(turn.now());
  turn.Changed(account.id(), "account.sending");

  auto job = std::make_shared<SendJob>();
  job->delivery = delivery;
  if (IsAction(delivery)) {
    ASSIGN_OR_RETURN(job->delivery, AsItIsSent(turn, delivery));
  }
  job->account = account;
  job->attempt = attempt.number();
  job->send_before = send_before;
  turn.Do(std::move(job));
  return Ok();
}

// An action, and a later wish takes its place: it has ended.
Result<bool> IsOvertaken(Turn& turn, v1::Delivery& delivery) {
  return IsAction(delivery) ? GiveWay(turn, delivery) : Result<bool>(false);
}

// What ends it before anything is sent; nothing if it may still go.
Result<bool> EndIfImpossible(Turn& turn, const v1::Account* account, v1::Delivery& delivery) {
  const v1::Dispatch& dispatch = delivery.dispatch();
  const auto fail = [&](std::string_view reason, std::string_view error) -> Result<bool> {
    RETURN_IF_ERROR(EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED, reason, error));
    return true;
  };
  if (account == nullptr || account->org_id() != dispatch.org_id()) {
    return fail("UNKNOWN_ACCOUNT", "the organization has no such account");
  }
  if (account->state() == v1::ACCOUNT_STATE_DISCONNECTED) {
    return fail("ACCOUNT_DISCONNECTED", "the account was disconnected");
  }
  if (content::DispatchHash(dispatch) != dispatch.content_hash()) {
    return fail("CONTENT_CHANGED", "what is ordered is not what was approved");
  }
  if (turn.now() > ExpiresAt(delivery)) {
    const std::string error =
        fmt::format("its time ended before it could be sent; it waited for {}",
                    delivery.waiting_for().empty() ? "nothing" : delivery.waiting_for());
    RETURN_IF_ERROR(EndUnsent(turn, delivery,
                              dispatch.hold_if_late() ? v1::DELIVERY_STATE_HELD
                                                      : v1::DELIVERY_STATE_EXPIRED,
                              "TOO_LATE", error));
    return true;
  }
  ASSIGN_OR_RETURN(const v1::MediaUpload* failed, FailedUpload(turn, delivery));
  if (failed != nullptr) return fail(failed->error_reason(), failed->error());
  return false;
}

// What every end has in common.
Status End(Turn& turn, v1::Delivery& delivery, v1::DeliveryState state, absl::Time at) {
  delivery.set_state(state);
  *delivery.mutable_finished_at() = ToProto(at);
  delivery.clear_next_at();
  delivery.clear_waiting_for();
  std::string what = StateName(state);
  std::transform(what.begin(), what.end(), what.begin(), ::tolower);
  turn.Changed(delivery.id(), "delivery." + what);
  turn.Answer(delivery);
  RETURN_IF_ERROR(EndUploads(turn, delivery));
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(delivery.dispatch().account_id()));
  if (account == nullptr) return Ok();
  TrackDoubt(*account, delivery);
  StopWaiting(*account, delivery.id());
  if (IsAction(delivery)) RETURN_IF_ERROR(SettleSubject(turn, delivery));
  if (state == v1::DELIVERY_STATE_PUBLISHED || state == v1::DELIVERY_STATE_DONE) {
    *account->mutable_last_success_at() = ToProto(at);
  }
  if (state == v1::DELIVERY_STATE_PUBLISHED) {
    ForgetOldPosts(*account, turn.now(), turn.rules());
    RememberPost(*account, delivery, turn.now());
  }
  turn.Changed(account->id(), "account.delivery_ended");
  return Ok();
}

// As TryStart. What holds it, if something does.
Result<Hold> StartOrWait(Turn& turn, v1::Delivery& delivery) {
  // Before everything else: what may be out there is neither sent nor EXPIRED.
  if (MayHaveBeenSent(turn, delivery)) {
    RETURN_IF_ERROR(LookForLost(turn, delivery));
    return Hold();
  }
  ASSIGN_OR_RETURN(const bool overtaken, IsOvertaken(turn, delivery));
  if (overtaken) return Hold();
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(delivery.dispatch().account_id()));
  ASSIGN_OR_RETURN(const bool ended, EndIfImpossible(turn, account, delivery));
  if (ended) return Hold();
  ASSIGN_OR_RETURN(const Hold hold, WhatHolds(turn, *account, delivery));
  if (hold.why == nullptr) {
    RETURN_IF_ERROR(Start(turn, *account, delivery));
  } else {
    Wait(turn, account, delivery, hold);
  }
  return hold;
}

}  // namespace

Status TryStart(Turn& turn, v1::Delivery& delivery) { return StartOrWait(turn, delivery).status(); }

Result<const char*> InDoubtBeside(Turn& turn, v1::Account& account, const v1::Delivery& delivery) {
  ASSIGN_OR_RETURN(const Hold hold, HeldByOthers(turn, account, delivery));
  return hold.why;
}

Result<bool> TryRepeat(Turn& turn, v1::Delivery& delivery) {
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(delivery.dispatch().account_id()));
  if (account == nullptr || !KeyHolds(*account, delivery, turn.now(), turn.rules()) ||
      turn.now() > ExpiresAt(delivery)) {
    return false;
  }
  ASSIGN_OR_RETURN(const Hold hold, WhatHolds(turn, *account, delivery));
  if (hold.why != nullptr) return false;
  RETURN_IF_ERROR(Start(turn, *account, delivery));
  return true;
}

Status Requeue(Turn& turn, v1::Delivery& delivery, absl::Time at, const char* why) {
  delivery.set_state(v1::DELIVERY_STATE_QUEUED);
  if (at <= turn.now()) return TryStart(turn, delivery);
  ASSIGN_OR_RETURN(const bool overtaken, IsOvertaken(turn, delivery));
  if (overtaken) return Ok();
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(delivery.dispatch().account_id()));
  Wait(turn, account, delivery, {why, at});
  return Ok();
}

Status StartNext(Turn& turn, v1::Account& account) {
  for (int tries = account.waiting_size(); tries > 0 && account.waiting_size() > 0; --tries) {
    const std::string id = account.waiting(0);
    ASSIGN_OR_RETURN(v1::Delivery * next, turn.FindDelivery(id));
    const bool waits = next != nullptr && next->state() == v1::DELIVERY_STATE_QUEUED;
    if (waits) {
      ASSIGN_OR_RETURN(const Hold hold, StartOrWait(turn, *next));
      // Found out once for all of them, which keep their places.
      if (hold.of_account) break;
    }
    StopWaiting(account, id);
    turn.Changed(account.id(), "account.next");
    if (waits && next->state() == v1::DELIVERY_STATE_SENDING) break;
  }
  return Ok();
}

Status EndPublished(Turn& turn, v1::Delivery& delivery, const std::string& remote_id,
                    const std::string& remote_url, absl::Time at) {
  bool twice = false;
  for (const v1::Attempt& attempt : delivery.attempts()) {
    twice = twice || (!attempt.remote_id().empty() && attempt.remote_id() != remote_id);
  }
  delivery.set_duplicate_suspected(twice);
  delivery.set_remote_id(remote_id);
  delivery.set_remote_url(remote_url);
  delivery.clear_error();
  delivery.clear_error_reason();
  delivery.clear_unsettled_since();
  if (IsAction(delivery)) return End(turn, delivery, v1::DELIVERY_STATE_DONE, at);
  if (turn.rules().price_of) {
    ASSIGN_OR_RETURN(const v1::Account* account, turn.NeedAccount(delivery.dispatch().account_id()));
    const auto cost = turn.rules().price_of(*account, delivery.dispatch().content());
    if (cost) *delivery.mutable_cost() = *cost;
  }
  RETURN_IF_ERROR(End(turn, delivery, v1::DELIVERY_STATE_PUBLISHED, at));
  return AddNextPart(turn, delivery);
}

Status EndUnsent(Turn& turn, v1::Delivery& delivery, v1::DeliveryState state,
                 std::string_view reason, std::string_view error) {
  if (delivery.has_unsettled_since() || MayHaveBeenSent(turn, delivery)) {
    return EndUnconfirmed(turn, delivery, reason, error);
  }
  delivery.set_error_reason(std::string(reason));
  delivery.set_error(std::string(error));
  return End(turn, delivery, state, turn.now());
}

Status EndUnconfirmed(Turn& turn, v1::Delivery& delivery, std::string_view reason,
                      std::string_view error) {
  delivery.set_error_reason(std::string(reason));
  delivery.set_error(std::string(error));
  return End(turn, delivery, v1::DELIVERY_STATE_UNCONFIRMED, turn.now());
}

}  // namespace carillon::publisher
