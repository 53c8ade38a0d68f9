// A Ledger over counters on a real broker (from tests/run) and a real redis-server of the test's own, and the oracle: the log itself.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/ledger/ledger.h"
#include "common/ledger/reader.h"
#include "tests/integration/ledger/counter_domain.h"
#include "tests/support/servers/redis_server.h"
#include "tests/support/servers/wait.h"

namespace carillon::test {

// What the log says, folded without any of the Ledger's code but the proto.
struct Folded {
  std::map<std::string, v1::CounterRecord> latest;
  std::map<std::string, int> by_request;  // request key -> how many records carry it
  std::map<int, int> markers;             // partition -> how many markers
  std::map<std::string, int> marks;       // how many records of each of the Ledger's own keys: "@restored"
  int records = 0;
  bool versions_rise_by_one = true;
};

class LedgerTest : public ::testing::Test {
 protected:
  void SetUp() override;

  ledger::Options MakeOptions();
  std::unique_ptr<ledger::Ledger> StartNode(const ledger::Options& options);
  std::unique_ptr<ledger::Reader> MakeReader();
  // Reads the whole ledger topic up to what every partition's end is now.
  Folded FoldLog();

  static ledger::Answer Call(ledger::Ledger& ledger, const std::string& request_id,
                             const std::string& id, const v1::Add& add, bool creates = false,
                             absl::Duration timeout = absl::Seconds(20));
  static v1::Add AddBy(int64_t by);
  static int64_t ValueOf(const ledger::Answer& answer);
  static std::string Id(int n) { return "ctr_" + std::to_string(n); }
  // An id whose shard is `shard`.
  std::string IdIn(int shard, int salt = 0) const;
  bool WaitServing(ledger::Ledger& ledger);

  int shards_ = 2;
  std::string release_;
  SystemClock clock_;
  CounterDomain domain_;
  RedisServer redis_;
};

std::string RequestKey(const std::string& request_id);

}  // namespace carillon::test
