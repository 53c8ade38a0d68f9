#include "common/deadletter/api.h"

#include <fmt/format.h>

#include <charconv>
#include <mutex>

#include "carillon/ops/v1/operations_api.grpc.pb.h"
#include "common/deadletter/letters.h"
#include "common/deadletter/replay.h"
#include "common/kafka/cluster.h"
#include "common/ledger/paging.h"
#include "common/ledger/record.h"
#include "common/rpc/metadata.h"

namespace carillon::deadletter {
namespace {

namespace pb = ops::v1;

constexpr auto kWorkMax = absl::Seconds(15);  // a service that is to stop waits for its calls
constexpr auto kAnswerMarginMax = absl::Milliseconds(500);

// The answer has to reach the caller in time.
absl::Time AnswerBy(const rpc::Call& call, const Clock& clock) {
  const absl::Duration left = call.deadline() - clock.Now();
  return clock.Now() + std::min(left - std::min(left / 10, kAnswerMarginMax), kWorkMax);
}

ledger::ListQuery QueryOf(const std::string& topic, const std::string& page_token) {
  ledger::ListQuery query;
  query.index = topic;
  query.descending = true;
  query.page_token = page_token;
  return query;
}

Result<std::optional<int64_t>> ReadToken(const std::string& topic, const std::string& token) {
  ASSIGN_OR_RETURN(const std::string text, ledger::ReadPageToken(QueryOf(topic, token)));
  if (text.empty()) return std::optional<int64_t>();
  int64_t before = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), before);
  if (error != std::errc() || end != text.data() + text.size() || before < 0) {
    return Refuse(Code::kInvalidArgument, "BAD_PAGE_TOKEN", "the page token is not one of this list; start again without one");
  }
  return std::optional<int64_t>(before);
}

class OperationsApi : public pb::OperationsService::CallbackService {
 public:
  OperationsApi(const ledger::Options& options, const ledger::Domain& domain, rpc::Router& router,
                const Clock& clock)
      : message_(domain.MessagePrototype()),
        names_{options.service, kafka::DeadLetterSpec(options.release, options.service).name,
               ledger::TopicName(options.release, domain.MessagePrototype())},
        transactional_id_(fmt::format("{}-{}-replay", options.release, options.service)),
        cluster_(kafka::MakeCluster(options.kafka)),
        router_(router),
        clock_(clock) {}

  grpc::ServerUnaryReactor* ListDeadLetters(grpc::CallbackServerContext* context,
                                            const pb::ListDeadLettersRequest* request,
                                            pb::ListDeadLettersResponse* response) override {
    return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
      call.Finish(Alone(call, "deadletter.list", [&] { return List(call, *request, response); }));
    });
  }

  grpc::ServerUnaryReactor* ReplayDeadLetters(grpc::CallbackServerContext* context,
                                              const pb::ReplayDeadLettersRequest* request,
                                              pb::ReplayDeadLettersResponse* response) override {
    return router_.Blocking(context, request, response, [this, context, request, response](rpc::Call& call) {
      call.Finish(Alone(call, "deadletter.replay", [&] { return PutBack(call, *context, *request, response); }));
    });
  }

 private:
  // Such a call may read for long: others of the pool's threads stay free for what the service is there for.
  Status Alone(const rpc::Call& call, const std::string& action, const std::function<Status()>& work) {
    RETURN_IF_ERROR(call.Authorize(action, names_.letters));
    const std::unique_lock lock(busy_, std::try_to_lock);
    if (lock.owns_lock()) return work();
    return Refuse(Code::kResourceExhausted, "BUSY",
                  "another call reads or replays dead letters here just now; try again in a moment");
  }

  Status List(const rpc::Call& call, const pb::ListDeadLettersRequest& request,
              pb::ListDeadLettersResponse* response) {
    ASSIGN_OR_RETURN(const int count, ledger::PageSize(request.page_size()));
    ASSIGN_OR_RETURN(const auto before, ReadToken(names_.letters, request.page_token()));
    ASSIGN_OR_RETURN(const auto reader, cluster_->MakeReader());
    Letters letters(*reader, clock_, names_, message_);
    ASSIGN_OR_RETURN(Page page, letters.Before(before, static_cast<size_t>(count), AnswerBy(call, clock_)));
    for (pb::DeadLetter& letter : page.letters) *response->add_letters() = std::move(letter);
    if (page.next_before >= 0) {
      response->set_next_page_token(
          ledger::MakePageToken(QueryOf(names_.letters, ""), std::to_string(page.next_before)));
    }
    return Ok();
  }

  Status PutBack(const rpc::Call& call, const grpc::CallbackServerContext& context,
                 const pb::ReplayDeadLettersRequest& request, pb::ReplayDeadLettersResponse* response) {
    ASSIGN_OR_RETURN(const auto envelope, rpc::EnvelopeFrom(context, call.principal()));
    if (request.partition() != kPartition) {
      return Refuse(Code::kInvalidArgument, "BAD_OFFSETS",
                    fmt::format("{} has no partition {}: it has one, {}", names_.letters, request.partition(), kPartition));
    }
    ASSIGN_OR_RETURN(const auto reader, cluster_->MakeReader());
    Replay replay(*cluster_, *reader, clock_, names_, message_, transactional_id_);
    ASSIGN_OR_RETURN(*response, replay.Run({request.offsets().begin(), request.offsets().end()},
                                           envelope.actor(), AnswerBy(call, clock_)));
    return Ok();
  }

  const ledger::Proto& message_;
  const Names names_;
  const std::string transactional_id_;
  const std::unique_ptr<kafka::Cluster> cluster_;
  rpc::Router& router_;
  const Clock& clock_;
  std::mutex busy_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeOperationsService(const ledger::Options& options, const ledger::Domain& domain,
                                                     rpc::Router& router, const Clock& clock) {
  return std::make_unique<OperationsApi>(options, domain, router, clock);
}

}  // namespace carillon::deadletter
