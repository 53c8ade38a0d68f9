// Every request that publishing and collecting make, with every kind of content, is what the lexicons allow.
#include "tests/unit/bluesky/lexicon.h"

#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/platform/bluesky/collector.h"
#include "common/platform/bluesky/connector.h"
#include "common/platform/bluesky/facts.h"
#include "tests/support/child_process.h"
#include "tests/support/conformance_data.h"
#include "tests/support/upload.h"
#include "tests/unit/bluesky/fake_pds.h"

namespace carillon::bluesky {
namespace {

using platform::Json;
using testing::FakePds;

class BlueskyLexicons : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = support::ConformanceFile("lexicons");
    if (!folder) GTEST_SKIP() << support::kNoConformanceData;
    lexicons_ = std::make_unique<testing::Lexicons>(*folder);
    access_.access_token = fmt::format("{} {}", FakePds::kHandle, FakePds::kPassword);
    access_.access_token = connector_->Verify(access_, absl::Seconds(5))->secret;
  }
  void TearDown() override {
    for (const http::HttpRequest& request : pds_.requests) {
      for (const std::string& wrong : lexicons_->Judge(request)) ADD_FAILURE() << wrong;
    }
  }
  void Publish(platform::PublishContent content) {
    platform::PublishRequest request;
    request.access = access_;
    request.content = std::move(content);
    request.idempotency_key = "dlv_" + std::to_string(pds_.requests.size());
    request.first_sent_at = clock_.Now();
    request.timeout = absl::Seconds(10);
    for (const platform::MediaItem& item : request.content.media) {
      request.media_handles.push_back(*carillon::testing::Upload(*connector_, access_, item, absl::Seconds(5)));
    }
    const Status valid = connector_->Validate(request.content, *connector_->Limits(access_, absl::Seconds(1)));
    EXPECT_TRUE(valid.ok()) << ToString(valid);
    const auto out = connector_->Publish(request);
    EXPECT_EQ(out.kind, platform::PublishOutcome::Kind::kPublished) << out.error;
  }

  carillon::testing::TempDir folder_;
  carillon::testing::FakeClock clock_;
  FakePds pds_{clock_};
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(pds_, clock_, OwnFacts());
  const std::unique_ptr<platform::Collector> collector_ = MakeCollector(pds_, clock_);
  platform::AccountAccess access_{"acct_1", "https://pds.example", FakePds::kDid, ""};
  std::unique_ptr<testing::Lexicons> lexicons_;
};

TEST_F(BlueskyLexicons, Posts) {
  Publish({.text = "Grüße @ana.test, see https://a.example/x?a=1 and b.example #Frühling", .language = "de"});
  Publish({.text = std::string(300, 'a')});
  Publish({.text = "", .link = "https://a.example/spring"});
  platform::PublishContent images{.text = "Four"};
  for (int i = 0; i < 4; ++i) {
    images.media.push_back({folder_.Write(std::to_string(i), "x"), "image/jpeg", i == 0 ? "" : "alt"});
  }
  images.link = "https://a.example/with";
  Publish(images);
  platform::PublishContent video{.text = ""};
  video.media.push_back({folder_.Write("v", "x"), "video/mp4", "A bird sings"});
  Publish(video);
}

TEST_F(BlueskyLexicons, Forms) {
  Publish({.text = "One"});
  const std::string first = pds_.posts().begin()->first;
  platform::PublishContent quote{.text = "See"};
  quote.quoted_remote_id = first;
  Publish(quote);
  quote.link = "https://a.example/spring";
  Publish(quote);
  quote.media.push_back({folder_.Write("a", "x"), "image/png", "A tree"});
  Publish(quote);
  EXPECT_EQ(pds_.posts().size(), 4u);
  platform::PublishContent labels{.text = "Careful"};
  labels.content_labels = {"sexual", "nudity", "porn", "graphic-media"};
  Publish(labels);
  using platform::ReplyGroup;
  for (const auto& groups : {std::vector<ReplyGroup>(), {ReplyGroup::kMentioned, ReplyGroup::kFollowers, ReplyGroup::kFollowing}}) {
    platform::PublishContent gated{.text = "Hush"};
    gated.reply_groups = groups;
    Publish(gated);
  }
  EXPECT_EQ(pds_.gates().size(), 2u);
}

