// Making librdkafka clients: configuration with every error named, logs and errors into our log and metrics.
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/kafka/handles.h"

namespace carillon::kafka {

using Settings = std::vector<std::pair<std::string, std::string>>;

// A configuration with the house defaults (bootstrap servers, client id, logging) and `settings`. INVALID_ARGUMENT names the one
// that librdkafka refuses.
Result<ConfHandle> MakeConf(const std::string& brokers, const Settings& settings);

// Counts transport errors of one client; pass as the conf's opaque (it must outlive the client).
struct ClientEvents {
  std::atomic<int64_t> transport_errors{0};
};

// Takes the conf. `events` may be null.
Result<ClientHandle> MakeClient(rd_kafka_type_t type, ConfHandle conf);

}  // namespace carillon::kafka
