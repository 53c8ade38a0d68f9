// absl <-> gRPC, with ErrorInfo in grpc-status-details-bin both ways.
#pragma once

#include <grpcpp/grpcpp.h>

#include "common/base/status.h"

namespace carillon::rpc {

grpc::Status ToGrpc(const Status& status);
Status FromGrpc(const grpc::Status& status);

}  // namespace carillon::rpc
