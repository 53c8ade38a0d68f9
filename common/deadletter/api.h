// OperationsService (proto/carillon/ops/v1): the same in every service that has a ledger.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "common/base/clock.h"
#include "common/ledger/ledger.h"
#include "common/rpc/router.h"

namespace carillon::deadletter {

// What is passed by reference outlives the service; calls run on the router's pool. Kafka clients are made for each call: dead
// letters are read once in a while.
std::unique_ptr<grpc::Service> MakeOperationsService(const ledger::Options& options, const ledger::Domain& domain,
                                                     rpc::Router& router, const Clock& clock);

}  // namespace carillon::deadletter
