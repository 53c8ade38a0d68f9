// Uploads, tokens and limits, over HTTP.
#include "common/http/client.h"
#include "services/sandbox/base64.h"
#include "x/fixture.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;
using XApi = XFixture;

const std::string kPng = "\x89PNG and pixels", kMp4 = std::string("\0\0\0\x18", 4) + "ftypmp42 and frames";

class XMedia : public XFixture {
 protected:
  http::HttpOutcome Initialize(const std::string& type, const std::string& category, size_t bytes) {
    return Send("POST", "/2/media/upload/initialize",
                {{"media_type", type}, {"media_category", category}, {"total_bytes", bytes}});
  }
  http::HttpOutcome Append(const std::string& id, int segment, const std::string& content) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = sandbox_->url("x") + "/2/media/upload/" + id + "/append";
    request.headers["Authorization"] = "Bearer token-one";
    request.content_type = "multipart/form-data; boundary=frontier";
    request.body = "--frontier\r\nContent-Disposition: form-data; name=\"segment_index\"\r\n\r\n" +
                   std::to_string(segment) +
                   "\r\n--frontier\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a\"\r\n\r\n" +
                   content + "\r\n--frontier--\r\n";
    return client_->Send(request);
  }
  http::HttpOutcome Finalize(const std::string& id) {
    return Send("POST", "/2/media/upload/" + id + "/finalize");
  }
  // A file in segments of `size` bytes; its id.
  std::string Upload(const std::string& content, const std::string& type, const std::string& category,
                     size_t size) {
    const std::string id = BodyOf(Initialize(type, category, content.size()))["data"]["id"];
    for (size_t i = 0; i * size < content.size(); ++i)
      EXPECT_EQ(Said(Append(id, static_cast<int>(i), content.substr(i * size, size))), "200");
    EXPECT_EQ(Said(Finalize(id)), "200");
    return id;
  }
  json WithMedia(const std::string& text, const std::string& id) {
    return {{"text", text}, {"media", {{"media_ids", json::array({id})}}}};
  }
};

TEST_F(XMedia, APictureInSegmentsIsPostedWithItsAltText) {
  const std::string id = Upload(kPng, "image/png", "tweet_image", 5);
  EXPECT_EQ(Said(Send("POST", "/2/media/metadata", {{"id", id}, {"metadata", {{"alt_text", {{"text", "a pixel"}}}}}})), "200");
  EXPECT_EQ(Said(Send("POST", "/2/media/metadata",
                      {{"id", id}, {"metadata", {{"alt_text", {{"text", std::string(1001, 'a')}}}}}})).substr(0, 3), "400");
  const json warned = {{"id", id}, {"metadata", {{"alt_text", {{"text", "a pixel"}}}, {"sensitive_media_warning", {{"other", true}}}}}};
  EXPECT_EQ(Said(Send("POST", "/2/media/metadata", warned)), "200");
  const json post = BodyOf(Post(WithMedia("look", id)))["data"];
  EXPECT_TRUE(post["text"].get<std::string>().starts_with("look https://t.co/"));
  const json shown = Get("/2/tweets/" + post["id"].get<std::string>() +
                         "?tweet.fields=attachments&expansions=attachments.media_keys&media.fields=alt_text,url");
  EXPECT_EQ(shown["data"]["attachments"]["media_keys"][0], "3_" + id);
  EXPECT_EQ(shown["includes"]["media"][0]["alt_text"], "a pixel");
  const json truth = Admin("GET", "/admin/posts?platform=x")["posts"][0]["media"];
  ASSERT_EQ(truth.size(), 1U);
  EXPECT_EQ(truth[0]["description"], "a pixel");
  EXPECT_EQ(truth[0]["warnings"], json::array({"other"}));
  EXPECT_EQ(truth[0]["bytes"], kPng.size());
  EXPECT_EQ(Said(Post(WithMedia("theirs", id), "token-two")), "400 Your media IDs are invalid.");
  EXPECT_EQ(Said(Post(WithMedia("look", Upload(kPng, "image/png", "tweet_image", 50)))),
            "403 You are not allowed to create a Tweet with duplicate content.")
      << "the same picture, uploaded again";
}

TEST_F(XMedia, AVideoIsProcessedFirst) {
  SandboxOptions options;
  options.x.media_processing = absl::Milliseconds(100);
  Start(options);
  const std::string id = Upload(kMp4, "video/mp4", "tweet_video", 1000);
  auto state = [&] {
    return Get("/2/media/upload?command=STATUS&media_id=" + id)["data"]["processing_info"]["state"];
  };
  EXPECT_TRUE(Eventually([&] { return state() == "succeeded"; }));
  EXPECT_EQ(Said(Post(WithMedia("moving", id))), "201");
  options.x.media_processing = absl::Hours(1);
  Start(options);
  const std::string slow = Upload(kMp4, "video/mp4", "tweet_video", 1000);
  EXPECT_EQ(Said(Post(WithMedia("moving", slow))), "400 Your media IDs are invalid.") << "not yet";
  options.x.media_processing = absl::ZeroDuration();
  Start(options);
  const std::string broken = Upload("no frames at all", "video/mp4", "tweet_video", 1000);
  EXPECT_EQ(Get("/2/media/upload?media_id=" + broken)["data"]["processing_info"]["state"], "failed");
  EXPECT_EQ(Said(Post(WithMedia("moving", broken))), "400 Your media IDs are invalid.");
}

