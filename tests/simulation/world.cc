#include "tests/simulation/world.h"

namespace carillon::simulation {
namespace {

constexpr int kCrashOneIn = 1500;
constexpr size_t kCopiesMax = 6;
constexpr absl::Duration kAwayMax = absl::Seconds(6);

bool Loading(const Redis::Data& data) {
  for (const auto& [name, key] : data) {
    if (key.hash.contains("@load")) return true;
  }
  return false;
}

}  // namespace

const char* Name(Site site) {
  static constexpr const char* kNames[] = {
      "crash", "freeze", "redis request lost", "redis reply lost", "redis away", "redis wiped",
      "redis wiped during a load", "redis rolled back", "redis flipped", "commit not done",
      "commit uncertain, done", "commit uncertain, not done", "offset unknown", "not a member",
      "fenced", "transaction timed out", "fetch delayed", "end told late", "compacted", "retained",
      "clock jumped", "restarted", "client asked again", "client asked another", "answer lost",
      "request lost", "accepted late", "refused for now", "rate limited", "look-up failed",
      "report lost", "guard fired", "dispatch repeated", "frozen before the first byte", "poll failed",
      "page repeated", "outage of a service"};
  static_assert(std::size(kNames) == static_cast<size_t>(Site::kCount));
  return kNames[static_cast<size_t>(site)];
}

World::World(uint64_t seed) : fibers(seed * 2 + 1), random(seed * 2 + 2), log(fibers, random) {
  log.on = [this](Log::Event event) {
    if (event == Log::Event::kFenced) Count(Site::kFenced);
    if (event == Log::Event::kTimedOut) Count(Site::kTransactionTimedOut);
    if (event == Log::Event::kEndToldLate) Count(Site::kEndToldLate);
    if (event == Log::Event::kNotAMember) Count(Site::kNotAMember);
  };
}

bool World::Fault(Site site, int one_in) {
  if (!faults_on || !random.OneIn(one_in)) return false;
  Count(site);
  return true;
}

Redis& World::redis(const std::string& endpoint) { return servers_[endpoint].redis; }

bool World::RedisAway(const std::string& endpoint) const {
  const auto it = servers_.find(endpoint);
  return it != servers_.end() && it->second.away_until > fibers.now();
}

void World::HurtRedis() {
  auto it = servers_.begin();
  std::advance(it, random.Below(static_cast<int>(servers_.size())));
  Server& server = it->second;
  server.copies.push_back(server.redis.Snapshot());
  if (server.copies.size() > kCopiesMax) server.copies.erase(server.copies.begin());
  switch (random.Below(4)) {
    case 0:
      Count(Site::kRedisWiped);
      server.redis.Wipe();
      break;
    case 1:
      Count(Site::kRedisRolledBack);
      server.redis.Restore(
          server.copies[static_cast<size_t>(random.Below(static_cast<int>(server.copies.size())))]);
      break;
    case 2: {
      // To the replica that lags, and back to the old master, which has missed what came between.
      Count(Site::kRedisFlipped);
      Redis::Data old = server.redis.Snapshot();
      server.redis.Restore(server.copies.front());
      fibers.At(fibers.now() + random.Time(absl::Milliseconds(5), absl::Seconds(4)),
                [&server, old = std::move(old)] { server.redis.Restore(old); });
      break;
    }
    default:
      Count(Site::kRedisAway);
      server.away_until = fibers.now() + random.Time(absl::Milliseconds(50), kAwayMax);
  }
}

void World::MayWipeLoad(const std::string& endpoint) {
  Redis& server = redis(endpoint);
  if (faults_on && Loading(server.data()) && Fault(Site::kRedisWipedDuringLoad, 20)) server.Wipe();
}

void World::TidyLog() {
  const std::vector<std::string> topics = log.Topics();
  const std::string& topic =
      topics[static_cast<size_t>(random.Below(static_cast<int>(topics.size())))];
  const int partition = random.Below(log.Partitions(topic));
  if (topic.find("ledger") != std::string::npos) {
    Count(Site::kCompacted);
    log.Compact(topic, partition);
  } else {
    Count(Site::kRetained);
    log.Retain(topic, partition, log.Now() - absl::Minutes(10));
  }
}

void World::MayCrash(int process) {
  if (!Fault(Site::kCrash, kCrashOneIn)) return;
  fibers.At(fibers.now(), [this, process] { crash(process); });
}

}  // namespace carillon::simulation
