// What each connector does to a post that is out there, with each fault of the sandbox: however often it is repeated after a lost answer, it is so
// afterwards, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/http/client.h"
#include "common/platform/registry.h"
#include "tests/support/sandbox_process.h"

namespace carillon::platform {
namespace {

using carillon::testing::SandboxProcess;
using carillon::testing::WaitUntil;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = PublishOutcome::Kind;

class Actions : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    auto started = SandboxProcess::Start(json::array(), {"--engagement-scale", "0", "--x-enterprise"});
    ASSERT_TRUE(started.ok()) << started.status();
    sandbox_ = std::move(*started);
  }
  static void TearDownTestSuite() { sandbox_.reset(); }

  void SetUp() override {
    ASSERT_NE(sandbox_, nullptr);
    platform_ = GetParam();
    const bool on_bluesky = platform_ == "bluesky", on_x = platform_ == "x";
    username_ = on_x ? "b" + RandomText().substr(0, 12) : "brand-" + RandomText().substr(0, 12) + (on_bluesky ? ".test" : "");
    if (!on_bluesky) std::replace(username_.begin(), username_.end(), '-', '_');
    const std::string token = RandomText();
    sandbox_->AdminPost("/admin/accounts", {{"username", username_}, {"token", token}, {"platform", platform_}, {"history_weeks", 0}});
    access_.base_url = on_bluesky ? sandbox_->bluesky_url() : on_x ? sandbox_->x_url() : sandbox_->url();
    access_.access_token = on_bluesky ? username_ + " " + token : token;
    auto registry = Registry::MakeAll(*client_, clock_);
    ASSERT_TRUE(registry.ok()) << registry.status();
    registry_ = std::make_unique<Registry>(*std::move(registry));
    connector_ = *registry_->FindConnector(platform_);
    const auto info = connector_->Verify(access_, absl::Seconds(20));
    ASSERT_TRUE(info.ok()) << info.status();
    access_.remote_account_id = info->remote_account_id;
    if (!info->secret.empty()) access_.access_token = info->secret;
    post_ = Publish("The bells of " + RandomText());
  }

  std::string Publish(const std::string& text) {
    PublishRequest request;
    request.access = access_;
    request.content.text = text;
    request.idempotency_key = RandomText();
    request.first_sent_at = clock_.Now();
    request.timeout = absl::Seconds(20);
    request.may_send = [] { return true; };
    const PublishOutcome outcome = connector_->Publish(request);
    EXPECT_EQ(outcome.kind, Kind::kPublished) << outcome.error;
    return outcome.remote_id;
  }
  PublishOutcome Act(Action action, const std::string& post, const std::string& text = "") {
    ActRequest request;
    request.access = access_;
    request.action = action;
    request.target_remote_id = post;
    request.content.text = text;
    request.first_sent_at = began_;
    request.timeout = absl::Seconds(20);
    request.may_send = [this] { return may_send_; };
    return connector_->Act(request);
  }
  Kind Ends(Action action, const std::string& post, const std::string& text = "") {
    const PublishOutcome outcome = Act(action, post, text);
    if (outcome.kind != Kind::kPublished) last_error_ = outcome.error;
    return outcome.kind;
  }
  void Fault(json fault) {
    fault["account"] = username_;
    fault["platform"] = platform_;
    fault["step"] = "act";
    sandbox_->AddFault(fault);
  }
  // What took effect, in order.
  std::vector<std::string> Done() {
    std::vector<std::string> out;
    const json said = sandbox_->AdminGet("/admin/actions");
    for (const json& one : said["actions"]) {
      if (one["account"] == username_) out.push_back(one["action"]);
    }
    return out;
  }
  json Truth() {
    for (const json& post : sandbox_->AcceptedPosts()) {
      if (post["id"] == post_) return post;
    }
    ADD_FAILURE() << post_ << " was never accepted";
    return json::object();
  }
  int Count(const char* what) {
    const json said = sandbox_->AdminGet("/admin/engagement?platform=" + platform_ + "&limit=1000");
    for (const json& post : said["posts"]) {
      if (post["id"] == post_) return post[what];
    }
    return -1;
  }
  // By somebody else, below the post.
  std::string Reply() {
    return sandbox_->AdminPost("/admin/engage", {{"post", post_}, {"platform", platform_}, {"replies", 1}})["replies"][0];
  }

