#include "common/platform/webhook.h"

namespace carillon::platform {

Status BadSignature() {
  return Refuse(Code::kUnauthenticated, "BAD_SIGNATURE", "the platform did not sign this");
}

Status BadChallenge(std::string_view what) { return Refuse(Code::kInvalidArgument, "BAD_CHALLENGE", what); }

}  // namespace carillon::platform
