// The receiving side of forwarding: the internal ForwardService of an owner. Every service program registers one.
#pragma once

#include <google/protobuf/any.pb.h>
#include <grpcpp/grpcpp.h>

#include <memory>

#include "common/auth/authorizer.h"
#include "common/base/clock.h"
#include "common/ledger/ledger.h"
#include "common/rpc/router.h"

namespace carillon::rpc {

// Hands what other processes of the service forward to the Ledger, for callers with the service token only. It never forwards
// again, so two processes that take each other for the owner answer NOT_OWNER. Everything passed by reference outlives it.
std::unique_ptr<grpc::Service> MakeForwardService(ledger::Ledger& ledger,
                                                  const auth::Authorizer& authorizer,
                                                  const Clock& clock,
                                                  const RouterOptions& options = {});

// Messages of types that this program knows, in and out of Any. Null goes in as an empty Any and comes out as null;
// INTERNAL if the type is unknown here or the bytes can't be read.
void PackAny(const Message* message, google::protobuf::Any* any);
Result<std::shared_ptr<const Message>> UnpackAny(const google::protobuf::Any& any);

// How long a call may take by our rules: its own deadline, the default without one, at most the maximum.
absl::Time DeadlineOf(const grpc::CallbackServerContext& context, const Clock& clock,
                      const RouterOptions& options);

}  // namespace carillon::rpc