TEST_F(XMedia, SegmentsMustAddUp) {
  EXPECT_EQ(Said(Initialize("image/png", "tweet_image", (5 << 20) + 1)).substr(0, 3), "400");
  EXPECT_EQ(Said(Initialize("image/png", "tweet_video", 10)).substr(0, 3), "400");
  EXPECT_EQ(Said(Initialize("image/png", "nonsense", 10)).substr(0, 3), "400");
  const std::string id = BodyOf(Initialize("image/png", "tweet_image", 8))["data"]["id"];
  EXPECT_EQ(Said(Finalize(id)), "400 Segments do not add up to provided total file size.");
  EXPECT_EQ(Said(Append(id, 1, "more")), "200");
  EXPECT_EQ(Said(Append(id, 1, "PNG!")), "200") << "sent again, it takes the first one's place";
  EXPECT_EQ(Said(Append(id, 2, "five!")).substr(0, 3), "400") << "more than was announced";
  EXPECT_EQ(Said(Append(id, 1000, "x")).substr(0, 3), "400");
  EXPECT_EQ(Said(Finalize(id)).substr(0, 3), "400") << "the first is missing";
  EXPECT_EQ(Said(Append(id, 0, "GIF8")), "200");
  EXPECT_EQ(Said(Finalize(id)), "200");
  EXPECT_EQ(Said(Finalize(id)), "200") << "again";
  EXPECT_EQ(Said(Append("123", 0, "x")).substr(0, 3), "400");
}

TEST_F(XMedia, ASegmentThatComesAgainTakesItsOwnPlaceAndIsCounted) {
  EXPECT_EQ(Said(Finalize(BodyOf(Initialize("image/png", "tweet_image", kPng.size()))["data"]["id"])).substr(0, 3), "400");
  const std::string id = BodyOf(Initialize("image/png", "tweet_image", kPng.size()))["data"]["id"];
  EXPECT_EQ(Said(Append(id, 0, std::string(5, 'x'))), "200");
  EXPECT_EQ(Said(Append(id, 0, kPng.substr(0, 5))), "200");
  EXPECT_EQ(Said(Append(id, 1, kPng.substr(5))), "200");
  EXPECT_EQ(Said(Finalize(id)), "200");
  Post(WithMedia("look", id));
  const json truth = Admin("GET", "/admin/posts?platform=x")["posts"][0]["media"][0];
  EXPECT_EQ(truth["segments_taken"], 3);
  EXPECT_EQ(truth["segments_repeated"], 1);
  EXPECT_EQ(truth["number"], 2) << "of the account's uploads";
}

TEST_F(XMedia, APictureMayComeAtOnce) {
  const json body = {{"media", "iVBORw0KGgo="}, {"media_category", "tweet_image"}};
  const json made = BodyOf(Send("POST", "/2/media/upload", body));
  EXPECT_EQ(made["data"]["size"], 8);
  EXPECT_EQ(Said(Post(WithMedia("at once", made["data"]["id"]))), "201");
  EXPECT_EQ(Said(Send("POST", "/2/media/upload", {{"media", "?"}, {"media_category", "tweet_image"}})),
            "400 media is not base64");
  EXPECT_EQ(Said(Send("POST", "/2/media/upload", {{"media", "AAAA"}, {"media_category", "tweet_video"}})).substr(0, 3), "400");
}

class XOauth : public XFixture {
 protected:
  static constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";  // RFC 7636's example
  static constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

  std::string Code(const std::string& scope) {
    const http::FormFields query = {{"response_type", "code"},   {"client_id", "app"},
                                    {"state", "s"},              {"redirect_uri", "https://app.test/back"},
                                    {"scope", scope},            {"account", "two"},
                                    {"code_challenge", kChallenge}, {"code_challenge_method", "S256"}};
    const auto agreed = Send("GET", "/2/oauth2/authorize?" + http::EncodeForm(query), nullptr, "");
    EXPECT_EQ(agreed.response->status, 302);
    const std::string location = agreed.response->Header("location");
    const std::string start = "https://app.test/back?state=s&code=";
    EXPECT_TRUE(location.starts_with(start)) << location;
    return location.substr(start.size());
  }
  http::HttpOutcome Redeem(const std::string& code, const std::string& verifier = kVerifier) {
    return Form("/2/oauth2/token", {{"grant_type", "authorization_code"},
                                    {"client_id", "app"},
                                    {"code", code},
                                    {"redirect_uri", "https://app.test/back"},
                                    {"code_verifier", verifier}});
  }
  http::HttpOutcome Refresh(const std::string& token) {
    return Form("/2/oauth2/token",
                {{"grant_type", "refresh_token"}, {"client_id", "app"}, {"refresh_token", token}});
  }
};

