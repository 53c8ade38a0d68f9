#include "services/publisher/domain/restored.h"

#include <algorithm>

#include "common/base/clock.h"
#include "services/publisher/domain/actions.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/sending.h"
#include "services/publisher/domain/settling.h"
#include "services/publisher/domain/states.h"

namespace carillon::publisher {
namespace {

constexpr char kReason[] = "RESTORED";
constexpr char kError[] = "Kafka was put back from an older copy: it may have been sent already";
constexpr absl::Duration kTurnWaitMax = absl::Seconds(30);

Status WaitForTurn(Turn& turn, v1::Delivery& delivery, const char* why) {
  const absl::Time end = std::max({ExpiresAt(delivery), FromProto(delivery.accepted_at()),
                                   turn.restored_until()}) +
                         turn.rules().retry_window;
  if (turn.now() > end) return EndUnconfirmed(turn, delivery, kReason, kError);
  delivery.set_state(v1::DELIVERY_STATE_QUEUED);
  delivery.set_waiting_for(why);
  *delivery.mutable_next_at() =
      ToProto(turn.now() + WaitFor(delivery, turn.now(), absl::Seconds(1), kTurnWaitMax));
  turn.Changed(delivery.id(), "delivery.queued");
  return Ok();
}

}  // namespace

bool MayHaveBeenSent(const Turn& turn, const v1::Delivery& delivery) {
  return FromProto(delivery.dispatch().not_before()) <= turn.restored_until() &&
         (!delivery.has_reconciled_until() ||
          FromProto(delivery.reconciled_until()) < turn.restored_until());
}

Status LookForLost(Turn& turn, v1::Delivery& delivery) {
  const Rules& rules = turn.rules();
  if (IsAction(delivery)) return RestoreAction(turn, delivery);
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(delivery.dispatch().account_id()));
  if (account == nullptr || account->state() == v1::ACCOUNT_STATE_DISCONNECTED) {
    return EndUnconfirmed(turn, delivery, kReason, kError);
  }
  ASSIGN_OR_RETURN(const char* why, InDoubtBeside(turn, *account, delivery));
  if (why != nullptr) return WaitForTurn(turn, delivery, why);
  // It began at its time or later, and the last byte of the last attempt left before its budget was over.
  v1::Attempt& attempt = AddAttempt(delivery, FromProto(delivery.dispatch().not_before()),
                                    turn.restored_until() + rules.send_budget, rules.attempts_kept);
  EndAttempt(attempt, outcome::kRestored, turn.now(), kReason, kError);
  *delivery.mutable_reconciled_until() = ToProto(turn.restored_until());
  delivery.set_lookups(0);
  delivery.set_lookups_answered(0);
  delivery.set_error_reason(kReason);
  delivery.clear_waiting_for();
  RETURN_IF_ERROR(LookLater(turn, delivery, kError));
  TrackDoubt(*account, delivery);
  StopWaiting(*account, delivery.id());
  turn.Changed(account->id(), "account.restored");
  return Ok();
}

}  // namespace carillon::publisher
