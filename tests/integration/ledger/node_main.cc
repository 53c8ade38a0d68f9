// A process that owns counters and tells another counter of each change, until it is killed. Each acknowledged request id is a line in
// the acks file.  ledger_node KAFKA REDIS RELEASE SHARDS FROM TO ACKS ROUND
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <future>

#include "common/base/clock.h"
#include "common/ledger/ledger.h"
#include "tests/integration/ledger/counter_domain.h"

int main(int argc, char** argv) {
  using namespace carillon;
  if (argc != 9) return 2;
  ledger::Options options;
  options.release = argv[3];
  options.service = "counter";
  options.kafka = argv[1];
  options.redis = {argv[2]};
  options.advertise = "127.0.0.1:2";
  options.shards = atoi(argv[4]);
  options.first_start = true;
  options.session_timeout = absl::Seconds(6);
  SystemClock clock;
  test::CounterDomain domain;
  auto node = ledger::MakeLedger(options, domain, nullptr, clock);
  if (const Status started = node->Start(absl::Seconds(30)); !started.ok()) {
    fprintf(stderr, "%s\n", ToString(started).c_str());
    return 1;
  }
  const int acks = open(argv[7], O_WRONLY | O_CREAT | O_APPEND, 0600);
  for (int i = 0;; ++i) {
    const std::string request = std::string(argv[8]) + "-" + std::to_string(i);
    ledger::Input input;
    input.aggregate_id = argv[5];
    auto add = std::make_shared<test::v1::Add>();
    add->set_by(1);
    add->set_tell(argv[6]);
    input.body = add;
    input.creates = true;
    input.envelope.set_org_id("org_test");
    input.envelope.set_request_id(request);
    std::promise<ledger::Answer> promise;
    auto future = promise.get_future();
    node->Submit(std::move(input), absl::Now() + absl::Seconds(30),
                 [&](ledger::Answer answer) { promise.set_value(std::move(answer)); });
    const ledger::Answer answer = future.get();
    if (!answer.status.ok()) {
      fprintf(stderr, "%s\n", ToString(answer.status).c_str());
      continue;
    }
    const std::string line = request + "\n";
    if (write(acks, line.data(), line.size()) < 0) return 1;
  }
}
