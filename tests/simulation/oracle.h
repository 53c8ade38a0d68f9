// What must be true of every history, whatever befell it.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/clients.h"

namespace carillon::simulation {

// Everything that is not as it must be, one line each; empty is good. To be asked when all is calm.
//  - an acknowledged command is in the log once    - per key, versions rise by one
//  - no send starts more than 5 s after a kill switch was acknowledged
//  - the log, folded, is what Redis holds          - no target has two effects, and its state says what happened
std::vector<std::string> Judge(World& world, const Clients& clients, const Platform& platform);

// Targets by state.
std::vector<std::pair<std::string, int>> FinalStates(World& world);

// No post waits for anything any more.
bool Settled(World& world);

}  // namespace carillon::simulation
