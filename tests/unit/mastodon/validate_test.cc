#include "common/platform/mastodon/facts.h"
#include "common/platform/mastodon/instance.h"
#include "common/platform/mastodon/validate.h"

#include <gtest/gtest.h>

#include <string>

namespace carillon::mastodon {
namespace {

class Validate : public ::testing::Test {
 protected:
  void SetUp() override {
    limits_.mime_types = {"image/png", "video/mp4"};
    limits_.image_bytes_max = 100;
    limits_.alt_characters_max = 5;
  }

  static platform::MediaItem File(int64_t size_bytes, std::string type = "image/png") {
    return {.mime_type = std::move(type), .size_bytes = size_bytes};
  }
  std::string Reason(const platform::PublishContent& content) const { return ReasonOf(ValidateContent(content, limits_)); }

  platform::PlatformLimits limits_ = UsualLimits(OwnFacts());
};

TEST_F(Validate, Text) {
  EXPECT_TRUE(ValidateContent({.text = std::string(500, 'a')}, limits_).ok());
  EXPECT_EQ(Reason({.text = std::string(501, 'a')}), "TEXT_TOO_LONG");
  EXPECT_EQ(Reason({.text = std::string(100 << 20, 'a')}), "TEXT_TOO_LONG");
  EXPECT_EQ(Reason({.text = std::string(480, 'a'), .link = "https://example.com/a"}), "TEXT_TOO_LONG");
  EXPECT_TRUE(ValidateContent({.text = std::string(475, 'a'), .link = "https://example.com/" + std::string(200, 'b')},
                              limits_).ok());
  EXPECT_EQ(Reason({.text = "\xff"}), "INVALID_UTF8");
  EXPECT_EQ(Reason({.text = " \n"}), "EMPTY_POST");
  EXPECT_EQ(Reason({.text = "a", .visibility = "everyone"}), "BAD_VISIBILITY");
}

TEST_F(Validate, TextTooLongNamesTheNumbers) {
  const auto info = GetErrorInfo(ValidateContent({.text = std::string(501, 'a')}, limits_));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->params.at("length"), "501");
  EXPECT_EQ(info->params.at("max"), "500");
}

TEST_F(Validate, Media) {
  const platform::MediaItem good = File(100);
  EXPECT_TRUE(ValidateContent({.media = {good}}, limits_).ok());
  EXPECT_EQ(Reason({.media = {good, good, good, good, good}}), "TOO_MANY_MEDIA");
  EXPECT_EQ(Reason({.media = {File(101)}}), "MEDIA_TOO_LARGE");
  EXPECT_EQ(Reason({.media = {File(1, "image/tiff")}}), "MEDIA_TYPE_UNSUPPORTED");
  EXPECT_EQ(Reason({.media = {good, File(1, "video/mp4")}}), "MEDIA_MIXED");
  platform::MediaItem alt = good;
  alt.alt_text = "sechs!";
  EXPECT_EQ(Reason({.media = {alt}}), "ALT_TOO_LONG");
  alt.alt_text = "fünf!";
  EXPECT_TRUE(ValidateContent({.media = {alt}}, limits_).ok());
}

}  // namespace
}  // namespace carillon::mastodon
