// Times as people type them. An instant is RFC 3339; a local time needs an IANA zone and is resolved by its rules (the system's
// time zone data, through Abseil). Errors are local problems (outcome.h). Pure but for reading the zone's file.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "common/base/status.h"

namespace carillon::cli {

// "2026-11-23T09:00:00Z", "2026-11-23T10:00:00+01:00".
Result<absl::Time> ParseInstant(const std::string& text);

Result<absl::TimeZone> ParseZone(const std::string& name);

struct LocalTime {
  absl::Time at;
  std::string local;  // "2026-11-23 09:00:00"
  std::string note;   // not empty where the clock shows this time twice: which one was taken
};

// "2026-11-23 09:00" or with seconds. Inside a gap (clocks go forward) it is an error that names the gap; what comes twice (clocks go
// back) is the first one, with a note.
Result<LocalTime> ResolveLocal(const std::string& text, const std::string& zone);

// An instant, or a day "2026-11-23" whose start in `zone` is meant.
Result<absl::Time> ParseInstantOrDay(const std::string& text, const absl::TimeZone& zone);

// "30m", "6h", "3d", "1h30m": more than none.
Result<absl::Duration> ParseDuration(const std::string& text);

// "2026-11-23", a day that exists.
Result<std::string> ParseDay(const std::string& text);

}  // namespace carillon::cli
