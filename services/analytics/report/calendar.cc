#include "services/analytics/report/calendar.h"

#include <absl/time/civil_time.h>

#include "common/base/clock.h"

namespace carillon::analytics {

absl::TimeZone ZoneOrUtc(const std::string& name) {
  absl::TimeZone zone;
  return absl::LoadTimeZone(name, &zone) ? zone : absl::UTCTimeZone();
}

absl::Time BucketStart(absl::Time time, v1::BucketSize size, const absl::TimeZone& zone) {
  const absl::CivilSecond local = zone.At(time).cs;
  if (size == v1::BUCKET_SIZE_HOUR) {
    // Back by what is past of the hour, never through civil time: that cannot tell the two passes of a repeated hour apart.
    const absl::Time whole = absl::FromUnixSeconds(absl::ToUnixSeconds(time));
    return whole - absl::Minutes(local.minute()) - absl::Seconds(local.second());
  }
  return absl::FromCivil(absl::CivilDay(local), zone);
}

int Weekday(absl::Time time, const absl::TimeZone& zone) {
  return static_cast<int>(absl::GetWeekday(zone.At(time).cs)) + 1;
}

int HourOfDay(absl::Time time, const absl::TimeZone& zone) { return zone.At(time).cs.hour(); }

bool DayRange(const std::string& day, const absl::TimeZone& zone, absl::Time& begin,
              absl::Time& end) {
  absl::CivilDay civil;
  if (!absl::ParseCivilTime(day, &civil)) return false;
  begin = absl::FromCivil(civil, zone);
  end = absl::FromCivil(civil + 1, zone);
  return true;
}

GoalWindow WindowOf(const strategy::v1::Goal& goal, const std::string& campaign_start,
                    const absl::TimeZone& brand_zone, absl::Time report_to) {
  GoalWindow window{goal, FromProto(goal.created_at()), report_to};
  absl::Time begin, end;
  if (DayRange(campaign_start, brand_zone, begin, end)) window.from = std::min(window.from, begin);
  if (DayRange(goal.by_date(), brand_zone, begin, end)) window.to = std::min(window.to, end);
  return window;
}

}  // namespace carillon::analytics
