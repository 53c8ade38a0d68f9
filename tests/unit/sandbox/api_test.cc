#include <set>

#include "sandbox_fixture.h"

namespace carillon::sandbox {
namespace {

using nlohmann::json;
using ApiTest = SandboxFixture;

TEST_F(ApiTest, FormsMultipartAndJsonAreOne) {
  http::HttpRequest request;
  request.method = "POST";
  request.url = sandbox_->url() + "/api/v1/statuses";
  request.headers["Authorization"] = "Bearer token-one";
  request.multipart = {{.name = "status", .value = "by multipart"},
                       {.name = "visibility", .value = "unlisted"}};
  EXPECT_EQ(BodyOf(client_->Send(request))["visibility"], "unlisted");
  request.multipart.clear();
  request.content_type = "application/json";
  request.body = R"({"status":"by JSON","sensitive":true,"media_ids":[]})";
  EXPECT_EQ(BodyOf(client_->Send(request))["sensitive"], true);
  request.body = R"({"status":)";
  EXPECT_EQ(client_->Send(request).response->status, 400);
  EXPECT_EQ(BodyOf(Send("POST", "/api/v1/statuses", {{"status", "by form"}}))["content"],
            "<p>by form</p>");
}

TEST_F(ApiTest, RefusalsSayWhat) {
  EXPECT_EQ(Post("a", "", "wrong").response->status, 401);
  EXPECT_EQ(Post("a", "", "").response->status, 401);
  EXPECT_EQ(BodyOf(Post(" \n"))["error"], "Validation failed: Text can't be blank");
  EXPECT_EQ(BodyOf(Post(std::string(501, 'x')))["error"],
            "Validation failed: Text character limit of 500 exceeded");
  EXPECT_EQ(Post("bad \xff bytes").response->status, 422);
  auto send = [&](const std::string& name, const std::string& value) {
    return Send("POST", "/api/v1/statuses", {{"status", "a"}, {name, value}}).response->status;
  };
  EXPECT_EQ(send("scheduled_at", "2030-01-01T00:00:00Z"), 422);
  EXPECT_EQ(send("visibility", "secret"), 422);
  EXPECT_EQ(send("in_reply_to_id", "12345"), 404);
  EXPECT_EQ(send("media_ids[]", "12345"), 422);
  EXPECT_EQ(Send("GET", "/api/v1/statuses/12345").response->status, 404);
  EXPECT_EQ(Send("GET", "/api/v1/nonsense").response->status, 404);
  const json stats = Admin("GET", "/admin/stats");
  EXPECT_EQ(stats["accepted"], 0);
  EXPECT_EQ(stats["refused"]["validation"], 7);
  EXPECT_EQ(stats["refused"]["unauthorized"], 2);
}

TEST_F(ApiTest, APollIsKeptAndShown) {
  const auto post = [&](const json& poll, const json& more = json::object()) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = sandbox_->url() + "/api/v1/statuses";
    request.headers["Authorization"] = "Bearer token-one";
    request.content_type = "application/json";
    json body = {{"status", "Which?"}, {"poll", poll}};
    body.update(more);
    request.body = body.dump();
    return client_->Send(request);
  };
  const json poll = {{"options", {"a", "b"}}, {"expires_in", 600}, {"multiple", true}, {"hide_totals", true}};
  const json status = BodyOf(post(poll, {{"spoiler_text", "Bells"}, {"visibility", "private"}}));
  EXPECT_EQ(status["spoiler_text"], "Bells");
  EXPECT_EQ(status["sensitive"], true);
  EXPECT_EQ(status["poll"]["options"], (json{{{"title", "a"}, {"votes_count", nullptr}}, {{"title", "b"}, {"votes_count", nullptr}}}));
  EXPECT_EQ(status["poll"]["multiple"], true);
  EXPECT_EQ(status["poll"]["expired"], false);
  EXPECT_EQ(Get("/api/v1/statuses/" + status["id"].get<std::string>())["poll"]["id"], status["poll"]["id"]);
  const json truth = Admin("GET", "/admin/posts")["posts"][0];
  EXPECT_EQ(truth["poll"], poll);
  EXPECT_EQ(truth["visibility"], "private");
  EXPECT_EQ(BodyOf(Send("POST", "/api/v1/statuses", {{"status", "by form"}, {"poll[options][]", "a"}, {"poll[options][]", "b"},
                                                     {"poll[expires_in]", "600"}}))["poll"]["options"].size(), 2U);
  for (json bad : {json{{"options", {"a"}}}, json{{"options", {"1", "2", "3", "4", "5"}}}, json{{"options", {"a", "a"}}},
                   json{{"options", {"a", ""}}}, json{{"options", {"a", std::string(51, 'b')}}}, json{{"expires_in", 299}},
                   json{{"expires_in", 2629747}}, json{{"expires_in", nullptr}}}) {
    json whole = poll;
    whole.update(bad);
    EXPECT_EQ(post(whole).response->status, 422) << bad;
  }
  http::HttpRequest edit;
  edit.method = "PUT";
  edit.url = sandbox_->url() + "/api/v1/statuses/" + status["id"].get<std::string>();
  edit.headers["Authorization"] = "Bearer token-one";
  edit.content_type = "application/json";
  edit.body = json{{"status", "Which of them?"}, {"spoiler_text", "Bells"}, {"poll", poll}}.dump();
  EXPECT_EQ(BodyOf(client_->Send(edit))["poll"]["id"], status["poll"]["id"]);
  edit.body = json{{"status", "Which of them?"}, {"spoiler_text", "Bells"}}.dump();
  EXPECT_TRUE(BodyOf(client_->Send(edit))["poll"].is_null()) << "an edit takes away what it does not name";
}

TEST_F(ApiTest, AQuoteIsKeptAndShown) {
  const auto quote = [&](const std::string& id, const std::string& visibility = "public", const std::string& token = "token-one") {
    return Send("POST", "/api/v1/statuses", {{"status", "So true"}, {"quoted_status_id", id}, {"visibility", visibility}}, "", token);
  };
  const std::string first = BodyOf(Post("a bell", "", "token-two"))["id"];
  const json status = BodyOf(quote(first));
  EXPECT_EQ(status["quote"]["state"], "accepted");
  EXPECT_EQ(status["quote"]["quoted_status"]["id"], first);
  EXPECT_EQ(status["content"].get<std::string>().find(R"(<p class="quote-inline">RE: <a href=")"), 0U) << status["content"];
  EXPECT_EQ(Get("/api/v1/statuses/" + first)["quotes_count"], 1);
  EXPECT_EQ(Admin("GET", "/admin/posts")["posts"][1]["quoted"], first);
  const json second = BodyOf(quote(status["id"]));
  EXPECT_EQ(second["quote"]["quoted_status"]["quote"]["quoted_status_id"], first) << "a quote in a quote is its id alone";
  EXPECT_EQ(quote("12345").response->status, 404);
  EXPECT_EQ(quote("x").response->status, 404);
  const auto of = [&](const std::string& visibility) {
    return BodyOf(Send("POST", "/api/v1/statuses", {{"status", "hush"}, {"visibility", visibility}}, "", "token-one"))["id"];
  };
  const std::string closed = of("private"), direct = of("direct");
  EXPECT_EQ(quote(closed, "public", "token-two").response->status, 404) << "not its author";
  EXPECT_EQ(BodyOf(quote(closed))["visibility"], "private");
  EXPECT_EQ(quote(direct).response->status, 404);
  EXPECT_EQ(Send("POST", "/api/v1/statuses", {{"status", "a"}, {"quoted_status_id", first}, {"poll[options][]", "a"},
                                              {"poll[options][]", "b"}, {"poll[expires_in]", "600"}}).response->status, 422);
  EXPECT_EQ(BodyOf(Send("GET", "/api/v2/instance"))["api_versions"]["mastodon"], 7);
}

TEST_F(ApiTest, PagesMeetWithoutGapOrRepeat) {
  const std::string path = "/api/v1/accounts/" + MyId() + "/statuses";
  std::vector<std::string> down;
  for (json page = Get(path + "?limit=7"); !page.empty();
       page = Get(path + "?limit=7&max_id=" + page.back()["id"].get<std::string>())) {
    for (const json& status : page) down.push_back(status["id"]);
  }
  ASSERT_GT(down.size(), 50U);
  EXPECT_EQ(std::set<std::string>(down.begin(), down.end()).size(), down.size());
  std::vector<std::string> up = {down.back()};
  for (json page = Get(path + "?limit=7&min_id=" + up.back()); !page.empty();
       page = Get(path + "?limit=7&min_id=" + up.back())) {
    for (auto status = page.rbegin(); status != page.rend(); ++status)
      up.push_back((*status)["id"]);
  }
  EXPECT_EQ(up, std::vector<std::string>(down.rbegin(), down.rend()));
  EXPECT_EQ(Get(path + "?limit=40&since_id=" + down[3]).size(), 3U);
}

TEST_F(ApiTest, NewPostsAreListedAtOnceAndDeletedOnesNot) {
  const std::string first = BodyOf(Post("first"))["id"], second = BodyOf(Post("second"))["id"];
  const std::string path = "/api/v1/accounts/" + MyId() + "/statuses?limit=2";
  json page = Get(path);
  EXPECT_EQ(page[0]["id"], second);
  EXPECT_EQ(page[1]["id"], first);
  EXPECT_EQ(Send("DELETE", "/api/v1/statuses/" + second, {}, "", "token-two").response->status,
            404);
  EXPECT_EQ(Send("DELETE", "/api/v1/statuses/" + second).response->status, 200);
  EXPECT_EQ(Get(path)[0]["id"], first);
  const json truth = Admin("GET", "/admin/posts");
  EXPECT_EQ(truth["count"], 2);
  EXPECT_EQ(truth["posts"][1]["deleted"], true);
}

TEST_F(ApiTest, RateLimitIsCountedPerAccount) {
  sandbox_.reset();
  Start({.mastodon = {.rate_limit = 3}});
  for (int i = 2; i >= 0; --i)
    EXPECT_EQ(Post("a").response->Header("X-RateLimit-Remaining"), std::to_string(i));
  EXPECT_EQ(Post("a").response->status, 429);
  EXPECT_EQ(Post("a", "", "token-two").response->status, 200);
}

TEST_F(ApiTest, MediaIsProcessedBeforeItIsAttached) {
  sandbox_.reset();
  Start({.mastodon = {.media_processing = absl::Hours(1)}});
  http::HttpRequest request;
  request.method = "POST";
  request.url = sandbox_->url() + "/api/v2/media";
  request.headers["Authorization"] = "Bearer token-one";
  request.multipart = {{.name = "description", .value = "alt"}};
  EXPECT_EQ(client_->Send(request).response->status, 422) << "without a file";
  const std::string body =
      "--x\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"a.png\"\r\n\r\n\x89PNG\r\n--x\r\n"
      "Content-Disposition: form-data; name=\"description\"\r\n\r\nalt\r\n--x--\r\n";
  request.multipart.clear();
  request.body = body;
  request.content_type = "multipart/form-data; boundary=x";
  const auto uploaded = client_->Send(request);
  ASSERT_EQ(uploaded.response->status, 202);
  const json media = BodyOf(uploaded);
  EXPECT_TRUE(media["url"].is_null());
  EXPECT_EQ(media["description"], "alt");
  EXPECT_EQ(Send("GET", "/api/v1/media/" + media["id"].get<std::string>()).response->status, 206);
  const auto refused =
      Send("POST", "/api/v1/statuses", {{"status", "a"}, {"media_ids[]", media["id"]}});
  EXPECT_EQ(refused.response->status, 422);
  EXPECT_NE(refused.response->body.find("have not finished processing"), std::string::npos);
}

TEST_F(ApiTest, EngagementOnDemandIsCountedAndNotified) {
  const std::string id = BodyOf(Post("look"))["id"];
  const json made = Admin("POST", "/admin/engage",
                          {{"post", id},
                           {"favourites", 3},
                           {"reblogs", 2},
                           {"texts", {"When?", "Where?"}},
                           {"follows", 1}});
  EXPECT_EQ(made["replies"].size(), 2U);
  const json status = Get("/api/v1/statuses/" + id);
  EXPECT_EQ(status["favourites_count"], 3);
  EXPECT_EQ(status["reblogs_count"], 2);
  EXPECT_EQ(status["replies_count"], 2);
  EXPECT_EQ(Get("/api/v1/statuses/" + id + "/context")["descendants"].size(), 2U);
  const json all = Get("/api/v1/notifications");
  EXPECT_EQ(all.size(), 8U);
  const json mentions = Get("/api/v1/notifications?types[]=mention");
  ASSERT_EQ(mentions.size(), 2U);
  EXPECT_EQ(mentions[0]["status"]["in_reply_to_id"], id);
  EXPECT_EQ(Get("/api/v1/notifications?exclude_types[]=mention&exclude_types[]=follow").size(), 5U);
  EXPECT_EQ(
      Get("/api/v1/notifications?limit=3&min_id=" + all.back()["id"].get<std::string>())[0]["id"],
      all[4]["id"]);
  const json truth = Admin("GET", "/admin/engagement")["posts"][0];
  EXPECT_EQ(truth["favourites"], 3);
}

TEST_F(ApiTest, EngagementComesByItself) {
  sandbox_.reset();
  keep_engagement_ = true;
  Start({.engagement = {.scale = 4, .window = absl::Milliseconds(50)}});
  const std::string id = BodyOf(Post("the same text"))["id"];
  ASSERT_TRUE(Eventually(
      [&] { return sandbox_->shared.timers.waiting() == 0 && sandbox_->shared.engagement.planned() > 0; }));
  ASSERT_TRUE(Eventually(
      [&] { return sandbox_->shared.engagement.happened() == sandbox_->shared.engagement.planned(); }));
  const json status = Get("/api/v1/statuses/" + id);
  const int total = status["favourites_count"].get<int>() + status["reblogs_count"].get<int>() +
                    status["replies_count"].get<int>();
  EXPECT_GT(total, 5);
  EXPECT_GE(Get("/api/v1/notifications?limit=80").size(), std::min<size_t>(total, 80));
  // The same seed gives the same amount again.
  const int64_t planned = sandbox_->shared.engagement.planned();
  sandbox_.reset();
  Start({.engagement = {.scale = 4, .window = absl::Milliseconds(50)}});
  Post("the same text");
  EXPECT_EQ(sandbox_->shared.engagement.planned(), planned);
}

TEST_F(ApiTest, ThePastFollowsFromTheSeed) {
  const absl::Time now = absl::FromUnixSeconds(1'770'000'000);
  const Rhythm rhythm = RhythmOf(7, "brand", "Europe/Berlin");
  const auto first = MakeHistory(7, "brand", rhythm, now, 8),
             second = MakeHistory(7, "brand", rhythm, now, 8);
  ASSERT_EQ(first.size(), second.size());
  double best = 0, rest = 0, best_count = 0, rest_count = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].created_at, second[i].created_at);
    EXPECT_EQ(first[i].engagement.favourites, second[i].engagement.favourites);
    const int hour = absl::ToCivilHour(first[i].created_at, rhythm.zone).hour();
    const bool is_best = std::abs(hour - rhythm.best_hour) <= 1;
    (is_best ? best : rest) += first[i].engagement.favourites;
    (is_best ? best_count : rest_count) += 1;
  }
  ASSERT_GT(best_count, 3);
  EXPECT_GT(best / best_count, 1.5 * rest / rest_count) << "the best hours must be visible";
  EXPECT_NE(MakeHistory(8, "brand", RhythmOf(8, "brand", "Europe/Berlin"), now, 8).size(), 0U);
}