TEST_F(XOauth, ACodeBecomesATokenOnce) {
  const std::string code = Code("tweet.read users.read tweet.write offline.access");
  const json pair = BodyOf(Redeem(code));
  EXPECT_EQ(pair["token_type"], "bearer");
  EXPECT_EQ(pair["expires_in"], 7200);
  const std::string access = pair["access_token"];
  EXPECT_EQ(BodyOf(Send("GET", "/2/users/me", nullptr, access))["data"]["username"], "two");
  EXPECT_EQ(Redeem(code).response->status, 400) << "a code is good once";
  EXPECT_EQ(Redeem(Code("tweet.read"), std::string(43, 'x')).response->status, 400);
  EXPECT_FALSE(BodyOf(Redeem(Code("tweet.read"))).contains("refresh_token"));
}

TEST_F(XOauth, RefreshTokensRotate) {
  const json first = BodyOf(Redeem(Code("tweet.read users.read offline.access")));
  const json second = BodyOf(Refresh(first["refresh_token"]));
  EXPECT_NE(second["refresh_token"], first["refresh_token"]);
  const auto again = Refresh(first["refresh_token"]);
  EXPECT_EQ(BodyOf(again), (json{{"error", "invalid_request"},
                                 {"error_description", "Value passed for the token was invalid."}}));
  EXPECT_EQ(Said(Send("GET", "/2/users/me", nullptr, second["access_token"])), "200");
  Form("/2/oauth2/revoke", {{"token", second["access_token"]}, {"client_id", "app"}});
  EXPECT_EQ(Said(Send("GET", "/2/users/me", nullptr, second["access_token"])), "401 Unauthorized");
}

TEST_F(XOauth, ScopesAreHeldAndTokensExpire) {
  const std::string reader = BodyOf(Redeem(Code("tweet.read users.read")))["access_token"];
  EXPECT_EQ(Said(Post({{"text", "a"}}, reader)), "403 Forbidden");
  EXPECT_EQ(Said(Send("GET", "/2/tweets?ids=1", nullptr, reader)), "200");
  SandboxOptions options;
  options.x.access_ttl = absl::ZeroDuration();
  Start(options);
  const std::string expired = BodyOf(Redeem(Code("users.read")))["access_token"];
  EXPECT_EQ(Said(Send("GET", "/2/users/me", nullptr, expired)), "401 Unauthorized");
}

TEST_F(XApi, LimitsAreToldAndHeld) {
  SandboxOptions options;
  options.x.rate_percent = 3;  // 3 posts, 2 looks at oneself
  Start(options);
  const auto first = Post({{"text", "a"}});
  EXPECT_EQ(first.response->Header("x-rate-limit-limit"), "3");
  EXPECT_EQ(first.response->Header("x-rate-limit-remaining"), "2");
  EXPECT_GT(std::stoll(first.response->Header("x-rate-limit-reset")), absl::ToUnixSeconds(clock_.Now()));
  Posted("b");
  Posted("c");
  const auto limited = Post({{"text", "d"}});
  EXPECT_EQ(Said(limited), "429 Too Many Requests");
  EXPECT_EQ(limited.response->Header("x-rate-limit-remaining"), "0");
  EXPECT_EQ(Said(Post({{"text", "d"}}, "token-two")), "201") << "limits are an account's own";
  options.x.rate_percent = 0;
  Start(options);
  EXPECT_EQ(Post({{"text", "a"}}).response->Header("x-rate-limit-limit"), "");
}

TEST_F(XApi, AccountsAreChecked) {
  EXPECT_TRUE(Admin("POST", "/admin/accounts", {{"platform", "x"}, {"username", "no-good"}, {"token", "t"}}).contains("error"));
  EXPECT_TRUE(Admin("POST", "/admin/accounts", {{"platform", "x"}, {"username", "ONE"}, {"token", "t"}}).contains("error"));
  EXPECT_EQ(Admin("POST", "/admin/accounts", {{"platform", "x"}, {"username", "three"}, {"token", "t"}})["platform"], "x");
  EXPECT_EQ(BodyOf(Send("GET", "/2/users/by/username/THREE"))["data"]["username"], "three");
  EXPECT_EQ(Get("/2/users/by?usernames=one,nobody")["errors"].size(), 1U);
  EXPECT_EQ(Get("/2/users?ids=" + two_)["data"][0]["username"], "two");
}

}  // namespace
}  // namespace carillon::sandbox::x
