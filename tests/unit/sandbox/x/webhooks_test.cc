// Webhooks: an address that answers the challenge is registered, and is told, signed, what happens to who is subscribed.
#include <mutex>

#include "common/base/hmac.h"
#include "common/http/server.h"
#include "x/fixture.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

constexpr char kSecret[] = "the consumer secret";

class XWebhooks : public XFixture {
 protected:
  void SetUp() override {
    XFixture::SetUp();
    auto started = http::HttpServer::Start({}, [this](const http::ServerRequest& request) { return Take(request); });
    ASSERT_TRUE(started.ok()) << ToString(started.status());
    receiver_ = *std::move(started);
    url_ = "http://" + receiver_->address() + "/hook";
    app_ = AppToken("key", kSecret);
  }
  void TearDown() override { receiver_->Stop(); }

  http::ServerResponse Take(const http::ServerRequest& request) {
    std::lock_guard lock(mutex_);
    http::ServerResponse response;
    const auto sign = [](const std::string& text) { return "sha256=" + Base64(HmacSha256(kSecret, text)); };
    if (request.method == "GET") {
      response.body = json{{"response_token", answers_ ? sign(request.Query("crc_token")) : "sha256=no"}}.dump();
    } else if (refuse_ > 0) {
      --refuse_;
      response.status = 503;
    } else {
      EXPECT_EQ(request.Header("x-twitter-webhooks-signature"), sign(request.body));
      taken_.push_back(json::parse(request.body));
    }
    return response;
  }
  std::string AppToken(const std::string& key, const std::string& secret) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = sandbox_->url("x") + "/oauth2/token";
    request.headers["Authorization"] = "Basic " + Base64(http::EncodeComponent(key) + ":" + http::EncodeComponent(secret));
    request.form = {{"grant_type", "client_credentials"}};
    return BodyOf(client_->Send(request))["access_token"];
  }
  http::HttpOutcome Register(const std::string& url) { return Send("POST", "/2/webhooks", {{"url", url}}, app_); }
  std::string Registered() { return BodyOf(Register(url_))["data"]["id"]; }
  std::string Subscriptions(const std::string& hook) { return "/2/account_activity/webhooks/" + hook + "/subscriptions/"; }
  json Listed(const std::string& hook) { return BodyOf(Send("GET", Subscriptions(hook) + "all/list", nullptr, app_))["data"]["subscriptions"]; }
  // The first event of that kind that came.
  json Told(const std::string& kind) {
    std::lock_guard lock(mutex_);
    for (const json& body : taken_) {
      if (body.contains(kind)) return body;
    }
    return nullptr;
  }
  json Await(const std::string& kind) {
    EXPECT_TRUE(Eventually([&] { return !Told(kind).is_null(); })) << kind;
    return Told(kind);
  }

  std::mutex mutex_;
  bool answers_ = true;
  int refuse_ = 0;
  std::vector<json> taken_;
  std::unique_ptr<http::HttpServer> receiver_;
  std::string url_, app_;
};

TEST_F(XWebhooks, AnAddressThatAnswersIsRegisteredOnce) {
  const json made = BodyOf(Register(url_))["data"];
  EXPECT_EQ(made["url"], url_);
  EXPECT_EQ(made["valid"], true);
  EXPECT_TRUE(Said(Register(url_)).starts_with("400 DuplicateUrlFailed"));
  EXPECT_TRUE(Said(Register("http://carillon.example/hook")).starts_with("400 UrlValidationFailed"));
  EXPECT_TRUE(Said(Register("https://carillon.example:8443/hook")).starts_with("400 UrlValidationFailed"));
  EXPECT_EQ(BodyOf(Send("GET", "/2/webhooks", nullptr, app_))["data"].size(), 1U);
  EXPECT_EQ(BodyOf(Send("GET", "/2/webhooks", nullptr, AppToken("another", "s")))["data"].size(), 0U) << "each app has its own";
  EXPECT_EQ(Said(Send("GET", "/2/webhooks")).substr(0, 3), "403") << "an account's token is no app's";
  const std::string id = made["id"];
  EXPECT_EQ(Said(Send("DELETE", "/2/webhooks/" + id, nullptr, AppToken("another", "s"))).substr(0, 3), "400");
  EXPECT_EQ(BodyOf(Send("DELETE", "/2/webhooks/" + id, nullptr, app_))["data"]["deleted"], true);
  EXPECT_EQ(BodyOf(Send("GET", "/2/webhooks", nullptr, app_))["data"].size(), 0U);
}

