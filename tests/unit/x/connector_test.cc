// The connector: who a token belongs to, the rules before the network, uploads by chunks, and the one request that publishes.
#include "common/platform/x/connector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "common/platform/json.h"
#include "common/platform/x/facts.h"
#include "common/platform/x/validate.h"
#include "tests/support/child_process.h"
#include "tests/support/upload.h"
#include "tests/unit/x/fake_x.h"

namespace carillon::x {
namespace {

using testing::FakeX;
using testing::Fault;
using Kind = platform::PublishOutcome::Kind;
using platform::ErrorClass;

class XConnectorTest : public ::testing::Test {
 protected:
  platform::PublishRequest Request(const std::string& text = "Hello") const {
    platform::PublishRequest request;
    request.access = access_;
    request.content.text = text;
    request.first_sent_at = clock_.Now();
    request.timeout = absl::Seconds(20);
    request.may_send = [] { return true; };
    return request;
  }
  platform::MediaItem File(const std::string& name, size_t bytes, const std::string& type,
                           const std::string& alt = "") {
    const std::string path = folder_.path() + "/" + name;
    std::string content(bytes, '\0');
    for (size_t i = 0; i < bytes; ++i) content[i] = static_cast<char>(i * 31 + i / 4096);
    std::ofstream(path, std::ios::binary) << content;
    return {path, type, alt, static_cast<int64_t>(bytes)};
  }
  Result<std::string> Upload(const platform::MediaItem& item, absl::Duration timeout = absl::Seconds(50)) {
    return carillon::testing::Upload(*connector_, access_, item, timeout);
  }
  // The request whose path ends so.
  const http::HttpRequest& Sent(const std::string& what) const {
    for (const FakeX::Exchange& exchange : x_.exchanges) {
      if (exchange.path.ends_with(what)) return exchange.request;
    }
    ADD_FAILURE() << "no request " << what;
    return x_.exchanges.at(0).request;
  }

  carillon::testing::FakeClock clock_;
  carillon::testing::TempDir folder_;
  FakeX x_{clock_};
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(
      x_, clock_, OwnFacts(), {.sleep = [this](absl::Duration wait) { clock_.Advance(wait); }});
  const platform::AccountAccess access_{.account_id = "acct_x", .base_url = "https://api.x.com/",
                                        .remote_account_id = FakeX::kAccountId,
                                        .access_token = R"({"access_token":"a1","refresh_token":"r1","client_id":"app"})"};
};

TEST_F(XConnectorTest, Verify) {
  const auto info = connector_->Verify(access_, absl::Seconds(5));
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->remote_account_id, FakeX::kAccountId);
  EXPECT_EQ(info->username, "brand");
  EXPECT_EQ(info->display_name, "Brand");
  EXPECT_EQ(info->profile_url, "https://x.com/brand");
  EXPECT_TRUE(info->refreshable);
  EXPECT_EQ(info->token_expires_at, clock_.Now() + absl::Hours(2));
  EXPECT_NE(info->secret.find("expires_at"), std::string::npos);
  EXPECT_EQ(connector_->Lendable(info->secret), "a1");
  EXPECT_EQ(Sent("/2/users/me").headers.at("Authorization"), "Bearer a1");
}

TEST_F(XConnectorTest, AProfileIsReadAndNotChanged) {
  const auto profile = connector_->ReadProfile(access_, absl::Seconds(5));
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->username, "brand");
  EXPECT_EQ(profile->display_name, "Brand");
  EXPECT_EQ(profile->profile_url, "https://x.com/brand");
  EXPECT_EQ(profile->followers, 12);
  EXPECT_EQ(profile->following, 3);
  EXPECT_EQ(profile->posts, 45);
  EXPECT_EQ(ReasonOf(connector_->CheckProfile({.display_name = "Brand"})), "NOT_OFFERED");
  const size_t before = x_.exchanges.size();
  EXPECT_EQ(connector_->SetProfile({.access = access_, .change = {.display_name = "Brand"}}).kind, Kind::kRefused);
  EXPECT_EQ(x_.exchanges.size(), before);
}

