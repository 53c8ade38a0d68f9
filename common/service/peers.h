// Channels to other services. Each call on them carries the service token, unless the caller has set an authorization itself.
#pragma once

#include <absl/time/time.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace carillon::service {

// Connects at the first call and again after 0.1 to 2 s; a call while the peer is away fails UNAVAILABLE at once. The token is the
// services', or the gateway's.
std::shared_ptr<grpc::Channel> MakePeerChannel(const std::string& address,
                                               const std::string& token);
// The call ends so long from now.
void SetTimeout(grpc::ClientContext& context, absl::Duration timeout);

}  // namespace carillon::service
