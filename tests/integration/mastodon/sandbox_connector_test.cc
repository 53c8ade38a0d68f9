// What the connector tells of each fault of the sandbox, and what the sandbox's record says was accepted.
#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/http/client.h"
#include "common/platform/error_class.h"
#include "common/platform/mastodon/connector.h"
#include "common/platform/mastodon/facts.h"
#include "tests/support/sandbox_process.h"
#include "tests/support/upload.h"

namespace carillon::mastodon {
namespace {

using carillon::testing::SandboxProcess;
using carillon::testing::WaitUntil;
using nlohmann::json;
using Kind = platform::PublishOutcome::Kind;
using Found = platform::LookupOutcome::Kind;

class SandboxConnector : public ::testing::Test {
 protected:
  // One program for all tests; each takes an account of its own, so that they do not see each other's posts.
  static void SetUpTestSuite() {
    auto started = SandboxProcess::Start(json::array(), {"--engagement-scale", "0", "--media-processing-ms", "50"});
    ASSERT_TRUE(started.ok()) << started.status();
    sandbox_ = std::move(*started);
  }
  static void TearDownTestSuite() { sandbox_.reset(); }

  void SetUp() override {
    ASSERT_NE(sandbox_, nullptr);
    username_ = "brand_" + RandomText().substr(0, 12);
    access_.access_token = RandomText();
    access_.base_url = sandbox_->url();
    const json account = sandbox_->AdminPost(
        "/admin/accounts", {{"username", username_}, {"token", access_.access_token}, {"history_weeks", 0}});
    access_.remote_account_id = account["id"];
  }

  platform::PublishRequest Request(std::string text, absl::Duration timeout = absl::Seconds(20)) {
    platform::PublishRequest request;
    request.access = access_;
    request.content.text = std::move(text);
    request.idempotency_key = RandomText();
    request.timeout = timeout;
    return request;
  }
  platform::PublishOutcome Publish(const std::string& text) { return connector_->Publish(Request(text)); }
  platform::LookupOutcome LookUp(const platform::PublishRequest& request, std::vector<std::string> known = {}) {
    platform::LookupRequest lookup;
    lookup.access = access_;
    lookup.content = request.content;
    lookup.since = began_;
    lookup.known_remote_ids = std::move(known);
    lookup.timeout = absl::Seconds(20);
    return connector_->Lookup(lookup);
  }
  void Fault(json fault) {
    fault["account"] = username_;
    sandbox_->AddFault(fault);
  }
  std::vector<json> Accepted() {
    std::vector<json> out;
    for (const json& post : sandbox_->AcceptedPosts()) {
      if (post["account"] == username_) out.push_back(post);
    }
    return out;
  }
  // The fault is unknown to the connector, was accepted once, and is found.
  void ExpectUnknownButFound(const std::string& text) {
    const platform::PublishRequest request = Request(text);
    EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
    ASSERT_EQ(Accepted().size(), 1u);
    const platform::LookupOutcome found = LookUp(request);
    EXPECT_EQ(found.kind, Found::kFound) << found.error;
    EXPECT_EQ(found.remote_id, Accepted()[0]["id"]);
  }

  static std::unique_ptr<SandboxProcess> sandbox_;
  SystemClock clock_;
  const absl::Time began_ = clock_.Now();
  const std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(*client_, clock_, OwnFacts());
  std::string username_;
  platform::AccountAccess access_{.account_id = "acct_x"};
};
std::unique_ptr<SandboxProcess> SandboxConnector::sandbox_;

TEST_F(SandboxConnector, VerifyAndLimits) {
  const auto info = connector_->Verify(access_, absl::Seconds(10));
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->remote_account_id, access_.remote_account_id);
  EXPECT_TRUE(info->username.starts_with(username_ + "@")) << info->username;
  const auto limits = connector_->Limits(access_, absl::Seconds(10));
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->text_characters_max, 500);
  EXPECT_EQ(limits->idempotency_window, absl::ZeroDuration()) << "the sandbox is not plain Mastodon";
  EXPECT_EQ(limits->poll_options_max, 4);
  EXPECT_TRUE(limits->quotes);
  platform::AccountAccess wrong = access_;
  wrong.access_token = "no-such-token";
  EXPECT_EQ(platform::ErrorClassOf(connector_->Verify(wrong, absl::Seconds(10)).status()), platform::ErrorClass::kAuth);
}