TEST_F(BlueskyLexicons, LookUpsAndRefreshes) {
  platform::LookupRequest request;
  request.access = access_;
  request.idempotency_key = "dlv_none";
  request.first_sent_at = request.since = clock_.Now();
  request.timeout = absl::Seconds(10);
  EXPECT_EQ(connector_->Lookup(request).kind, platform::LookupOutcome::Kind::kAbsent);
  platform::RefreshRequest refresh{access_, absl::Seconds(5), [] { return true; }};
  EXPECT_EQ(connector_->Refresh(refresh).kind, platform::RefreshOutcome::Kind::kRefreshed);
}

TEST_F(BlueskyLexicons, Collecting) {
  const platform::CollectorAccess access{"acct_1", "https://pds.example", FakePds::kDid, "token"};
  const std::string post = std::string("at://") + FakePds::kDid + "/app.bsky.feed.post/3k";
  for (const int count : {1, 50, 10'000}) {
    (void)collector_->Signals(access, "", count, absl::Seconds(5));
    (void)collector_->Timeline(access, count == 1 ? "" : "cursor", count, absl::Seconds(5));
  }
  (void)collector_->Posts(access, std::vector<std::string>(60, post), absl::Seconds(5));
  (void)collector_->Replies(access, post, absl::Seconds(5));
  (void)collector_->Account(access, absl::Seconds(5));
}

// A reply's parent is asked of the AppView, which this PDS does not have.
TEST_F(BlueskyLexicons, AReplysParent) {
  platform::PublishRequest request;
  request.access = access_;
  request.content.text = "yes";
  request.content.in_reply_to_remote_id = "at://did:plc:ana/app.bsky.feed.post/3kpost";
  request.timeout = absl::Seconds(10);
  EXPECT_EQ(connector_->Publish(request).kind, platform::PublishOutcome::Kind::kRefused);
  EXPECT_EQ(pds_.Asked("app.bsky.feed.getPosts"), 1);
}

// The judge itself: what is not allowed is seen.
TEST_F(BlueskyLexicons, AWrongRequestIsSeen) {
  const auto judge = [&](const char* method, std::string url, std::string body) {
    http::HttpRequest request;
    request.method = method;
    request.url = "https://pds.example/xrpc/" + url;
    request.body = std::move(body);
    if (!request.body.empty()) request.content_type = "application/json";
    return lexicons_->Judge(request).size();
  };
  EXPECT_EQ(judge("GET", "app.bsky.notification.listNotifications?limit=100", ""), 0u);
  EXPECT_NE(judge("GET", "app.bsky.notification.listNotifications?limit=101", ""), 0u);
  EXPECT_NE(judge("GET", "app.bsky.notification.listNotifications?count=1", ""), 0u);
  EXPECT_NE(judge("POST", "app.bsky.notification.listNotifications", ""), 0u);
  EXPECT_NE(judge("GET", "com.atproto.repo.getRecord?repo=x", ""), 0u);
  EXPECT_NE(judge("POST", "com.atproto.server.refreshSession", "{}"), 0u);
  const std::string head = R"({"repo":"did:plc:abc","collection":"app.bsky.feed.post","rkey":"3k","record":)";
  const auto put = [&](const std::string& record) { return judge("POST", "com.atproto.repo.putRecord", head + record + "}"); };
  const std::string good = R"({"$type":"app.bsky.feed.post","text":"t","createdAt":"2027-01-15T08:00:00.000Z")";
  EXPECT_EQ(put(good + "}"), 0u);
  EXPECT_NE(put(R"({"$type":"app.bsky.feed.post","text":"t"})"), 0u);
  EXPECT_NE(put(good + R"(,"langs":["a","b","c","d"]})"), 0u);
  EXPECT_NE(put(good + R"(,"embed":{"$type":"app.bsky.embed.images","images":[{"alt":""}]}})"), 0u);
  EXPECT_NE(put(good + R"(,"embed":{"$type":"app.bsky.embed.poll"}})"), 0u);
  EXPECT_NE(put(good + R"(,"facets":[{"index":{"byteStart":-1,"byteEnd":2},"features":[]}]})"), 0u);
}

}  // namespace
}  // namespace carillon::bluesky
