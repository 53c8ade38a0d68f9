// Puts posts of a far future into the scheduler's ledger, as the scheduler itself would have written them, or reads the ledger as fast
// as one plain reader can: what a rebuilt copy in Redis is held against.
// fill_posts KAFKA RELEASE SHARDS COUNT BRAND_ID   ->  {"posts":..,"seconds":..}
// fill_posts KAFKA RELEASE SHARDS read             ->  {"records":..,"bytes":..,"seconds":..}
#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "carillon/scheduler/v1/scheduler_api.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/kafka/cluster.h"
#include "common/ledger/batch.h"
#include "common/ledger/record.h"
#include "services/scheduler/domain/scheduler_domain.h"

namespace {

using namespace carillon;

constexpr int kBatchPosts = 2000;
constexpr absl::Duration kPatience = absl::Seconds(30);

// Nothing is there yet.
class Nothing : public ledger::StateSource {
 public:
  Result<ledger::ProtoPtr> Find(std::string_view) override { return ledger::ProtoPtr(); }
  Result<std::optional<ledger::v1::Request>> FindRequest(const std::string&) override {
    return std::optional<ledger::v1::Request>();
  }
};

ledger::Input CreatePost(const std::string& brand_id, int number, absl::Time now) {
  const std::string request_id = fmt::format("fill-{}", number);
  auto create = std::make_shared<scheduler::v1::CreatePostRequest>();
  scheduler::v1::PostDraft& draft = *create->mutable_draft();
  draft.set_org_id("org_local");
  draft.set_brand_id(brand_id);
  draft.add_account_ids(MakeId("acct", {"fill", std::to_string(number % 1000)}));
  draft.mutable_content()->set_text(
      fmt::format("Post {} of a launch that is far away, with a link https://example.com/{} #fill", number, number));
  draft.set_zone("Etc/UTC");
  const absl::Time due = now + absl::Hours(24 * 300) + absl::Seconds(number);
  *draft.mutable_due_at() = ToProto(due);
  draft.set_local_time(absl::FormatTime("%Y-%m-%d %H:%M:%S", due, absl::UTCTimeZone()));
  ledger::Input input;
  input.aggregate_id = MakeId("post", {"org_local", request_id});
  input.creates = true;
  input.body = std::move(create);
  input.envelope.set_org_id("org_local");
  input.envelope.set_brand_id(brand_id);
  input.envelope.set_request_id(request_id);
  input.envelope.mutable_actor()->set_id("fill");
  return input;
}

struct Target {
  std::string brokers;
  std::string topic;
  int shards = 0;
};

Status Fill(kafka::Cluster& cluster, const Target& target, int count, const std::string& brand_id) {
  ASSIGN_OR_RETURN(auto producer,
                   cluster.MakeProducer({target.brokers, "fill-posts", absl::Seconds(60), {target.topic}}));
  // A group of its own: its offset says nothing to anybody.
  ASSIGN_OR_RETURN(auto member, cluster.Join({target.brokers, "fill-posts", target.topic, "fill"},
                                             [](const std::set<int>&, bool) {}));
  const SystemClock clock;
  const scheduler::SchedulerDomain domain;
  Nothing nothing;
  for (int from = 0; from < count; from += kBatchPosts) {
    ledger::DecideContext context;
    context.now = clock.Now();
    ledger::Batch batch(domain, nothing, context);
    for (int i = from; i < std::min(from + kBatchPosts, count); ++i) {
      const auto outcome = batch.Add(CreatePost(brand_id, i, context.now));
      RETURN_IF_ERROR(outcome.status);
    }
    std::vector<kafka::OutRecord> out;
    for (const ledger::LedgerRecord& record : batch.records()) {
      out.push_back({target.topic, PartitionOf(RootOf(record.id), target.shards), record.id, record.bytes});
    }
    kafka::CommitResult result;
    const absl::Duration give_up = clock.BootTime() + kPatience;
    do {  // until the member has joined
      result = producer->Commit(out, {target.topic, 0, 0, member->Identity()});
    } while (result.not_a_member && clock.BootTime() < give_up);
    RETURN_IF_ERROR(result.status);
  }
  return Ok();
}

Status Read(kafka::Cluster& cluster, const Target& target, int64_t* records, int64_t* bytes) {
  ASSIGN_OR_RETURN(auto reader, cluster.MakeReader());
  for (int shard = 0; shard < target.shards; ++shard) {
    ASSIGN_OR_RETURN(auto cursor, reader->Open(target.topic, shard, kafka::LogReader::kBeginning));
    while (!cursor->at_end()) {
      ASSIGN_OR_RETURN(const auto record, cursor->Next(absl::Seconds(1)));
      if (!record) continue;
      ++*records;
      *bytes += static_cast<int64_t>(record->value ? record->value->size() : 0);
    }
  }
  return Ok();
}

}  // namespace

int main(int argc, char** argv) {
  int shards = 0;
  int count = 0;
  const bool reads = argc == 5 && std::string_view(argv[4]) == "read";
  if ((argc != 6 && !reads) || !absl::SimpleAtoi(argv[3], &shards) ||
      (!reads && !absl::SimpleAtoi(argv[4], &count))) {
    fmt::print(stderr, "usage: fill_posts KAFKA RELEASE SHARDS COUNT BRAND_ID | fill_posts KAFKA RELEASE SHARDS read\n");
    return 2;
  }
  const auto cluster = kafka::MakeCluster(argv[1]);
  const Target target{argv[1],
                      ledger::TopicName(argv[2], scheduler::SchedulerDomain().RecordPrototype()), shards};
  const SystemClock clock;
  const absl::Duration start = clock.BootTime();
  int64_t records = 0;
  int64_t bytes = 0;
  const Status status = reads ? Read(*cluster, target, &records, &bytes)
                              : Fill(*cluster, target, count, argv[5]);
  if (!status.ok()) {
    fmt::print(stderr, "{}\n", ToString(status));
    return 1;
  }
  const double seconds = absl::ToDoubleSeconds(clock.BootTime() - start);
  if (reads) {
    fmt::print(R"({{"records":{},"bytes":{},"seconds":{:.2f}}})" "\n", records, bytes, seconds);
  } else {
    fmt::print(R"({{"posts":{},"seconds":{:.2f}}})" "\n", count, seconds);
  }
  return 0;
}
