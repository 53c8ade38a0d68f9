#include "common/platform/bluesky/connector.h"

#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/platform/bluesky/facts.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/session.h"
#include "tests/support/child_process.h"
#include "tests/support/upload.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky {
namespace {

using http::testing::FakeHttpClient;
using platform::Json;
using Found = platform::LookupOutcome::Kind;
using Kind = platform::PublishOutcome::Kind;

class BlueskyConnectorTest : public ::testing::Test {
 protected:
  BlueskyConnectorTest() {
    client_.Handle([this](const http::HttpRequest& request) {
      const std::string name = NameOf(request);
      ++asked[name];
      const auto found = answers.find(name);
      if (found != answers.end()) return found->second;
      return FakeHttpClient::Response(404, R"({"error":"XRPCNotSupported"})");
    });
  }
  static std::string NameOf(const http::HttpRequest& request) {
    const size_t begin = request.url.find("/xrpc/") + 6;
    return request.url.substr(begin, request.url.find('?') - begin);
  }
  const http::HttpRequest& Asked(const std::string& name) {
    for (const http::HttpRequest& request : client_.requests) {
      if (NameOf(request) == name) return request;
    }
    ADD_FAILURE() << name << " was not asked";
    return client_.requests.front();
  }
  platform::PublishOutcome Publish(platform::PublishContent content, std::vector<std::string> handles = {}) {
    platform::PublishRequest request;
    request.access = access_;
    request.content = std::move(content);
    request.media_handles = std::move(handles);
    request.idempotency_key = "dlv_1";
    request.first_sent_at = clock_.Now();
    request.timeout = absl::Seconds(10);
    request.may_send = [this] { return may_send; };
    return connector_->Publish(request);
  }
  platform::LookupOutcome LookUp() {
    platform::LookupRequest request;
    request.access = access_;
    request.content.text = "Hello";
    request.idempotency_key = "dlv_1";
    request.first_sent_at = clock_.Now();
    request.since = clock_.Now();
    request.known_remote_ids = known_;
    request.timeout = absl::Seconds(10);
    return connector_->Lookup(request);
  }