TEST_F(ApiTest, AccountsCanBeAdded) {
  EXPECT_EQ(Admin("POST", "/admin/accounts",
                  {{"username", "three"},
                   {"token", "t3"},
                   {"zone", "Asia/Tokyo"},
                   {"history_weeks", 0}})["zone"],
            "Asia/Tokyo");
  EXPECT_TRUE(
      Admin("POST", "/admin/accounts", {{"username", "three"}, {"token", "t4"}}).contains("error"));
  EXPECT_TRUE(Admin("POST", "/admin/accounts",
                    {{"username", "four"}, {"token", "t4"}, {"zone", "Nowhere/No"}})
                  .contains("error"));
  EXPECT_EQ(Get("/api/v1/accounts/verify_credentials", "t3")["statuses_count"], 0);
  EXPECT_EQ(Get("/api/v1/accounts/lookup?acct=three")["username"], "three");
}

TEST_F(ApiTest, ABoostIsAStatusOfItsOwnAndNoAcceptedPost) {
  const std::string id = BodyOf(Post("boost me"))["id"];
  const json boost =
      BodyOf(Send("POST", "/api/v1/statuses/" + id + "/reblog", {}, "", "token-two"));
  EXPECT_EQ(boost["reblog"]["id"], id);
  EXPECT_EQ(boost["reblog"]["reblogs_count"], 1);
  const std::string two = boost["account"]["id"];
  EXPECT_EQ(Get("/api/v1/accounts/" + two + "/statuses?limit=1")[0]["id"], boost["id"]);
  EXPECT_NE(Get("/api/v1/accounts/" + two + "/statuses?limit=1&exclude_reblogs=true")[0]["id"],
            boost["id"]);
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 1);
  EXPECT_EQ(BodyOf(Send("POST", "/api/v1/statuses/" + id + "/unreblog", {}, "",
                        "token-two"))["reblogs_count"],
            0);
}

