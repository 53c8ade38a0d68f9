// Plays a range of seeds and says what was wrong; tests/simulation/run is what people call. Usage: simulate FIRST LAST [--verbose],
// and simulate_planted FIRST LAST FAULT: plays with that number of common/base/planted.h put back until it is found.
#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "common/base/planted.h"
#include "common/observe/log.h"
#include "tests/simulation/scenario.h"

namespace {

using namespace carillon::simulation;

void Print(const Verdict& verdict) {
  std::string states;
  for (const auto& [state, count] : verdict.targets) states += fmt::format(" {} {}", count, state);
  fmt::print("seed {} digest {:016x} steps {} simulated {:.0f} s effects {}{}\n", verdict.seed,
             verdict.digest, verdict.steps, verdict.simulated_s, verdict.effects, states);
  for (const std::string& complaint : verdict.complaints) fmt::print("  WRONG: {}\n", complaint);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t first = 0;
  uint64_t last = 0;
  const bool verbose = argc > 3 && std::string_view(argv[3]) == "--verbose";
  if (argc < 3 || !absl::SimpleAtoi(argv[1], &first) || !absl::SimpleAtoi(argv[2], &last)) {
    fmt::print(stderr, "usage: {} FIRST LAST [--verbose]\n", argv[0]);
    return 2;
  }
  carillon::observe::SetLogLevel(verbose ? "debug" : "off");
#ifdef CARILLON_PLANTED
  int fault = 0;
  if (argc < 4 || !absl::SimpleAtoi(argv[3], &fault) || fault < 1 ||
      fault >= static_cast<int>(carillon::Planted::kCount)) {
    fmt::print(stderr, "a fault is 1 to {}\n", static_cast<int>(carillon::Planted::kCount) - 1);
    return 2;
  }
  carillon::planted = static_cast<carillon::Planted>(fault);
  for (uint64_t seed = first; seed <= last; ++seed) {
    const Verdict verdict = Play(seed);
    if (verdict.complaints.empty()) continue;
    fmt::print("fault {} found by seed {}, after {} seeds\n", fault, seed, seed - first + 1);
    Print(verdict);
    return 0;
  }
  fmt::print("fault {} was not found by seeds {} to {}\n", fault, first, last);
  return 1;
#endif
  int failed = 0;
  std::vector<int64_t> reached(static_cast<size_t>(Site::kCount));
  std::map<std::string, int64_t> targets;
  int64_t steps = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    const Verdict verdict = Play(seed);
    for (size_t i = 0; i < reached.size(); ++i) reached[i] += verdict.reached[i];
    for (const auto& [state, count] : verdict.targets) targets[state] += count;
    steps += verdict.steps;
    if (!verdict.complaints.empty()) ++failed;
    if (verbose || !verdict.complaints.empty()) Print(verdict);
  }
  fmt::print("{} seeds, {} failed, {} steps\n", last - first + 1, failed, steps);
  for (const auto& [state, count] : targets) fmt::print("target {} {}\n", state, count);
  for (size_t i = 0; i < reached.size(); ++i) {
    fmt::print("site {} {}\n", Name(static_cast<Site>(i)), reached[i]);
  }
  return failed == 0 ? 0 : 1;
}
