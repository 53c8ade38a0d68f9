// One process of a service as the router sees it: a scripted Ledger and Reader, a real gRPC server with one small API.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <mutex>

#include "carillon/strategy/v1/strategy_api.grpc.pb.h"
#include "common/rpc/forward.h"
#include "common/rpc/metadata.h"
#include "common/rpc/router.h"

namespace carillon::rpc::testing {

namespace sv1 = strategy::v1;

inline constexpr char kOperator[] = "operator-token-0123456789";
inline constexpr char kService[] = "service-token-0123456789";

inline ledger::Answer NotOwner() {
  return {.status = Refuse(Code::kUnavailable, "NOT_OWNER", "another process serves this shard")};
}

// Answers as the test says; remembers what it was given.
class ScriptedLedger : public ledger::Ledger {
 public:
  using Script = std::function<void(const ledger::Input&, ledger::AnswerCallback)>;

  // OK with an organization of the given name.
  static ledger::Answer Named(const std::string& name) {
    auto record = std::make_shared<sv1::StrategyRecord>();
    record->mutable_organization()->set_name(name);
    return {.status = Ok(), .record = std::move(record), .position = {3, 42}};
  }
  static Script Always(ledger::Answer answer) {
    return [answer](const ledger::Input&, ledger::AnswerCallback done) { done(answer); };
  }

  void Do(Script script) {
    std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  std::vector<ledger::Input> inputs() const {
    std::lock_guard lock(mutex_);
    return inputs_;
  }
  std::vector<absl::Time> deadlines() const {
    std::lock_guard lock(mutex_);
    return deadlines_;
  }

  Status Start(absl::Duration) override { return Ok(); }
  void Stop() override {}
  void Submit(ledger::Input input, absl::Time deadline, ledger::AnswerCallback done) override {
    Script script;
    {
      std::lock_guard lock(mutex_);
      inputs_.push_back(input);
      deadlines_.push_back(deadline);
      script = script_;
    }
    script(input, std::move(done));
  }
  void Get(std::string id, absl::Time deadline, ledger::AnswerCallback done) override {
    ledger::Input input;
    input.aggregate_id = std::move(id);
    Submit(std::move(input), deadline, std::move(done));
  }
  bool Owns(int) const override { return true; }
  int shards() const override { return 8; }
  Status Serving() const override { return Ok(); }
  Status Flowing() const override { return Ok(); }

 private:
  mutable std::mutex mutex_;
  Script script_ = Always(Named("here"));
  std::vector<ledger::Input> inputs_;
  std::vector<absl::Time> deadlines_;
};

// Knows the owners that the test names: one after another, the last one again and again.
class ScriptedReader : public ledger::Reader {
 public:
  void SetOwners(std::vector<std::string> owners) {
    std::lock_guard lock(mutex_);
    owners_ = std::move(owners);
  }
  Result<std::string> OwnerAddress(int) override {
    std::lock_guard lock(mutex_);
    if (owners_.empty()) return std::string();
    std::string owner = owners_.front();
    if (owners_.size() > 1) owners_.erase(owners_.begin());
    return owner;
  }
  Result<ledger::ProtoPtr> Get(std::string_view) override { return ledger::ProtoPtr(); }
  Result<std::vector<ledger::ProtoPtr>> GetMany(const std::vector<std::string>&) override {
    return std::vector<ledger::ProtoPtr>();
  }
  Result<ledger::Page> List(const ledger::ListQuery&) override { return ledger::Page(); }
  Status Each(const ledger::ListQuery&, const std::function<Status(const ledger::Proto&)>&) override {
    return Ok();
  }
  Result<int64_t> Count(std::string_view, std::string_view) override { return 0; }
  Result<std::optional<std::string>> First(std::string_view) override {
    return std::optional<std::string>();
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> owners_;
};

class Api : public sv1::StrategyService::CallbackService {
 public:
  explicit Api(Router& router) : router_(router) {}