// Each form whose answer is lost is there as it was meant, and is found.
TEST_F(SandboxConnector, Forms) {
  const auto lose = [this](const platform::PublishContent& content) -> json {
    Fault({{"kind", "drop_after_accept"}, {"count", 1}});
    platform::PublishRequest request = Request("");
    request.content = content;
    EXPECT_TRUE(connector_->Validate(content, *connector_->Limits(access_, absl::Seconds(10))).ok());
    EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
    const platform::LookupOutcome found = LookUp(request);
    EXPECT_EQ(found.kind, Found::kFound) << content.text << found.error;
    const std::vector<json> accepted = Accepted();
    if (accepted.empty() || accepted.back()["id"] != found.remote_id) ADD_FAILURE() << content.text;
    return accepted.empty() ? json() : accepted.back();
  };
  platform::PublishContent poll{.text = "Which?", .visibility = "private", .content_warning = "Bells & whistles"};
  poll.poll = platform::Poll{{"small", "large"}, true, true, absl::Hours(6)};
  const json asked = lose(poll);
  EXPECT_EQ(asked["poll"], (json{{"options", {"small", "large"}}, {"expires_in", 21600}, {"multiple", true}, {"hide_totals", true}}));
  EXPECT_EQ(asked["visibility"], "private");
  EXPECT_EQ(asked["spoiler_text"], "Bells & whistles");
  platform::PublishContent quote{.text = "So many"};
  quote.quoted_remote_id = asked["id"];
  const json quoting = lose(quote);
  EXPECT_EQ(quoting["quoted"], asked["id"]);
  EXPECT_EQ(quoting["visibility"], "private") << "as what it quotes";
  const json hidden = lose({.text = "Hush", .visibility = "direct", .content_labels = {"graphic-media"}});
  EXPECT_EQ(hidden["sensitive"], true);
  EXPECT_EQ(hidden["visibility"], "direct");
}

TEST_F(SandboxConnector, WhatIsPublishedIsWhatWasMeant) {
  carillon::testing::TempDir folder;
  const std::string png = folder.Write("a.png", "\x89PNG\r\n\x1a\n not much of a picture");
  platform::PublishRequest request = Request("Grüße 👩‍👩‍👧 & <b>你好</b>\n\nzweiter Absatz #Glocken @nobody@far.example");
  request.content.link = "https://example.com/a/very/long/path/that/is/shortened?x=1&y=2";
  request.content.media = {{.path = png, .mime_type = "image/png", .alt_text = "eine Glocke"}};
  const auto limits = connector_->Limits(access_, absl::Seconds(10));
  ASSERT_TRUE(connector_->Validate(request.content, *limits).ok());
  const auto media = carillon::testing::Upload(*connector_, access_, request.content.media[0], absl::Seconds(20));
  ASSERT_TRUE(media.ok()) << media.status();
  request.media_handles = {*media};
  const platform::PublishOutcome out = connector_->Publish(request);
  ASSERT_EQ(out.kind, Kind::kPublished) << out.error;
  const auto accepted = Accepted();
  ASSERT_EQ(accepted.size(), 1u);
  EXPECT_EQ(accepted[0]["id"], out.remote_id);
  EXPECT_EQ(accepted[0]["text"], request.content.text + "\n\n" + request.content.link);
  EXPECT_EQ(accepted[0]["idempotency_key"], request.idempotency_key);
  ASSERT_EQ(accepted[0]["media"].size(), 1u);
  EXPECT_EQ(accepted[0]["media"][0]["description"], "eine Glocke");
  // The HTML that comes back is the text that went out.
  const platform::LookupOutcome found = LookUp(request);
  EXPECT_EQ(found.kind, Found::kFound) << found.error;
  EXPECT_EQ(found.remote_id, out.remote_id);
  EXPECT_EQ(LookUp(request, {out.remote_id}).kind, Found::kAbsent);
}

TEST_F(SandboxConnector, CountsTheTextAsTheServerDoes) {
  const std::string family = "👩‍👩‍👧";
  std::string longest;
  for (int i = 0; i < 400; ++i) longest += family;
  longest += std::string(53, 'a') + " https://example.com/" + std::string(300, 'b') + " @nobody@far.example 1234567890";
  longest += " 123";  // 400 + 53 + 1 + 23 + 1 + 7 + 1 + 10 + 1 + 3 is 500
  const auto limits = connector_->Limits(access_, absl::Seconds(10));
  EXPECT_TRUE(connector_->Validate({.text = longest}, *limits).ok());
  EXPECT_EQ(Publish(longest).kind, Kind::kPublished);
  EXPECT_EQ(ReasonOf(connector_->Validate({.text = longest + "x"}, *limits)), "TEXT_TOO_LONG");
  const platform::PublishOutcome refused = Publish(longest + "x");
  EXPECT_EQ(refused.kind, Kind::kRefused);
  EXPECT_EQ(refused.error_class, platform::ErrorClass::kInvalidContent);
}

TEST_F(SandboxConnector, DropAfterAccept) {
  Fault({{"kind", "drop_after_accept"}});
  ExpectUnknownButFound("dropped");
}

TEST_F(SandboxConnector, ErrorAfter) {
  Fault({{"kind", "error_after"}});
  ExpectUnknownButFound("error after");
}

TEST_F(SandboxConnector, TheSameKeyIsOnePost) {
  Fault({{"kind", "drop_after_accept"}});
  const platform::PublishRequest request = Request("same key");
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
  const platform::PublishOutcome again = connector_->Publish(request);
  EXPECT_EQ(again.kind, Kind::kPublished);
  ASSERT_EQ(Accepted().size(), 1u);
  EXPECT_EQ(again.remote_id, Accepted()[0]["id"]);
}

