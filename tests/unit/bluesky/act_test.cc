#include "common/platform/bluesky/act.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/atproto_syntax/tid.h"
#include "common/base/testing/fake_clock.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky {
namespace {

using http::testing::FakeHttpClient;
using platform::Action;
using platform::ErrorClass;
using platform::Json;
using Kind = platform::PublishOutcome::Kind;

constexpr char kDid[] = "did:plc:z72i7hdynmk6r22z27h6tvur";
const std::string kOwn = std::string("at://") + kDid + "/app.bsky.feed.post/3k2yihcrp6f2c";
constexpr char kReply[] = "at://did:plc:ana/app.bsky.feed.post/3k2yihcrp6f2d";
const Access kAccess{"https://pds.example", "s3cr3t"};

class BlueskyAct : public ::testing::Test {
 protected:
  BlueskyAct() {
    http_.Handle([this](const http::HttpRequest& request) {
      const size_t begin = request.url.find("/xrpc/") + 6;
      const std::string method = request.url.substr(begin, request.url.find('?') - begin);
      const bool gone = !gone_.empty() && request.url.find("collection=" + gone_) != std::string::npos;
      const auto found = gone ? answers_.end() : answers_.find(method);
      if (found == answers_.end()) return FakeHttpClient::Response(400, R"({"error":"RecordNotFound","message":"none"})");
      return FakeHttpClient::Response(found->second.first, found->second.second);
    });
    Answer("com.atproto.repo.putRecord", 200, R"({"uri":"at://x/y/z","cid":"bafy"})");
    Answer("com.atproto.repo.deleteRecord", 200, "{}");
  }
  void Answer(const std::string& method, int status, const std::string& body) { answers_[method] = {status, body}; }
  // The post as getPosts shows it.
  void Show(Json post) { Answer("app.bsky.feed.getPosts", 200, Json({{"posts", Json::array({std::move(post)})}}).dump()); }
  platform::PublishOutcome Do(Action action, const std::string& target) {
    platform::ActRequest request;
    request.action = action;
    request.target_remote_id = target;
    request.first_sent_at = clock_.Now();
    request.timeout = absl::Seconds(10);
    request.may_send = [this] { ++asked_; return true; };
    return Act(http_, clock_, request, kDid, kAccess);
  }
  Json Sent() const { return Json::parse(http_.requests.back().body); }

  carillon::testing::FakeClock clock_;
  FakeHttpClient http_;
  std::map<std::string, std::pair<int, std::string>> answers_;
  std::string gone_;  // a collection whose records are not there, whatever is the answer
  int asked_ = 0;
};

TEST_F(BlueskyAct, ADeletionIsOfTheAccountsOwnRecord) {
  EXPECT_EQ(Do(Action::kDelete, kOwn).kind, Kind::kPublished);
  ASSERT_EQ(http_.requests.size(), 2u);
  EXPECT_NE(http_.requests[0].url.find("collection=app.bsky.feed.threadgate"), std::string::npos) << "whether it says who may reply";
  EXPECT_FALSE(http_.requests[0].has_effect);
  EXPECT_EQ(Sent(), Json({{"repo", kDid}, {"collection", "app.bsky.feed.post"}, {"rkey", "3k2yihcrp6f2c"}}));
  EXPECT_TRUE(http_.requests[1].has_effect);
  EXPECT_EQ(Do(Action::kDelete, kReply).error_class, ErrorClass::kPermanent) << "somebody else's";
  EXPECT_EQ(Do(Action::kDelete, "77").error_class, ErrorClass::kPermanent);
  EXPECT_EQ(http_.requests.size(), 2u);
}

TEST_F(BlueskyAct, WhoMayReplyGoesWithThePost) {
  constexpr char kApply[] = "com.atproto.repo.applyWrites", kGet[] = "com.atproto.repo.getRecord";
  Answer(kGet, 200, R"({"uri":"x","cid":"bafy","value":{}})");
  Answer(kApply, 200, R"({"commit":{"cid":"bafy","rev":"3k2yihcrp6f2e"},"results":[{},{}]})");
  EXPECT_EQ(Do(Action::kDelete, kOwn).kind, Kind::kPublished);
  EXPECT_TRUE(http_.requests.back().has_effect);
  const auto deletion = [](const char* collection) {
    return Json({{"$type", "com.atproto.repo.applyWrites#delete"}, {"collection", collection}, {"rkey", "3k2yihcrp6f2c"}});
  };
  const Json both = Json::array({deletion("app.bsky.feed.post"), deletion("app.bsky.feed.threadgate")});
  EXPECT_EQ(Sent(), Json({{"repo", kDid}, {"writes", both}}));
  EXPECT_EQ(asked_, 1);
  Answer(kApply, 500, R"({"error":"InternalServerError","message":"Internal Server Error"})");
  EXPECT_EQ(Do(Action::kDelete, kOwn).kind, Kind::kUnknown);
  gone_ = "app.bsky.feed.post";
  EXPECT_EQ(Do(Action::kDelete, kOwn).kind, Kind::kPublished) << "only who may reply was left of it";
  EXPECT_EQ(Sent(), Json({{"repo", kDid}, {"collection", "app.bsky.feed.threadgate"}, {"rkey", "3k2yihcrp6f2c"}}));
  Answer(kGet, 503, "");
  const int before = asked_;
  EXPECT_EQ(Do(Action::kDelete, kOwn).error_class, ErrorClass::kRetryable);
  EXPECT_EQ(asked_, before);
}

TEST_F(BlueskyAct, ALikeIsTheSameRecordUnderTheSameKeyEachTime) {
  Show({{"uri", kReply}, {"cid", "bafyreply"}, {"record", Json::object()}});
  EXPECT_EQ(Do(Action::kLike, kReply).kind, Kind::kPublished);
  const Json first = Sent();
  EXPECT_EQ(first["collection"], "app.bsky.feed.like");
  EXPECT_EQ(first["rkey"], ReactionKey(kReply));
  EXPECT_TRUE(atproto_syntax::ParseTid(ReactionKey(kReply)));
  EXPECT_TRUE(first["swapRecord"].is_null());
  EXPECT_EQ(first["record"]["subject"], Json({{"uri", kReply}, {"cid", "bafyreply"}}));
  EXPECT_EQ(Do(Action::kLike, kReply).kind, Kind::kPublished);
  EXPECT_EQ(Sent(), first);
  // Another time under the same key: it is there.
  Answer("com.atproto.repo.putRecord", 400, R"({"error":"InvalidSwap","message":"Record was at bafy"})");
  EXPECT_EQ(Do(Action::kLike, kReply).kind, Kind::kPublished);
  EXPECT_NE(ReactionKey(kReply), ReactionKey(kOwn));
}

TEST_F(BlueskyAct, WhatWasLikedElsewhereIsLikedAndTakenBack) {
  const std::string elsewhere = std::string("at://") + kDid + "/app.bsky.feed.like/3kzzzzzzzzz2a";
  Show({{"uri", kReply}, {"cid", "bafyreply"}, {"viewer", {{"like", elsewhere}}}});
  Answer("com.atproto.repo.getRecord", 200, R"({"uri":"x","cid":"y","value":{}})");
  EXPECT_EQ(Do(Action::kLike, kReply).kind, Kind::kPublished);
  EXPECT_EQ(asked_, 0) << "nothing was written";
  // What the account is shown is old: the repository has none.
  answers_.erase("com.atproto.repo.getRecord");
  EXPECT_EQ(Do(Action::kLike, kReply).kind, Kind::kPublished);
  EXPECT_EQ(Sent()["rkey"], ReactionKey(kReply));
  EXPECT_EQ(Do(Action::kUnlike, kReply).kind, Kind::kPublished);
  EXPECT_EQ(Sent()["rkey"], "3kzzzzzzzzz2a");
  EXPECT_EQ(Do(Action::kUnrepost, kReply).kind, Kind::kPublished);
  EXPECT_EQ(Sent()["collection"], "app.bsky.feed.repost");
  EXPECT_EQ(Sent()["rkey"], ReactionKey(kReply));
}

TEST_F(BlueskyAct, APostThatIsGone) {
  Answer("app.bsky.feed.getPosts", 200, R"({"posts":[]})");
  EXPECT_EQ(Do(Action::kLike, kReply).error_class, ErrorClass::kPermanent);
  EXPECT_EQ(Do(Action::kUnlike, kReply).kind, Kind::kPublished);
  EXPECT_EQ(Do(Action::kHide, kReply).error_class, ErrorClass::kPermanent);
  EXPECT_EQ(Do(Action::kUnhide, kReply).kind, Kind::kPublished);
}

TEST_F(BlueskyAct, AReplyIsHiddenInTheThreadgateOfTheAccountsOwnPost) {
  Json reply = {{"uri", kReply}, {"cid", "c"}, {"record", {{"reply", {{"root", {{"uri", kOwn}}}}}}}};
  Show(reply);
  EXPECT_EQ(Do(Action::kHide, kReply).kind, Kind::kPublished);
  EXPECT_EQ(Sent()["collection"], "app.bsky.feed.threadgate");
  EXPECT_EQ(Sent()["rkey"], "3k2yihcrp6f2c");
  EXPECT_EQ(Sent()["record"]["post"], kOwn);
  EXPECT_EQ(Sent()["record"]["hiddenReplies"], Json::array({kReply}));
  EXPECT_TRUE(Sent()["swapRecord"].is_null());
  // One that is there is changed as it is, and only if nobody else changed it.
  const Json gate = {{"post", kOwn}, {"allow", Json::array()}, {"hiddenReplies", Json::array({"at://did:plc:bob/app.bsky.feed.post/1"})}};
  Answer("com.atproto.repo.getRecord", 200, Json({{"uri", "x"}, {"cid", "bafygate"}, {"value", gate}}).dump());
  EXPECT_EQ(Do(Action::kHide, kReply).kind, Kind::kPublished);
  EXPECT_EQ(Sent()["swapRecord"], "bafygate");
  EXPECT_EQ(Sent()["record"]["allow"], Json::array());
  EXPECT_EQ(Sent()["record"]["hiddenReplies"].size(), 2u);
  Answer("com.atproto.repo.putRecord", 400, R"({"error":"InvalidSwap","message":"Record was at other"})");
  EXPECT_EQ(Do(Action::kHide, kReply).error_class, ErrorClass::kRetryable);
  const int before = asked_;
  EXPECT_EQ(Do(Action::kUnhide, kReply).kind, Kind::kPublished) << "it is not hidden";
  EXPECT_EQ(asked_, before);
  reply["record"]["reply"]["root"]["uri"] = kReply;
  Show(reply);
  EXPECT_EQ(Do(Action::kHide, kReply).error_class, ErrorClass::kPermanent) << "somebody else's thread";
}

TEST_F(BlueskyAct, AReadThatFailsLeavesNothingDone) {
  Answer("app.bsky.feed.getPosts", 503, "");
  const auto out = Do(Action::kLike, kReply);
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, ErrorClass::kRetryable);
  EXPECT_EQ(asked_, 0);
}

TEST_F(BlueskyAct, EditsAreNotOffered) { EXPECT_EQ(Do(Action::kEdit, kOwn).error_class, ErrorClass::kPermanent); }

}  // namespace
}  // namespace carillon::bluesky
