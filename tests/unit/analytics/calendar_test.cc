#include "services/analytics/report/calendar.h"

#include "tests/unit/analytics/samples.h"

namespace carillon::analytics {
namespace {

struct Case {
  const char* name;
  const char* zone;
  v1::BucketSize size;
  const char* time;
  const char* start;
};

class BucketStartTest : public ::testing::TestWithParam<Case> {};

TEST_P(BucketStartTest, BeginsWhereTheZoneSays) {
  const Case& c = GetParam();
  EXPECT_EQ(BucketStart(At(c.time), c.size, ZoneOrUtc(c.zone)), At(c.start));
}

constexpr auto kDay = v1::BUCKET_SIZE_DAY;
constexpr auto kHour = v1::BUCKET_SIZE_HOUR;

INSTANTIATE_TEST_SUITE_P(
    Table, BucketStartTest,
    ::testing::Values(
        Case{"UtcDay", "UTC", kDay, "2026-11-23T23:59:59Z", "2026-11-23T00:00:00Z"},
        Case{"ParisDay", "Europe/Paris", kDay, "2026-11-22T23:00:00Z", "2026-11-22T23:00:00Z"},
        // 2027-03-28 has 23 hours in Paris, 2026-10-25 has 25.
        Case{"ParisShortDay", "Europe/Paris", kDay, "2027-03-28T21:59:00Z", "2027-03-27T23:00:00Z"},
        Case{"ParisAfterShortDay", "Europe/Paris", kDay, "2027-03-28T22:00:00Z", "2027-03-28T22:00:00Z"},
        Case{"ParisLongDay", "Europe/Paris", kDay, "2026-10-25T22:59:00Z", "2026-10-24T22:00:00Z"},
        Case{"KolkataDay", "Asia/Kolkata", kDay, "2026-11-23T18:29:59Z", "2026-11-22T18:30:00Z"},
        // Beirut's clocks go forward at midnight: that day begins at 01:00.
        Case{"BeirutDayWithoutMidnight", "Asia/Beirut", kDay, "2022-03-27T12:00:00Z", "2022-03-26T22:00:00Z"},
        Case{"RepeatedHourFirst", "Europe/Paris", kHour, "2026-10-25T00:45:00Z", "2026-10-25T00:00:00Z"},
        Case{"RepeatedHourSecond", "Europe/Paris", kHour, "2026-10-25T01:45:00Z", "2026-10-25T01:00:00Z"},
        Case{"KolkataHour", "Asia/Kolkata", kHour, "2026-11-23T09:15:00Z", "2026-11-23T08:30:00Z"},
        Case{"UnknownZoneIsUtc", "Mars/Base", kDay, "2026-11-23T12:00:00Z", "2026-11-23T00:00:00Z"}),
    [](const auto& info) { return info.param.name; });

TEST(Calendar, WeekdaysAreIso) {
  const auto zone = ZoneOrUtc("Asia/Tokyo");
  EXPECT_EQ(Weekday(At("2026-11-22T14:59:00Z"), zone), 7);
  EXPECT_EQ(Weekday(At("2026-11-22T15:00:00Z"), zone), 1);
  EXPECT_EQ(HourOfDay(At("2026-11-22T15:00:00Z"), zone), 0);
}

TEST(Calendar, AGoalCountsFromItsSettingOrItsCampaignsStart) {
  strategy::v1::Goal goal;
  *goal.mutable_created_at() = ToProto(At("2026-11-20T12:00:00Z"));
  goal.set_by_date("2026-11-30");
  const auto zone = ZoneOrUtc("Europe/Paris");
  const auto brand = WindowOf(goal, "", zone, At("2027-01-01T00:00:00Z"));
  EXPECT_EQ(brand.from, At("2026-11-20T12:00:00Z"));
  EXPECT_EQ(brand.to, At("2026-11-30T23:00:00Z"));
  const auto campaign = WindowOf(goal, "2026-11-10", zone, At("2026-11-25T00:00:00Z"));
  EXPECT_EQ(campaign.from, At("2026-11-09T23:00:00Z"));
  EXPECT_EQ(campaign.to, At("2026-11-25T00:00:00Z"));
}

}  // namespace
}  // namespace carillon::analytics