TEST_F(XConnectorTest, VerifyOfABareToken) {
  platform::AccountAccess bare = access_;
  bare.access_token = "AAAA";
  const auto info = connector_->Verify(bare, absl::Seconds(5));
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_FALSE(info->refreshable);
  EXPECT_FALSE(info->token_expires_at);
  EXPECT_EQ(connector_->Lendable(info->secret), "AAAA");
}

TEST_F(XConnectorTest, VerifyTellsADefiniteRefusalFromTheRest) {
  const auto verify = [this](int status, const char* body) {
    x_.Break("/me", Fault::kRefused, status, body);
    return connector_->Verify(access_, absl::Seconds(5)).status();
  };
  EXPECT_EQ(ReasonOf(verify(401, R"({"title":"Unauthorized","detail":"Unauthorized"})")), "TOKEN_REFUSED");
  EXPECT_EQ(verify(401, "<html>").code(), Code::kUnavailable);
  EXPECT_EQ(verify(500, "{}").code(), Code::kUnavailable);
  EXPECT_EQ(verify(200, "{}").code(), Code::kUnavailable);
  EXPECT_EQ(verify(200, "<html>").code(), Code::kUnavailable);
  platform::AccountAccess bad = access_;
  bad.access_token = "{";
  EXPECT_EQ(ReasonOf(connector_->Verify(bad, absl::Seconds(5)).status()), "BAD_TOKEN");
}

TEST_F(XConnectorTest, PublishSendsOneRequest) {
  platform::PublishRequest request = Request();
  request.content.link = "https://example.com/a";
  request.content.in_reply_to_remote_id = "1880";
  x_.headers = {{"x-rate-limit-remaining", "0"}, {"x-rate-limit-reset", "1800000900"}};
  const platform::PublishOutcome out = connector_->Publish(request);
  ASSERT_EQ(out.kind, Kind::kPublished) << out.error;
  EXPECT_EQ(out.remote_id, x_.posts.at(0).id);
  EXPECT_EQ(out.limit_remaining, 0);
  EXPECT_EQ(out.limit_reset, clock_.Now() + absl::Minutes(15));
  ASSERT_EQ(x_.exchanges.size(), 1u);
  const http::HttpRequest& sent = x_.exchanges[0].request;
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url, "https://api.x.com/2/tweets");
  EXPECT_TRUE(sent.has_effect);
  EXPECT_EQ(sent.deadline, absl::Seconds(20));
  EXPECT_EQ(*platform::ParseJson(sent.body),
            *platform::ParseJson(R"({"text":"Hello\n\nhttps://example.com/a","reply":{"in_reply_to_tweet_id":"1880"}})"));
}

TEST_F(XConnectorTest, NotAllowedIsNotSent) {
  platform::PublishRequest request = Request();
  request.may_send = [] { return false; };
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kNotSent);
  EXPECT_TRUE(x_.posts.empty());
}

TEST_F(XConnectorTest, MissingUploadsAreNotSent) {
  platform::PublishRequest request = Request();
  request.content.media.resize(1);
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kNotSent);
  EXPECT_TRUE(x_.exchanges.empty());
}

TEST_F(XConnectorTest, WithoutTimeItIsNotSent) {
  platform::PublishRequest request = Request();
  request.timeout = absl::ZeroDuration();
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kNotSent);
  EXPECT_TRUE(x_.exchanges.empty());
}

TEST_F(XConnectorTest, ASecretThatIsNoneNeedsAPerson) {
  platform::PublishRequest request = Request();
  request.access.access_token = "{broken";
  const auto out = connector_->Publish(request);
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, ErrorClass::kAuth);
  EXPECT_TRUE(x_.exchanges.empty());
}

