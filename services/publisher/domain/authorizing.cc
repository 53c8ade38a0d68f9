#include "services/publisher/domain/authorizing.h"

#include "common/base/clock.h"
#include "common/base/ids.h"

namespace carillon::publisher {
namespace {

// So long may redeeming the code and connecting the account take until nobody believes in it any more.
constexpr absl::Duration kRedeemingMax = absl::Minutes(2);

Result<v1::Authorization*> Need(Turn& turn, const std::string& id) {
  ASSIGN_OR_RETURN(v1::Authorization * authorization, turn.FindAuthorization(id));
  if (authorization != nullptr) return authorization;
  return Refuse(Code::kNotFound, "UNKNOWN_AUTHORIZATION", fmt::format("there is no authorization '{}'", id),
                {{"authorization", id}});
}

void DropSecrets(v1::Authorization& authorization) {
  authorization.clear_key_id();
  authorization.clear_nonce();
  authorization.clear_ciphertext();
}

}  // namespace

bool IsOpen(const v1::Authorization& authorization) {
  return authorization.state() == v1::AUTHORIZATION_STATE_WAITING ||
         authorization.state() == v1::AUTHORIZATION_STATE_REDEEMING;
}

Status Begin(Turn& turn, const v1::BeginAuthorization& command) {
  const v1::Authorization& wanted = command.authorization();
  if (!IsId(wanted.id(), "auth") || wanted.ciphertext().empty() || wanted.state_hash().empty()) {
    return Refuse(Code::kInvalidArgument, "BAD_AUTHORIZATION", "an authorization needs an id and sealed secrets");
  }
  ASSIGN_OR_RETURN(const v1::Authorization* known, turn.FindAuthorization(wanted.id()));
  if (known != nullptr) return Ok();
  v1::Authorization& authorization = turn.AddAuthorization(wanted.id());
  authorization = wanted;
  authorization.set_state(v1::AUTHORIZATION_STATE_WAITING);
  *authorization.mutable_created_at() = ToProto(turn.now());
  turn.Changed(authorization.id(), "authorization.begun");
  return Ok();
}

Status Claim(Turn& turn, const v1::ClaimAuthorization& command) {
  ASSIGN_OR_RETURN(v1::Authorization * authorization, Need(turn, command.authorization_id()));
  const bool late = authorization->state() == v1::AUTHORIZATION_STATE_EXPIRED ||
                    (authorization->state() == v1::AUTHORIZATION_STATE_WAITING &&
                     !turn.IsBefore(authorization->expires_at()));
  if (late) {
    return Refuse(Code::kFailedPrecondition, "AUTHORIZATION_EXPIRED",
                  "the time to connect this account is over; begin anew", {{"authorization", authorization->id()}});
  }
  if (authorization->state() != v1::AUTHORIZATION_STATE_WAITING) {
    return Refuse(Code::kFailedPrecondition, "AUTHORIZATION_USED",
                  "this link was used already; begin anew if the account is not connected",
                  {{"authorization", authorization->id()}});
  }
  authorization->set_state(v1::AUTHORIZATION_STATE_REDEEMING);
  *authorization->mutable_expires_at() = ToProto(turn.now() + kRedeemingMax);
  DropSecrets(*authorization);
  turn.Changed(authorization->id(), "authorization.claimed");
  return Ok();
}

Status End(Turn& turn, const v1::EndAuthorization& command) {
  ASSIGN_OR_RETURN(v1::Authorization * authorization, Need(turn, command.authorization_id()));
  if (!IsOpen(*authorization)) return Ok();
  authorization->set_state(command.state());
  authorization->set_error_reason(command.error_reason());
  authorization->set_error(command.error());
  authorization->set_connected_account_id(command.connected_account_id());
  DropSecrets(*authorization);
  const bool connected = command.state() == v1::AUTHORIZATION_STATE_CONNECTED;
  turn.Changed(authorization->id(), connected ? "authorization.connected" : "authorization.failed");
  return Ok();
}

Status OnAuthorizationDue(Turn& turn, const std::string& id) {
  ASSIGN_OR_RETURN(v1::Authorization * authorization, Need(turn, id));
  if (!IsOpen(*authorization) || turn.IsBefore(authorization->expires_at())) return Ok();
  const bool claimed = authorization->state() == v1::AUTHORIZATION_STATE_REDEEMING;
  authorization->set_state(v1::AUTHORIZATION_STATE_EXPIRED);
  if (claimed) {
    // The process that redeemed the code has not come back; whether the account is connected, the account says.
    authorization->set_error_reason("OUTCOME_UNKNOWN");
    authorization->set_error("its outcome was not noted; see the account");
  }
  DropSecrets(*authorization);
  turn.Changed(id, "authorization.expired");
  return Ok();
}

}  // namespace carillon::publisher
