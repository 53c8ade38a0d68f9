// Directory over gRPC: strategy for brands, goals and campaigns, publisher for account names.
#pragma once

#include <absl/time/time.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "services/analytics/ports.h"

namespace carillon::analytics {

// `prepare` puts the service token and a deadline on a call; it outlives the directory.
std::unique_ptr<Directory> MakeGrpcDirectory(
    std::shared_ptr<grpc::Channel> strategy, std::shared_ptr<grpc::Channel> publisher,
    std::function<void(grpc::ClientContext&, absl::Duration timeout)> prepare);

}  // namespace carillon::analytics
