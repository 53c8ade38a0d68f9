#include "common/platform/bluesky/profile.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/base/testing/fake_clock.h"
#include "common/platform/bluesky/facts.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky {
namespace {

using http::testing::FakeHttpClient;
using platform::ErrorClass;
using platform::Json;
using Kind = platform::PublishOutcome::Kind;

constexpr char kDid[] = "did:plc:z72i7hdynmk6r22z27h6tvur";
const Access kAccess{"https://pds.example", "s3cr3t"};
// What others keep in it: a pinned post.
constexpr char kRecord[] = R"({"uri":"at://x/app.bsky.actor.profile/self","cid":"bafyold","value":{"$type":"app.bsky.actor.profile",
  "displayName":"Brand","description":"Bells","pinnedPost":{"uri":"at://x/y/z","cid":"bafypost"}}})";
constexpr char kGet[] = "com.atproto.repo.getRecord", kPut[] = "com.atproto.repo.putRecord", kUpload[] = "com.atproto.repo.uploadBlob";
constexpr char kBlob[] = R"({"$type":"blob","ref":{"$link":"bafkpicture"},"mimeType":"image/png","size":3})";

class BlueskyProfile : public ::testing::Test {
 protected:
  BlueskyProfile() {
    http_.Handle([this](const http::HttpRequest& request) {
      const size_t begin = request.url.find("/xrpc/") + 6;
      const auto& [status, body] = answers_.at(request.url.substr(begin, request.url.find('?') - begin));
      return FakeHttpClient::Response(status, body);
    });
    answers_[kGet] = {200, kRecord};
    answers_[kPut] = {200, R"({"uri":"at://x/app.bsky.actor.profile/self","cid":"bafynew"})"};
    answers_[kUpload] = {200, Json({{"blob", Json::parse(kBlob)}}).dump()};
  }
  platform::PublishOutcome Set(const platform::ProfileChange& change) {
    platform::SetProfileRequest request;
    request.access.remote_account_id = kDid;
    request.change = change;
    request.timeout = absl::Seconds(10);
    request.may_send = [this] { return may_send_; };
    return SetProfile(http_, clock_, request, kDid, kAccess);
  }
  Json Sent() const { return Json::parse(http_.requests.back().body); }
  static std::string Refusal(const platform::ProfileChange& change) { return ReasonOf(CheckProfile(change, OwnFacts())); }

  carillon::testing::FakeClock clock_;
  FakeHttpClient http_;
  std::map<std::string, std::pair<int, std::string>> answers_;
  bool may_send_ = true;
};

TEST_F(BlueskyProfile, IsReadFromTheAppView) {
  answers_["app.bsky.actor.getProfile"] = {200, Json({{"did", kDid},
                                                      {"handle", "brand.example"},
                                                      {"displayName", "Brand"},
                                                      {"description", "Bells"},
                                                      {"avatar", "https://cdn.example/a"},
                                                      {"followersCount", 12},
                                                      {"followsCount", 3},
                                                      {"postsCount", 45}})
                                                    .dump()};
  const auto profile = ReadProfile(http_, clock_, kAccess, kDid, absl::Seconds(5));
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->username, "brand.example");
  EXPECT_EQ(profile->profile_url, "https://bsky.app/profile/brand.example");
  EXPECT_EQ(profile->bio, "Bells");
  EXPECT_EQ(profile->avatar_url, "https://cdn.example/a");
  EXPECT_EQ(profile->header_url, "");
  EXPECT_EQ(profile->followers, 12);
  EXPECT_EQ(profile->posts, 45);
  EXPECT_FALSE(ReadProfile(http_, clock_, kAccess, "did:plc:another", absl::Seconds(5)).ok());
}

TEST_F(BlueskyProfile, WhatOthersKeepInTheRecordStays) {
  const auto outcome = Set({.display_name = "Brand & bells"});
  EXPECT_EQ(outcome.kind, Kind::kPublished);
  EXPECT_EQ(outcome.remote_id, kDid);
  ASSERT_EQ(http_.requests.size(), 2u);
  EXPECT_FALSE(http_.requests[0].has_effect);
  EXPECT_TRUE(http_.requests[1].has_effect);
  Json record = Json::parse(kRecord)["value"];
  record["displayName"] = "Brand & bells";
  EXPECT_EQ(Sent(), Json({{"repo", kDid},
                          {"collection", "app.bsky.actor.profile"},
                          {"rkey", "self"},
                          {"record", record},
                          {"swapRecord", "bafyold"}}));
}

TEST_F(BlueskyProfile, WhatIsSoIsNotPutAgain) {
  EXPECT_EQ(Set({.display_name = "Brand", .bio = "Bells"}).kind, Kind::kPublished);
  EXPECT_EQ(http_.requests.size(), 1u);
}