  carillon::testing::FakeClock clock_;
  FakeHttpClient client_;
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(client_, clock_, OwnFacts());
  platform::AccountAccess access_{"acct_1", "https://pds.example", "did:plc:abc",
                                  ToSecret({"did:plc:abc", "brand.example", "the-access", "the-refresh"})};
  std::map<std::string, http::HttpOutcome> answers;
  std::map<std::string, int> asked;
  std::vector<std::string> known_;
  bool may_send = true;
};

constexpr char kPut[] = "com.atproto.repo.putRecord";
constexpr char kPutAnswer[] = R"({"uri":"at://did:plc:abc/app.bsky.feed.post/3kabc","cid":"bafy"})";

TEST_F(BlueskyConnectorTest, PutsTheRecordUnderItsOwnKeyOnlyIfThereIsNone) {
  answers[kPut] = FakeHttpClient::Response(200, kPutAnswer);
  const auto out = Publish({.text = "Hello"});
  EXPECT_EQ(out.kind, Kind::kPublished) << out.error;
  EXPECT_EQ(out.remote_id, "at://did:plc:abc/app.bsky.feed.post/3kabc");
  EXPECT_EQ(out.remote_url, "https://bsky.app/profile/brand.example/post/3kabc");
  const http::HttpRequest& put = Asked(kPut);
  EXPECT_TRUE(put.has_effect);
  EXPECT_EQ(put.headers.at("Authorization"), "Bearer the-access");
  const Json input = *platform::ParseJson(put.body);
  EXPECT_EQ(input["repo"], "did:plc:abc");
  EXPECT_EQ(input["rkey"], RecordKey(clock_.Now(), "dlv_1"));
  ASSERT_TRUE(input.contains("swapRecord"));
  EXPECT_TRUE(input["swapRecord"].is_null());
  const std::string first = put.body;
  Publish({.text = "Hello"});
  EXPECT_EQ(client_.requests.back().body, first) << "a repeated attempt puts the same bytes";
}

TEST_F(BlueskyConnectorTest, MentionsAreResolvedBefore) {
  answers[kPut] = FakeHttpClient::Response(200, kPutAnswer);
  answers["com.atproto.identity.resolveHandle"] = FakeHttpClient::Response(200, R"({"did":"did:plc:ana"})");
  EXPECT_EQ(Publish({.text = "hi @ana.test"}).kind, Kind::kPublished);
  EXPECT_NE(Asked(kPut).body.find("did:plc:ana"), std::string::npos);
  answers["com.atproto.identity.resolveHandle"] =
      FakeHttpClient::Response(400, R"({"error":"InvalidRequest","message":"Unable to resolve handle"})");
  EXPECT_EQ(Publish({.text = "hi @nobody.test"}).kind, Kind::kPublished);
  EXPECT_EQ(client_.requests.back().body.find("facets"), std::string::npos);
  answers["com.atproto.identity.resolveHandle"] = FakeHttpClient::Response(503, "");
  const int before = asked[kPut];
  const auto out = Publish({.text = "hi @ana.test"});
  EXPECT_EQ(out.kind, Kind::kRefused) << "nothing was sent: tried again";
  EXPECT_EQ(out.error_class, platform::ErrorClass::kRetryable);
  EXPECT_EQ(asked[kPut], before);
}

TEST_F(BlueskyConnectorTest, AReplyNamesTheThread) {
  answers[kPut] = FakeHttpClient::Response(200, kPutAnswer);
  answers["app.bsky.feed.getPosts"] = FakeHttpClient::Response(
      200, R"({"posts":[{"uri":"at://p","cid":"cp","record":{"reply":{"root":{"uri":"at://r","cid":"cr"}}}}]})");
  platform::PublishContent content{.text = "yes"};
  content.in_reply_to_remote_id = "at://p";
  EXPECT_EQ(Publish(content).kind, Kind::kPublished);
  const Json record = (*platform::ParseJson(Asked(kPut).body))["record"];
  EXPECT_EQ(record["reply"]["root"]["uri"], "at://r");
  EXPECT_EQ(record["reply"]["parent"]["uri"], "at://p");
  answers["app.bsky.feed.getPosts"] = FakeHttpClient::Response(200, R"({"posts":[]})");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kPermanent) << "it is gone";
}

// A thread's next part follows at once, before any AppView has heard of the one before.
TEST_F(BlueskyConnectorTest, AReplyToAnOwnPostAsksItsRepository) {
  answers[kPut] = FakeHttpClient::Response(200, kPutAnswer);
  answers["app.bsky.feed.getPosts"] = FakeHttpClient::Response(200, R"({"posts":[]})");
  const std::string parent = "at://" + access_.remote_account_id + "/app.bsky.feed.post/3jzfcijpj2z2a";
  answers["com.atproto.repo.getRecord"] = FakeHttpClient::Response(
      200, R"({"uri":")" + parent + R"(","cid":"cp","value":{"reply":{"root":{"uri":"at://r","cid":"cr"}}}})");
  platform::PublishContent content{.text = "and on"};
  content.in_reply_to_remote_id = parent;
  EXPECT_EQ(Publish(content).kind, Kind::kPublished);
  const Json reply = (*platform::ParseJson(Asked(kPut).body))["record"]["reply"];
  EXPECT_EQ(reply, Json::parse(R"({"root":{"uri":"at://r","cid":"cr"},"parent":{"uri":")" + parent + R"(","cid":"cp"}})"));
  EXPECT_EQ(asked["app.bsky.feed.getPosts"], 0);
  answers["com.atproto.repo.getRecord"] =
      FakeHttpClient::Response(400, R"({"error":"RecordNotFound","message":"Could not locate record"})");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kPermanent) << "it is gone";
  answers["com.atproto.repo.getRecord"] = FakeHttpClient::Response(503, "");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kRetryable);
}

TEST_F(BlueskyConnectorTest, AQuoteIsAskedForFirst) {
  answers[kPut] = FakeHttpClient::Response(200, kPutAnswer);
  answers["com.atproto.identity.resolveHandle"] = FakeHttpClient::Response(200, R"({"did":"did:plc:ana"})");
  const auto post = [](const std::string& more) {
    return FakeHttpClient::Response(200, R"({"posts":[{"uri":"at://did:plc:ana/app.bsky.feed.post/3q","cid":"cq")" + more + "}]}");
  };
  answers["app.bsky.feed.getPosts"] = post("");
  platform::PublishContent content{.text = "yes"};
  content.quoted_remote_id = "https://bsky.app/profile/ana.test/post/3q";
  EXPECT_EQ(Publish(content).kind, Kind::kPublished);
  EXPECT_NE(Asked("app.bsky.feed.getPosts").url.find("did%3Aplc%3Aana"), std::string::npos);
  EXPECT_EQ((*platform::ParseJson(Asked(kPut).body))["record"]["embed"]["record"]["cid"], "cq");
  const int put = asked[kPut];
  answers["app.bsky.feed.getPosts"] = post(R"(,"viewer":{"embeddingDisabled":true})");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kPermanent) << "its author does not want it";
  answers["app.bsky.feed.getPosts"] = FakeHttpClient::Response(200, R"({"posts":[]})");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kPermanent) << "it is gone";
  answers["app.bsky.feed.getPosts"] = FakeHttpClient::Response(503, "");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kRetryable);
  answers["com.atproto.identity.resolveHandle"] =
      FakeHttpClient::Response(400, R"({"error":"InvalidRequest","message":"Unable to resolve handle"})");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kInvalidContent) << "nobody has that name";
  EXPECT_EQ(asked[kPut], put);
}

