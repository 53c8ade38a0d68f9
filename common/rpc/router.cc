#include "common/rpc/router.h"

#include <future>

#include "common/base/check.h"
#include "common/ledger/record.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/rpc/forward.h"
#include "common/rpc/metadata.h"
#include "common/rpc/owner_calls.h"
#include "common/rpc/pool.h"

namespace carillon::rpc {
namespace {

// The Ledger answers so much earlier than the caller's deadline that the answer still gets there.
constexpr absl::Duration kAnswerMarginMax = absl::Milliseconds(100);

// "StrategyService/CreateBrand": the method that takes this request (each has its own, as buf's STANDARD demands).
std::string MethodOf(const google::protobuf::Descriptor& request) {
  const auto& file = *request.file();
  for (int s = 0; s < file.service_count(); ++s) {
    for (int m = 0; m < file.service(s)->method_count(); ++m) {
      const auto* method = file.service(s)->method(m);
      if (method->input_type() == &request) return file.service(s)->name() + "/" + method->name();
    }
  }
  return request.name();
}

// The request's field request_id; "" if it has none.
std::string RequestIdOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  using Field = google::protobuf::FieldDescriptor;
  if (field == nullptr || field->cpp_type() != Field::CPPTYPE_STRING || field->is_repeated())
    return {};
  return request.GetReflection()->GetString(request, field);
}

// What all calls of a router share.
struct Parts {
  const auth::Authorizer& authorizer;
  const Clock& clock;
  const RouterOptions options;
  OwnerCalls owners;
};

class CallImpl : public Call, public std::enable_shared_from_this<CallImpl> {
 public:
  CallImpl(Parts& parts, grpc::CallbackServerContext* context, const Message* request)
      : parts_(parts),
        context_(context),
        request_(request),
        reactor_(context->DefaultReactor()),
        started_(parts.clock.BootTime()),
        deadline_(DeadlineOf(*context, parts.clock, parts.options)) {}

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }
  const auth::Principal& principal() const override { return principal_; }
  absl::Time deadline() const override { return deadline_; }

  // Authenticates; the call keeps itself alive from here to Finish.
  Status Begin() {
    self_ = shared_from_this();
    auto principal = parts_.authorizer.Authenticate(MetadataValue(*context_, kAuthorizationKey));
    if (!principal.ok()) return principal.status();
    principal_ = std::move(*principal);
    return Ok();
  }

  // Nobody waits for it any more: its time is over or the client went away.
  bool GivenUp() const { return context_->IsCancelled() || parts_.clock.Now() >= deadline_; }

  Status Authorize(const std::string& action, const std::string& resource) const override {
    return parts_.authorizer.Authorize(principal_, action, resource);
  }

  void Finish(const Status& status) override {
    if (finished_.exchange(true)) {
      observe::Error("a call was finished twice; the second answer is dropped",
                     {{"method", MethodOf(*request_type_)}, {"status", ToString(status)}});
      return;
    }
    const auto self = std::move(self_);
    observe::Seconds(
        "grpc_server_handling", "Time from a call's arrival to its answer",
        {{"method", MethodOf(*request_type_)}, {"code", absl::StatusCodeToString(status.code())}})
        .Observe(absl::ToDoubleSeconds(parts_.clock.BootTime() - started_));
    reactor_->Finish(ToGrpc(status));
  }

  void Submit(CommandSpec spec, std::function<void(const ledger::Answer&)> fill) override {
    auto input = MakeInput(std::move(spec));
    if (!input.ok()) return Finish(input.status());
    parts_.owners.Submit(std::move(*input), LedgerDeadline(), GivenUpFunction(),
                         [self = shared_from_this(), fill = std::move(fill)](
                             ledger::Answer answer) { self->Answered(answer, fill); });
  }

  ledger::Answer SubmitAndWait(CommandSpec spec) override {
    auto input = MakeInput(std::move(spec));
    if (!input.ok()) return {.status = input.status()};
    auto promise = std::make_shared<std::promise<ledger::Answer>>();
    auto answered = promise->get_future();
    parts_.owners.Submit(std::move(*input), LedgerDeadline(), GivenUpFunction(),
                         [promise](ledger::Answer given) { promise->set_value(std::move(given)); });
    ledger::Answer answer = answered.get();
    if (answer.status.ok()) TellPosition(answer);
    return answer;
  }

  void Read(std::string action, std::string id,
            std::function<Status(const ledger::Answer&)> fill) override {
    if (Status allowed = Authorize(action, id); !allowed.ok()) return Finish(allowed);
    parts_.owners.Get(std::move(id), LedgerDeadline(), GivenUpFunction(),
                      [self = shared_from_this(), fill = std::move(fill)](ledger::Answer answer) {
                        self->Finish(answer.status.ok() ? fill(answer) : answer.status);
                      });
  }

