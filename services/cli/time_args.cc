#include "services/cli/time_args.h"

#include <absl/strings/numbers.h>
#include <absl/time/civil_time.h>

#include <regex>

#include "common/localtime/local_time.h"
#include "services/cli/outcome.h"

namespace carillon::cli {
namespace {

constexpr int kYearMin = 1970;  // as the services take them
constexpr int64_t kSecondsEnd = 253'402'300'800;  // the year 10000: a Timestamp goes no further
constexpr char kMinutes[] = "%Y-%m-%d %H:%M";
constexpr char kSeconds[] = "%Y-%m-%d %H:%M:%S";

std::string Offset(absl::Time at, const absl::TimeZone& zone) {
  return absl::FormatTime("%Ez", at, zone);
}

Result<absl::CivilSecond> ParseCivil(const std::string& text) {
  static const std::regex kShape(R"((\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?)");
  std::smatch m;
  if (std::regex_match(text, m, kShape)) {
    const int second = m[6].matched ? std::stoi(m[6]) : 0;
    const absl::CivilSecond civil(std::stoi(m[1]), std::stoi(m[2]), std::stoi(m[3]),
                                  std::stoi(m[4]), std::stoi(m[5]), second);
    // CivilSecond normalizes; a field that moved did not exist.
    if (civil.year() >= kYearMin && civil.month() == std::stoi(m[2]) && civil.day() == std::stoi(m[3]) &&
        civil.hour() == std::stoi(m[4]) && civil.minute() == std::stoi(m[5]) &&
        civil.second() == second) {
      return civil;
    }
  }
  return Local(fmt::format("'{}' is not a local time; write it like \"2026-11-23 09:00\"", text));
}

}  // namespace

Result<absl::Time> ParseInstant(const std::string& text) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error) && time >= absl::UnixEpoch() &&
      time < absl::FromUnixSeconds(kSecondsEnd)) {
    return time;
  }
  return Local(fmt::format(
      "'{}' is not an RFC 3339 time; write it like 2026-11-23T09:00:00Z or 2026-11-23T10:00:00+01:00",
      text));
}

Result<absl::TimeZone> ParseZone(const std::string& name) {
  const auto zone = localtime::FindZone(name);
  if (zone.ok()) return *zone;
  return Local(Message(zone.status()));
}

Result<LocalTime> ResolveLocal(const std::string& text, const std::string& zone_name) {
  ASSIGN_OR_RETURN(const absl::TimeZone zone, ParseZone(zone_name));
  ASSIGN_OR_RETURN(const absl::CivilSecond civil, ParseCivil(text));
  const absl::TimeZone::TimeInfo info = zone.At(civil);
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) {
    const std::string last = absl::FormatTime(kMinutes, info.trans - absl::Minutes(1), zone);
    const std::string next = absl::FormatTime(kMinutes, info.trans, zone);
    return Local(fmt::format("{} does not exist in {}: clocks go from {} to {}; choose a time outside"
                             " this gap",
                             text, zone_name, last, next));
  }
  LocalTime out{info.pre, absl::FormatTime(kSeconds, info.pre, zone), ""};
  if (info.kind == absl::TimeZone::TimeInfo::REPEATED) {
    out.note = fmt::format("{} comes twice in {}; the first one is taken (UTC{}; the second is UTC{})",
                           text, zone_name, Offset(info.pre, zone), Offset(info.post, zone));
  }
  return out;
}

Result<absl::Time> ParseInstantOrDay(const std::string& text, const absl::TimeZone& zone) {
  if (text.size() != 10) return ParseInstant(text);
  ASSIGN_OR_RETURN(const std::string day, ParseDay(text));
  absl::CivilDay civil;
  if (!absl::ParseCivilTime(day, &civil)) return Local(fmt::format("'{}' is not a day", text));
  return absl::FromCivil(civil, zone);
}

Result<absl::Duration> ParseDuration(const std::string& text) {
  absl::Duration duration;
  int days = 0;
  if (text.ends_with('d') && absl::SimpleAtoi(text.substr(0, text.size() - 1), &days)) {
    duration = absl::Hours(24) * days;
  } else if (!absl::ParseDuration(text, &duration)) {
    return Local(fmt::format("'{}' is not a length of time; write it like 30m, 6h or 3d", text));
  }
  if (duration >= absl::Seconds(1) && duration < absl::Hours(24 * 3660)) return duration;
  return Local(fmt::format("'{}' is no length of time that could be meant; write it like 30m, 6h or 3d", text));
}

Result<std::string> ParseDay(const std::string& text) {
  static const std::regex kShape(R"((\d{4})-(\d\d)-(\d\d))");
  std::smatch m;
  if (std::regex_match(text, m, kShape)) {
    const absl::CivilDay day(std::stoi(m[1]), std::stoi(m[2]), std::stoi(m[3]));
    if (day.year() >= kYearMin && day.month() == std::stoi(m[2]) && day.day() == std::stoi(m[3])) return text;
  }
  return Local(fmt::format("'{}' is not a day; write it like 2026-11-23", text));
}

}  // namespace carillon::cli
