#include "common/localtime/local_time.h"

#include <gtest/gtest.h>

namespace carillon::localtime {
namespace {

struct Case {
  const char* local;
  const char* zone;
  const char* instant;  // RFC 3339, or the refusal's reason
};

class ToInstantTest : public ::testing::TestWithParam<Case> {};

TEST_P(ToInstantTest, Table) {
  const Case& c = GetParam();
  const auto instant = ToInstant(c.local, c.zone);
  const std::string got =
      instant.ok() ? absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", *instant, absl::UTCTimeZone())
                   : ReasonOf(instant.status());
  EXPECT_EQ(got, c.instant) << c.local << " " << c.zone;
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ToInstantTest,
    ::testing::Values(Case{"2026-11-23 09:00", "UTC", "2026-11-23T09:00:00Z"},
                      Case{"2026-11-23 09:00:59", "UTC", "2026-11-23T09:00:59Z"},
                      Case{"2026-11-23T09:00", "UTC", "2026-11-23T09:00:00Z"},
                      Case{"2028-02-29 00:00", "UTC", "2028-02-29T00:00:00Z"},
                      Case{"2026-02-29 00:00", "UTC", "BAD_TIME"},
                      Case{"2026-04-31 10:00", "UTC", "BAD_TIME"},
                      Case{"2026-11-23 24:00", "UTC", "BAD_TIME"},
                      Case{"2026-11-23 09:60", "UTC", "BAD_TIME"},
                      Case{"2026-11-23 9:00", "UTC", "BAD_TIME"},
                      Case{"2026-11-23 09:00Z", "UTC", "BAD_TIME"},
                      Case{"2026-11-23 09:00:00.5", "UTC", "BAD_TIME"},
                      Case{"23/11/2026 09:00", "UTC", "BAD_TIME"},
                      Case{"1969-12-31 09:00", "UTC", "BAD_TIME"},
                      Case{"2200-01-01 09:00", "UTC", "BAD_TIME"}, Case{"", "UTC", "BAD_TIME"}));

INSTANTIATE_TEST_SUITE_P(
    Zones, ToInstantTest,
    ::testing::Values(Case{"2026-11-23 09:00", "Europe/Paris", "2026-11-23T08:00:00Z"},
                      Case{"2026-07-01 09:00", "Europe/Paris", "2026-07-01T07:00:00Z"},
                      Case{"2026-11-23 09:00", "Asia/Kathmandu", "2026-11-23T03:15:00Z"},
                      Case{"2026-11-23 09:00", "America/Argentina/Buenos_Aires",
                           "2026-11-23T12:00:00Z"},
                      Case{"2026-11-23 09:00", "Etc/GMT+5", "2026-11-23T14:00:00Z"},
                      Case{"2026-11-23 09:00", "Europe/Nowhere", "BAD_TIMEZONE"},
                      Case{"2026-11-23 09:00", "", "BAD_TIMEZONE"},
                      Case{"2026-11-23 09:00", "localtime", "BAD_TIMEZONE"},
                      Case{"2026-11-23 09:00", "+02:00", "BAD_TIMEZONE"},
                      Case{"2026-11-23 09:00", "/etc/localtime", "BAD_TIMEZONE"},
                      Case{"2026-11-23 09:00", "../zoneinfo/UTC", "BAD_TIMEZONE"},
                      Case{"2026-11-23 09:00", "Fixed/UTC+02:00:00", "BAD_TIMEZONE"}));

// Clocks go from 02:00 to 03:00 (Paris), 02:00 to 03:00 (New York), 02:00 to 02:30 (Lord Howe), and a whole day (Apia, 2011).
INSTANTIATE_TEST_SUITE_P(
    Gaps, ToInstantTest,
    ::testing::Values(Case{"2027-03-28 01:59:59", "Europe/Paris", "2027-03-28T00:59:59Z"},
                      Case{"2027-03-28 02:00", "Europe/Paris", "TIME_IN_GAP"},
                      Case{"2027-03-28 02:59:59", "Europe/Paris", "TIME_IN_GAP"},
                      Case{"2027-03-28 03:00", "Europe/Paris", "2027-03-28T01:00:00Z"},
                      Case{"2027-03-14 02:30", "America/New_York", "TIME_IN_GAP"},
                      Case{"2026-10-04 02:15", "Australia/Lord_Howe", "TIME_IN_GAP"},
                      Case{"2011-12-30 12:00", "Pacific/Apia", "TIME_IN_GAP"}));

// A local time that happens twice is the first of the two.
INSTANTIATE_TEST_SUITE_P(
    Overlaps, ToInstantTest,
    ::testing::Values(Case{"2026-10-25 01:59:59", "Europe/Paris", "2026-10-24T23:59:59Z"},
                      Case{"2026-10-25 02:00", "Europe/Paris", "2026-10-25T00:00:00Z"},
                      Case{"2026-10-25 02:59:59", "Europe/Paris", "2026-10-25T00:59:59Z"},
                      Case{"2026-10-25 03:00", "Europe/Paris", "2026-10-25T02:00:00Z"},
                      Case{"2026-11-01 01:30", "America/New_York", "2026-11-01T05:30:00Z"}));

TEST(ToLocalTest, ReadsBack) {
  for (const char* zone : {"UTC", "Europe/Paris", "Asia/Kathmandu", "America/New_York"}) {
    const absl::Time instant = *ToInstant("2026-11-23 09:00:07", zone);
    EXPECT_EQ(*ToLocal(instant, zone), "2026-11-23 09:00:07") << zone;
  }
  EXPECT_EQ(ReasonOf(ToLocal(absl::UnixEpoch(), "Mars/Base").status()), "BAD_TIMEZONE");
}

}  // namespace
}  // namespace carillon::localtime
