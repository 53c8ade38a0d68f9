// Every request that the connector and the collector make, and every answer that the fake gives them, held against X's own OpenAPI file.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "common/platform/x/collector.h"
#include "common/platform/x/connector.h"
#include "common/platform/x/facts.h"
#include "tests/support/child_process.h"
#include "tests/support/conformance_data.h"
#include "tests/support/upload.h"
#include "tests/unit/x/fake_x.h"
#include "tests/unit/x/openapi.h"

namespace carillon::x {
namespace {

using platform::Json;
using testing::FakeX;
using testing::OpenApi;

constexpr char kTokenCall[] = "POST /2/oauth2/token";  // stands outside of the OpenAPI file

OpenApi Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return OpenApi(Json::parse(text.str()));
}

class XConformance : public ::testing::Test {
 protected:
  platform::PublishRequest Request() const {
    platform::PublishRequest request;
    request.access = {.account_id = "acct_x", .base_url = "https://api.x.com",
                      .remote_account_id = FakeX::kAccountId,
                      .access_token = R"({"access_token":"a1","refresh_token":"r1","client_id":"app"})"};
    request.content.text = "Hello & see example.com";
    request.content.link = "https://example.com/a";
    request.timeout = absl::Seconds(20);
    return request;
  }

  void Publishing() {
    const platform::PublishRequest first = Request();
    ASSERT_TRUE(connector_->Verify(first.access, absl::Seconds(5)).ok());
    ASSERT_EQ(connector_->Publish(first).kind, platform::PublishOutcome::Kind::kPublished);
    for (const char* type : {"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/quicktime"}) {
      platform::PublishRequest request = Request();
      request.content.text = type;
      request.content.in_reply_to_remote_id = x_.posts.at(0).id;
      request.content.media = {{.path = folder_.Write("media", std::string(3'000'000, 'm')), .mime_type = type, .alt_text = "a bell"}};
      const auto handle = carillon::testing::Upload(*connector_, request.access, request.content.media[0], absl::Seconds(50));
      ASSERT_TRUE(handle.ok()) << handle.status();
      request.media_handles = {*handle};
      ASSERT_EQ(connector_->Publish(request).kind, platform::PublishOutcome::Kind::kPublished) << type;
    }
    platform::PublishRequest forms = Request();
    forms.content.poll = platform::Poll{{"small", "large"}, false, false, absl::Hours(6)};
    using platform::ReplyGroup;
    for (const ReplyGroup group :
         {ReplyGroup::kMentioned, ReplyGroup::kFollowing, ReplyGroup::kSubscribers, ReplyGroup::kVerified}) {
      forms.content.text = "Which? " + std::to_string(static_cast<int>(group));
      forms.content.reply_groups.emplace({group});
      ASSERT_EQ(connector_->Publish(forms).kind, platform::PublishOutcome::Kind::kPublished);
    }
    forms = Request();
    forms.content.text = "See";
    forms.content.quoted_remote_id = x_.posts.at(0).id;
    ASSERT_EQ(connector_->Publish(forms).kind, platform::PublishOutcome::Kind::kPublished);
    platform::LookupRequest lookup;
    lookup.access = first.access;
    lookup.content = first.content;
    lookup.since = clock_.Now() - absl::Minutes(5);
    lookup.timeout = absl::Seconds(10);
    EXPECT_EQ(connector_->Lookup(lookup).kind, platform::LookupOutcome::Kind::kFound);
    platform::RefreshRequest refresh;
    refresh.access = first.access;
    refresh.timeout = absl::Seconds(5);
    EXPECT_EQ(connector_->Refresh(refresh).kind, platform::RefreshOutcome::Kind::kRefreshed);
  }

