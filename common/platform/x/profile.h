// The profile of an account (docs.x.com/x-api/users/user-lookup-me). X has no call that changes it.
#pragma once

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// Blocks for at most `timeout`. The profile's link is the field "Website"; links within the bio are as X shortened them.
Result<platform::Profile> ReadProfile(http::HttpClient& client, const Clock& clock, const Access& access,
                                      const std::string& remote_account_id, absl::Duration timeout);

}  // namespace carillon::x
