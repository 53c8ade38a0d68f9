// The Redis of the simulation gets the same random histories as a redis-server, through the product's own Store and scripts; any
// difference fails.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "common/ledger/scripts.h"
#include "common/ledger/store.h"
#include "tests/simulation/fibers.h"
#include "tests/simulation/redis.h"
#include "tests/support/servers/redis_server.h"

namespace carillon::simulation {
namespace {

constexpr char kPrefix[] = "sim:counter:0:";
constexpr int kHistories = 30;
constexpr int kStepsEach = 120;

// Without faults, time or processes: only what Redis itself does.
class Direct : public redis::Connection {
 public:
  explicit Direct(Redis& redis) : redis_(redis) {}
  Result<redis::Reply> Command(const redis::Args& args) override { return redis_.Execute(args); }
  Result<std::vector<redis::Reply>> Pipeline(const std::vector<redis::Args>&) override {
    return MakeStatus(Code::kUnimplemented, "not used");
  }
  Result<redis::Reply> Eval(const redis::Script& script, const redis::Args& keys,
                            const redis::Args& arguments) override {
    return redis_.Eval(script.source, keys, arguments);
  }
  Result<redis::Args> Prepare(const redis::Script&, const redis::Args&,
                              const redis::Args&) override {
    return MakeStatus(Code::kUnimplemented, "not used");
  }
  bool connected() const override { return true; }

 private:
  Redis& redis_;
};

std::string Text(const redis::Reply& reply) {
  if (reply.nil()) return "nil";
  if (reply.kind == redis::Reply::Kind::kText) return "'" + reply.text + "'";
  if (reply.kind == redis::Reply::Kind::kInteger) return std::to_string(reply.integer);
  std::string out = "[";
  for (const redis::Reply& item : reply.items) out += Text(item) + " ";
  return out + "]";
}

std::string Text(const Result<redis::Reply>& reply) {
  if (reply.ok()) return Text(*reply);
  // Error texts name files and lines of the server's own; the code is what the product looks at.
  return absl::StatusCodeToString(reply.status().code());
}

std::string Text(const Status& status) {
  if (status.code() == Code::kInternal) return "INTERNAL";  // the server's own words
  return status.ok() ? "OK"
                     : fmt::format("{} {}", absl::StatusCodeToString(status.code()), Message(status));
}

class Pair {
 public:
  Pair(redis::Connection& real, redis::Connection& twin) : real_(real), twin_(twin) {}

  void Both(const redis::Args& args) { Same(args[0], real_.Command(args), twin_.Command(args)); }
  void Both(const redis::Script& script, const redis::Args& keys, const redis::Args& arguments) {
    Same("script", real_.Eval(script, keys, arguments), twin_.Eval(script, keys, arguments));
  }

 private:
  static void Same(const std::string& what, const Result<redis::Reply>& real,
                   const Result<redis::Reply>& twin) {
    EXPECT_EQ(Text(real), Text(twin)) << what;
  }
  redis::Connection& real_;
  redis::Connection& twin_;
};

class History {
 public:
  History(uint64_t seed, const std::string& endpoint)
      : random_(seed),
        real_(redis::DialTcp(endpoint, absl::Seconds(5)), kPrefix, 1),
        twin_(std::make_unique<Direct>(redis_), kPrefix, 1),
        real_connection_(redis::DialTcp(endpoint, absl::Seconds(5))),
        direct_(redis_),
        both_(*real_connection_, direct_) {}

  void Play() {
    ASSERT_TRUE(real_connection_->Command({"FLUSHALL"}).ok());
    for (int i = 0; i < kStepsEach && !::testing::Test::HasFailure(); ++i) Step();
    Compare();
  }

 private:
  std::string Id() { return fmt::format("counter_{}", random_.Below(12)); }
  std::vector<ledger::IndexEntry> Entries(const std::string& id) {
    std::vector<ledger::IndexEntry> out;
    if (random_.OneIn(2)) {
      out.push_back({"due", fmt::format("{:017}|{}", random_.Below(50), id)});
    }
    if (!random_.OneIn(3)) out.push_back({"names", fmt::format("näme {}|{}", random_.Below(5), id)});
    return out;
  }
  ledger::Applied Record() {
    ledger::Applied applied;
    applied.offset = ++next_offset_;
    time_ms_ += random_.Below(40'000'000);
    applied.time_ms = time_ms_;
    if (random_.OneIn(6)) {
      applied.owner = fmt::format("owner:{}", random_.Below(3));
      return applied;
    }
    applied.id = Id();
    applied.bytes = std::string("\0bytes\xff", 7) + std::to_string(random_.Below(1000));
    applied.entries = Entries(applied.id);
    applied.inbox_next = random_.Below(1000);
    if (random_.OneIn(2)) {
      applied.request_key = fmt::format("key{}", random_.Below(30));
      applied.request_bytes = fmt::format("request {}", random_.Below(100));
    }
    return applied;
  }