// What the AppView does not show yet can be quoted, whoever else may.
TEST_F(BlueskyConnectorTest, AQuoteOfAnOwnPostAsksItsRepository) {
  answers[kPut] = FakeHttpClient::Response(200, kPutAnswer);
  answers["app.bsky.feed.getPosts"] = FakeHttpClient::Response(200, R"({"posts":[]})");
  answers["com.atproto.identity.resolveHandle"] =
      FakeHttpClient::Response(200, R"({"did":")" + access_.remote_account_id + R"("})");
  const std::string own = "at://" + access_.remote_account_id + "/app.bsky.feed.post/3jzfcijpj2z2a";
  answers["com.atproto.repo.getRecord"] = FakeHttpClient::Response(200, R"({"uri":")" + own + R"(","cid":"cq","value":{}})");
  platform::PublishContent content{.text = "as we said"};
  for (const std::string& quoted : {own, std::string("https://bsky.app/profile/brand.example/post/3jzfcijpj2z2a")}) {
    content.quoted_remote_id = quoted;
    EXPECT_EQ(Publish(content).kind, Kind::kPublished) << quoted;
    const Json embed = (*platform::ParseJson(client_.requests.back().body))["record"]["embed"];
    EXPECT_EQ(embed["record"], Json::parse(R"({"uri":")" + own + R"(","cid":"cq"})")) << quoted;
  }
  EXPECT_EQ(asked["app.bsky.feed.getPosts"], 0);
  answers["com.atproto.repo.getRecord"] =
      FakeHttpClient::Response(400, R"({"error":"RecordNotFound","message":"Could not locate record"})");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kPermanent) << "it is gone";
  answers["com.atproto.repo.getRecord"] = FakeHttpClient::Response(200, R"({"value":{}})");
  EXPECT_EQ(Publish(content).error_class, platform::ErrorClass::kRetryable) << "which one?";
}

TEST_F(BlueskyConnectorTest, WhoMayReplyIsInTheSameCommit) {
  constexpr char kApply[] = "com.atproto.repo.applyWrites";
  answers[kApply] = FakeHttpClient::Response(
      200, R"({"commit":{},"results":[{"uri":"at://did:plc:abc/app.bsky.feed.post/3kabc","cid":"b"},{"uri":"at://gate","cid":"c"}]})");
  platform::PublishContent content{.text = "Hello"};
  content.reply_groups.emplace({platform::ReplyGroup::kMentioned});
  const auto out = Publish(content);
  EXPECT_EQ(out.kind, Kind::kPublished) << out.error;
  EXPECT_EQ(out.remote_id, "at://did:plc:abc/app.bsky.feed.post/3kabc");
  EXPECT_EQ(client_.requests.size(), 1u);
  EXPECT_TRUE(Asked(kApply).has_effect);
  const Json writes = (*platform::ParseJson(Asked(kApply).body))["writes"];
  const std::string key = RecordKey(clock_.Now(), "dlv_1");
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0]["collection"], "app.bsky.feed.post");
  EXPECT_EQ(writes[0]["rkey"], key);
  EXPECT_EQ(writes[0]["value"]["text"], "Hello");
  EXPECT_EQ(writes[1]["collection"], "app.bsky.feed.threadgate");
  EXPECT_EQ(writes[1]["rkey"], key) << "as the lexicon wants it";
  EXPECT_EQ(writes[1]["value"]["post"], "at://did:plc:abc/app.bsky.feed.post/" + key);
  answers[kApply] = FakeHttpClient::Response(500, R"({"error":"InternalServerError","message":"Internal Server Error"})");
  EXPECT_EQ(Publish(content).kind, Kind::kUnknown) << "an earlier attempt may have got through";
  for (const char* odd : {R"({"commit":{}})", R"({"results":[]})", R"({"results":[{}]})"}) {
    answers[kApply] = FakeHttpClient::Response(200, odd);
    EXPECT_EQ(Publish(content).kind, Kind::kUnknown) << odd;
  }
}

