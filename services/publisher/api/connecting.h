// The part of a connection that asks the platform: whose token it is and what the server takes. Shared by ConnectAccount and by OAuth.
#pragma once

#include "carillon/publisher/v1/internal.pb.h"
#include "services/publisher/api/publisher_api.h"

namespace carillon::publisher {

struct ConnectingParts {
  rpc::Router& router;
  const platform::Registry& platforms;
  const CredentialStore& credentials;
  ApiOptions options;
};

// Blocking: two calls to the platform. The token is sealed as the version that follows the account's present one.
Result<v1::ConnectCommand> CheckConnection(const ConnectingParts& parts, const v1::ConnectAccountRequest& request,
                                           absl::Time deadline);

}  // namespace carillon::publisher
