// A listener without Kafka, Redis and gRPC, and a sandbox for it to listen to.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "carillon/listener/v1/internal.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/runtime.h"
#include "common/http/client.h"
#include "common/http/line_client.h"
#include "common/http/websocket_client.h"
#include "common/ledger/testing/fake_ledger.h"
#include "common/platform/registry.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/listener_domain.h"
#include "services/listener/poll/poll_pool.h"
#include "services/listener/stream/stream_keeper.h"
#include "tests/support/sandbox_process.h"

namespace carillon::listener::testing {

using carillon::testing::SandboxProcess;
using carillon::testing::WaitUntil;
using nlohmann::json;

struct Known {
  std::string id;  // ours
  platform::AccountAccess owner;
  platform::CollectorAccess reader;
};

class LentOut : public AccessSource {
 public:
  Result<platform::CollectorAccess> Lend(const std::string& account_id) override {
    std::lock_guard lock(mutex);
    const auto found = all.find(account_id);
    if (found == all.end()) return Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT", account_id);
    return found->second;
  }
  void Drop(const std::string&) override {}

  std::mutex mutex;
  std::map<std::string, platform::CollectorAccess> all;
};

struct Effects : ledger::EffectRunner {
  void Run(std::shared_ptr<const ledger::Effect> effect) override {
    if (pool != nullptr) pool->Run(std::move(effect));
  }
  PollPool* pool = nullptr;
};

class ListenerWorld : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string secret = RandomText();
    json accounts = json::array();
    for (const char* name : {"brand", "ann"}) {
      accounts.push_back({{"username", name}, {"token", name + secret}, {"history_weeks", 0}});
      accounts.push_back({{"username", std::string(name) + ".test"}, {"token", name + secret}, {"platform", "bluesky"}, {"history_weeks", 0}});
      accounts.push_back({{"username", std::string(name) + "_x"}, {"token", name + secret}, {"platform", "x"}, {"history_weeks", 0}});
    }
    auto started = SandboxProcess::Start(accounts, {"--engagement-scale", "0", "--rate-limit", "0", "--x-rate-percent", "0"});
    ASSERT_TRUE(started.ok()) << started.status();
    sandbox_ = std::move(*started);
    platforms_ = *platform::Registry::MakeAll(
        *http_, clock_, {.jetstream_url = "ws" + sandbox_->bluesky_url().substr(4) + "/subscribe"});
    for (const char* name : {"brand", "ann"}) {
      Make("mastodon", name, sandbox_->url(), name + secret);
      Make("bluesky", std::string(name) + ".test", sandbox_->bluesky_url(), std::string(name) + ".test " + name + secret);
      Make("x", std::string(name) + "_x", sandbox_->x_url(), name + secret);
    }
    poll_.poll_interval = absl::Hours(1);
    poll_.poll_lease = absl::Seconds(5);
    poll_.message_interval = absl::Hours(1);
    poll_.search_interval = absl::Hours(1);
    poll_.streamed_interval = absl::Hours(2);
    poll_.reaction_delay = absl::Milliseconds(50);
    stream_.scan_interval = absl::Milliseconds(100);
    stream_.backoff_min = absl::Milliseconds(50);
    stream_.backoff_max = absl::Milliseconds(500);
  }
  void TearDown() override { StopListener(); }

  void Make(const std::string& platform, const std::string& username, const std::string& url,
            const std::string& secret) {
    Known& known = accounts_[username];
    known.id = MakeId("acct", {"acme", platform, username});
    known.owner = {known.id, url, "", secret};
    platform::Connector* const connector = *platforms_.FindConnector(platform);
    const auto info = connector->Verify(known.owner, absl::Seconds(20));
    ASSERT_TRUE(info.ok()) << info.status();
    if (!info->secret.empty()) known.owner.access_token = info->secret;
    known.owner.remote_account_id = info->remote_account_id;
    known.reader = {known.id, url, info->remote_account_id, connector->Lendable(known.owner.access_token)};
    lent_.all[known.id] = known.reader;
  }

  void Connect(const std::string& platform, const std::string& username, uint64_t version = 1, bool connected = true) {
    v1::ListenerMessage message;
    v1::AccountChanged& changed = *message.mutable_account_changed();
    changed.set_account_id(accounts_[username].id);
    changed.set_org_id("acme");
    changed.set_brand_id("brand_1");
    changed.set_platform(platform);
    changed.set_connected(connected);
    changed.set_version(version);
    message.mutable_header()->set_to(CollectionId(changed.account_id()));
    ASSERT_TRUE(ledger().Deliver(message));
  }

  // Made at its first use, so that a test may set `poll_` before.
  ledger::testing::FakeLedger& ledger() {
    if (ledger_ == nullptr) {
      domain_ = std::make_unique<ListenerDomain>(poll_);
      ledger_ = std::make_unique<ledger::testing::FakeLedger>(*domain_, clock_, &effects_);
    }
    return *ledger_;
  }

  void StartListener() {
    pool_ = std::make_unique<PollPool>(PollOptions{.threads = 2}, platforms_, clock_, runtime_);
    keeper_ = std::make_unique<StreamKeeper>(stream_, platforms_, *sockets_, *lines_, clock_, runtime_);
    pool_->Bind(ledger(), ledger(), lent_, [this](const std::string& id) { return keeper_->IsStreamed(id); });
    keeper_->Bind(ledger(), ledger(), lent_);
    effects_.pool = pool_.get();
    pool_->Start();
    keeper_->Start();
  }
  void StopListener() {
    effects_.pool = nullptr;
    if (keeper_) keeper_->Stop();
    if (pool_) pool_->Stop();
    keeper_.reset();
    pool_.reset();
  }

  // Lets the ledger do what is due until it is so.
  bool Until(const std::function<bool()>& condition, absl::Duration timeout = absl::Seconds(30)) {
    return WaitUntil(
        [&] {
          ledger().RunDue(1);
          for (const ledger::OutMessage& message : ledger().TakeMessages()) {
            if (const auto* event = dynamic_cast<const v1::SignalEvent*>(message.body.get())) events_.push_back(*event);
          }
          return condition();
        },
        timeout);
  }
  // Its stream stands, and what was before it has been polled: nothing is due any more.
  bool UntilQuiet(const std::string& username) {
    return Until([&] {
      const v1::Collection now = Collection(username);
      return keeper_->IsStreamed(now.account_id()) && now.streamed() && now.history_done() &&
             !now.has_polling_since() && FromProto(now.next_poll_at()) > clock_.Now() + absl::Minutes(1);
    });
  }

  bool IsStreamed(const std::string& username) { return keeper_->IsStreamed(accounts_[username].id); }

  v1::Collection Collection(const std::string& username) {
    const auto record = *static_cast<ledger::Reader&>(ledger()).Get(CollectionId(accounts_[username].id));
    return record == nullptr ? v1::Collection() : static_cast<const v1::ListenerRecord&>(*record).collection();
  }
  std::vector<v1::InboxItem> Items(const std::string& index = "inbox_all") {
    std::vector<v1::InboxItem> out;
    const auto page = ledger().List({.index = index, .page_size = 500});
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return out;
    for (const auto& record : page->records) out.push_back(static_cast<const v1::ListenerRecord&>(*record).inbox_item());
    return out;
  }
  std::multiset<std::string> EventIds() {
    std::multiset<std::string> out;
    for (const v1::SignalEvent& event : events_) out.insert(event.id());
    return out;
  }

  std::string Publish(const std::string& platform, const std::string& username, const std::string& text) {
    platform::PublishRequest request;
    request.access = accounts_[username].owner;
    request.content.text = text;
    request.idempotency_key = RandomText();
    request.first_sent_at = clock_.Now();
    request.timeout = absl::Seconds(20);
    const auto out = (*platforms_.FindConnector(platform))->Publish(request);
    EXPECT_EQ(out.kind, platform::PublishOutcome::Kind::kPublished) << out.error;
    return out.remote_id;
  }
  // The ids of what synthetic users did.
  std::vector<std::string> Engage(const std::string& platform, const std::string& username, const std::string& what, int count,
                                  int first_user = 0) {
    const json answer = sandbox_->AdminPost(
        "/admin/engage", {{"account", username}, {"platform", platform}, {what, count}, {"first_user", first_user}});
    return answer.contains(what) ? answer[what].get<std::vector<std::string>>() : std::vector<std::string>();
  }

  SystemClock clock_;
  SystemRuntime runtime_;
  std::unique_ptr<SandboxProcess> sandbox_;
  const std::unique_ptr<http::HttpClient> http_ = http::MakeHttpClient({.allow_private_addresses = true});
  const std::unique_ptr<http::WebSocketClient> sockets_ = http::MakeWebSocketClient({.allow_private_addresses = true});
  const std::unique_ptr<http::WebSocketClient> lines_ = http::MakeLineClient(*http_, clock_);
  platform::Registry platforms_;
  std::map<std::string, Known> accounts_;
  LentOut lent_;
  DomainOptions poll_;
  StreamOptions stream_;
  std::vector<v1::SignalEvent> events_;

 private:
  Effects effects_;
  std::unique_ptr<ListenerDomain> domain_;
  std::unique_ptr<ledger::testing::FakeLedger> ledger_;
  std::unique_ptr<PollPool> pool_;
  std::unique_ptr<StreamKeeper> keeper_;
};

}  // namespace carillon::listener::testing