TEST_F(XWebhooks, OneThatDoesNotAnswerIsNot) {
  answers_ = false;
  EXPECT_TRUE(Said(Register(url_)).starts_with("400 CrcValidationFailed"));
  answers_ = true;
  const std::string id = Registered();
  answers_ = false;
  EXPECT_TRUE(Said(Send("PUT", "/2/webhooks/" + id, nullptr, app_)).starts_with("400 CrcValidationFailed"));
  EXPECT_EQ(BodyOf(Send("GET", "/2/webhooks", nullptr, app_))["data"][0]["valid"], false);
  answers_ = true;
  EXPECT_EQ(BodyOf(Send("PUT", "/2/webhooks/" + id, nullptr, app_))["data"]["valid"], true);
}

TEST_F(XWebhooks, AccountsSubscribeThemselves) {
  const std::string id = Registered();
  EXPECT_EQ(BodyOf(Send("POST", Subscriptions(id) + "all", json::object()))["data"]["subscribed"], true);
  EXPECT_TRUE(Said(Send("POST", Subscriptions(id) + "all", json::object())).starts_with("400 DuplicateSubscriptionFailed"));
  EXPECT_EQ(Listed(id), (json::array({{{"user_id", one_}}})));
  EXPECT_EQ(Get(Subscriptions(id) + "all")["data"]["subscribed"], true);
  EXPECT_EQ(BodyOf(Send("DELETE", Subscriptions(id) + one_ + "/all", nullptr, app_))["data"]["subscribed"], false);
  EXPECT_TRUE(Said(Send("DELETE", Subscriptions(id) + one_ + "/all", nullptr, app_)).starts_with("400 SubscriptionNotFound"));
  EXPECT_EQ(Listed(id).size(), 0U);
  EXPECT_TRUE(Said(Send("POST", Subscriptions("12") + "all", json::object())).starts_with("400 WebhookIdInvalid"));
}

TEST_F(XWebhooks, WhatHappensToASubscribedAccountIsPushed) {
  const std::string id = Registered();
  ASSERT_EQ(Said(Send("POST", Subscriptions(id) + "all", json::object())), "200");
  refuse_ = 1;  // it is delivered again
  const std::string post = Posted("@one how much is it?", "token-two");
  const json told = Await("tweet_create_events");
  EXPECT_EQ(told["for_user_id"], one_);
  EXPECT_EQ(told["tweet_create_events"][0]["id_str"], post);
  EXPECT_EQ(told["tweet_create_events"][0]["user"]["id_str"], two_);
  const std::string own = Posted("Bells");
  Admin("POST", "/admin/engage", {{"platform", "x"}, {"post", own}, {"favourites", 1}});
  Admin("POST", "/admin/engage", {{"platform", "x"}, {"account", "one"}, {"follows", 1}, {"messages", 1}, {"texts", {"Hello"}}});
  EXPECT_EQ(Await("favorite_events")["favorite_events"][0]["favorited_status"]["id_str"], own);
  EXPECT_EQ(Await("follow_events")["follow_events"][0]["target"]["id_str"], one_);
  EXPECT_EQ(Await("direct_message_events")["direct_message_events"][0]["message_create"]["target"]["recipient_id"], one_);
  Posted("nothing of it", "token-two");
  Posted("@one the end", "token-two");
  EXPECT_TRUE(Eventually([&] {
    std::lock_guard lock(mutex_);
    return !taken_.empty() && taken_.back().dump().find("the end") != std::string::npos;
  }));
  std::lock_guard lock(mutex_);
  for (const json& body : taken_) EXPECT_EQ(body.dump().find("nothing of it"), std::string::npos);
}

}  // namespace
}  // namespace carillon::sandbox::x
