// What each platform takes of the forms of a post, at the door and before a send alike.
#include "common/platform/forms.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/platform/rules.h"

namespace carillon::platform {
namespace {

using publisher::v1::Content;

class FormsTest : public ::testing::Test {
 protected:
  static publisher::v1::Account On(const std::string& platform) {
    publisher::v1::Account account;
    account.set_id("acct_1");
    account.set_platform(platform);
    account.set_username("brand");
    account.set_base_url("https://social.example");
    account.mutable_limits()->set_text_characters_max(280);
    account.mutable_limits()->set_url_characters(23);
    account.mutable_limits()->set_media_count_max(4);
    account.mutable_limits()->set_quotes(true);
    return account;
  }
  using Edit = std::function<void(Content&)>;
  static Status Check(const publisher::v1::Account& account, const Edit& edit) {
    Content content;
    content.set_text("Which bell is yours?");
    edit(content);
    return CheckForAccount(content, account);
  }
  // "bluesky, mastodon, x": the reasons, "" where it is taken.
  static std::vector<std::string> Reasons(const Edit& edit) {
    std::vector<std::string> out;
    for (const char* platform : {"bluesky", "mastodon", "x"}) out.emplace_back(ReasonOf(Check(On(platform), edit)));
    return out;
  }
  static void AddPoll(Content& content, std::vector<std::string> options = {"small", "large"}, int64_t duration_s = 86'400) {
    for (const std::string& option : options) content.mutable_poll()->add_options(option);
    content.mutable_poll()->set_duration_s(duration_s);
  }
  using Three = std::vector<std::string>;
};

TEST_F(FormsTest, Visibility) {
  using namespace publisher::v1;  // NOLINT
  for (const Visibility visibility : {VISIBILITY_UNSPECIFIED, VISIBILITY_PUBLIC}) {
    EXPECT_EQ(Reasons([&](Content& c) { c.set_visibility(visibility); }), (Three{"", "", ""}));
  }
  for (const Visibility visibility : {VISIBILITY_UNLISTED, VISIBILITY_PRIVATE, VISIBILITY_DIRECT}) {
    EXPECT_EQ(Reasons([&](Content& c) { c.set_visibility(visibility); }), (Three{"NOT_OFFERED", "", "NOT_OFFERED"}));
  }
  // Of a version to come: never shown to more people than it was meant for.
  EXPECT_EQ(Reasons([](Content& c) { c.set_visibility(static_cast<Visibility>(99)); }),
            (Three{"NOT_OFFERED", "BAD_VISIBILITY", "NOT_OFFERED"}));
}

TEST_F(FormsTest, ARefusalSaysWhatAndWhere) {
  const Status status = Check(On("bluesky"), [](Content& c) { AddPoll(c); });
  EXPECT_EQ(Message(status).find("brand: Bluesky does not offer this: polls"), 0u) << Message(status);
  EXPECT_EQ(GetErrorInfo(status)->params.at("capability"), "publish.poll");
  PublishContent content;
  content.content_warning = "Bells";
  const Status not_built = CheckForms(content, "X", {{"publish.content_warning", Support::kNotBuilt, {}, ""}});
  EXPECT_EQ(ReasonOf(not_built), "NOT_BUILT");
  EXPECT_EQ(Message(not_built).find("Carillon does not do this on X yet: content warnings"), 0u) << Message(not_built);
}

TEST_F(FormsTest, ContentWarnings) {
  const auto label = [](Content& c) { c.add_content_labels(publisher::v1::CONTENT_LABEL_GRAPHIC_MEDIA); };
  EXPECT_EQ(Reasons([](Content& c) { c.set_content_warning("Blood"); }), (Three{"CONTENT_LABEL_MISSING", "", "CONTENT_LABEL_MISSING"}));
  EXPECT_EQ(Reasons(label), (Three{"", "", "NOT_OFFERED"})) << "X has them for media";
  EXPECT_EQ(Reasons([&](Content& c) { c.set_content_warning("Blood"), label(c); }), (Three{"", "", "NOT_OFFERED"}));
  EXPECT_EQ(Reasons([](Content& c) { c.add_content_labels(static_cast<publisher::v1::ContentLabel>(99)); })[0], "NOT_OFFERED");
  // On Mastodon it counts.
  EXPECT_EQ(Reasons([](Content& c) { c.set_content_warning(std::string(260, 'w')); })[1], "");
  EXPECT_EQ(Reasons([](Content& c) { c.set_content_warning(std::string(261, 'w')); })[1], "TEXT_TOO_LONG");
}

TEST_F(FormsTest, Polls) {
  const auto reasons = [](std::vector<std::string> options, int64_t duration_s = 86'400) {
    return Reasons([&](Content& c) { AddPoll(c, options, duration_s); });
  };
  EXPECT_EQ(reasons({"small", "large"}), (Three{"NOT_OFFERED", "", ""}));
  const Three bad = {"NOT_OFFERED", "BAD_POLL", "BAD_POLL"};
  EXPECT_EQ(reasons({"only"}), bad);
  EXPECT_EQ(reasons({"1", "2", "3", "4"}), (Three{"NOT_OFFERED", "", ""}));
  EXPECT_EQ(reasons({"1", "2", "3", "4", "5"}), bad);
  EXPECT_EQ(reasons({"same", "same"}), bad);
  EXPECT_EQ(reasons({"a", " "}), bad);
  EXPECT_EQ(reasons({"a", std::string(26, 'b')}), (Three{"NOT_OFFERED", "", "BAD_POLL"}));
  EXPECT_EQ(reasons({"a", std::string(51, 'b')}), bad);
  EXPECT_EQ(reasons({"a", "b"}, 299), bad);
  EXPECT_EQ(reasons({"a", "b"}, 300), (Three{"NOT_OFFERED", "", ""}));
  EXPECT_EQ(reasons({"a", "b"}, 7 * 86'400), (Three{"NOT_OFFERED", "", ""}));
  EXPECT_EQ(reasons({"a", "b"}, 8 * 86'400), (Three{"NOT_OFFERED", "", "BAD_POLL"}));
  EXPECT_EQ(reasons({"a", "b"}, 40 * 86'400), bad);
  EXPECT_EQ(reasons({"a", "b"}, 330), (Three{"NOT_OFFERED", "", "BAD_POLL"})) << "X counts minutes";
  EXPECT_EQ(Reasons([](Content& c) { AddPoll(c), c.clear_text(), c.add_media()->set_mime_type("image/png"); })[2], "BAD_POLL");
  EXPECT_EQ(Reasons([](Content& c) { AddPoll(c), c.add_media()->set_mime_type("image/png"); }), bad);
  EXPECT_EQ(Reasons([](Content& c) { AddPoll(c), c.mutable_poll()->set_multiple(true); }), (Three{"NOT_OFFERED", "", "NOT_OFFERED"}));
  EXPECT_EQ(Reasons([](Content& c) { AddPoll(c), c.mutable_poll()->set_hide_totals(true); }), (Three{"NOT_OFFERED", "", "NOT_OFFERED"}));
}

TEST_F(FormsTest, AServersOwnLimitsOfPolls) {
  publisher::v1::Account account = On("mastodon");
  account.mutable_limits()->set_poll_options_max(5);
  account.mutable_limits()->set_poll_option_characters_max(3);
  account.mutable_limits()->set_poll_duration_min_s(60);
  account.mutable_limits()->set_poll_duration_max_s(120);
  const auto reason = [&](std::vector<std::string> options, int64_t duration_s) {
    return std::string(ReasonOf(Check(account, [&](Content& c) { AddPoll(c, options, duration_s); })));
  };
  EXPECT_EQ(reason({"1", "2", "3", "4", "üüü"}, 60), "");
  EXPECT_EQ(reason({"1", "2", "3", "4", "5", "6"}, 60), "BAD_POLL");
  EXPECT_EQ(reason({"1", "2222"}, 60), "BAD_POLL");
  EXPECT_EQ(reason({"1", "2"}, 59), "BAD_POLL");
  EXPECT_EQ(reason({"1", "2"}, 121), "BAD_POLL");
}

TEST_F(FormsTest, Quotes) {
  const auto reasons = [](const std::string& quoted) { return Reasons([&](Content& c) { c.set_quoted_remote_id(quoted); }); };
  EXPECT_EQ(reasons("1234567890"), (Three{"BAD_QUOTE", "", ""}));
  EXPECT_EQ(reasons("at://did:plc:abc/app.bsky.feed.post/3kabc"), (Three{"", "BAD_QUOTE", "BAD_QUOTE"}));
  EXPECT_EQ(reasons("https://bsky.app/profile/ann.test/post/3kabc"), (Three{"", "BAD_QUOTE", "BAD_QUOTE"}));
  EXPECT_EQ(reasons("https://x.com/ann/status/1234567890?s=20"), (Three{"BAD_QUOTE", "BAD_QUOTE", ""}));
  EXPECT_EQ(reasons("https://social.example/@ann@elsewhere.example/114"), (Three{"BAD_QUOTE", "", "BAD_QUOTE"}));
  EXPECT_EQ(reasons("at://did:plc:abc/app.bsky.feed.like/3kabc")[0], "BAD_QUOTE");
  EXPECT_EQ(reasons("the one of yesterday"), (Three{"BAD_QUOTE", "BAD_QUOTE", "BAD_QUOTE"}));
  // The same post has another number on another server.
  const Status elsewhere = Check(On("mastodon"), [](Content& c) { c.set_quoted_remote_id("https://other.example/@ann/114"); });
  EXPECT_EQ(ReasonOf(elsewhere), "BAD_QUOTE");
  EXPECT_NE(Message(elsewhere).find("is not on social.example"), std::string::npos) << Message(elsewhere);
  const auto with_media = [](Content& c) { c.set_quoted_remote_id("1234567890"), c.add_media()->set_mime_type("image/png"); };
  EXPECT_EQ(Reasons(with_media), (Three{"BAD_QUOTE", "BAD_QUOTE", "BAD_QUOTE"}));
}

TEST_F(FormsTest, AServerWithoutQuotesSaysSo) {
  publisher::v1::Account account = On("mastodon");
  account.mutable_limits()->set_quotes(false);
  const Status status = Check(account, [](Content& c) { c.set_quoted_remote_id("1"); });
  EXPECT_EQ(ReasonOf(status), "NOT_OFFERED");
  EXPECT_NE(Message(status).find("from 4.5 on"), std::string::npos) << Message(status);
}

TEST_F(FormsTest, WhoMayReply) {
  using namespace publisher::v1;  // NOLINT
  using Group = publisher::v1::ReplyGroup;
  const auto reasons = [](std::vector<Group> groups) {
    return Reasons([&](Content& c) {
      c.mutable_reply_settings();
      for (const Group group : groups) c.mutable_reply_settings()->add_groups(group);
    });
  };
  EXPECT_EQ(reasons({}), (Three{"", "NOT_OFFERED", "NOT_OFFERED"})) << "nobody";
  EXPECT_EQ(reasons({REPLY_GROUP_MENTIONED}), (Three{"", "NOT_OFFERED", ""}));
  EXPECT_EQ(reasons({REPLY_GROUP_FOLLOWERS}), (Three{"", "NOT_OFFERED", "NOT_OFFERED"}));
  EXPECT_EQ(reasons({REPLY_GROUP_FOLLOWING}), (Three{"", "NOT_OFFERED", ""}));
  EXPECT_EQ(reasons({REPLY_GROUP_VERIFIED}), (Three{"NOT_OFFERED", "NOT_OFFERED", ""}));
  EXPECT_EQ(reasons({REPLY_GROUP_SUBSCRIBERS}), (Three{"NOT_OFFERED", "NOT_OFFERED", ""}));
  EXPECT_EQ(reasons({REPLY_GROUP_MENTIONED, REPLY_GROUP_FOLLOWING}), (Three{"", "NOT_OFFERED", "NOT_OFFERED"}));
  const auto in_reply = [](Content& c) {
    c.mutable_reply_settings()->add_groups(REPLY_GROUP_MENTIONED);
    c.set_in_reply_to_remote_id("1880");
  };
  EXPECT_EQ(Reasons(in_reply), (Three{"NOT_OFFERED", "NOT_OFFERED", "NOT_OFFERED"}));
}

}  // namespace
}  // namespace carillon::platform