TEST_F(BlueskyProfile, AnEmptyTextIsTakenAway) {
  Set({.bio = ""});
  EXPECT_FALSE(Sent()["record"].contains("description"));
  EXPECT_EQ(Sent()["record"]["displayName"], "Brand");
}

TEST_F(BlueskyProfile, AnAccountWithoutARecordGetsOne) {
  answers_[kGet] = {400, R"({"error":"RecordNotFound","message":"none"})"};
  EXPECT_EQ(Set({.display_name = "Brand"}).kind, Kind::kPublished);
  EXPECT_EQ(Sent()["record"], Json({{"$type", "app.bsky.actor.profile"}, {"displayName", "Brand"}}));
  EXPECT_TRUE(Sent()["swapRecord"].is_null());
}

TEST_F(BlueskyProfile, PicturesAreUploadedFirst) {
  const platform::MediaItem picture{.path = "/a.png", .mime_type = "image/png", .size_bytes = 3};
  EXPECT_EQ(Set({.avatar = picture, .header = picture}).kind, Kind::kPublished);
  ASSERT_EQ(http_.requests.size(), 4u);
  EXPECT_EQ(http_.requests[0].file->path, "/a.png");
  EXPECT_EQ(http_.requests[0].content_type, "image/png");
  EXPECT_EQ(Sent()["record"]["avatar"], Json::parse(kBlob));
  EXPECT_EQ(Sent()["record"]["banner"], Json::parse(kBlob));
}

TEST_F(BlueskyProfile, ARefusedUploadIsARefusal) {
  answers_[kUpload] = {400, R"({"error":"ExpiredToken","message":"Token has expired"})"};
  const auto outcome = Set({.avatar = platform::MediaItem{.path = "/a.png", .mime_type = "image/png"}});
  EXPECT_EQ(outcome.kind, Kind::kRefused);
  EXPECT_EQ(outcome.error_class, ErrorClass::kAuth);
  EXPECT_EQ(http_.requests.size(), 1u);
}

TEST_F(BlueskyProfile, WhatTheAnswerMeans) {
  struct Row {
    int status;
    const char* body;
    Kind kind;
    ErrorClass error_class;
  };
  const Row rows[] = {
      {200, "<html>", Kind::kUnknown, ErrorClass::kNone},
      {400, R"({"error":"InvalidSwap","message":"Record was at x"})", Kind::kRefused, ErrorClass::kRetryable},
      {400, R"({"error":"ExpiredToken"})", Kind::kRefused, ErrorClass::kAuth},
      {400, R"({"error":"InvalidRequest","message":"Record/displayName must not be longer"})", Kind::kRefused, ErrorClass::kInvalidContent},
      {429, R"({"error":"RateLimitExceeded"})", Kind::kRefused, ErrorClass::kRateLimited},
      {502, "<html>", Kind::kUnknown, ErrorClass::kNone},
  };
  for (const Row& row : rows) {
    answers_[kPut] = {row.status, row.body};
    const auto outcome = Set({.bio = "We ring."});
    EXPECT_EQ(outcome.kind, row.kind) << row.body;
    EXPECT_EQ(outcome.error_class, row.error_class) << row.body;
  }
  may_send_ = false;
  EXPECT_EQ(Set({.bio = "We ring."}).kind, Kind::kNotSent);
}

TEST_F(BlueskyProfile, TheDoorHoldsTheLimits) {
  const auto times = [](int n, const std::string& text) {
    std::string out;
    for (int i = 0; i < n; ++i) out += text;
    return out;
  };
  EXPECT_EQ(Refusal({}), "NOTHING_TO_CHANGE");
  EXPECT_EQ(Refusal({.display_name = times(64, "é")}), "");
  EXPECT_EQ(Refusal({.display_name = times(65, "é")}), "TEXT_TOO_LONG");
  EXPECT_EQ(Refusal({.display_name = times(30, "👩‍👩‍👧‍👦")}), "TEXT_TOO_LONG") << "in bytes";
  EXPECT_EQ(Refusal({.bio = times(256, "x")}), "");
  EXPECT_EQ(Refusal({.bio = times(257, "x")}), "TEXT_TOO_LONG");
  EXPECT_EQ(Refusal({.fields = {{"Shop", "x"}}}), "NOT_OFFERED");
  EXPECT_EQ(Refusal({.avatar = platform::MediaItem{.mime_type = "image/jpeg", .size_bytes = 1'000'000}}), "");
  EXPECT_EQ(Refusal({.avatar = platform::MediaItem{.mime_type = "image/jpeg", .size_bytes = 1'000'001}}), "MEDIA_TOO_LARGE");
  EXPECT_EQ(Refusal({.header = platform::MediaItem{.mime_type = "image/gif"}}), "MEDIA_TYPE_UNSUPPORTED");
}

}  // namespace
}  // namespace carillon::bluesky
