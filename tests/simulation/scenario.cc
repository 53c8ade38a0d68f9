#include "tests/simulation/scenario.h"

#include "common/base/planted.h"
#include "tests/simulation/hearing.h"
#include "tests/simulation/oracle.h"

namespace carillon::simulation {
namespace {

constexpr absl::Duration kStormMin = absl::Seconds(40);
constexpr absl::Duration kStormMax = absl::Seconds(120);
constexpr absl::Duration kCalmMax = absl::Minutes(30);
constexpr int kOneOutageIn = 8;
constexpr absl::Duration kOutageMin = absl::Minutes(7);
constexpr absl::Duration kOutageMax = absl::Minutes(10);
constexpr absl::Duration kQuiet = absl::Seconds(30);

}  // namespace

Verdict Play(uint64_t seed) {
#ifdef CARILLON_PLANTED
  planted_seen.clear();
#endif
  World world(seed);
  Platform platform(world);
  const std::vector<std::string> accounts = Clients::MakeAccounts();
  Crowd crowd(world, platform, accounts);
  Town town(world, platform, crowd);
  Clients clients(world, accounts, town, crowd);
  world.faults_on = true;
  town.Begin();
  clients.Begin();
  crowd.Begin();
  const absl::Duration storm_ends =
      world.fibers.now() + world.random.Time(kStormMin, kStormMax);
  world.fibers.At(storm_ends, [&] { world.faults_on = false; });
  town.UpgradeAt(world.fibers.now() + (storm_ends - world.fibers.now()) / 2);
  town.CalmAt(storm_ends);
  if (world.random.OneIn(kOneOutageIn)) {
    const absl::Duration begin = world.random.Time(kStormMin / 2, storm_ends);
    town.OutageAt(begin, begin + world.random.Time(kOutageMin, kOutageMax));
  }

  Verdict verdict;
  verdict.seed = seed;
  const absl::Duration limit = storm_ends + kCalmMax;
  absl::Duration ask_at;
  const auto settled = [&] {
    if (!clients.Done() || world.faults_on || world.fibers.now() < town.awake_from()) return false;
    // The fold is not for free: the longer it takes, the less often.
    if (world.fibers.now() < ask_at) return false;
    ask_at = world.fibers.now() + std::max(absl::Seconds(1), (world.fibers.now() - storm_ends) / 20);
    return Settled(world) && Heard(world, crowd).empty();
  };
  if (!world.fibers.Run(settled, limit)) {
    verdict.complaints.push_back(clients.Done() ? "it did not settle" : "a client has no answer");
  }
  // Redis follows within the owner's next look at it.
  const absl::Duration until = world.fibers.now() + kQuiet;
  world.fibers.Run([&] { return world.fibers.now() >= until; }, limit + kQuiet * 2);
  for (std::string& complaint : Judge(world, clients, platform)) {
    verdict.complaints.push_back(std::move(complaint));
  }
  for (std::string& complaint : Heard(world, crowd)) {
    verdict.complaints.push_back(std::move(complaint));
  }
  verdict.targets = FinalStates(world);
  for (int i = 0; i < static_cast<int>(Site::kCount); ++i) {
    verdict.reached.push_back(world.reached(static_cast<Site>(i)));
  }
  verdict.effects = static_cast<int>(platform.posts().size());
  verdict.steps = world.fibers.steps();
  verdict.digest = world.fibers.digest();
  verdict.simulated_s = absl::ToDoubleSeconds(world.fibers.now());
  return verdict;
}

}  // namespace carillon::simulation