TEST_F(BlueskyConnectorTest, AClosedGateSendsNothing) {
  may_send = false;
  EXPECT_EQ(Publish({.text = "Hello"}).kind, Kind::kNotSent);
}

TEST_F(BlueskyConnectorTest, WithoutTimeNothingIsSent) {
  client_.Handle([this](const http::HttpRequest& request) {
    ++asked[NameOf(request)];
    clock_.Advance(absl::Seconds(11));
    return FakeHttpClient::Response(200, R"({"did":"did:plc:ana"})");
  });
  EXPECT_EQ(Publish({.text = "hi @ana.test"}).kind, Kind::kNotSent);
  EXPECT_EQ(asked[kPut], 0);
}

TEST_F(BlueskyConnectorTest, ASecretOfAnotherShapeIsRefusedBeforeItIsShownToAnybody) {
  EXPECT_TRUE(connector_->CheckSecret("brand.example abcd-efgh").ok());
  EXPECT_TRUE(connector_->CheckSecret("{\n \"identifier\": \"a\",\n \"app_password\": \"b\"}").ok());
  EXPECT_EQ(ReasonOf(connector_->CheckSecret("abcd-efgh")), "BAD_TOKEN");
  EXPECT_TRUE(client_.requests.empty());
}

TEST_F(BlueskyConnectorTest, WhatIsNoSessionSendsNothing) {
  access_.access_token = "brand.example abcd-efgh";
  EXPECT_EQ(Publish({.text = "Hello"}).kind, Kind::kRefused);
  EXPECT_FALSE(carillon::testing::Upload(*connector_, access_, {"/x", "image/png", ""}, absl::Seconds(1)).ok());
  EXPECT_EQ(connector_->Lendable(access_.access_token), "");
  EXPECT_TRUE(client_.requests.empty());
}

constexpr char kGet[] = "com.atproto.repo.getRecord";
constexpr char kList[] = "com.atproto.repo.listRecords";

std::string RecordBody(const std::string& key, const std::string& text) {
  return Json{{"uri", "at://did:plc:abc/app.bsky.feed.post/" + key}, {"cid", "b"}, {"value", {{"text", text}}}}.dump();
}

