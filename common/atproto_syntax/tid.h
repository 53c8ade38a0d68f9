// TIDs: record keys that sort by time. 13 characters for 64 bits: a zero, 53 bits of microseconds since 1970, 10 bits that tell clocks
// apart. Pure: the time and the last TID are the caller's.
#pragma once

#include <absl/time/time.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::atproto_syntax {

struct Tid {
  int64_t microseconds = 0;  // since 1970
  int clock_id = 0;

  auto operator<=>(const Tid&) const = default;
};

// The next TID of the clock `clock_id` (0 to 1023) at `now`: later than `last`, even if the clock stood still or went back. Refused:
// another clock id, and times before 1970 or after 2255, where 53 bits end.
Result<Tid> NextTid(absl::Time now, int clock_id, std::optional<Tid> last);

// In text as in value, a later TID is greater.
std::string FormatTid(const Tid& tid);

// nullopt where it is none.
std::optional<Tid> ParseTid(std::string_view text);

}  // namespace carillon::atproto_syntax
