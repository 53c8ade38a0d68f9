// JSON as the sandbox's servers answer it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/http/server.h"

namespace carillon::sandbox {

// Compact; what is no UTF-8 is replaced.
inline std::string Dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

inline http::ServerResponse Answer(const nlohmann::json& body, int status = 200) {
  http::ServerResponse response;
  response.status = status;
  response.body = Dump(body);
  return response;
}

// "2026-01-02T03:04:05.678Z"
inline std::string IsoTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

}  // namespace carillon::sandbox