TEST_F(XConnectorTest, AnImageWithAltText) {
  const auto id = Upload(File("a.png", 1000, "image/png", "a bell"));
  ASSERT_TRUE(id.ok()) << id.status();
  const testing::FakeMedia& item = x_.media.at(*id);
  EXPECT_EQ(item.category, "tweet_image");
  EXPECT_EQ(item.type, "image/png");
  EXPECT_EQ(item.alt_text, "a bell");
  EXPECT_EQ(item.segments.size(), 1u);
  EXPECT_EQ(x_.CountOf("GET /2/media/upload"), 0);
  platform::PublishRequest request = Request();
  request.content.media.resize(1);
  request.media_handles = {*id};
  ASSERT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  EXPECT_EQ(x_.posts.at(0).media_ids, std::vector<std::string>{*id});
  EXPECT_EQ(x_.CountOf("/2/media/metadata"), 1) << "alone with the upload";
}

TEST_F(XConnectorTest, AMediumIsMarkedBeforeItIsPosted) {
  platform::PublishRequest request = Request();
  request.content.media = {File("a.png", 1000, "image/png", "a bell")};
  request.content.content_labels = {"nudity", "graphic-media"};
  const auto id = Upload(request.content.media[0]);
  ASSERT_TRUE(id.ok()) << id.status();
  request.media_handles = {*id};
  x_.Break("POST /2/media/metadata", testing::Fault::kRefused, 503);
  const auto failed = connector_->Publish(request);
  EXPECT_EQ(failed.kind, Kind::kRefused);
  EXPECT_EQ(failed.error_class, ErrorClass::kRetryable);
  EXPECT_TRUE(x_.posts.empty()) << "never shown without its warning";
  ASSERT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  EXPECT_EQ(x_.media.at(*id).warning, (platform::Json{{"adult_content", true}, {"graphic_violence", true}}));
  EXPECT_EQ(x_.media.at(*id).alt_text, "a bell");
}

TEST_F(XConnectorTest, AVideoGoesByChunksAndIsWaitedFor) {
  x_.polls_needed = 2;
  const platform::MediaItem video = File("a.mp4", (5 << 20) + 17, "video/mp4");
  const auto id = Upload(video);
  ASSERT_TRUE(id.ok()) << id.status();
  const testing::FakeMedia& item = x_.media.at(*id);
  EXPECT_EQ(item.category, "tweet_video");
  ASSERT_EQ(item.segments.size(), 3u);
  size_t most = 0;
  for (const auto& [index, bytes] : item.segments) most = std::max(most, bytes.size());
  EXPECT_LE(most, size_t{2} << 20);
  std::string whole((5 << 20) + 17, '\0');
  std::ifstream(video.path, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(whole.size()));
  EXPECT_TRUE(item.Bytes() == whole) << "the chunks are not the file";
  EXPECT_EQ(x_.CountOf("GET /2/media/upload"), 2);
  EXPECT_EQ(clock_.BootTime(), absl::Hours(1) + absl::Seconds(10)) << "twice the 5 s that X asked for";
  EXPECT_FALSE(x_.exchanges[0].request.has_effect);
}

TEST_F(XConnectorTest, AGifIsItsOwnKind) {
  const auto id = Upload(File("a.gif", 10, "image/gif"));
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(x_.media.at(*id).category, "tweet_gif");
}

TEST_F(XConnectorTest, WhatXCannotProcessIsInvalid) {
  x_.processing_fails = true;
  EXPECT_EQ(ReasonOf(Upload(File("a.mp4", 100, "video/mp4")).status()), "MEDIA_REFUSED");
}

TEST_F(XConnectorTest, UploadsThatXNoLongerHasAreInvalid) {
  platform::PublishRequest request = Request();
  request.content.media.resize(1);
  request.media_handles = {"1879"};
  const auto out = connector_->Publish(request);
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, ErrorClass::kInvalidContent);
  EXPECT_NE(out.error.find("media IDs are invalid"), std::string::npos) << out.error;
}

TEST_F(XConnectorTest, AFileThatIsNotThere) {
  EXPECT_EQ(ReasonOf(Upload({.path = "/nowhere/a.png", .mime_type = "image/png"}).status()), "MEDIA_UNREADABLE");
  EXPECT_TRUE(x_.exchanges.empty());
}

