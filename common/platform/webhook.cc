#include "common/platform/webhook.h"

#include <fmt/format.h>

namespace carillon::platform {
namespace {

Status ByHand(const std::string& platform) {
  return Refuse(Code::kFailedPrecondition, "REGISTERED_BY_HAND", fmt::format("{} takes no registrations of webhooks by a call", platform),
                {{"platform", platform}});
}

}  // namespace

Result<Registration> Webhook::Register(const AppAccess&, const std::string&, absl::Duration) const { return ByHand(Platform()); }

Status Webhook::Subscribe(const AppAccess&, const Registration&, const CollectorAccess&, absl::Duration) const {
  return ByHand(Platform());
}

Status Webhook::Unsubscribe(const AppAccess&, const Registration&, const std::string&, absl::Duration) const {
  return ByHand(Platform());
}

std::string WebhookUrl(std::string_view public_url, std::string_view platform, std::string_view app_id) {
  return fmt::format("{}/webhooks/{}/{}", public_url, platform, app_id);
}

Status BadSignature() {
  return Refuse(Code::kUnauthenticated, "BAD_SIGNATURE", "the platform did not sign this");
}

Status BadChallenge(std::string_view what) { return Refuse(Code::kInvalidArgument, "BAD_CHALLENGE", what); }

}  // namespace carillon::platform