  void Collecting() {
    const std::string own = x_.posts.at(0).id;
    for (int i = 0; i < 12; ++i) {
      x_.AddPost({.author_id = FakeX::kOtherId, .text = "@brand yes example.com", .reply_to_id = own});
    }
    const platform::CollectorAccess access{.account_id = "acct_x", .base_url = "https://api.x.com",
                                           .remote_account_id = FakeX::kAccountId, .access_token = "a1"};
    auto page = collector_->Signals(access, "", 1, absl::Seconds(5));
    for (int i = 0; i < 10 && page.ok() && page->more; ++i) {
      page = collector_->Signals(access, page->cursor, 1, absl::Seconds(5));
    }
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_TRUE(collector_->Signals(access, page->cursor, 1'000, absl::Seconds(5)).ok());
    auto timeline = collector_->Timeline(access, "", 1, absl::Seconds(5));
    ASSERT_TRUE(timeline.ok()) << timeline.status();
    ASSERT_TRUE(collector_->Timeline(access, timeline->next, 1'000, absl::Seconds(5)).ok());
    ASSERT_TRUE(collector_->Posts(access, {own, "1"}, absl::Seconds(5)).ok());
    ASSERT_TRUE(collector_->Posts(access, {"1"}, absl::Seconds(5)).ok());
    ASSERT_TRUE(collector_->Replies(access, own, absl::Seconds(5)).ok());
    ASSERT_TRUE(collector_->Account(access, absl::Seconds(5)).ok());
  }

  carillon::testing::FakeClock clock_;
  carillon::testing::TempDir folder_;
  FakeX x_{clock_};
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(
      x_, clock_, OwnFacts(), {.sleep = [this](absl::Duration wait) { clock_.Advance(wait); }});
  const std::unique_ptr<platform::Collector> collector_ = MakeCollector(x_, clock_, OwnFacts());
};

TEST_F(XConformance, EachRequestAndAnswer) {
  const auto file = support::ConformanceFile("specs/x/openapi-2.167.json");
  if (!file) GTEST_SKIP() << support::kNoConformanceData;
  const OpenApi spec = Read(*file);
  x_.polls_needed = 1;
  Publishing();
  Collecting();
  std::set<std::string> seen;
  for (const FakeX::Exchange& exchange : x_.exchanges) {
    const std::string call = exchange.request.method + " " + exchange.path;
    if (call == kTokenCall) continue;
    ASSERT_TRUE(exchange.outcome.ok()) << call;
    const http::HttpResponse& response = *exchange.outcome.response;
    ASSERT_EQ(response.status / 100, 2) << call << " " << response.body;
    const auto operation = spec.Find(exchange.request.method, exchange.path);
    ASSERT_TRUE(operation) << "X has no " << call;
    seen.insert(operation->id);
    std::vector<std::string> wrong = spec.CheckQuery(*operation, exchange.query);
    const auto add = [&](std::vector<std::string> more) { wrong.insert(wrong.end(), more.begin(), more.end()); };
    if (!exchange.request.multipart.empty()) {
      Json body;
      for (const http::FormPart& part : exchange.request.multipart) {
        body[part.name] = part.name == "media" ? Json("bytes") : Json(std::stoi(part.value));
      }
      add(spec.CheckBody(*operation, "multipart/form-data", body));
    } else if (!exchange.request.body.empty()) {
      EXPECT_EQ(exchange.request.content_type, "application/json") << call;
      add(spec.CheckBody(*operation, "application/json", Json::parse(exchange.request.body)));
    } else {
      add(spec.CheckNoBody(*operation));
    }
    add(spec.CheckAnswer(*operation, response.status, Json::parse(response.body)));
    for (const std::string& what : wrong) ADD_FAILURE() << call << ": " << what;
  }
  EXPECT_EQ(seen, (std::set<std::string>{"appendMediaUpload", "createMediaMetadata", "createPosts", "finalizeMediaUpload",
                                         "getMediaUploadStatus", "getPostsByIds", "getUsersById", "getUsersMe",
                                         "getUsersMentions", "getUsersPosts", "initializeMediaUpload", "searchPostsRecent"}));
}

// What the checks themselves would find: a wrong name of a field is ignored by X, so nothing else would.
TEST_F(XConformance, TheCheckFindsWrongOnes) {
  const auto file = support::ConformanceFile("specs/x/openapi-2.167.json");
  if (!file) GTEST_SKIP() << support::kNoConformanceData;
  const OpenApi spec = Read(*file);
  const auto mentions = spec.Find("GET", "/2/users/12/mentions");
  ASSERT_TRUE(mentions);
  EXPECT_TRUE(spec.CheckQuery(*mentions, {{"max_results", "5"}, {"post.fields", "id,entities"}}).empty());
  EXPECT_FALSE(spec.CheckQuery(*mentions, {{"max_results", "4"}}).empty());
  EXPECT_FALSE(spec.CheckQuery(*mentions, {{"tweet.fields", "id"}}).empty());
  EXPECT_FALSE(spec.CheckQuery(*mentions, {{"post.fields", "id,author_id"}}).empty());
  EXPECT_FALSE(spec.CheckQuery(*mentions, {{"since_id", "at"}}).empty());
  const auto post = spec.Find("POST", "/2/tweets");
  ASSERT_TRUE(post);
  EXPECT_TRUE(spec.CheckBody(*post, "application/json", Json{{"text", "a"}}).empty());
  EXPECT_FALSE(spec.CheckBody(*post, "application/json", Json{{"txt", "a"}}).empty());
  EXPECT_FALSE(spec.CheckBody(*post, "application/json", Json{{"media", Json::object()}}).empty());
  EXPECT_FALSE(spec.CheckNoBody(*post).empty());
  EXPECT_FALSE(spec.CheckAnswer(*post, 200, Json::object()).empty());
  EXPECT_FALSE(spec.CheckAnswer(*post, 201, Json{{"data", {{"id", 5}}}}).empty());
  EXPECT_FALSE(spec.Find("GET", "/2/nothing"));
}

TEST(XFacts, TheCountsAreCalledSo) {
  const auto file = support::ConformanceFile("specs/x/openapi-2.167.json");
  if (!file) GTEST_SKIP() << support::kNoConformanceData;
  const OpenApi spec = Read(*file);
  for (const char* metric : {"metric.likes", "metric.reposts", "metric.replies", "metric.quotes", "metric.bookmarks",
                             "metric.impressions"}) {
    EXPECT_TRUE(spec.Describes("PostPublicMetrics", OwnFacts().Text(metric))) << metric;
  }
  EXPECT_TRUE(spec.Describes("UserPublicMetrics", OwnFacts().Text("metric.followers")));
}

}  // namespace
}  // namespace carillon::x