TEST_F(XConnectorTest, Validate) {
  const platform::PlatformLimits limits = *connector_->Limits(access_, absl::Seconds(1));
  EXPECT_EQ(limits.text_characters_max, 280);
  EXPECT_EQ(limits.idempotency_window, absl::ZeroDuration());
  platform::PublishContent content;
  const auto reason = [&] { return ReasonOf(connector_->Validate(content, limits)); };
  const auto text = [&](std::string value, std::string link = "") {
    content.text = std::move(value);
    content.link = std::move(link);
    return reason();
  };
  EXPECT_EQ(text(""), "EMPTY_POST");
  EXPECT_EQ(text(" \n"), "EMPTY_POST");
  EXPECT_EQ(text(std::string(280, 'a')), "");
  EXPECT_EQ(text(std::string(281, 'a')), "TEXT_TOO_LONG");
  std::string wide;
  for (int i = 0; i < 140; ++i) wide += "鐘";
  EXPECT_EQ(text(wide), "");
  EXPECT_EQ(text(wide + "a"), "TEXT_TOO_LONG");
  const std::string url = "https://example.com/" + std::string(200, 'p');
  EXPECT_EQ(text(std::string(255, 'a'), url), "") << "a link counts 23";
  EXPECT_EQ(text(std::string(256, 'a'), url), "TEXT_TOO_LONG");
  EXPECT_EQ(text("$AAPL up"), "");
  EXPECT_EQ(text("$AAPL $MSFT up"), "TOO_MANY_CASHTAGS");
  EXPECT_EQ(text("\xff"), "INVALID_UTF8");
  EXPECT_EQ(text("a\xEF\xBF\xBE" "b"), "INVALID_UTF8");
  text("Hello");
  content.visibility = "unlisted";
  EXPECT_EQ(reason(), "NOT_OFFERED");
  content.visibility = "public";
  content.in_reply_to_remote_id = "at://did:plc:x";
  EXPECT_EQ(reason(), "BAD_REPLY_TARGET");
  content.in_reply_to_remote_id = "1880";
  EXPECT_EQ(reason(), "");
}

TEST_F(XConnectorTest, PublishSendsTheForms) {
  platform::PublishRequest request = Request("Which?");
  request.content.poll = platform::Poll{{"small", "large"}, false, false, absl::Hours(6)};
  request.content.reply_groups.emplace({platform::ReplyGroup::kMentioned});
  ASSERT_TRUE(connector_->Validate(request.content, LimitsOf(OwnFacts())).ok());
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  EXPECT_EQ(*platform::ParseJson(x_.exchanges.back().request.body), *platform::ParseJson(
      R"({"text":"Which?","poll":{"options":["small","large"],"duration_minutes":360},"reply_settings":"mentionedUsers"})"));
  for (const char* quoted : {"188", "https://x.com/ann/status/188", "https://mobile.twitter.com/ann/status/188?s=20",
                             "https://x.com/i/web/status/188/photo/1"}) {
    request = Request(fmt::format("See {}", x_.posts.size()));
    request.content.quoted_remote_id = quoted;
    EXPECT_EQ(connector_->Publish(request).kind, Kind::kPublished) << quoted;
    EXPECT_EQ((*platform::ParseJson(x_.exchanges.back().request.body))["quote_tweet_id"], "188") << quoted;
  }
}

TEST_F(XConnectorTest, AnOperatorsLimitsOfPolls) {
  platform::Facts facts = OwnFacts();
  ASSERT_TRUE(facts.Override(R"({"facts": {"poll.options_max": {"value": 2}}})", "x.json").ok());
  platform::PublishContent content;
  content.text = "Which?";
  content.poll = platform::Poll{{"1", "2", "3"}, false, false, absl::Hours(1)};
  EXPECT_TRUE(ValidateContent(content, LimitsOf(OwnFacts())).ok());
  EXPECT_EQ(ReasonOf(ValidateContent(content, LimitsOf(facts))), "BAD_POLL");
}

