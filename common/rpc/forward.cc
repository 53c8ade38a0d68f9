#include "common/rpc/forward.h"

#include "carillon/rpc/v1/forward_api.grpc.pb.h"
#include "common/rpc/metadata.h"

namespace carillon::rpc {
namespace {

constexpr char kAction[] = "ledger.forward";

void SetPosition(const ledger::Position& position, v1::ShardPosition* out) {
  out->set_shard(position.shard);
  out->set_offset(position.offset);
}

class ForwardApi : public v1::ForwardService::CallbackService {
 public:
  ForwardApi(ledger::Ledger& ledger, const auth::Authorizer& authorizer, const Clock& clock,
             const RouterOptions& options)
      : ledger_(ledger), authorizer_(authorizer), clock_(clock), options_(options) {}

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context,
                                   const v1::SubmitRequest* request,
                                   v1::SubmitResponse* response) override {
    auto* reactor = context->DefaultReactor();
    if (Status allowed = Check(*context, request->aggregate_id()); !allowed.ok()) {
      reactor->Finish(ToGrpc(allowed));
      return reactor;
    }
    auto body = UnpackAny(request->body());
    if (!body.ok()) {
      reactor->Finish(ToGrpc(body.status()));
      return reactor;
    }
    ledger::Input input;
    input.aggregate_id = request->aggregate_id();
    input.body = *body;
    input.envelope = request->envelope();
    input.creates = request->creates();
    input.request_digest = request->request_digest();
    ledger_.Submit(std::move(input), DeadlineOf(*context, clock_, options_),
                   [reactor, response](const ledger::Answer& answer) {
                     if (answer.status.ok()) {
                       PackAny(answer.record.get(), response->mutable_record());
                       SetPosition(answer.position, response->mutable_position());
                       response->set_repeated_request(answer.repeated);
                     }
                     reactor->Finish(ToGrpc(answer.status));
                   });
    return reactor;
  }

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRequest* request,
                                v1::GetResponse* response) override {
    auto* reactor = context->DefaultReactor();
    if (Status allowed = Check(*context, request->aggregate_id()); !allowed.ok()) {
      reactor->Finish(ToGrpc(allowed));
      return reactor;
    }
    ledger_.Get(request->aggregate_id(), DeadlineOf(*context, clock_, options_),
                [reactor, response](const ledger::Answer& answer) {
                  if (answer.status.ok()) {
                    PackAny(answer.record.get(), response->mutable_record());
                    SetPosition(answer.position, response->mutable_position());
                  }
                  reactor->Finish(ToGrpc(answer.status));
                });
    return reactor;
  }

 private:
  Status Check(const grpc::ServerContextBase& context, const std::string& id) const {
    ASSIGN_OR_RETURN(const auth::Principal principal,
                     authorizer_.Authenticate(MetadataValue(context, kAuthorizationKey)));
    return authorizer_.Authorize(principal, kAction, id);
  }

  ledger::Ledger& ledger_;
  const auth::Authorizer& authorizer_;
  const Clock& clock_;
  const RouterOptions options_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeForwardService(ledger::Ledger& ledger,
                                                  const auth::Authorizer& authorizer,
                                                  const Clock& clock,
                                                  const RouterOptions& options) {
  return std::make_unique<ForwardApi>(ledger, authorizer, clock, options);
}

void PackAny(const Message* message, google::protobuf::Any* any) {
  if (message != nullptr) any->PackFrom(*message);
}

Result<std::shared_ptr<const Message>> UnpackAny(const google::protobuf::Any& any) {
  if (any.type_url().empty()) return std::shared_ptr<const Message>();
  std::string name;
  const google::protobuf::Descriptor* type = nullptr;
  if (google::protobuf::Any::ParseAnyTypeUrl(any.type_url(), &name)) {
    type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  }
  if (type == nullptr) {
    return MakeStatus(Code::kInternal,
                      fmt::format("the type '{}' is not known in this version", any.type_url()));
  }
  std::shared_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!message->ParseFromString(any.value())) {
    return MakeStatus(Code::kInternal, fmt::format("a forwarded {} can't be read", name));
  }
  return std::shared_ptr<const Message>(std::move(message));
}

absl::Time DeadlineOf(const grpc::CallbackServerContext& context, const Clock& clock,
                      const RouterOptions& options) {
  const auto deadline = context.deadline();
  const absl::Time now = clock.Now();
  if (deadline == std::chrono::system_clock::time_point::max())
    return now + options.deadline_default;
  // The remaining time counts, not the instant: gRPC's clock and ours may differ in tests and after a jump.
  const absl::Duration left = absl::FromChrono(deadline - std::chrono::system_clock::now());
  return now + std::min(left, options.deadline_max);
}

}  // namespace carillon::rpc
