// Asks one service how it is: the standard gRPC health protocol (grpc.health.v1.Health/Check, https://grpc.io/docs/guides/health-checking).
// Blocks for at most `timeout`; thread-safe.
#pragma once

#include <absl/time/time.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace carillon::cli {

// "SERVING", "NOT_SERVING", "UNKNOWN", or "UNREACHABLE" where nothing answers. `name` is "" or "carillon.flow".
std::string CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& name,
                        absl::Duration timeout);

// Whether something accepts connections at "http://host:port".
bool AcceptsConnections(const std::string& url, absl::Duration timeout);

}  // namespace carillon::cli
