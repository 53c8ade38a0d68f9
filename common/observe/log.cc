#include "common/observe/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/observe/internal.h"
#include "common/observe/metrics.h"

namespace carillon::observe {
namespace {

spdlog::logger& Logger() {
  // Never destroyed: threads may log until the process ends.
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger("carillon", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

void Write(spdlog::level::level_enum level, std::string_view name, std::string_view message,
           const Fields& fields) {
  if (!Logger().should_log(level)) return;
  Logger().log(level, spdlog::string_view_t(
                          LogLine(SystemClock().Now(), name, ServiceName(), message, fields)));
}

}  // namespace

std::string LogLine(absl::Time time, std::string_view level, std::string_view service,
                    std::string_view message, const Fields& fields) {
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
  line["level"] = level;
  line["service"] = service;
  line["message"] = message;
  for (const auto& [name, value] : fields) {
    // The four words above are taken: a field of the same name never replaces them.
    line[line.contains(name) ? name + "_" : name] = value;
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void SetLogLevel(const std::string& level) {
  static const std::map<std::string, spdlog::level::level_enum> kLevels = {
      {"trace", spdlog::level::trace},
      {"debug", spdlog::level::debug},
      {"info", spdlog::level::info},
      {"warn", spdlog::level::warn},
      {"error", spdlog::level::err},
      {"off", spdlog::level::off}};
  const auto found = kLevels.find(level);
  if (found == kLevels.end()) {
    Warn("unknown log level, kept the present one", {{"log_level", level}});
    return;
  }
  Logger().set_level(found->second);
}

void Debug(std::string_view message, const Fields& fields) {
  Write(spdlog::level::debug, "debug", message, fields);
}
void Info(std::string_view message, const Fields& fields) {
  Write(spdlog::level::info, "info", message, fields);
}
void Warn(std::string_view message, const Fields& fields) {
  Write(spdlog::level::warn, "warn", message, fields);
}
void Error(std::string_view message, const Fields& fields) {
  Write(spdlog::level::err, "error", message, fields);
}

}  // namespace carillon::observe
