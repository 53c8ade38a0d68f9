#include "common/platform/mastodon/profile.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/testing/fake_clock.h"
#include "common/platform/json.h"
#include "common/platform/mastodon/facts.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::mastodon {
namespace {

using http::testing::FakeHttpClient;
using platform::ErrorClass;
using platform::Json;
using Kind = platform::PublishOutcome::Kind;

// As a Mastodon server answers (docs.joinmastodon.org/entities/Account, CredentialAccount).
constexpr char kAccount[] = R"({"id":"14","username":"brand","acct":"brand","display_name":"Brand","url":"https://social.example/@brand",
  "note":"<p>We &amp; bells</p>","avatar":"https://files.example/a.png","header":"https://social.example/headers/original/missing.png",
  "followers_count":12,"following_count":3,"statuses_count":45,
  "fields":[{"name":"Shop","verified_at":null,
    "value":"<a href=\"https://brand.example\"><span class=\"invisible\">https://</span>brand.example</a>"}],
  "source":{"note":"We & bells","fields":[{"name":"Shop","value":"https://brand.example","verified_at":null}]}})";

class MastodonProfile : public ::testing::Test {
 protected:
  MastodonProfile() {
    http_.Handle([this](const http::HttpRequest& request) {
      return request.method == "GET" ? FakeHttpClient::Response(200, account_) : FakeHttpClient::Response(status_, answer_);
    });
  }
  platform::PublishOutcome Set(const platform::ProfileChange& change) {
    platform::SetProfileRequest request;
    request.access = access_;
    request.change = change;
    request.timeout = absl::Seconds(10);
    request.may_send = [this] { return may_send_; };
    return SetProfile(http_, clock_, request, OwnFacts());
  }
  Json Sent() const { return Json::parse(http_.requests.back().body); }
  static std::string Refusal(const platform::ProfileChange& change) { return ReasonOf(CheckProfile(change, OwnFacts())); }

  const platform::AccountAccess access_{.account_id = "acct_1", .base_url = "https://social.example", .remote_account_id = "14",
                                        .access_token = "s3cr3t-token"};
  carillon::testing::FakeClock clock_;
  FakeHttpClient http_;
  std::string account_ = kAccount, answer_ = kAccount;
  int status_ = 200;
  bool may_send_ = true;
};

TEST_F(MastodonProfile, IsReadAsItWasWritten) {
  const auto profile = ReadProfile(http_, clock_, access_, absl::Seconds(5));
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->username, "brand@social.example");
  EXPECT_EQ(profile->display_name, "Brand");
  EXPECT_EQ(profile->bio, "We & bells");
  EXPECT_EQ(profile->avatar_url, "https://files.example/a.png");
  EXPECT_EQ(profile->header_url, "") << "the server's own picture";
  ASSERT_EQ(profile->fields.size(), 1u);
  EXPECT_EQ(profile->fields[0].value, "https://brand.example");
  EXPECT_EQ(profile->followers, 12);
  EXPECT_EQ(profile->following, 3);
  EXPECT_EQ(profile->posts, 45);
}

TEST_F(MastodonProfile, AServerWithoutSourceShowsText) {
  Json account = Json::parse(kAccount);
  account.erase("source");
  account_ = account.dump();
  const auto profile = ReadProfile(http_, clock_, access_, absl::Seconds(5));
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->bio, "We & bells");
  EXPECT_EQ(profile->fields[0].value, "https://brand.example");
}

TEST_F(MastodonProfile, AnotherAccountsProfileIsNone) {
  account_ = R"({"id":"15","acct":"other"})";
  EXPECT_EQ(ReadProfile(http_, clock_, access_, absl::Seconds(5)).status().code(), Code::kUnavailable);
  EXPECT_EQ(Set({.fields = {{"Shop", "x"}}}).kind, Kind::kRefused);
  EXPECT_FALSE(http_.requests.back().has_effect);
}

TEST_F(MastodonProfile, OnlyWhatIsNamedIsSent) {
  EXPECT_EQ(Set({.display_name = "Bells", .bio = ""}).kind, Kind::kPublished);
  ASSERT_EQ(http_.requests.size(), 1u);
  const http::HttpRequest& request = http_.requests.back();
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.url, "https://social.example/api/v1/accounts/update_credentials");
  EXPECT_TRUE(request.has_effect);
  EXPECT_EQ(Sent(), Json({{"display_name", "Bells"}, {"note", ""}}));
}

TEST_F(MastodonProfile, FieldsThatAreNotNamedStay) {
  EXPECT_EQ(Set({.fields = {{"Since", "1701"}}}).kind, Kind::kPublished);
  EXPECT_EQ(Sent()["fields_attributes"], Json({{"0", {{"name", "Shop"}, {"value", "https://brand.example"}}},
                                               {"1", {{"name", "Since"}, {"value", "1701"}}}}));
  Set({.fields = {{"Shop", "https://shop.example"}}});
  EXPECT_EQ(Sent()["fields_attributes"], Json({{"0", {{"name", "Shop"}, {"value", "https://shop.example"}}}}));
  // A list without entries would not be told from none at all.
  Set({.fields = {{"Shop", ""}}});
  EXPECT_EQ(Sent()["fields_attributes"], Json({{"0", {{"name", ""}, {"value", ""}}}}));
}

