// Connector and collector against mastodon-mock, a server that others wrote (PyPI, MIT): what they believe of the API is not only
// what our own sandbox believes.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/http/client.h"
#include "common/platform/error_class.h"
#include "common/platform/mastodon/collector.h"
#include "common/platform/mastodon/connector.h"
#include "common/platform/mastodon/facts.h"
#include "tests/support/child_process.h"
#include "tests/support/sandbox_process.h"
#include "tests/support/upload.h"

namespace carillon {
namespace {

using platform::SignalKind;
using platform::LookupOutcome;
using platform::PublishOutcome;
using carillon::testing::ChildProcess;

constexpr char kConfig[] = R"(
[seed]
accounts = [
  { username = "brand", display_name = "Brand", access_token = "brand_token" },
  { username = "ana", display_name = "Ana", access_token = "ana_token" },
]
)";

class MastodonMock : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string python = carillon::testing::TestPython();
    if (python.empty()) return;
    folder_ = std::make_unique<carillon::testing::TempDir>();
    const std::string config = folder_->Write("mock.toml", kConfig);
    const std::string port = std::to_string(carillon::testing::FreePort());
    auto started = ChildProcess::Start({python, "-m", "mastodon_mock", "serve", "--in-memory", "--config", config,
                                        "--host", "127.0.0.1", "--port", port, "--log-level", "critical"},
                                       {.environment = {{"TMPDIR", folder_->path()}, {"PYTHONDONTWRITEBYTECODE", "1"}},
                                        .error_file = folder_->path() + "/stderr"});
    ASSERT_TRUE(started.ok()) << started.status();
    process_ = std::move(*started);
    url_ = "http://127.0.0.1:" + port;
    const auto client = http::MakeHttpClient({.allow_private_addresses = true});
    const bool up = carillon::testing::WaitUntil(
        [&] { return client->Send({.url = url_ + "/api/v1/instance"}).ok() || !process_->IsRunning(); },
        absl::Seconds(60));
    ASSERT_TRUE(up && process_->IsRunning()) << "mastodon-mock did not start";
  }
  static void TearDownTestSuite() {
    process_.reset();
    folder_.reset();
  }

  void SetUp() override {
    if (!process_) GTEST_SKIP() << "no Python with tests/requirements.txt: run deploy/setup --tests";
    for (auto* access : {&brand_, &ana_}) {
      access->base_url = url_;
      const auto info = connector_->Verify(*access, absl::Seconds(20));
      ASSERT_TRUE(info.ok()) << info.status();
      access->remote_account_id = info->remote_account_id;
    }
  }

  platform::PublishOutcome Publish(const platform::AccountAccess& access, platform::PublishContent content,
                         std::vector<std::string> media = {}, std::string key = RandomText()) {
    platform::PublishRequest request;
    request.access = access;
    request.content = std::move(content);
    request.idempotency_key = std::move(key);
    request.media_handles = std::move(media);
    request.timeout = absl::Seconds(20);
    return connector_->Publish(request);
  }
  platform::LookupOutcome LookUp(const platform::PublishContent& content, std::vector<std::string> known = {}) {
    platform::LookupRequest request;
    request.access = brand_;
    request.content = content;
    request.since = began_;
    request.known_remote_ids = std::move(known);
    request.timeout = absl::Seconds(20);
    return connector_->Lookup(request);
  }
  platform::CollectorAccess Reading() const {
    return {.account_id = "acct_x",
            .base_url = url_,
            .remote_account_id = brand_.remote_account_id,
            .access_token = brand_.access_token};
  }

  static std::unique_ptr<carillon::testing::TempDir> folder_;
  static std::unique_ptr<ChildProcess> process_;
  static std::string url_;
  SystemClock clock_;
  const absl::Time began_ = clock_.Now();
  const std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  const std::unique_ptr<platform::Connector> connector_ = mastodon::MakeConnector(*client_, clock_, mastodon::OwnFacts());
  const std::unique_ptr<platform::Collector> collector_ = mastodon::MakeCollector(*client_, clock_);
  platform::AccountAccess brand_{.access_token = "brand_token"};
  platform::AccountAccess ana_{.access_token = "ana_token"};
};
std::unique_ptr<carillon::testing::TempDir> MastodonMock::folder_;
std::unique_ptr<ChildProcess> MastodonMock::process_;
std::string MastodonMock::url_;

TEST_F(MastodonMock, VerifyAndLimits) {
  platform::AccountAccess wrong = brand_;
  wrong.access_token = "no-such-token";
  EXPECT_EQ(platform::ErrorClassOf(connector_->Verify(wrong, absl::Seconds(20)).status()), platform::ErrorClass::kAuth);
  const auto limits = connector_->Limits(brand_, absl::Seconds(20));
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->text_characters_max, 500);
  EXPECT_EQ(limits->image_bytes_max, 10485760);
  EXPECT_EQ(limits->idempotency_window, absl::ZeroDuration()) << "its source is not Mastodon's";
}