  static std::unique_ptr<SandboxProcess> sandbox_;
  SystemClock clock_;
  const absl::Time began_ = clock_.Now();
  const std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  std::unique_ptr<Registry> registry_;
  Connector* connector_ = nullptr;
  std::string platform_, username_, post_, last_error_;
  AccountAccess access_{.account_id = "acct_x"};
  bool may_send_ = true;
};
std::unique_ptr<SandboxProcess> Actions::sandbox_;

TEST_P(Actions, ADeletedPostIsGoneAndOnceMoreIsTheSame) {
  EXPECT_EQ(Ends(Action::kDelete, post_), Kind::kPublished) << last_error_;
  EXPECT_TRUE(Truth()["deleted"]);
  EXPECT_EQ(Ends(Action::kDelete, post_), Kind::kPublished) << last_error_;
}

TEST_P(Actions, ALikeIsOneHoweverOftenAndIsTakenBack) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Ends(Action::kLike, post_), Kind::kPublished) << last_error_;
    EXPECT_EQ(Count("favourites"), 1);
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Ends(Action::kUnlike, post_), Kind::kPublished) << last_error_;
    EXPECT_EQ(Count("favourites"), 0);
  }
  EXPECT_EQ(Ends(Action::kLike, post_), Kind::kPublished) << last_error_;
  EXPECT_EQ(Count("favourites"), 1);
}

TEST_P(Actions, ARepostIsOneHoweverOftenAndIsTakenBack) {
  const std::string reply = Reply();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Ends(Action::kRepost, post_), Kind::kPublished) << last_error_;
    EXPECT_EQ(Count("reblogs"), 1);
  }
  EXPECT_EQ(Ends(Action::kUnrepost, post_), Kind::kPublished) << last_error_;
  EXPECT_EQ(Count("reblogs"), 0);
  EXPECT_EQ(Ends(Action::kUnrepost, post_), Kind::kPublished) << last_error_;
  EXPECT_EQ(Ends(Action::kRepost, reply), Kind::kPublished) << last_error_;
}

TEST_P(Actions, WhatSomebodyElseWroteIsHiddenWhereThePlatformOffersIt) {
  const std::string reply = Reply();
  if (platform_ == "mastodon") {
    EXPECT_EQ(Act(Action::kHide, reply).error_class, ErrorClass::kPermanent);
    EXPECT_THAT(Done(), IsEmpty());
    return;
  }
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(Ends(Action::kHide, reply), Kind::kPublished) << last_error_;
  }
  const std::string second = Reply();
  ASSERT_EQ(Ends(Action::kHide, second), Kind::kPublished) << last_error_;
  ASSERT_EQ(Ends(Action::kUnhide, reply), Kind::kPublished) << last_error_;
  if (platform_ == "bluesky") {
    const json actions = sandbox_->AdminGet("/admin/actions")["actions"];
    std::vector<std::string> gates;
    for (const json& one : actions) {
      if (one["account"] == username_) gates.push_back(json::parse(one["detail"].get<std::string>())["hiddenReplies"].dump());
    }
    EXPECT_THAT(gates, ElementsAre(json::array({reply}).dump(), json::array({reply, second}).dump(), json::array({second}).dump()))
        << "a repeat changes nothing, and what else was hidden stays so";
  } else {
    EXPECT_THAT(Done(), ElementsAre("hide", "hide", "hide", "unhide"));
  }
}

TEST_P(Actions, AnEditSaysWhatItShouldWhereThePlatformOffersIt) {
  const Kind end = Ends(Action::kEdit, post_, "Corrected");
  if (platform_ == "bluesky") {
    EXPECT_EQ(end, Kind::kRefused);
    return;
  }
  EXPECT_EQ(end, Kind::kPublished) << last_error_;
  EXPECT_EQ(Truth()["text"], "Corrected");
  EXPECT_EQ(Ends(Action::kEdit, post_, "Corrected"), Kind::kPublished) << last_error_;
}