TEST_F(MastodonProfile, MoreFieldsThanThereMayBeAreNotSent) {
  const platform::ProfileChange change{.fields = {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}};
  EXPECT_EQ(Refusal(change), "");
  const auto outcome = Set(change);
  EXPECT_EQ(outcome.kind, Kind::kRefused);
  EXPECT_EQ(outcome.error_class, ErrorClass::kInvalidContent);
  EXPECT_EQ(http_.requests.size(), 1u);
}

TEST_F(MastodonProfile, PicturesGoAsFiles) {
  EXPECT_EQ(Set({.bio = "Bells", .avatar = platform::MediaItem{.path = "/a.png", .mime_type = "image/png"}, .fields = {{"Since", "1701"}}}).kind,
            Kind::kPublished);
  const auto& parts = http_.requests.back().multipart;
  ASSERT_EQ(parts.size(), 6u);
  EXPECT_EQ(parts[0].name, "note");
  EXPECT_EQ(parts[1].name, "fields_attributes[0][name]");
  EXPECT_EQ(parts[4].value, "1701");
  EXPECT_EQ(parts[5].name, "avatar");
  EXPECT_EQ(parts[5].file_path, "/a.png");
  EXPECT_EQ(parts[5].content_type, "image/png");
}

TEST_F(MastodonProfile, WhatTheAnswerMeans) {
  struct Row {
    int status;
    const char* body;
    Kind kind;
    ErrorClass error_class;
  };
  const Row rows[] = {
      {200, R"({"id":"15"})", Kind::kUnknown, ErrorClass::kNone},
      {200, "{}", Kind::kUnknown, ErrorClass::kNone},
      {200, "<html>", Kind::kUnknown, ErrorClass::kNone},
      {401, R"({"error":"The access token is invalid"})", Kind::kRefused, ErrorClass::kAuth},
      {403, R"({"error":"This action is outside the authorized scopes"})", Kind::kRefused, ErrorClass::kPermanent},
      {422, R"({"error":"Validation failed: Display name is too long"})", Kind::kRefused, ErrorClass::kInvalidContent},
      {409, R"({"error":"Conflict"})", Kind::kRefused, ErrorClass::kRetryable},
      {429, R"({"error":"Too many requests"})", Kind::kRefused, ErrorClass::kRateLimited},
      {502, "<html>", Kind::kUnknown, ErrorClass::kNone},
  };
  for (const Row& row : rows) {
    status_ = row.status;
    answer_ = row.body;
    const auto outcome = Set({.display_name = "Bells"});
    EXPECT_EQ(outcome.kind, row.kind) << row.status << row.body;
    EXPECT_EQ(outcome.error_class, row.error_class) << row.status << row.body;
    EXPECT_EQ(outcome.error.find("s3cr3t"), std::string::npos);
  }
  may_send_ = false;
  EXPECT_EQ(Set({.display_name = "Bells"}).kind, Kind::kNotSent);
}

TEST_F(MastodonProfile, TheDoorHoldsTheLimits) {
  EXPECT_EQ(Refusal({}), "NOTHING_TO_CHANGE");
  EXPECT_EQ(Refusal({.display_name = std::string(30, 'x')}), "");
  EXPECT_EQ(Refusal({.display_name = std::string(31, 'x')}), "TEXT_TOO_LONG");
  EXPECT_EQ(Refusal({.display_name = "bad \xff"}), "INVALID_UTF8");
  EXPECT_EQ(Refusal({.bio = "https://bells.example/" + std::string(490, 'x')}), "") << "a link counts 23";
  EXPECT_EQ(Refusal({.bio = std::string(501, 'x')}), "TEXT_TOO_LONG");
  EXPECT_EQ(Refusal({.fields = {{"a", std::string(256, 'x')}}}), "TEXT_TOO_LONG");
  EXPECT_EQ(Refusal({.fields = {{"", "x"}}}), "BAD_FIELD");
  EXPECT_EQ(Refusal({.fields = {{"a", "1"}, {"a", "2"}}}), "BAD_FIELD");
  EXPECT_EQ(Refusal({.fields = {{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}}}), "TOO_MANY_FIELDS");
  EXPECT_EQ(Refusal({.fields = {{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", ""}}}), "");
  EXPECT_EQ(Refusal({.avatar = platform::MediaItem{.mime_type = "image/png", .size_bytes = 8 << 20}}), "");
  EXPECT_EQ(Refusal({.header = platform::MediaItem{.mime_type = "image/png", .size_bytes = (8 << 20) + 1}}), "MEDIA_TOO_LARGE");
  EXPECT_EQ(Refusal({.avatar = platform::MediaItem{.mime_type = "video/mp4"}}), "MEDIA_TYPE_UNSUPPORTED");
}

}  // namespace
}  // namespace carillon::mastodon
