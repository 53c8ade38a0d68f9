#include "common/atproto_syntax/tid.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace carillon::atproto_syntax {
namespace {

TEST(Tid, KnownValues) {
  EXPECT_EQ(FormatTid({0, 0}), "2222222222222");
  EXPECT_EQ(FormatTid({0, 1023}), "22222222222zz");
  EXPECT_EQ(FormatTid({1, 0}), "2222222222322");
  EXPECT_EQ(FormatTid({(int64_t{1} << 53) - 1, 1023}), "bzzzzzzzzzzzz");
  EXPECT_EQ(ParseTid("2222222222323"), (Tid{1, 1}));
  EXPECT_EQ(ParseTid("kzzzzzzzzzzzz"), std::nullopt);
}

TEST(Tid, ComesBackAndSortsAsItsTime) {
  std::mt19937_64 random(1);
  Tid before{};
  for (int i = 0; i < 10000; ++i) {
    const Tid tid{static_cast<int64_t>(random() >> 11), static_cast<int>(random() % 1024)};
    const std::string text = FormatTid(tid);
    ASSERT_EQ(ParseTid(text), tid);
    EXPECT_EQ(text < FormatTid(before), tid < before);
    before = tid;
  }
}

TEST(Tid, IsTheTimeWhenTheClockGoesOn) {
  const absl::Time now = absl::FromUnixMicros(1'700'000'000'123'456);
  EXPECT_EQ(*NextTid(now, 7, std::nullopt), (Tid{1'700'000'000'123'456, 7}));
  EXPECT_EQ(*NextTid(now, 7, Tid{1'700'000'000'123'455, 9}), (Tid{1'700'000'000'123'456, 7}));
}

TEST(Tid, GrowsWhenTheClockDoesNot) {
  const absl::Time now = absl::FromUnixMicros(1'700'000'000'000'000);
  std::optional<Tid> last;
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    // A clock that goes back, and another clock before us.
    const Result<Tid> next = NextTid(now - absl::Microseconds(i), i % 1024, last);
    ASSERT_TRUE(next.ok());
    EXPECT_LT(text, FormatTid(*next));
    text = FormatTid(*next);
    last = *next;
  }
  EXPECT_EQ(last->microseconds, 1'700'000'000'000'999);
}

TEST(Tid, RefusesWhatHasNone) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(ReasonOf(NextTid(now, 1024, std::nullopt).status()), "NO_TID");
  EXPECT_EQ(ReasonOf(NextTid(now, -1, std::nullopt).status()), "NO_TID");
  EXPECT_EQ(ReasonOf(NextTid(absl::FromUnixSeconds(-1), 0, std::nullopt).status()), "NO_TID");
  EXPECT_EQ(ReasonOf(NextTid(absl::InfiniteFuture(), 0, std::nullopt).status()), "NO_TID");
  EXPECT_EQ(ReasonOf(NextTid(now, 0, Tid{(int64_t{1} << 53) - 1, 0}).status()), "NO_TID");
}

}  // namespace
}  // namespace carillon::atproto_syntax