TEST_F(SandboxConnector, AServerThatIgnoresTheKeyMakesTwoAndLookUpSaysSo) {
  Fault({{"kind", "ignore_idempotency_key"}, {"count", -1}});
  Fault({{"kind", "drop_after_accept"}});
  const platform::PublishRequest request = Request("ignored key");
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
  EXPECT_EQ(LookUp(request).kind, Found::kFound) << "which is why look-up comes before any second try";
  const platform::PublishOutcome again = connector_->Publish(request);
  EXPECT_EQ(again.kind, Kind::kPublished);
  EXPECT_EQ(Accepted().size(), 2u);
  EXPECT_EQ(LookUp(request).kind, Found::kAmbiguous);
  EXPECT_EQ(LookUp(request, {again.remote_id}).kind, Found::kFound);
}

TEST_F(SandboxConnector, AcceptLateIsAbsentFirst) {
  Fault({{"kind", "accept_late"}, {"delay_ms", 700}, {"close", true}});
  const platform::PublishRequest request = Request("late");
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
  EXPECT_EQ(LookUp(request).kind, Found::kAbsent) << "absent too early proves nothing: the settling time is the caller's";
  ASSERT_TRUE(WaitUntil([&] { return Accepted().size() == 1; }));
  EXPECT_EQ(LookUp(request).kind, Found::kFound);
}

TEST_F(SandboxConnector, CloseReusedHasOneEffect) {
  Fault({{"kind", "close_reused"}, {"count", -1}});
  // Connections that a careless client would take again.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(connector_->Verify(access_, absl::Seconds(10)).ok());
  EXPECT_EQ(Publish("first").kind, Kind::kPublished);
  ASSERT_TRUE(connector_->Verify(access_, absl::Seconds(10)).ok());
  EXPECT_EQ(Publish("second").kind, Kind::kPublished);
  EXPECT_EQ(Accepted().size(), 2u);
}

TEST_F(SandboxConnector, RateLimit) {
  Fault({{"kind", "rate_limit"}, {"reset_s", 90}});
  const platform::PublishOutcome out = Publish("limited");
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kRateLimited);
  ASSERT_TRUE(out.retry_at);
  EXPECT_GT(*out.retry_at, clock_.Now() + absl::Seconds(60));
  EXPECT_LT(*out.retry_at, clock_.Now() + absl::Seconds(100));
  EXPECT_EQ(out.limit_remaining, 0);
  EXPECT_TRUE(Accepted().empty());
}

TEST_F(SandboxConnector, ErrorBefore) {
  Fault({{"kind", "error_before"}});
  const platform::PublishRequest request = Request("error before");
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
  EXPECT_EQ(LookUp(request).kind, Found::kAbsent);
  EXPECT_TRUE(Accepted().empty());
}

TEST_F(SandboxConnector, Unauthorized) {
  Fault({{"kind", "unauthorized"}});
  const platform::PublishOutcome out = Publish("revoked");
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kAuth);
  EXPECT_EQ(out.error.find(access_.access_token), std::string::npos);
}

TEST_F(SandboxConnector, Slow) {
  Fault({{"kind", "slow"}, {"delay_ms", 300}, {"count", 2}});
  EXPECT_EQ(Publish("slow but in time").kind, Kind::kPublished);
  const platform::PublishRequest request = Request("too slow", absl::Milliseconds(100));
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
  ASSERT_TRUE(WaitUntil([&] { return Accepted().size() == 2; }));
  EXPECT_EQ(LookUp(request).kind, Found::kFound);
}

TEST_F(SandboxConnector, LookupDown) {
  const platform::PublishRequest request = Request("not to be seen");
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  Fault({{"kind", "lookup_down"}});
  EXPECT_EQ(LookUp(request).kind, Found::kUnavailable);
  EXPECT_EQ(LookUp(request).kind, Found::kFound);
}

TEST_F(SandboxConnector, Replies) {
  const platform::PublishOutcome post = Publish("a question");
  platform::PublishRequest reply = Request("an answer");
  reply.content.in_reply_to_remote_id = post.remote_id;
  ASSERT_EQ(connector_->Publish(reply).kind, Kind::kPublished);
  EXPECT_EQ(Accepted().back()["in_reply_to"], post.remote_id);
  EXPECT_EQ(LookUp(reply).kind, Found::kFound);
  platform::PublishRequest to_nothing = Request("an answer to nothing");
  to_nothing.content.in_reply_to_remote_id = "99999999";
  const platform::PublishOutcome refused = connector_->Publish(to_nothing);
  EXPECT_EQ(refused.kind, Kind::kRefused) << refused.error;
  EXPECT_EQ(refused.error_class, platform::ErrorClass::kPermanent);
}

}  // namespace
}  // namespace carillon::mastodon
