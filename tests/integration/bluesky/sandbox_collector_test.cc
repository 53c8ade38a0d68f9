// The collector against the sandbox: every reaction becomes one signal, and every post is listed once.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/http/client.h"
#include "common/platform/bluesky/collector.h"
#include "common/platform/bluesky/connector.h"
#include "common/platform/bluesky/facts.h"
#include "tests/support/sandbox_process.h"

namespace carillon::bluesky {
namespace {

using carillon::testing::SandboxProcess;
using nlohmann::json;
using platform::SignalKind;

class BlueskySandboxCollector : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string password = RandomText();
    const json accounts = {
        {{"username", "brand.test"}, {"token", password}, {"platform", "bluesky"}, {"history_weeks", 8}}};
    auto started = SandboxProcess::Start(accounts, {"--engagement-scale", "0"});
    ASSERT_TRUE(started.ok()) << started.status();
    sandbox_ = std::move(*started);
    owner_.base_url = access_.base_url = sandbox_->bluesky_url();
    owner_.access_token = "brand.test " + password;
    const auto info = connector_->Verify(owner_, absl::Seconds(20));
    ASSERT_TRUE(info.ok()) << info.status();
    owner_.access_token = info->secret;
    owner_.remote_account_id = access_.remote_account_id = info->remote_account_id;
    access_.access_token = connector_->Lendable(info->secret);
  }
  std::string Publish(const std::string& text) {
    platform::PublishRequest request;
    request.access = owner_;
    request.content.text = text;
    request.idempotency_key = RandomText();
    request.first_sent_at = clock_.Now();
    request.timeout = absl::Seconds(20);
    const auto out = connector_->Publish(request);
    EXPECT_EQ(out.kind, platform::PublishOutcome::Kind::kPublished) << out.error;
    return out.remote_id;
  }
  // All that is there after the cursor, which moves.
  std::vector<platform::Signal> ReadAll(int count_max) {
    std::vector<platform::Signal> out;
    for (bool more = true; more;) {
      const auto page = collector_->Signals(access_, cursor_, count_max, absl::Seconds(20));
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return out;
      out.insert(out.end(), page->signals.begin(), page->signals.end());
      cursor_ = page->cursor;
      more = page->more;
    }
    return out;
  }

  SystemClock clock_;
  std::unique_ptr<SandboxProcess> sandbox_;
  const std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(*client_, clock_, OwnFacts());
  const std::unique_ptr<platform::Collector> collector_ = MakeCollector(*client_, clock_);
  platform::AccountAccess owner_{.account_id = "acct_x"};
  platform::CollectorAccess access_{.account_id = "acct_x"};
  std::string cursor_;
};

TEST_F(BlueskySandboxCollector, EveryReactionIsOneSignal) {
  ReadAll(80);  // what the eight weeks left
  const std::string post = Publish("ring the bells");
  sandbox_->AdminPost("/admin/engage", {{"post", post}, {"favourites", 7}, {"reblogs", 3}, {"texts", {"ja?", "nein!"}}});
  sandbox_->AdminPost("/admin/engage", {{"account", "brand.test"}, {"platform", "bluesky"}, {"mentions", 2}, {"follows", 4}, {"first_user", 40}});
  const std::vector<platform::Signal> signals = ReadAll(5);
  std::map<SignalKind, int> counts;
  std::set<std::pair<SignalKind, std::string>> ids;
  for (const platform::Signal& signal : signals) {
    ++counts[signal.kind];
    EXPECT_TRUE(ids.emplace(signal.kind, signal.remote_id).second) << "twice: " << signal.remote_id;
    EXPECT_NE(signal.author.find('.'), std::string::npos) << signal.author;
    const bool about_post = signal.kind != SignalKind::kFollow && signal.kind != SignalKind::kMention;
    EXPECT_EQ(signal.post_remote_id, about_post ? post : "");
    if (signal.kind == SignalKind::kReply) {
      EXPECT_TRUE(signal.text.ends_with("ja?") || signal.text.ends_with("nein!")) << signal.text;
      EXPECT_TRUE(signal.status_url.starts_with("https://bsky.app/profile/")) << signal.status_url;
    }
  }
  EXPECT_EQ(counts[SignalKind::kFavourite], 7);
  EXPECT_EQ(counts[SignalKind::kBoost], 3);
  EXPECT_EQ(counts[SignalKind::kReply], 2);
  EXPECT_EQ(counts[SignalKind::kMention], 2);
  EXPECT_EQ(counts[SignalKind::kFollow], 4);
  EXPECT_TRUE(ReadAll(5).empty()) << "the cursor passed them";

  // The thread has the same replies under the same ids.
  const auto replies = collector_->Replies(access_, post, absl::Seconds(20));
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_EQ(replies->size(), 2u);
  for (const platform::Signal& reply : *replies) EXPECT_TRUE(ids.contains({reply.kind, reply.remote_id})) << reply.remote_id;

  const std::string gone = post.substr(0, post.rfind('/')) + "/3jzfcijpj2z2a";
  const auto posts = collector_->Posts(access_, {post, gone}, absl::Seconds(20));
  ASSERT_TRUE(posts.ok()) << posts.status();
  ASSERT_EQ(posts->size(), 1u);
  EXPECT_EQ((*posts)[0].favourites, 7);
  EXPECT_EQ((*posts)[0].boosts, 3);
  EXPECT_EQ((*posts)[0].replies, 2);
  EXPECT_EQ((*posts)[0].text, "ring the bells");
  EXPECT_EQ(collector_->Replies(access_, gone, absl::Seconds(20)).status().code(), Code::kNotFound);
}

// Quotes are mentions about the post; the same quote, seen in no thread, comes once.
TEST_F(BlueskySandboxCollector, QuotesAreMentions) {
  ReadAll(80);
  const std::string post = Publish("quote me");
  sandbox_->AdminPost("/admin/engage", {{"post", post}, {"quotes", 2}});
  const auto signals = ReadAll(80);
  ASSERT_EQ(signals.size(), 2u);
  for (const auto& signal : signals) {
    EXPECT_EQ(signal.kind, SignalKind::kMention);
    EXPECT_EQ(signal.post_remote_id, post);
  }
}

TEST_F(BlueskySandboxCollector, TheTimelineIsWholeAndInOrder) {
  Publish("the newest");
  std::set<std::string> ids;
  std::string next;
  absl::Time before = absl::InfiniteFuture();
  while (true) {
    const auto page = collector_->Timeline(access_, next, 40, absl::Seconds(20));
    ASSERT_TRUE(page.ok()) << page.status();
    for (const platform::MetricSnapshot& post : page->posts) {
      EXPECT_TRUE(ids.insert(post.post_remote_id).second) << "twice: " << post.post_remote_id;
      EXPECT_LE(post.posted_at, before);
      before = post.posted_at;
    }
    if (page->next.empty()) break;
    next = page->next;
  }
  EXPECT_GT(ids.size(), 40u) << "eight weeks are more than a page";
  EXPECT_LT(before, clock_.Now() - absl::Hours(24 * 7 * 7));
  const auto account = collector_->Account(access_, absl::Seconds(20));
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_GT(account->followers, 0);
  EXPECT_GE(account->posts, static_cast<int64_t>(ids.size()));
}

TEST_F(BlueskySandboxCollector, ARefusedTokenIsSaid) {
  access_.access_token = "no-such-token";
  EXPECT_EQ(ReasonOf(collector_->Signals(access_, "", 40, absl::Seconds(20)).status()), "TOKEN_REFUSED");
}

}  // namespace
}  // namespace carillon::bluesky
