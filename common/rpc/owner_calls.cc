#include "common/rpc/owner_calls.h"

#include "common/base/ids.h"
#include "common/observe/metrics.h"
#include "common/rpc/forward.h"
#include "common/rpc/metadata.h"
#include "common/rpc/router.h"

namespace carillon::rpc {
namespace {

constexpr int kLookupThreads = 2;
constexpr size_t kLookupsMax = 1'000;
constexpr size_t kStubsMax = 1'000;
constexpr absl::Duration kPauseMin = absl::Milliseconds(20);
constexpr absl::Duration kPauseMax = absl::Milliseconds(500);
// With less time left another try would rather end in an unknown outcome than in an answer.
constexpr absl::Duration kWorthATry = absl::Milliseconds(500);

void CountForward(const char* outcome) {
  observe::Counter("forwards_total", "Calls forwarded to a shard's owner, by how they ended",
                   {{"outcome", outcome}})
      .Increment();
}

std::chrono::system_clock::time_point SystemTime(absl::Duration from_now) {
  return std::chrono::system_clock::now() +
         absl::ToChronoMicroseconds(std::max(from_now, absl::ZeroDuration()));
}

}  // namespace

bool IsNotOwner(const Status& status) { return ReasonOf(status) == "NOT_OWNER"; }

struct OwnerCalls::Attempt {
  bool is_read = false;
  ledger::Input input;  // of a read: aggregate_id only
  absl::Time deadline;
  std::function<bool()> given_up;
  ledger::AnswerCallback done;

  absl::Duration pause = kPauseMin;
  std::unique_ptr<grpc::Alarm> alarm;
  // Of the one forward that is under way.
  std::shared_ptr<v1::ForwardService::Stub> stub;
  std::unique_ptr<grpc::ClientContext> context;
  v1::SubmitRequest submit;
  v1::SubmitResponse submitted;
  v1::GetRequest get;
  v1::GetResponse got;
};

OwnerCalls::OwnerCalls(ledger::Ledger& ledger, ledger::Reader& reader, const Clock& clock,
                       std::string service_token)
    : ledger_(ledger),
      reader_(reader),
      clock_(clock),
      service_token_(std::move(service_token)),
      lookups_("owner_lookups", kLookupThreads, kLookupsMax) {}

OwnerCalls::~OwnerCalls() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  idle_.wait(lock, [&] { return open_ == 0; });
}

void OwnerCalls::Submit(ledger::Input input, absl::Time deadline, std::function<bool()> given_up,
                        ledger::AnswerCallback done) {
  auto attempt = std::make_shared<Attempt>();
  attempt->input = std::move(input);
  attempt->deadline = deadline;
  attempt->given_up = std::move(given_up);
  attempt->done = std::move(done);
  Begin(std::move(attempt));
}

void OwnerCalls::Get(std::string id, absl::Time deadline, std::function<bool()> given_up,
                     ledger::AnswerCallback done) {
  auto attempt = std::make_shared<Attempt>();
  attempt->is_read = true;
  attempt->input.aggregate_id = std::move(id);
  attempt->deadline = deadline;
  attempt->given_up = std::move(given_up);
  attempt->done = std::move(done);
  Begin(std::move(attempt));
}

void OwnerCalls::Begin(AttemptPtr attempt) {
  {
    std::lock_guard lock(mutex_);
    ++open_;
  }
  Try(attempt);
}

void OwnerCalls::Try(const AttemptPtr& attempt) {
  auto answered = [this, attempt](ledger::Answer answer) {
    if (IsNotOwner(answer.status)) return AskForOwner(attempt);
    End(attempt, std::move(answer));
  };
  if (attempt->is_read) {
    ledger_.Get(attempt->input.aggregate_id, attempt->deadline, std::move(answered));
  } else {
    ledger_.Submit(attempt->input, attempt->deadline, std::move(answered));
  }
}

void OwnerCalls::AskForOwner(const AttemptPtr& attempt) {
  // Redis may take its time: not on the Ledger's or gRPC's thread.
  const bool taken = lookups_.Run([this, attempt] {
    const int shard = PartitionOf(RootOf(attempt->input.aggregate_id), ledger_.shards());
    const auto address = reader_.OwnerAddress(shard);
    if (!address.ok() || address->empty()) {
      return Later(attempt, Refuse(Code::kUnavailable, "NOT_OWNER",
                                   fmt::format("the owner of shard {} is not known: {}", shard,
                                               address.ok() ? "none has taken it over yet"
                                                            : carillon::Message(address.status())),
                                   {{"shard", std::to_string(shard)}}));
    }
    Send(attempt, *address);
  });
  if (!taken) {
    Later(attempt, Refuse(Code::kUnavailable, "NOT_OWNER",
                          "the shard is not owned here, and too many calls look for its owner"));
  }
}