class OauthTest : public SandboxFixture {
 protected:
  static constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";  // RFC 7636's example
  static constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  static constexpr char kBack[] = "https://app.test/back";

  void Register() {
    const json app = BodyOf(Send("POST", "/api/v1/apps", {{"client_name", "c"}, {"redirect_uris", kBack}, {"scopes", "read write"}},
                                 "", ""));
    client_id_ = app["client_id"];
    secret_ = app["client_secret"];
  }
  // Where the person is sent back to, or "<status> <error>".
  std::string Agree(http::FormFields more = {}, const std::string& scope = "read write") {
    http::FormFields query = {{"response_type", "code"}, {"client_id", client_id_}, {"redirect_uri", kBack},
                              {"scope", scope},          {"state", "s t"}};
    query.insert(query.end(), more.begin(), more.end());
    const auto outcome = Send("GET", "/oauth/authorize?" + http::EncodeForm(query), {}, "", "", false);
    if (outcome.response->status == 302) return outcome.response->Header("Location");
    return std::to_string(outcome.response->status) + " " + BodyOf(outcome)["error"].get<std::string>();
  }
  std::string Code() {
    const std::string start = std::string(kBack) + "?code=";
    const std::string back = Agree({{"code_challenge", kChallenge}, {"code_challenge_method", "S256"}});
    EXPECT_TRUE(back.starts_with(start) && back.ends_with("&state=s%20t")) << back;
    return back.substr(start.size(), back.find('&') - start.size());
  }
  json Redeem(const std::string& code, const std::string& verifier = kVerifier, const std::string& secret = "",
              const std::string& back = kBack) {
    return BodyOf(Send("POST", "/oauth/token", {{"grant_type", "authorization_code"}, {"code", code}, {"client_id", client_id_},
                                                {"client_secret", secret.empty() ? secret_ : secret},
                                                {"redirect_uri", back}, {"code_verifier", verifier}},
                       "", ""));
  }
  std::string client_id_, secret_;
};

