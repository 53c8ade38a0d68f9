// The id of a connected account: what is unique decides it, so whoever knows organization, server and remote id knows the account.
#pragma once

#include <string>
#include <string_view>

#include "common/base/ids.h"

namespace carillon::platform {

// `base_url` is an origin: its host, and its port where it is not the usual one, is what a server's own account ids are unique within.
inline std::string AccountId(std::string_view org_id, std::string_view platform, std::string_view base_url,
                             std::string_view remote_account_id) {
  const size_t scheme = base_url.find("://");
  const std::string_view server = scheme == std::string_view::npos ? base_url : base_url.substr(scheme + 3);
  return MakeId("acct", {org_id, platform, server, remote_account_id});
}

}  // namespace carillon::platform