void OwnerCalls::Send(const AttemptPtr& attempt, const std::string& address) {
  attempt->context = std::make_unique<grpc::ClientContext>();
  attempt->context->set_deadline(SystemTime(attempt->deadline - clock_.Now()));
  attempt->context->AddMetadata(kAuthorizationKey, "Bearer " + service_token_);
  auto received = [this, attempt, address](const grpc::Status& status) {
    Received(attempt, address, status);
  };
  attempt->stub = StubOf(address);
  if (attempt->is_read) {
    attempt->get.set_aggregate_id(attempt->input.aggregate_id);
    attempt->got.Clear();
    attempt->stub->async()->Get(attempt->context.get(), &attempt->get, &attempt->got,
                                std::move(received));
    return;
  }
  attempt->submit.set_aggregate_id(attempt->input.aggregate_id);
  *attempt->submit.mutable_envelope() = attempt->input.envelope;
  attempt->submit.set_creates(attempt->input.creates);
  attempt->submit.set_request_digest(attempt->input.request_digest);
  PackAny(attempt->input.body.get(), attempt->submit.mutable_body());
  attempt->submitted.Clear();
  attempt->stub->async()->Submit(attempt->context.get(), &attempt->submit, &attempt->submitted,
                                 std::move(received));
}

void OwnerCalls::Received(const AttemptPtr& attempt, const std::string& address,
                          const grpc::Status& grpc_status) {
  ledger::Answer answer;
  answer.status = FromGrpc(grpc_status);
  if (IsNotOwner(answer.status)) {
    CountForward("not_owner");
    return Later(attempt, answer.status);
  }
  if (!answer.status.ok() && !GetErrorInfo(answer.status)) {
    CountForward("unknown");
    // Neither a code nor a text that comes from the transport says whether the owner logged it.
    const bool late = answer.status.code() == Code::kDeadlineExceeded;
    answer.status = MakeStatus(
        late ? Code::kDeadlineExceeded : Code::kUnavailable,
        fmt::format(
            "the owner at {} did not answer ({}){}", address, carillon::Message(answer.status),
            attempt->is_read ? "" : "; the outcome is unknown: send the same request_id again"));
    if (attempt->is_read && !late) return Later(attempt, answer.status);
    return End(attempt, std::move(answer));
  }
  CountForward(answer.status.ok() ? "ok" : "refused");
  if (answer.status.ok()) {
    const auto& record = attempt->is_read ? attempt->got.record() : attempt->submitted.record();
    const auto& position =
        attempt->is_read ? attempt->got.position() : attempt->submitted.position();
    auto unpacked = UnpackAny(record);
    answer.status = unpacked.status();
    if (unpacked.ok()) answer.record = std::move(*unpacked);
    answer.position = {position.shard(), position.offset()};
    answer.repeated = attempt->submitted.repeated_request();
  }
  End(attempt, std::move(answer));
}

void OwnerCalls::Later(const AttemptPtr& attempt, const Status& last) {
  const absl::Duration pause = attempt->pause;
  attempt->pause = std::min(pause * 2, kPauseMax);
  bool closing = false;
  {
    std::lock_guard lock(mutex_);
    closing = closing_;
  }
  const bool nobody_waits = attempt->given_up && attempt->given_up();
  if (closing || nobody_waits || clock_.Now() + pause + kWorthATry >= attempt->deadline) {
    return End(attempt, {.status = last});
  }
  attempt->alarm = std::make_unique<grpc::Alarm>();
  attempt->alarm->Set(SystemTime(pause), [this, attempt](bool) { Try(attempt); });
}

void OwnerCalls::End(const AttemptPtr& attempt, ledger::Answer answer) {
  auto done = std::move(attempt->done);
  attempt->alarm.reset();  // it holds the attempt
  done(std::move(answer));
  std::lock_guard lock(mutex_);
  --open_;
  idle_.notify_all();
}

std::shared_ptr<v1::ForwardService::Stub> OwnerCalls::StubOf(const std::string& address) {
  std::lock_guard lock(mutex_);
  if (stubs_.size() > kStubsMax) stubs_.clear();
  auto& stub = stubs_[address];
  if (!stub) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    stub = v1::ForwardService::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }
  return stub;
}

}  // namespace carillon::rpc