  void Apply() {
    std::vector<ledger::Applied> records;
    const int count = random_.Between(1, random_.OneIn(8) ? 250 : 6);
    const int64_t from = random_.OneIn(6) ? random_.Below(50) : at_;
    const int64_t before = next_offset_;
    for (int i = 0; i < count; ++i) records.push_back(Record());
    const bool loading = random_.OneIn(4);
    const Status real = real_.Apply("birth", from, records, loading);
    EXPECT_EQ(Text(real), Text(twin_.Apply("birth", from, records, loading)));
    if (real.ok()) {
      at_ = records.back().offset;
    } else {
      next_offset_ = before;
    }
  }

  void Step() {
    switch (random_.Below(8)) {
      case 0:
        both_.Both({"HMGET", std::string(kPrefix) + "s", "@pos", "@inbox", "@owner", "@time"});
        break;
      case 1: {
        const std::string upto = fmt::format("{:017}", random_.Below(60));
        const int count = random_.Between(1, 9);
        const auto real = real_.ReadDue("birth", at_, upto, count);
        const auto twin = twin_.ReadDue("birth", at_, upto, count);
        EXPECT_EQ(Text(real.status()), Text(twin.status()));
        if (real.ok() && twin.ok()) {
          EXPECT_EQ(real->members, twin->members);
          EXPECT_EQ(real->next, twin->next);
        }
        both_.Both(ledger::DueScript(), {kPrefix},
                   {ledger::PositionText("birth", at_), upto, std::to_string(random_.Between(1, 9))});
        break;
      }
      case 2:
        both_.Both(ledger::ListScript(), {kPrefix},
                   {"[n", "(n\xff", random_.OneIn(2) ? "desc" : "asc",
                    std::to_string(random_.Between(1, 9)), random_.OneIn(2) ? "names" : "due"});
        break;
      case 3: {
        const auto entries = [](const std::string& bytes) -> Result<std::vector<ledger::IndexEntry>> {
          return std::vector<ledger::IndexEntry>{{"names", "n|" + std::to_string(bytes.size())}};
        };
        // What a reindex leaves half done depends on the order of HSCAN, which is nobody's promise.
        if (broken_ || !random_.OneIn(4)) break;
        EXPECT_EQ(Text(real_.Reindex("birth", at_, entries)),
                  Text(twin_.Reindex("birth", at_, entries)));
        break;
      }
      case 4:
        EXPECT_EQ(Text(real_.FinishLoading("birth", at_)), Text(twin_.FinishLoading("birth", at_)));
        break;
      case 5:
        if (random_.OneIn(5)) {
          ledger::StorePosition seen;
          seen.birth_id = "birth";
          seen.offset = random_.OneIn(3) ? at_ + 1 : at_;
          const Status real = real_.Wipe(seen, {"due", "names"});
          EXPECT_EQ(Text(real), Text(twin_.Wipe(seen, {"due", "names"})));
          if (real.ok()) {
            at_ = -1;
            broken_ = false;
          }
        }
        // A key of another type: the scripts must fail alike, and leave alike what was before.
        if (random_.OneIn(10)) {
          broken_ = true;
          both_.Both({"UNLINK", std::string(kPrefix) + "i:due"});
          both_.Both({"HSET", std::string(kPrefix) + "i:due", "a", "b"});
        }
        break;
      default:
        Apply();
    }
  }

  void Compare() {
    for (const char* hash : {"s", "i:due", "i:names"}) {
      const auto reply = *real_connection_->Command({"TYPE", std::string(kPrefix) + hash});
      std::map<std::string, std::string> real;
      std::map<std::string, std::string> twin;
      if (reply.text == "hash") {
        const auto all = *real_connection_->Command({"HGETALL", std::string(kPrefix) + hash});
        for (size_t i = 0; i + 1 < all.items.size(); i += 2) {
          real[all.items[i].text] = all.items[i + 1].text;
        }
      } else if (reply.text == "zset") {
        const auto all = *real_connection_->Command({"ZRANGE", std::string(kPrefix) + hash, "0", "-1"});
        for (const auto& item : all.items) real[item.text] = "";
      }
      if (const auto it = redis_.data().find(std::string(kPrefix) + hash); it != redis_.data().end()) {
        twin = it->second.hash;
        for (const auto& [member, score] : it->second.set) twin[member] = "";
      }
      EXPECT_EQ(real, twin) << hash;
    }
  }

  Random random_;
  Redis redis_;
  ledger::Store real_;
  ledger::Store twin_;
  std::unique_ptr<redis::Connection> real_connection_;
  Direct direct_;
  Pair both_;
  bool broken_ = false;
  int64_t at_ = -1;
  int64_t next_offset_ = 0;
  int64_t time_ms_ = 1'790'000'000'000;
};

TEST(RedisTwin, SameHistoriesSameRedis) {
  test::RedisServer server;
  for (uint64_t seed = 1; seed <= kHistories && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    History(seed, server.endpoint()).Play();
  }
}

}  // namespace
}  // namespace carillon::simulation
