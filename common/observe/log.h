// One JSON object a line on stderr: time, level, service, message, and the given fields. No secret is ever a field.
// observe::Info("shard taken over", {{"shard", "3"}, {"took_ms", "812"}});
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace carillon::observe {

using Fields = std::map<std::string, std::string>;

void SetLogLevel(const std::string& level);  // trace debug info warn error off
void Debug(std::string_view message, const Fields& fields = {});
void Info(std::string_view message, const Fields& fields = {});
void Warn(std::string_view message, const Fields& fields = {});
void Error(std::string_view message, const Fields& fields = {});

}  // namespace carillon::observe