TEST_P(Actions, ALostAnswerIsUnknownAndTheRepeatIsTheSame) {
  for (const char* fault : {"drop_after_accept", "error_after"}) {
    Fault({{"kind", fault}});
    EXPECT_EQ(Ends(Action::kLike, post_), Kind::kUnknown);
    EXPECT_EQ(Count("favourites"), 1);
    EXPECT_EQ(Ends(Action::kLike, post_), Kind::kPublished) << last_error_;
    EXPECT_EQ(Count("favourites"), 1);
    Fault({{"kind", fault}});
    EXPECT_EQ(Ends(Action::kUnlike, post_), Kind::kUnknown);
    EXPECT_EQ(Ends(Action::kUnlike, post_), Kind::kPublished) << last_error_;
    EXPECT_EQ(Count("favourites"), 0);
  }
  Fault({{"kind", "drop_after_accept"}});
  EXPECT_EQ(Ends(Action::kDelete, post_), Kind::kUnknown);
  EXPECT_TRUE(Truth()["deleted"]);
  EXPECT_EQ(Ends(Action::kDelete, post_), Kind::kPublished) << last_error_;
}

TEST_P(Actions, ALostRequestIsUnknownAndTheRepeatDoesIt) {
  Fault({{"kind", "error_before"}});
  EXPECT_EQ(Ends(Action::kDelete, post_), Kind::kUnknown);
  EXPECT_FALSE(Truth()["deleted"]);
  EXPECT_EQ(Ends(Action::kDelete, post_), Kind::kPublished) << last_error_;
  EXPECT_TRUE(Truth()["deleted"]);
}

TEST_P(Actions, ALateRequestAfterTheRepeatChangesNothing) {
  Fault({{"kind", "accept_late"}, {"delay_ms", 300}, {"close", true}});
  EXPECT_EQ(Ends(Action::kLike, post_), Kind::kUnknown);
  EXPECT_EQ(Ends(Action::kLike, post_), Kind::kPublished) << last_error_;
  ASSERT_TRUE(WaitUntil([&] { return Done().size() == 2; }));
  EXPECT_EQ(Count("favourites"), 1);
  Fault({{"kind", "accept_late"}, {"delay_ms", 300}, {"close", true}});
  EXPECT_EQ(Ends(Action::kDelete, post_), Kind::kUnknown);
  EXPECT_EQ(Ends(Action::kDelete, post_), Kind::kPublished) << last_error_;
  EXPECT_TRUE(Truth()["deleted"]);
}

TEST_P(Actions, ALimitARefusalAndATokenThatIsOver) {
  Fault({{"kind", "rate_limit"}, {"reset_s", 90}});
  const PublishOutcome limited = Act(Action::kLike, post_);
  EXPECT_EQ(limited.kind, Kind::kRefused);
  EXPECT_EQ(limited.error_class, ErrorClass::kRateLimited);
  ASSERT_TRUE(limited.retry_at.has_value());
  EXPECT_GT(*limited.retry_at, clock_.Now() + absl::Seconds(60));
  Fault({{"kind", "unauthorized"}});
  EXPECT_EQ(Act(Action::kLike, post_).error_class, ErrorClass::kAuth);
  Fault({{"kind", "refuse"}});
  EXPECT_EQ(Act(Action::kLike, post_).kind, Kind::kRefused);
  may_send_ = false;
  EXPECT_EQ(Act(Action::kLike, post_).kind, Kind::kNotSent);
  EXPECT_THAT(Done(), IsEmpty());
  EXPECT_EQ(Count("favourites"), 0);
}

TEST_P(Actions, APostThatIsGoneIsNotLikedAndNothingOfItIsLeftToTakeBack) {
  ASSERT_EQ(Ends(Action::kDelete, post_), Kind::kPublished);
  EXPECT_EQ(Ends(Action::kLike, post_), Kind::kRefused);
  EXPECT_NE(Ends(Action::kUnlike, post_), Kind::kUnknown);
}

INSTANTIATE_TEST_SUITE_P(Platforms, Actions, ::testing::Values("mastodon", "bluesky", "x"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace carillon::platform