  grpc::ServerUnaryReactor* CreateOrganization(grpc::CallbackServerContext* context,
                                               const sv1::CreateOrganizationRequest* request,
                                               sv1::CreateOrganizationResponse* response) override {
    return router_.Command<sv1::CreateOrganizationRequest, sv1::CreateOrganizationResponse>(
        context, request, response,
        {.action = "organization.create",
         .aggregate_id = "org_1",
         .org_id = "org_1",
         .brand_id = "brand_1",
         .creates = true},
        [](const ledger::Answer& answer, sv1::CreateOrganizationResponse* out) {
          *out->mutable_organization() =
              static_cast<const sv1::StrategyRecord&>(*answer.record).organization();
        });
  }

  grpc::ServerUnaryReactor* GetOrganization(grpc::CallbackServerContext* context,
                                            const sv1::GetOrganizationRequest* request,
                                            sv1::GetOrganizationResponse* response) override {
    return router_.Read<sv1::GetOrganizationRequest, sv1::GetOrganizationResponse>(
        context, request, response, "organization.get", request->id(),
        [](const ledger::Answer& answer, sv1::GetOrganizationResponse* out) -> Status {
          if (!answer.record) return Refuse(Code::kNotFound, "UNKNOWN_ORGANIZATION", "no such one");
          *out->mutable_organization() =
              static_cast<const sv1::StrategyRecord&>(*answer.record).organization();
          return Ok();
        });
  }

  // Runs `work` on the pool.
  grpc::ServerUnaryReactor* ListBrands(grpc::CallbackServerContext* context,
                                       const sv1::ListBrandsRequest* request,
                                       sv1::ListBrandsResponse* response) override {
    return router_.Blocking(context, request, response, work);
  }
  std::function<void(Call&)> work = [](Call& call) { call.Finish(Ok()); };

 private:
  Router& router_;
};

class Process {
 public:
  explicit Process(RouterOptions options = {}) {
    options.service_token = kService;
    router_ = MakeRouter(ledger, reader, *authorizer_, clock_, options);
    forward_ = MakeForwardService(ledger, *authorizer_, clock_);
    api = std::make_unique<Api>(*router_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(api.get());
    builder.RegisterService(forward_.get());
    server_ = builder.BuildAndStart();
    address = "127.0.0.1:" + std::to_string(port);
    stub = sv1::StrategyService::NewStub(
        grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  }
  ~Process() { Shutdown(); }

  void Shutdown() {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  Router& router() { return *router_; }

  // A call as the operator makes it.
  static void Prepare(grpc::ClientContext& context, absl::Duration timeout = absl::Seconds(20)) {
    context.AddMetadata("authorization", std::string("Bearer ") + kOperator);
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(timeout));
  }
  Result<std::string> Create(const std::string& request_id = "r1",
                             absl::Duration timeout = absl::Seconds(20)) {
    grpc::ClientContext context;
    Prepare(context, timeout);
    sv1::CreateOrganizationRequest request;
    request.set_request_id(request_id);
    sv1::CreateOrganizationResponse response;
    const Status status = FromGrpc(stub->CreateOrganization(&context, request, &response));
    RETURN_IF_ERROR(status);
    return response.organization().name();
  }
  Result<std::string> Get(absl::Duration timeout = absl::Seconds(20)) {
    grpc::ClientContext context;
    Prepare(context, timeout);
    sv1::GetOrganizationRequest request;
    request.set_id("org_1");
    sv1::GetOrganizationResponse response;
    const Status status = FromGrpc(stub->GetOrganization(&context, request, &response));
    RETURN_IF_ERROR(status);
    return response.organization().name();
  }

  ScriptedLedger ledger;
  ScriptedReader reader;
  std::unique_ptr<Api> api;
  std::string address;
  std::unique_ptr<sv1::StrategyService::Stub> stub;

 private:
  SystemClock clock_;
  std::unique_ptr<auth::Authorizer> authorizer_ = auth::MakeTokenAuthorizer({kOperator, kService});
  std::unique_ptr<Router> router_;
  std::unique_ptr<grpc::Service> forward_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace carillon::rpc::testing
