// atproto's datetimes: what RFC 3339 and ISO 8601 both allow, with a time zone: "1985-04-12T23:20:50.123Z". Pure; linear.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string_view>

namespace carillon::atproto_syntax {

// nullopt where the syntax is another, or there is no such time: a 13th month, a 29th of February in 2023, a 61st second, a year
// before 10. Digits beyond nanoseconds are cut off.
std::optional<absl::Time> ParseDatetime(std::string_view text);

}  // namespace carillon::atproto_syntax
