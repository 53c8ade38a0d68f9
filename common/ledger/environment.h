// The world that a Ledger runs in: Kafka, Redis, and how its loops run. The real one in a service, another in the simulation.
#pragma once

#include "common/base/runtime.h"
#include "common/kafka/cluster.h"
#include "common/redis/connection.h"

namespace carillon::ledger {

// What is passed by reference outlives the Ledger.
struct Environment {
  kafka::Cluster& kafka;
  redis::Dial dial;
  Runtime& runtime;
};

}  // namespace carillon::ledger