TEST_F(MastodonMock, PublishWithMediaAndFindIt) {
  const platform::MediaItem item{
      .path = folder_->Write("a.png", "\x89PNG"), .mime_type = "image/png", .alt_text = "eine Glocke"};
  const auto media = carillon::testing::Upload(*connector_, brand_, item, absl::Seconds(20));
  ASSERT_TRUE(media.ok()) << media.status();
  const platform::PublishContent content{
      .text = "Grüße & <你好>\n\nzweiter Absatz", .link = "https://example.com/a?x=1", .media = {item}};
  const platform::PublishOutcome out = Publish(brand_, content, {*media});
  ASSERT_EQ(out.kind, platform::PublishOutcome::Kind::kPublished) << out.error;
  EXPECT_FALSE(out.remote_url.empty());
  const platform::LookupOutcome found = LookUp(content);
  EXPECT_EQ(found.kind, platform::LookupOutcome::Kind::kFound) << found.error;
  EXPECT_EQ(found.remote_id, out.remote_id);
  EXPECT_EQ(LookUp(content, {out.remote_id}).kind, platform::LookupOutcome::Kind::kAbsent);
}

TEST_F(MastodonMock, TheSameKeyIsOnePost) {
  const std::string key = RandomText();
  const platform::PublishOutcome first = Publish(brand_, {.text = "once"}, {}, key);
  const platform::PublishOutcome second = Publish(brand_, {.text = "once"}, {}, key);
  EXPECT_EQ(first.kind, platform::PublishOutcome::Kind::kPublished);
  EXPECT_EQ(first.remote_id, second.remote_id);
  EXPECT_EQ(LookUp({.text = "once"}).kind, platform::LookupOutcome::Kind::kFound);
}

TEST_F(MastodonMock, TwoEqualTextsAreAmbiguous) {
  const platform::PublishOutcome first = Publish(brand_, {.text = "twice"});
  Publish(brand_, {.text = "twice"});
  EXPECT_EQ(LookUp({.text = "twice"}).kind, platform::LookupOutcome::Kind::kAmbiguous);
  EXPECT_EQ(LookUp({.text = "twice"}, {first.remote_id}).kind, platform::LookupOutcome::Kind::kFound);
}

TEST_F(MastodonMock, ATextThatItChangedIsNotAbsent) {
  // It takes asterisks for markup, as servers with Markdown do.
  ASSERT_EQ(Publish(brand_, {.text = "a **bold** move"}).kind, platform::PublishOutcome::Kind::kPublished);
  EXPECT_EQ(LookUp({.text = "a **bold** move"}).kind, platform::LookupOutcome::Kind::kAmbiguous);
}

TEST_F(MastodonMock, Refusals) {
  const platform::PublishOutcome too_long = Publish(brand_, {.text = std::string(501, 'a')});
  EXPECT_EQ(too_long.kind, platform::PublishOutcome::Kind::kRefused);
  EXPECT_EQ(too_long.error_class, platform::ErrorClass::kInvalidContent);
  platform::AccountAccess wrong = brand_;
  wrong.access_token = "no-such-token";
  EXPECT_EQ(Publish(wrong, {.text = "x"}).error_class, platform::ErrorClass::kAuth);
}

TEST_F(MastodonMock, RepliesAndMentionsBecomeSignals) {
  const platform::PublishOutcome post = Publish(brand_, {.text = "a question"});
  const platform::PublishOutcome reply =
      Publish(ana_, {.text = "@brand an answer", .in_reply_to_remote_id = post.remote_id});
  const platform::PublishOutcome mention = Publish(ana_, {.text = "hello @brand"});
  std::map<std::string, platform::Signal> seen;
  std::string cursor;
  while (true) {
    const auto page = collector_->Signals(Reading(), cursor, 40, absl::Seconds(20));
    ASSERT_TRUE(page.ok()) << page.status();
    for (const platform::Signal& signal : page->signals) seen[signal.remote_id] = signal;
    if (page->cursor == cursor) break;
    cursor = page->cursor;
  }
  ASSERT_TRUE(seen.contains(reply.remote_id));
  EXPECT_EQ(seen[reply.remote_id].kind, platform::SignalKind::kReply);
  EXPECT_EQ(seen[reply.remote_id].post_remote_id, post.remote_id);
  ASSERT_TRUE(seen.contains(mention.remote_id));
  EXPECT_EQ(seen[mention.remote_id].kind, platform::SignalKind::kMention);

  const auto replies = collector_->Replies(Reading(), post.remote_id, absl::Seconds(20));
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_EQ(replies->size(), 1u);
  EXPECT_EQ((*replies)[0].remote_id, reply.remote_id);
  const auto posts = collector_->Posts(Reading(), {post.remote_id, "424242"}, absl::Seconds(20));
  ASSERT_TRUE(posts.ok()) << posts.status();
  ASSERT_EQ(posts->size(), 1u);
  EXPECT_EQ((*posts)[0].replies, 1);
  const auto account = collector_->Account(Reading(), absl::Seconds(20));
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_GE(account->posts, 1);
}

}  // namespace
}  // namespace carillon