TEST_F(XConnectorTest, ValidateMedia) {
  platform::PlatformLimits limits = LimitsOf(OwnFacts());
  platform::PublishContent content;
  content.text = "Hello";
  const auto reason = [&](std::vector<platform::MediaItem> media) {
    content.media = std::move(media);
    return ReasonOf(connector_->Validate(content, limits));
  };
  const auto of = [](const char* type, int64_t bytes, size_t alt = 0) {
    return platform::MediaItem{.mime_type = type, .alt_text = std::string(alt, 'a'), .size_bytes = bytes};
  };
  const platform::MediaItem png = of("image/png", 100), gif = of("image/gif", 100), mp4 = of("video/mp4", 100);
  EXPECT_EQ(reason({png, png, png, png}), "");
  EXPECT_EQ(reason({png, png, png, png, png}), "TOO_MANY_MEDIA");
  EXPECT_EQ(reason({gif}), "");
  EXPECT_EQ(reason({mp4}), "");
  EXPECT_EQ(reason({png, gif}), "MEDIA_MIXED");
  EXPECT_EQ(reason({mp4, png}), "MEDIA_MIXED");
  EXPECT_EQ(reason({of("application/pdf", 100)}), "MEDIA_TYPE_UNSUPPORTED");
  EXPECT_EQ(reason({of("image/jpeg", 5 << 20, 1000)}), "");
  EXPECT_EQ(reason({of("image/jpeg", 1, 1001)}), "ALT_TOO_LONG");
  EXPECT_EQ(reason({of("image/jpeg", (5 << 20) + 1)}), "MEDIA_TOO_LARGE");
  EXPECT_EQ(reason({of("video/mp4", 512 << 20)}), "");
  EXPECT_EQ(reason({of("video/mp4", (512 << 20) + 1)}), "MEDIA_TOO_LARGE");
  EXPECT_EQ(reason({of("image/gif", 15 << 20)}), "") << "a GIF has a limit of its own";
  EXPECT_EQ(reason({of("image/gif", (15 << 20) + 1)}), "MEDIA_TOO_LARGE");
  content.text.clear();
  EXPECT_EQ(reason({png}), "") << "a picture is enough";
}

// What an account's limits do not hold is left to the connector, which has the operator's facts.
TEST_F(XConnectorTest, AtTheDoor) {
  const platform::PlatformLimits limits = LimitsOf(OwnFacts());
  platform::PublishContent content;
  content.text = "$AAPL $MSFT up";
  EXPECT_TRUE(ValidateContent(content, limits).ok());
  EXPECT_EQ(ReasonOf(ValidateByFacts(content, OwnFacts())), "TOO_MANY_CASHTAGS");
  platform::Facts facts = OwnFacts();
  ASSERT_TRUE(facts.Override(R"({"facts": {"text.cashtags_max": {"value": 2}}})", "x.json").ok());
  EXPECT_TRUE(ValidateByFacts(content, facts).ok());
}

TEST_F(XConnectorTest, WhatCanBeASecret) {
  EXPECT_TRUE(connector_->CheckSecret("AAAA").ok());
  EXPECT_TRUE(connector_->CheckSecret(R"({"access_token": "a", "refresh_token": "r", "client_id": "c"})").ok());
  EXPECT_EQ(ReasonOf(connector_->CheckSecret("two words")), "BAD_TOKEN_SHAPE");
  EXPECT_EQ(ReasonOf(connector_->CheckSecret(R"({"access_token": "a", "refresh_token": "r"})")), "BAD_TOKEN");
}

// X charges for each post, and far more for one with a URL: prices of docs.x.com.
TEST_F(XConnectorTest, APostWithAUrlCostsMore) {
  platform::PublishContent content;
  content.text = "Spring is here";
  const auto plain = connector_->PriceOf(content);
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->micros, 15'000);
  EXPECT_EQ(plain->currency, "USD");
  content.text = "Spring is here: trailkin.example.com/spring";
  EXPECT_EQ(connector_->PriceOf(content)->micros, 200'000) << "also without a scheme: X makes it a link";
  content.text = "Spring is here";
  content.link = "https://trailkin.example.com/spring";
  EXPECT_EQ(connector_->PriceOf(content)->micros, 200'000);
}

}  // namespace
}  // namespace carillon::x
