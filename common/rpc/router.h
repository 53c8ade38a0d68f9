// From a gRPC handler to the shard's owner and back. Every write and every owner read of every service goes through here: it
// authenticates, authorizes, checks request_id, and submits to the Ledger where the shard is owned here; else it forwards the command
// to the owner, once (forward.h; what is forwarded is never forwarded again). Only NOT_OWNER, which proves that nothing was logged,
// lets it look for the owner again within the deadline; after any other failure of a forward the outcome is unknown (UNAVAILABLE
// without ErrorInfo).
//
// A handler is a few lines:
//   grpc::ServerUnaryReactor* CreateBrand(grpc::CallbackServerContext* context, const CreateBrandRequest* request,
//                                         CreateBrandResponse* response) override {
//     return router_.Command(context, request, response,
//         {.action = "brand.create", .resource = request->org_id(), .aggregate_id = MakeId("brand", {org, request_id}, org),
//          .org_id = request->org_id(), .creates = true},
//         [](const ledger::Answer& answer, CreateBrandResponse* response) {
//           *response->mutable_brand() = static_cast<const StrategyRecord&>(*answer.record).brand(); });
//   }
// Handlers run on gRPC's callback threads and must not block: work that blocks (other services, Redis lists, files) goes through
// Blocking(), which runs it on a bounded pool (full: RESOURCE_EXHAUSTED, reason QUERY_POOL_FULL) and may end in a Command.
// Calls without a deadline get 10 s; longer ones are cut to 60 s.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/auth/authorizer.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/ledger/ledger.h"
#include "common/ledger/reader.h"
#include "common/rpc/status.h"

namespace carillon::rpc {

using google::protobuf::Message;

struct CommandSpec {
  std::string action;        // for Authorize: "brand.create"
  std::string resource;      // an id, or ""
  std::string aggregate_id;  // whose root decides the shard
  std::string org_id;
  std::string brand_id;
  bool creates = false;
  // What Decide gets as input.body; default: a copy of the request. Set it where the handler has completed the request (resolved
  // names, validated content). The digest of the command stays that of the request.
  std::shared_ptr<const Message> body;
};

// The whole of one unary call. Made by the router, kept alive until Finish.
class Call {
 public:
  virtual ~Call() = default;
  virtual const auth::Principal& principal() const = 0;
  virtual absl::Time deadline() const = 0;
  // Authenticated and allowed, else the status to finish with.
  virtual Status Authorize(const std::string& action, const std::string& resource) const = 0;
  // Exactly one of Finish, Submit and Read, once:
  virtual void Finish(const Status& status) = 0;
  virtual void Submit(CommandSpec spec,
                      std::function<void(const ledger::Answer&)> fill_response) = 0;
  // As Submit, where something is to be done after it: waits, on the pool's threads only. Finish comes after that.
  virtual ledger::Answer SubmitAndWait(CommandSpec spec) = 0;
  // Owner read: `fill_response` gets the record, or null: return a NOT_FOUND refusal then.
  virtual void Read(std::string action, std::string id,
                    std::function<Status(const ledger::Answer&)> fill_response) = 0;
};

struct RouterOptions {
  std::string service_token;  // for forwarding; secret
  int pool_threads = 4;
  size_t pool_queue_max = 256;
  absl::Duration deadline_default = absl::Seconds(10);
  absl::Duration deadline_max = absl::Seconds(60);
};

class Router {
 public:
  virtual ~Router() = default;

  // A write whose CommandSpec is known without blocking.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Command(
      grpc::CallbackServerContext* context, const Request* request, Response* response,
      CommandSpec spec, std::function<void(const ledger::Answer&, Response*)> fill) {
    return Start(context, request, response,
                 [spec = std::move(spec), response, fill = std::move(fill)](Call& call) mutable {
                   call.Submit(std::move(spec), [response, fill = std::move(fill)](
                                                    const ledger::Answer& a) { fill(a, response); });
                 },
                 /*blocking=*/false);
  }

  // An owner read of one aggregate.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Read(
      grpc::CallbackServerContext* context, const Request* request, Response* response,
      std::string action, std::string id,
      std::function<Status(const ledger::Answer&, Response*)> fill) {
    return Start(context, request, response,
                 [action = std::move(action), id = std::move(id), response,
                  fill = std::move(fill)](Call& call) mutable {
                   call.Read(std::move(action), std::move(id),
                             [response, fill = std::move(fill)](const ledger::Answer& a) {
                               return fill(a, response);
                             });
                 },
                 /*blocking=*/false);
  }

  // Anything that blocks: `work` runs on the pool and ends with Finish, Submit or Read on the call (which outlives them).
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Blocking(grpc::CallbackServerContext* context, const Request* request,
                                     Response* response, std::function<void(Call&)> work) {
    return Start(context, request, response, std::move(work), /*blocking=*/true);
  }

  // For streaming handlers, which run on their own: who calls, and a blocking submit (the pool's or a stream's thread only).
  virtual Result<auth::Principal> Authenticate(const grpc::ServerContextBase& context) const = 0;
  virtual Status Authorize(const auth::Principal& principal, const std::string& action,
                           const std::string& resource) const = 0;
  virtual ledger::Answer SubmitAndWait(ledger::Input input, absl::Time deadline) = 0;
  // All at once; the answers in the order of `inputs`.
  virtual std::vector<ledger::Answer> SubmitAllAndWait(std::vector<ledger::Input> inputs, absl::Time deadline) = 0;
  // An owner read, for checks at the door ("does this brand exist?"). The pool's or a stream's thread only: it blocks.
  // Answer.record is null with an OK status if there is no such aggregate.
  virtual ledger::Answer GetAndWait(std::string id, absl::Time deadline) = 0;

 protected:
  virtual grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext* context,
                                          const Message* request, Message* response,
                                          std::function<void(Call&)> work, bool blocking) = 0;
};

std::unique_ptr<Router> MakeRouter(ledger::Ledger& ledger, ledger::Reader& reader,
                                   const auth::Authorizer& authorizer, const Clock& clock,
                                   RouterOptions options);

}  // namespace carillon::rpc
