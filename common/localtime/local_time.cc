#include "common/localtime/local_time.h"

#include <fmt/format.h>

namespace carillon::localtime {
namespace {

constexpr size_t kZoneNameMax = 64;
constexpr int kYearMin = 1970;
constexpr int kYearMax = 2199;

bool IsZoneShaped(std::string_view name) {
  if (name.empty() || name.size() > kZoneNameMax) return false;
  // Abseil also takes paths, fixed offsets and "localtime"; none of these means the same on two machines.
  if (name.front() == '/' || name.find("..") != std::string_view::npos || name == "localtime" ||
      name.substr(0, 6) == "Fixed/") {
    return false;
  }
  for (char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '/' || c == '_' || c == '-' || c == '+';
    if (!good) return false;
  }
  return true;
}

// Reads exactly `digits` digits.
bool TakeNumber(std::string_view* text, size_t digits, int* out) {
  if (text->size() < digits) return false;
  *out = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return false;
    *out = *out * 10 + (c - '0');
  }
  text->remove_prefix(digits);
  return true;
}

bool TakeAny(std::string_view* text, std::string_view choices) {
  if (text->empty() || choices.find(text->front()) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

Status BadTime(std::string_view text) {
  return Refuse(Code::kInvalidArgument, "BAD_TIME",
                fmt::format("'{}' is not a time; write YYYY-MM-DD HH:MM or YYYY-MM-DD HH:MM:SS, "
                            "with a day that exists and a year from {} to {}",
                            text.substr(0, 40), kYearMin, kYearMax),
                {{"local_time", std::string(text.substr(0, 40))}});
}

Result<absl::CivilSecond> Parse(std::string_view text) {
  std::string_view rest = text;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool shaped = TakeNumber(&rest, 4, &year) && TakeAny(&rest, "-") &&
                      TakeNumber(&rest, 2, &month) && TakeAny(&rest, "-") &&
                      TakeNumber(&rest, 2, &day) && TakeAny(&rest, " T") &&
                      TakeNumber(&rest, 2, &hour) && TakeAny(&rest, ":") &&
                      TakeNumber(&rest, 2, &minute) &&
                      (rest.empty() || (TakeAny(&rest, ":") && TakeNumber(&rest, 2, &second))) &&
                      rest.empty();
  if (!shaped || year < kYearMin || year > kYearMax) return BadTime(text);
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // Civil times are normalized (the 31st of April becomes the 1st of May); here that is a mistake.
  if (civil.month() != month || civil.day() != day || civil.hour() != hour ||
      civil.minute() != minute || civil.second() != second) {
    return BadTime(text);
  }
  return civil;
}

}  // namespace

Result<absl::TimeZone> FindZone(std::string_view name) {
  absl::TimeZone zone;
  if (!IsZoneShaped(name) ||
      !absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &zone)) {
    return Refuse(Code::kInvalidArgument, "BAD_TIMEZONE",
                  fmt::format("there is no time zone '{}'; take an IANA name like Europe/Paris",
                              name.substr(0, kZoneNameMax)),
                  {{"zone", std::string(name.substr(0, kZoneNameMax))}});
  }
  return zone;
}

Result<absl::Time> ToInstant(std::string_view local_time, std::string_view zone) {
  ASSIGN_OR_RETURN(const absl::CivilSecond civil, Parse(local_time));
  ASSIGN_OR_RETURN(const absl::TimeZone tz, FindZone(zone));
  const absl::TimeZone::TimeInfo info = tz.At(civil);
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) {
    return Refuse(Code::kInvalidArgument, "TIME_IN_GAP",
                  fmt::format("{} does not exist in {}: clocks are put forward over it; take a "
                              "time before or after",
                              local_time, zone),
                  {{"local_time", std::string(local_time)}, {"zone", std::string(zone)}});
  }
  // Repeated: `pre` is the reading before clocks go back, the first of the two.
  return info.pre;
}

Result<std::string> ToLocal(absl::Time instant, std::string_view zone) {
  ASSIGN_OR_RETURN(const absl::TimeZone tz, FindZone(zone));
  const absl::CivilSecond civil = tz.At(instant).cs;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", civil.year(), civil.month(),
                     civil.day(), civil.hour(), civil.minute(), civil.second());
}

}  // namespace carillon::localtime
