#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/observe/internal.h"

namespace carillon::observe {
namespace {

nlohmann::json Line(std::string_view message, const Fields& fields) {
  const std::string line =
      LogLine(absl::FromUnixMillis(1'800'000'000'123), "info", "strategy", message, fields);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  return nlohmann::json::parse(line);
}

TEST(LogLine, HasTimeLevelServiceMessageAndFields) {
  const auto json = Line("shard taken over", {{"shard", "3"}});
  EXPECT_EQ(json["time"], "2027-01-15T08:00:00.123Z");
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["service"], "strategy");
  EXPECT_EQ(json["message"], "shard taken over");
  EXPECT_EQ(json["shard"], "3");
}

TEST(LogLine, StaysOneValidLineWhateverItIsGiven) {
  const auto json = Line("two\nlines \"quoted\"", {{"bytes", "\xff\xfe"}});
  EXPECT_EQ(json["message"], "two\nlines \"quoted\"");
  EXPECT_EQ(json["bytes"], "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(LogLine, AFieldNeverReplacesItsOwnWords) {
  const auto json = Line("real", {{"message", "false"}, {"level", "none"}});
  EXPECT_EQ(json["message"], "real");
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["message_"], "false");
}

TEST(Log, LevelsHideWhatIsBelow) {
  testing::internal::CaptureStderr();
  SetLogLevel("warn");
  Info("hidden");
  Warn("shown");
  SetLogLevel("loud");  // unknown: says so and keeps the level
  Info("hidden too");
  SetLogLevel("info");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("hidden"), std::string::npos);
  EXPECT_NE(text.find("shown"), std::string::npos);
  EXPECT_NE(text.find("unknown log level"), std::string::npos);
}

}  // namespace
}  // namespace carillon::observe
