#include "common/platform/rules.h"

#include <gtest/gtest.h>

#include <string>

namespace carillon::platform {
namespace {

publisher::v1::Account Account() {
  publisher::v1::Account account;
  account.set_id("acct_1");
  account.set_platform("mastodon");
  account.set_username("brand@social.example");
  account.mutable_limits()->set_text_characters_max(30);
  account.mutable_limits()->set_url_characters(23);
  account.mutable_limits()->set_media_count_max(1);
  account.mutable_limits()->set_image_bytes_max(100);
  account.mutable_limits()->set_alt_characters_max(5);
  return account;
}

publisher::v1::Content Text(const std::string& text) {
  publisher::v1::Content content;
  content.set_text(text);
  return content;
}

TEST(RulesTest, TheRefusalNamesTheAccountAndTheNumbers) {
  // Counted as Mastodon does: the host of a mention and the rest of a link cost nothing.
  EXPECT_TRUE(CheckForAccount(Text("@ann@far.example " + std::string(25, 'x')), Account()).ok());
  EXPECT_TRUE(CheckForAccount(Text("123456 https://a.example/" + std::string(90, 'x')), Account()).ok());
  const Status status = CheckForAccount(Text(std::string(31, 'x')), Account());
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "TEXT_TOO_LONG");
  EXPECT_EQ(Message(status).find("brand@social.example: "), 0u) << Message(status);
  EXPECT_EQ(GetErrorInfo(status)->params.at("account"), "acct_1");
  EXPECT_EQ(GetErrorInfo(status)->params.at("length"), "31");
  EXPECT_EQ(GetErrorInfo(status)->params.at("max"), "30");
}

TEST(RulesTest, MediaAreCheckedByWhatIsKnownOfThem) {
  publisher::v1::Content content;
  publisher::v1::Media& media = *content.add_media();
  media.set_mime_type("image/png");
  media.set_size_bytes(100);
  media.set_alt_text("alt");
  EXPECT_TRUE(CheckForAccount(content, Account()).ok());
  media.set_size_bytes(101);
  EXPECT_EQ(ReasonOf(CheckForAccount(content, Account())), "MEDIA_TOO_LARGE");
  media.set_size_bytes(1);
  media.set_alt_text("longer");
  EXPECT_EQ(ReasonOf(CheckForAccount(content, Account())), "ALT_TOO_LONG");
  *content.add_media() = media;
  EXPECT_EQ(ReasonOf(CheckForAccount(content, Account())), "TOO_MANY_MEDIA");
}

// Pods of two versions run side by side, and a server may not have said its limits.
TEST(RulesTest, WhatIsNotKnownIsLeftToThePublisher) {
  publisher::v1::Account account = Account();
  account.set_platform("of-a-newer-version");
  EXPECT_TRUE(CheckForAccount(Text(std::string(999, 'x')), account).ok());
  account = Account();
  account.clear_limits();
  EXPECT_TRUE(CheckForAccount(Text(std::string(999, 'x')), account).ok());
}

TEST(RulesTest, AnActionIsRefusedWhereThePlatformHasNoSuchThing) {
  publisher::v1::Account account = Account();
  const auto refused = [&](const char* platform, publisher::v1::ActionKind action) {
    account.set_platform(platform);
    return ReasonOf(CheckAction(action, account)) == "NOT_OFFERED";
  };
  for (const char* platform : {"bluesky", "mastodon", "x", "of-a-newer-version"}) {
    EXPECT_FALSE(refused(platform, publisher::v1::ACTION_KIND_DELETE)) << platform;
    EXPECT_FALSE(refused(platform, publisher::v1::ACTION_KIND_UNLIKE)) << platform;
    EXPECT_FALSE(refused(platform, publisher::v1::ACTION_KIND_REPOST)) << platform;
  }
  EXPECT_TRUE(refused("mastodon", publisher::v1::ACTION_KIND_HIDE));
  EXPECT_FALSE(refused("x", publisher::v1::ACTION_KIND_EDIT));
  EXPECT_TRUE(refused("bluesky", publisher::v1::ACTION_KIND_EDIT));
  EXPECT_FALSE(refused("mastodon", publisher::v1::ACTION_KIND_EDIT));
}

TEST(RulesTest, LimitsReadBackAsTheyWere) {
  publisher::v1::AccountLimits limits = Account().limits();
  limits.set_video_bytes_max(7);
  limits.add_mime_types("image/png");
  limits.set_idempotency_window_s(3600);
  limits.set_poll_options_max(4);
  limits.set_poll_option_characters_max(50);
  limits.set_poll_duration_min_s(300);
  limits.set_poll_duration_max_s(3000);
  limits.set_quotes(true);
  EXPECT_EQ(ToProto(LimitsOf(limits)).SerializeAsString(), limits.SerializeAsString());
}

}  // namespace
}  // namespace carillon::platform
