// When a burst will be out: the forecast, and whether it comes true.
#include "services/publisher/domain/pacing.h"

#include "common/base/clock.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

constexpr absl::Duration kWindow = absl::Minutes(15);

absl::Time At(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_sec, text, &time, &error)) << error;
  return time;
}

TEST(ForecastTest, ThisBurstOf400EndsAt0907) {
  const std::vector<RateCost> costs = {{"post", 100, kWindow}, {"post_of_app", 10'000, absl::Hours(24), true}};
  // 100 in each quarter of an hour: 30 at once, then one each second.
  const Forecast forecast = ForecastOf({}, costs, 400, Rules(), At("2026-11-23T08:20:50Z"), 1);
  EXPECT_EQ(absl::FormatTime("%H:%M", forecast.ends_at, absl::UTCTimeZone()), "09:07");
  EXPECT_EQ(forecast.ends_at, At("2026-11-23T09:07:00Z"));
  EXPECT_STREQ(forecast.held_by, "RATE_LIMIT");
  ASSERT_NE(forecast.limit, nullptr);
  EXPECT_EQ(forecast.limit->name, "post");
}

TEST(ForecastTest, WhatHasRoomIsOutNow) {
  const absl::Time now = At("2026-11-23T08:00:00Z");
  const Forecast forecast = ForecastOf({}, {{"post", 100, kWindow}}, 30, Rules(), now, 1);
  EXPECT_EQ(forecast.ends_at, now);
  EXPECT_EQ(forecast.held_by, nullptr);
  EXPECT_EQ(ForecastOf({}, {}, 0, Rules(), now, 1).ends_at, now);
}

TEST(ForecastTest, WhatThePlatformSaidAndWhatIsUsedCount) {
  const absl::Time now = At("2026-11-23T08:00:00Z");
  v1::Account account;
  *account.mutable_next_send_at() = ToProto(now + absl::Minutes(2));
  const Forecast limited = ForecastOf(account, {}, 5, Rules(), now, 1);
  EXPECT_EQ(limited.ends_at, now + absl::Minutes(2));
  EXPECT_STREQ(limited.held_by, "RATE_LIMITED");
  const std::vector<RateCost> costs = {{"post", 10, kWindow}};
  v1::Account used;
  for (int i = 0; i < 8; ++i) Charge(used, costs, now - absl::Minutes(5));
  EXPECT_EQ(ForecastOf(used, costs, 2, Rules(), now, 1).ends_at, now);
  EXPECT_EQ(ForecastOf(used, costs, 3, Rules(), now, 1).ends_at, now + absl::Minutes(10));
}

TEST(ForecastTest, OwnSpacingAndWhatLookUpsCanKeepCount) {
  const absl::Time now = At("2026-11-23T08:00:00Z");
  const Forecast spaced = ForecastOf({}, {}, 90, Rules(), now, 1);
  EXPECT_EQ(spaced.ends_at, now + absl::Seconds(60));
  EXPECT_STREQ(spaced.held_by, "SPACING");
  Rules fast;
  fast.spacing = absl::Milliseconds(1);
  // No more than 300 in the time that own posts are remembered for.
  EXPECT_GE(ForecastOf({}, {}, 301, fast, now, 1).ends_at, now + fast.recent_kept);
}

TEST(ForecastTest, ItComesTrue) {
  Harness h;
  const std::vector<RateCost> costs = {{"post", 40, kWindow}};
  h.rules.rates_of = [&](const v1::Account&, const v1::Dispatch&) { return costs; };
  const std::string account = h.Connect();
  const absl::Time began = h.clock.Now();
  constexpr int kPosts = 100;
  const Forecast forecast = ForecastOf(h.Account(account).account, costs, kPosts, h.rules, began, 1);
  std::vector<absl::Time> at;
  const auto answer_all = [&] {
    while (at.size() < h.sends.size()) {
      h.Published(*h.sends[at.size()], fmt::format("r{}", at.size()));
      at.push_back(h.clock.Now());
    }
  };
  for (int i = 0; i < kPosts; ++i) {
    h.Publish(account, {.text = std::to_string(i), .post = fmt::format("post_{}", i), .not_after = absl::Hours(3)});
    answer_all();
  }
  // A platform that takes up to 200 ms for its answer, while nothing else of the account goes out.
  constexpr absl::Duration kStep = absl::Milliseconds(200);
  while (h.clock.Now() < began + absl::Hours(1) && at.size() < kPosts) {
    h.Pass(kStep, kStep);
    answer_all();
  }
  ASSERT_EQ(at.size(), static_cast<size_t>(kPosts));
  EXPECT_GE(at.back(), forecast.ends_at) << "never before";
  // No pause for those that look again by themselves: the account's queue lasts that long.
  EXPECT_LE(at.back() - forecast.ends_at, absl::Seconds(15)) << absl::FormatDuration(at.back() - began);
  // And no window of the platform's, wherever it begins with a send, had more than 40.
  for (size_t i = 40; i < at.size(); i += 40) EXPECT_GE(at[i] - at[i - 40], kWindow);
}

}  // namespace
}  // namespace carillon::publisher::testing
