// A time as people write it ("2026-11-23 09:00" in "Europe/Paris") to an instant, and back.
//
// Where clocks are put forward, the local times in between do not exist: TIME_IN_GAP, never a silent shift. Where they are put back,
// a local time happens twice: the first one is taken (RFC 5545, 3.3.5), and one who means the second writes an instant. Zones are
// names of the IANA database ("Europe/Paris", "UTC"), read from the machine's tzdata through Abseil; thread-safe.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::localtime {

// INVALID_ARGUMENT, BAD_TIMEZONE: not an IANA name that this machine knows. Paths and offsets ("+02:00") are not names.
Result<absl::TimeZone> FindZone(std::string_view name);

// "YYYY-MM-DD HH:MM" or "YYYY-MM-DD HH:MM:SS" (a 'T' may stand between). INVALID_ARGUMENT: BAD_TIME for another shape or a
// day that does not exist, BAD_TIMEZONE, TIME_IN_GAP. Years 1970 to 2199.
Result<absl::Time> ToInstant(std::string_view local_time, std::string_view zone);

// "YYYY-MM-DD HH:MM:SS" in the zone. In the second pass of a repeated hour this reads as the first one does.
Result<std::string> ToLocal(absl::Time instant, std::string_view zone);

}  // namespace carillon::localtime
