#include "common/platform/connector.h"

#include <algorithm>

#include "common/platform/act.h"

namespace carillon::platform {

Status Connector::CheckSecret(const std::string& secret) const {
  const bool one_word = std::all_of(secret.begin(), secret.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f;
  });
  if (one_word) return Ok();
  return Refuse(Code::kInvalidArgument, "BAD_TOKEN_SHAPE",
                "the access token holds spaces, line breaks or other characters that no token has");
}

std::optional<PriceFact> Connector::PriceOf(const PublishContent&) const { return std::nullopt; }

std::vector<RateCharge> Connector::RateCharges(const PublishContent&, std::optional<Action>) const { return {}; }

std::vector<std::string> Connector::MissingScopes(const std::vector<std::string>&) const { return {}; }

RefreshOutcome Connector::Refresh(const RefreshRequest&) {
  RefreshOutcome outcome;
  outcome.kind = RefreshOutcome::Kind::kRefused;
  outcome.error = "tokens of this platform can't be refreshed";
  return outcome;
}

PublishOutcome Connector::Act(const ActRequest&) {
  return NotOffered("this platform offers no such thing");
}

Result<Profile> Connector::ReadProfile(const AccountAccess&, absl::Duration) {
  return Refuse(Code::kUnimplemented, "NOT_OFFERED", "profiles of this platform are not read");
}

Status Connector::CheckProfile(const ProfileChange&) const {
  return Refuse(Code::kFailedPrecondition, "NOT_OFFERED", "profiles of this platform are not changed from here");
}

PublishOutcome Connector::SetProfile(const SetProfileRequest&) {
  return NotOffered("profiles of this platform are not changed from here");
}

}  // namespace carillon::platform