 private:
  Result<ledger::Input> MakeInput(CommandSpec spec) const {
    RETURN_IF_ERROR(Authorize(spec.action, spec.resource));
    const std::string request_id = RequestIdOf(*request_);
    RETURN_IF_ERROR(CheckRequestId(request_id));
    ledger::Input input;
    ASSIGN_OR_RETURN(input.envelope, EnvelopeFrom(*context_, principal_));
    input.envelope.set_org_id(spec.org_id);
    input.envelope.set_brand_id(spec.brand_id);
    input.envelope.set_request_id(request_id);
    if (input.envelope.correlation_id().empty()) input.envelope.set_correlation_id(request_id);
    *input.envelope.mutable_occurred_at() = ToProto(parts_.clock.Now());
    input.aggregate_id = std::move(spec.aggregate_id);
    input.creates = spec.creates;
    input.request_digest = ledger::DigestOf(*request_);
    input.body = std::move(spec.body);
    if (!input.body) {
      std::shared_ptr<Message> copy(request_->New());
      copy->CopyFrom(*request_);
      input.body = std::move(copy);
    }
    return input;
  }

  void Answered(const ledger::Answer& answer,
                const std::function<void(const ledger::Answer&)>& fill) {
    if (!answer.status.ok()) return Finish(answer.status);
    TellPosition(answer);
    fill(answer);
    Finish(Ok());
  }

  void TellPosition(const ledger::Answer& answer) {
    CARILLON_CHECK(answer.record != nullptr, "an acknowledged command has a record");
    context_->AddTrailingMetadata(kPositionKey, PositionText(answer.position));
  }

  absl::Time LedgerDeadline() const {
    const absl::Duration left = deadline_ - parts_.clock.Now();
    return deadline_ - std::min(left / 10, kAnswerMarginMax);
  }

  std::function<bool()> GivenUpFunction() {
    return [this] { return GivenUp(); };
  }

  Parts& parts_;
  grpc::CallbackServerContext* const context_;
  const Message* const request_;
  const google::protobuf::Descriptor* const request_type_ = request_->GetDescriptor();
  grpc::ServerUnaryReactor* const reactor_;
  const absl::Duration started_;
  const absl::Time deadline_;
  auth::Principal principal_;
  std::atomic<bool> finished_ = false;
  std::shared_ptr<CallImpl> self_;
};

class RouterImpl : public Router {
 public:
  RouterImpl(ledger::Ledger& ledger, ledger::Reader& reader, const auth::Authorizer& authorizer,
             const Clock& clock, const RouterOptions& options)
      : parts_{authorizer, clock, options, {ledger, reader, clock, options.service_token}},
        pool_("queries", options.pool_threads, options.pool_queue_max) {}

  Result<auth::Principal> Authenticate(const grpc::ServerContextBase& context) const override {
    return parts_.authorizer.Authenticate(MetadataValue(context, kAuthorizationKey));
  }

  Status Authorize(const auth::Principal& principal, const std::string& action,
                   const std::string& resource) const override {
    return parts_.authorizer.Authorize(principal, action, resource);
  }

  ledger::Answer SubmitAndWait(ledger::Input input, absl::Time deadline) override {
    return Submit(std::move(input), deadline).get();
  }

  std::vector<ledger::Answer> SubmitAllAndWait(std::vector<ledger::Input> inputs, absl::Time deadline) override {
    std::vector<std::future<ledger::Answer>> given;
    for (ledger::Input& input : inputs) given.push_back(Submit(std::move(input), deadline));
    std::vector<ledger::Answer> answers;
    for (std::future<ledger::Answer>& answer : given) answers.push_back(answer.get());
    return answers;
  }

  ledger::Answer GetAndWait(std::string id, absl::Time deadline) override {
    auto promise = std::make_shared<std::promise<ledger::Answer>>();
    auto answer = promise->get_future();
    parts_.owners.Get(std::move(id), deadline, nullptr,
                      [promise](ledger::Answer given) { promise->set_value(std::move(given)); });
    return answer.get();
  }

 protected:
  grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext* context, const Message* request,
                                  Message* /*response*/, std::function<void(Call&)> work,
                                  bool blocking) override {
    auto call = std::make_shared<CallImpl>(parts_, context, request);
    if (Status status = call->Begin(); !status.ok()) {
      call->Finish(status);
    } else if (!blocking) {
      work(*call);
    } else if (!pool_.Run([call, work = std::move(work)] {
                 // Work that waited too long helps nobody, and costs those behind it.
                 if (call->GivenUp()) {
                   call->Finish(MakeStatus(Code::kDeadlineExceeded,
                                           "the call's time was over before its work began"));
                 } else {
                   work(*call);
                 }
               })) {
      call->Finish(Refuse(Code::kResourceExhausted, "QUERY_POOL_FULL",
                          "too many queries wait already; try again in a moment"));
    }
    return call->reactor();
  }

 private:
  std::future<ledger::Answer> Submit(ledger::Input input, absl::Time deadline) {
    auto promise = std::make_shared<std::promise<ledger::Answer>>();
    parts_.owners.Submit(std::move(input), deadline, nullptr,
                         [promise](ledger::Answer given) { promise->set_value(std::move(given)); });
    return promise->get_future();
  }

  Parts parts_;
  Pool pool_;  // first to go: its work uses the parts
};

}  // namespace

std::unique_ptr<Router> MakeRouter(ledger::Ledger& ledger, ledger::Reader& reader,
                                   const auth::Authorizer& authorizer, const Clock& clock,
                                   RouterOptions options) {
  return std::make_unique<RouterImpl>(ledger, reader, authorizer, clock, options);
}

}  // namespace carillon::rpc