TEST_F(BlueskyConnectorTest, TheKeySaysThatItIsThere) {
  const std::string key = RecordKey(clock_.Now(), "dlv_1");
  answers[kGet] = FakeHttpClient::Response(200, RecordBody(key, "Hello"));
  const auto found = LookUp();
  EXPECT_EQ(found.kind, Found::kFound);
  EXPECT_EQ(found.remote_id, "at://did:plc:abc/app.bsky.feed.post/" + key);
  EXPECT_EQ(found.remote_url, "https://bsky.app/profile/brand.example/post/" + key);
  EXPECT_NE(Asked(kGet).url.find("rkey=" + key), std::string::npos);
  answers[kGet] = FakeHttpClient::Response(200, RecordBody(key, "Another"));
  EXPECT_EQ(LookUp().kind, Found::kAmbiguous) << "never claimed for its key alone";
  answers[kGet] = FakeHttpClient::Response(200, R"({"uri":"at://did:plc:other/app.bsky.feed.post/3k","value":{}})");
  EXPECT_EQ(LookUp().kind, Found::kUnavailable) << "not what was asked for";
}

TEST_F(BlueskyConnectorTest, AnotherDeliverysPostIsNotClaimed) {
  const std::string key = RecordKey(clock_.Now(), "dlv_1");
  answers[kGet] = FakeHttpClient::Response(200, RecordBody(key, "Hello"));
  known_ = {"at://did:plc:abc/app.bsky.feed.post/" + key};
  EXPECT_EQ(LookUp().kind, Found::kAmbiguous);
}

TEST_F(BlueskyConnectorTest, OnlyTheRepositorysHolderSaysThatItIsNotThere) {
  const std::string uri = "at://did:plc:abc/app.bsky.feed.post/" + RecordKey(clock_.Now(), "dlv_1");
  const auto empty = FakeHttpClient::Response(200, R"({"records":[]})");
  for (const std::string& absent :
       {std::string(R"({"error":"RecordNotFound"})"),
        R"({"error":"InvalidRequest","message":"Could not locate record: )" + uri + "\"}"}) {
    answers[kGet] = FakeHttpClient::Response(400, absent);
    answers[kList] = empty;
    EXPECT_EQ(LookUp().kind, Found::kAbsent) << absent;
    answers[kList] = FakeHttpClient::Response(400, R"({"error":"InvalidRequest","message":"Could not find repo"})");
    EXPECT_EQ(LookUp().kind, Found::kUnavailable) << absent;
  }
  answers[kList] = empty;
  for (const auto& unclear :
       {FakeHttpClient::Response(500, ""), FakeHttpClient::Response(404, "a proxy's page"),
        FakeHttpClient::Response(404, R"({"error":"XRPCNotSupported"})"),
        FakeHttpClient::Response(400, R"({"error":"InvalidRequest","message":"Could not locate record"})"),
        FakeHttpClient::Response(400, R"({"error":"RepoNotFound"})"),
        FakeHttpClient::Response(200, "{}"),
        FakeHttpClient::Response(400, R"({"error":"ExpiredToken"})"),
        FakeHttpClient::Failure(MakeStatus(Code::kUnavailable, "away"), true)}) {
    answers[kGet] = unclear;
    EXPECT_EQ(LookUp().kind, Found::kUnavailable) << (unclear.ok() ? unclear.response->body : "away");
  }
}

TEST_F(BlueskyConnectorTest, AListingIsReadBackToTheFirstAttempt) {
  answers[kGet] = FakeHttpClient::Response(400, R"({"error":"RecordNotFound"})");
  Json page = {{"records", Json::array()}, {"cursor", "more"}};
  const auto add = [&](absl::Time at) {
    page["records"].push_back(*platform::ParseJson(RecordBody(RecordKey(at, "dlv_other"), "Hello")));
  };
  add(clock_.Now());
  answers[kList] = FakeHttpClient::Response(200, page.dump());
  EXPECT_EQ(LookUp().kind, Found::kUnavailable) << "it never ends";
  EXPECT_EQ(asked[kList], 10);
  add(clock_.Now() - absl::Minutes(2));
  answers[kList] = FakeHttpClient::Response(200, page.dump());
  EXPECT_EQ(LookUp().kind, Found::kAbsent);
  EXPECT_EQ(asked[kList], 11);
  page["records"].push_back({{"uri", "no address"}});
  std::swap(page["records"][0], page["records"][2]);
  answers[kList] = FakeHttpClient::Response(200, page.dump());
  EXPECT_EQ(LookUp().kind, Found::kUnavailable);
}

TEST_F(BlueskyConnectorTest, AnUploadsHandleIsItsBlob) {
  const carillon::testing::TempDir folder;
  const std::string path = folder.Write("tree.png", "bytes of a tree");
  answers["com.atproto.repo.uploadBlob"] = FakeHttpClient::Response(
      200, R"({"blob":{"$type":"blob","ref":{"$link":"bafkrei"},"mimeType":"image/png","size":15}})");
  answers[kPut] = FakeHttpClient::Response(200, kPutAnswer);
  const platform::MediaItem item{path, "image/png", "A tree"};
  const auto handle = carillon::testing::Upload(*connector_, access_, item, absl::Seconds(10));
  ASSERT_TRUE(handle.ok()) << ToString(handle.status());
  EXPECT_EQ(Asked("com.atproto.repo.uploadBlob").file.value().path, path) << "read while it is sent";
  EXPECT_EQ(Asked("com.atproto.repo.uploadBlob").content_type, "image/png");
  platform::PublishContent content{.text = "A tree"};
  content.media.push_back(item);
  EXPECT_EQ(Publish(content, {*handle}).kind, Kind::kPublished);
  EXPECT_NE(Asked(kPut).body.find("bafkrei"), std::string::npos);
  EXPECT_EQ(Publish(content).kind, Kind::kRefused) << "an upload is missing";
}

