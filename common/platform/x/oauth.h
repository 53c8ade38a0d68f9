// OAuth 2.0 of X (docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token): apps are registered by a person in the developer
// console; a public client names itself, a confidential one shows its secret as HTTP basic. A code is good for 30 s, an access token
// for two hours, and only offline.access gives a refresh token.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/facts.h"
#include "common/platform/oauth.h"

namespace carillon::x {

// All outlive it.
std::unique_ptr<platform::OAuth> MakeOAuth(http::HttpClient& client, const Clock& clock, const platform::Facts& facts);

}  // namespace carillon::x
