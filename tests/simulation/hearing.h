// What must be true of all that was heard: each deed of the crowd is one signal and one open or answered item, and the last numbers
// are the platform's.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/crowd.h"

namespace carillon::simulation {

// Everything that is not as it must be; empty is good, and once all is calm it has to become empty.
std::vector<std::string> Heard(World& world, const Crowd& crowd);

}  // namespace carillon::simulation