TEST_F(BlueskyConnectorTest, ConnectingTurnsTheAppPasswordIntoASession) {
  answers["com.atproto.server.createSession"] = FakeHttpClient::Response(
      200, R"({"did":"did:plc:abc","handle":"brand.example","accessJwt":"a","refreshJwt":"r"})");
  access_.access_token = R"({"identifier":"brand.example","app_password":"abcd"})";
  const auto info = connector_->Verify(access_, absl::Seconds(10));
  ASSERT_TRUE(info.ok()) << ToString(info.status());
  EXPECT_EQ(info->remote_account_id, "did:plc:abc");
  EXPECT_EQ(info->username, "brand.example");
  EXPECT_TRUE(info->refreshable);
  EXPECT_EQ(info->token_expires_at, clock_.Now() + absl::Hours(2)) << "where the token does not say";
  EXPECT_EQ(info->secret.find("abcd"), std::string::npos) << "the password is not kept";
  EXPECT_EQ(info->display_name, "brand.example") << "where the profile cannot be read";
  EXPECT_EQ(connector_->Lendable(info->secret), "a");
  answers["app.bsky.actor.getProfile"] = FakeHttpClient::Response(200, R"({"displayName":"The Brand"})");
  EXPECT_EQ(connector_->Verify(access_, absl::Seconds(10))->display_name, "The Brand");
}

TEST_F(BlueskyConnectorTest, WhatBlueskyWouldRefuseIsRefusedHere) {
  const auto limits = *connector_->Limits(access_, absl::Seconds(1));
  const auto refused = [&](const platform::PublishContent& content) {
    return std::string(ReasonOf(connector_->Validate(content, limits)));
  };
  EXPECT_EQ(refused({.text = std::string(300, 'a')}), "");
  EXPECT_EQ(refused({.text = std::string(301, 'a')}), "TEXT_TOO_LONG");
  std::string family;
  for (int i = 0; i < 160; ++i) family += "\U0001F469\u200D\U0001F467";
  EXPECT_EQ(refused({.text = family.substr(0, 11 * 100)}), "") << "100 graphemes, 1,100 bytes";
  EXPECT_EQ(refused({.text = family + family}), "TEXT_TOO_LONG") << "more than 3,000 bytes";
  EXPECT_EQ(refused({.text = " "}), "EMPTY_POST");
  EXPECT_EQ(refused({.text = "\xff"}), "INVALID_UTF8");
  EXPECT_EQ(refused({.text = "x", .language = "pt-BR"}), "");
  EXPECT_EQ(refused({.text = "x", .language = "pt_BR"}), "BAD_LANGUAGE");
  platform::PublishContent content{.text = "x"};
  content.media.assign(5, {.mime_type = "image/png", .size_bytes = 1});
  EXPECT_EQ(refused(content), "TOO_MANY_MEDIA");
  content.media.assign(2, {.mime_type = "video/mp4", .size_bytes = 1});
  EXPECT_EQ(refused(content), "MEDIA_MIXED");
  content.media.assign(1, {.mime_type = "application/pdf", .size_bytes = 1});
  EXPECT_EQ(refused(content), "MEDIA_TYPE_UNSUPPORTED");
  content.media.assign(1, {.mime_type = "image/png", .size_bytes = 2'000'000});
  EXPECT_EQ(refused(content), "");
  content.media.assign(1, {.mime_type = "image/png", .size_bytes = 2'000'001});
  EXPECT_EQ(refused(content), "MEDIA_TOO_LARGE");
  content.media.assign(1, {.mime_type = "video/mp4", .size_bytes = 300'000'000});
  EXPECT_EQ(refused(content), "");
  content.media.assign(1, {.mime_type = "image/png", .alt_text = "\xff", .size_bytes = 1});
  EXPECT_EQ(refused(content), "INVALID_UTF8");
}

}  // namespace
}  // namespace carillon::bluesky
