// Inside of common/observe: how a log line is written, and what common/service needs to open the metrics port.
#pragma once

#include <absl/time/time.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/observe/log.h"

namespace carillon::observe {

// One JSON object without a line break. Bytes that are no UTF-8 are replaced by U+FFFD, so a line is always valid JSON.
std::string LogLine(absl::Time time, std::string_view level, std::string_view service,
                    std::string_view message, const Fields& fields);

// What SetServiceName() was given; "carillon" before.
std::string ServiceName();

// Registry(), as an Exposer wants it.
std::shared_ptr<prometheus::Registry> SharedRegistry();

}  // namespace carillon::observe
