// One seed, from the first node to the verdict.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/world.h"

namespace carillon::simulation {

struct Verdict {
  uint64_t seed = 0;
  std::vector<std::string> complaints;  // empty: good
  std::vector<int64_t> reached;         // by Site
  std::vector<std::pair<std::string, int>> targets;  // final states
  int effects = 0;
  int64_t steps = 0;
  uint64_t digest = 0;
  double simulated_s = 0;
};

Verdict Play(uint64_t seed);

}  // namespace carillon::simulation