TEST_F(OauthTest, ACodeBecomesATokenOnceAndForWhoeverAgreed) {
  Register();
  Admin("POST", "/admin/consents", {{"platform", "mastodon"}, {"account", "two"}});
  const std::string code = Code();
  const json granted = Redeem(code);
  ASSERT_TRUE(granted.contains("access_token")) << granted;
  EXPECT_EQ(granted["scope"], "read write");
  EXPECT_EQ(Get("/api/v1/accounts/verify_credentials", granted["access_token"])["username"], "two");
  const json app = Get("/api/v1/apps/verify_credentials", granted["access_token"]);
  EXPECT_EQ(app["scopes"], json({"read", "write"}));
  EXPECT_EQ(app["name"], "c");
  EXPECT_FALSE(app.contains("client_secret"));
  EXPECT_EQ(Redeem(code)["error"], "invalid_grant");
  Send("POST", "/oauth/revoke", {{"client_id", client_id_}, {"client_secret", secret_}, {"token", granted["access_token"]}}, "", "");
  EXPECT_TRUE(Get("/api/v1/accounts/verify_credentials", granted["access_token"]).contains("error"));
}

TEST_F(OauthTest, NothingElseBecomesOne) {
  Register();
  EXPECT_EQ(Redeem(Code(), "wrong")["error"], "invalid_grant");
  EXPECT_EQ(Redeem(Code(), "")["error"], "invalid_grant");
  EXPECT_EQ(Redeem(Code(), kVerifier, "wrong")["error"], "invalid_client");
  EXPECT_EQ(Redeem(Code(), kVerifier, "", "https://app.test/elsewhere")["error"], "invalid_grant");
  const std::string code = Code();
  Register();  // another app
  EXPECT_EQ(Redeem(code)["error"], "invalid_grant");
}

TEST_F(OauthTest, WhatIsAskedMustBeAllowed) {
  Register();
  EXPECT_EQ(Agree({}, "read admin:write"), std::string(kBack) + "?error=invalid_scope&state=s%20t");
  EXPECT_EQ(Agree({{"code_challenge", kChallenge}, {"code_challenge_method", "plain"}}),
            std::string(kBack) + "?error=invalid_request&state=s%20t");
  Admin("POST", "/admin/consents", {{"platform", "mastodon"}, {"deny", true}});
  EXPECT_EQ(Agree(), std::string(kBack) + "?error=access_denied&state=s%20t");
  client_id_ = "nobody";
  EXPECT_EQ(Agree(), "401 invalid_client");
}

}  // namespace
}  // namespace carillon::sandbox
