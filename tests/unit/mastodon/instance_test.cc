#include "common/platform/mastodon/facts.h"
#include "common/platform/mastodon/instance.h"

#include <gtest/gtest.h>

namespace carillon::mastodon {
namespace {

TEST(Instance, OnlyPlainMastodonProvesItsKey) {
  const std::string_view mastodon = "https://github.com/mastodon/mastodon";
  struct Row {
    std::string_view version;
    std::string_view source_url;
    bool v1;
    bool proven;
  };
  const Row rows[] = {
      {"4.3.0", mastodon, false, true},
      {"4.4.0-rc.1", mastodon, false, true},
      {"4.5.0-nightly.2025-10-01", mastodon, false, true},
      {"4.3.0", "https://github.com/mastodon/mastodon/tree/v4.3.0", false, true},
      {"4.3.0", "https://github.com/mastodon/mastodon-fork", false, false},
      {"4.3.0", "https://github.com/glitch-soc/mastodon", false, false},
      {"4.3.0", "", false, false},
      {"4.3.0+glitch", mastodon, false, false},
      {"4.2.1 (compatible; GoToSocial 0.17.3)", mastodon, false, false},
      {"0.17.3+git-8de09e4", "https://github.com/superseriousbusiness/gotosocial", false, false},
      {"0.17.3", "https://github.com/superseriousbusiness/gotosocial", false, false},
      {"2.7.2 (compatible; Pleroma 2.5.0)", "https://git.pleroma.social/pleroma/pleroma", false, false},
      {"3.5.3", "", true, true},      // before 4.0 there is only v1
      {"4.3.0", "", true, false},     // says 4 and has no v2: an impostor
      {"0.19.1", "", true, false},
      {"takahe/0.11.0", "", true, false},
      {"", "", true, false},
      {"4.3", mastodon, false, false},
      {"4.3.0-", mastodon, false, false},
      {"4.3.0-hometown-1.1", mastodon, false, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(KeepsIdempotencyKeys(row.version, row.source_url, row.v1), row.proven)
        << row.version << " " << row.source_url;
  }
}

TEST(Instance, ReadsLimits) {
  const auto instance = platform::ParseJson(R"({
      "version": "4.5.0", "source_url": "https://github.com/mastodon/mastodon",
      "configuration": {
        "statuses": {"max_characters": 1000, "max_media_attachments": 6, "characters_reserved_per_url": 30},
        "polls": {"max_options": 8, "max_characters_per_option": 60, "min_expiration": 600, "max_expiration": 700},
        "media_attachments": {"supported_mime_types": ["image/png", 7, "video/mp4"], "description_limit": 1200,
                              "image_size_limit": 1024, "video_size_limit": 2048}}})");
  ASSERT_TRUE(instance);
  const platform::PlatformLimits limits = ReadInstance(*instance, false, OwnFacts());
  EXPECT_EQ(limits.text_characters_max, 1000);
  EXPECT_EQ(limits.media_count_max, 6);
  EXPECT_EQ(limits.url_characters, 30);
  EXPECT_EQ(limits.alt_characters_max, 1200);
  EXPECT_EQ(limits.image_bytes_max, 1024);
  EXPECT_EQ(limits.video_bytes_max, 2048);
  EXPECT_EQ(limits.mime_types, (std::vector<std::string>{"image/png", "video/mp4"}));
  EXPECT_EQ(limits.idempotency_window, absl::Hours(1));
  EXPECT_EQ(limits.poll_options_max, 8);
  EXPECT_EQ(limits.poll_option_characters_max, 60);
  EXPECT_EQ(limits.poll_duration_min, absl::Seconds(600));
  EXPECT_EQ(limits.poll_duration_max, absl::Seconds(700));
}

TEST(Instance, QuotesAreWhatTheVersionOfItsApiSays) {
  const auto quotes = [](const char* json, bool v1 = false) {
    return ReadInstance(*platform::ParseJson(json), v1, OwnFacts()).quotes;
  };
  EXPECT_TRUE(quotes(R"({"version": "4.5.0", "api_versions": {"mastodon": 7}})"));
  EXPECT_TRUE(quotes(R"({"version": "4.6.0+fork", "api_versions": {"mastodon": 10}})"));
  EXPECT_FALSE(quotes(R"({"version": "4.4.0", "api_versions": {"mastodon": 6}})"));
  EXPECT_FALSE(quotes(R"({"version": "4.5.0", "api_versions": {"pleroma": 7}})"));
  EXPECT_FALSE(quotes(R"({"version": "4.5.0", "api_versions": {"mastodon": "7"}})"));
  EXPECT_FALSE(quotes(R"x({"version": "4.2.1 (compatible; GoToSocial 0.17.3)"})x"));
  EXPECT_FALSE(quotes(R"({"version": "3.5.3"})", true));
}

TEST(Instance, DefaultsWhereAServerIsSilentOrWrong) {
  const auto empty = platform::ParseJson("{}");
  const platform::PlatformLimits silent = ReadInstance(*empty, false, OwnFacts());
  EXPECT_EQ(silent.text_characters_max, 500);
  EXPECT_EQ(silent.url_characters, 23);
  EXPECT_EQ(silent.media_count_max, 4);
  EXPECT_EQ(silent.idempotency_window, absl::ZeroDuration());
  EXPECT_EQ(silent.poll_options_max, 4);
  EXPECT_EQ(silent.poll_duration_max, absl::Seconds(2629746));
  const auto odd = platform::ParseJson(R"({"configuration":{"statuses":{"max_characters":-1}}})");
  EXPECT_EQ(ReadInstance(*odd, false, OwnFacts()).text_characters_max, 500);
  const auto pleroma = platform::ParseJson(R"({"max_toot_chars": 5000})");
  EXPECT_EQ(ReadInstance(*pleroma, true, OwnFacts()).text_characters_max, 5000);
}

}  // namespace
}  // namespace carillon::mastodon
