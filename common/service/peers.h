// Channels to other services. Each call on them carries the service token, unless the caller has set an authorization itself.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace carillon::service {

// Connects at the first call and again after 0.1 to 2 s; a call while the peer is away fails UNAVAILABLE at once.
std::shared_ptr<grpc::Channel> MakePeerChannel(const std::string& address,
                                               const std::string& service_token);

}  // namespace carillon::service
