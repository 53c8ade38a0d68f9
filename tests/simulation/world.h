// What all simulated processes share: time, chance, the log, Redis, and the faults that are switched on. One world for each seed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/fibers.h"
#include "tests/simulation/log.h"
#include "tests/simulation/redis.h"

namespace carillon::simulation {

// Every place where something can go wrong, and how often it did. A site that is never reached in a run of many seeds fails it.
enum class Site {
  kCrash,
  kFreeze,
  kRedisRequestLost,
  kRedisReplyLost,
  kRedisAway,
  kRedisWiped,
  kRedisWipedDuringLoad,
  kRedisRolledBack,
  kRedisFlipped,
  kCommitNotDone,
  kCommitUncertainDone,
  kCommitUncertainNotDone,
  kOffsetUnknown,
  kNotAMember,
  kFenced,
  kTransactionTimedOut,
  kFetchDelayed,
  kEndToldLate,
  kCompacted,
  kRetained,
  kClockJumped,
  kRestarted,
  kClientAskedAgain,
  kClientAskedAnother,
  kAnswerLost,
  kRequestLost,
  kAcceptedLate,
  kRefusedForNow,
  kRateLimited,
  kLookupFailed,
  kReportLost,
  kGuardFired,
  kDispatchRepeated,
  kFrozenBeforeFirstByte,
  kPollFailed,
  kPageRepeated,
  kOutage,
  kCount,
};
const char* Name(Site site);

class World {
 public:
  explicit World(uint64_t seed);

  Fibers fibers;
  Random random;
  Log log;

  // While faults are on: true once in `one_in` tries, and then counted.
  bool Fault(Site site, int one_in);
  void Count(Site site) { ++reached_[static_cast<size_t>(site)]; }
  int64_t reached(Site site) const { return reached_[static_cast<size_t>(site)]; }
  bool faults_on = false;

  // Redis servers by endpoint. Old copies are what a replica that lags would have.
  Redis& redis(const std::string& endpoint);
  bool RedisAway(const std::string& endpoint) const;
  // Empties a Redis that is being rebuilt, now and then.
  void MayWipeLoad(const std::string& endpoint);
  // One random mishap of one Redis; an event.
  void HurtRedis();
  // A random deed of the brokers; an event.
  void TidyLog();

  // A process that makes an effect may die of it: between any two.
  void MayCrash(int process);
  std::function<void(int process)> crash;  // an event
  std::function<void(int process, absl::Duration time)> freeze;  // an event
  std::function<void(int process, int timer)> deadline;  // an event: that timer of the process fires, if it is still armed

 private:
  struct Server {
    Redis redis;
    std::vector<Redis::Data> copies;  // oldest first
    absl::Duration away_until;
  };
  std::map<std::string, Server> servers_;
  std::vector<int64_t> reached_ = std::vector<int64_t>(static_cast<size_t>(Site::kCount));
};

}  // namespace carillon::simulation
