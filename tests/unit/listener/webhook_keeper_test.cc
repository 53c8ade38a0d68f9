// Which webhooks are registered and who is subscribed, over the ledger in memory and a platform that counts what it is asked.
#include "services/listener/stream/webhook_keeper.h"

#include <gtest/gtest.h>

#include "common/platform/account_id.h"
#include "services/listener/stream/stream_metrics.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::Harness;

constexpr char kBase[] = "https://api.x.com";

std::string AccountOf(const std::string& remote_id) { return platform::AccountId("acme", "x", kBase, remote_id); }

class FakeWebhook : public platform::Webhook {
 public:
  std::string Platform() const override { return "x"; }
  Result<platform::ChallengeAnswer> AnswerChallenge(const Fields&, const std::string&) const override { return platform::BadChallenge(""); }
  Status CheckSignature(const Fields&, std::string_view, const std::string&) const override { return Ok(); }
  Result<platform::PushedEvents> Read(std::string_view) const override { return platform::PushedEvents(); }

  bool CanRegister() const override { return true; }
  Result<platform::Registration> Register(const platform::AppAccess&, const std::string& given, absl::Duration) const override {
    ++registers;
    url = given;
    RETURN_IF_ERROR(fault);
    platform::Registration out{"7", is_valid, {}};
    if (is_valid) out.remote_account_ids = users;
    return out;
  }
  Status Subscribe(const platform::AppAccess&, const platform::Registration&, const platform::CollectorAccess& account,
                   absl::Duration) const override {
    ++subscribes;
    if (const auto found = faults.find(account.remote_account_id); found != faults.end()) return found->second;
    users.insert(account.remote_account_id);
    return Ok();
  }
  Status Unsubscribe(const platform::AppAccess&, const platform::Registration&, const std::string& user, absl::Duration) const override {
    if (remove_fault.ok()) users.erase(user);
    return remove_fault;
  }

  mutable int registers = 0, subscribes = 0;
  mutable std::string url;
  mutable std::set<std::string> users;
  bool is_valid = true;
  Status fault, remove_fault;
  std::map<std::string, Status> faults;  // by remote account id
};

class FakeSources : public AccessSource, public AppSource {
 public:
  Result<platform::CollectorAccess> Lend(const std::string& account_id) override {
    ++lent;
    if (is_away) return MakeStatus(Code::kUnavailable, "away");
    for (const char* remote : {"1", "2", "3"}) {
      if (AccountOf(remote) == account_id) return platform::CollectorAccess{account_id, kBase, remote, "token"};
    }
    return Refuse(Code::kFailedPrecondition, "NOT_CONNECTED", "it has to be connected again");
  }
  void Drop(const std::string&) override { ++dropped; }
  Result<platform::AppAccess> LendApp(const std::string& org, const std::string& platform) override {
    RETURN_IF_ERROR(app_status);
    if (app_id.empty()) return AccessSource::LendApp(org, platform);
    return platform::AppAccess{app_id, kBase, "bearer"};
  }
  void DropApp(const std::string&, const std::string&) override { ++apps_dropped; }
  Result<bool> HasWebhookSecret(const std::string&, const std::string& app) override { return has_secret && app == app_id; }

  std::string app_id = "app_1";
  Status app_status;
  bool has_secret = true, is_away = false;
  int lent = 0, dropped = 0, apps_dropped = 0;
};

class WebhookKeeperTest : public ::testing::Test {
 protected:
  WebhookKeeperTest() {
    auto webhook = std::make_unique<FakeWebhook>();
    platform_ = webhook.get();
    platforms_.Add(std::move(webhook));
    keeper_.Bind(h_.ledger, h_.ledger, sources_, sources_);
  }
  // As the publisher tells it; the version only grows.
  void Connect(const std::string& remote_id, bool connected = true) {
    v1::ListenerMessage message;
    const std::string account = AccountOf(remote_id);
    message.mutable_header()->set_to(CollectionId(account));
    v1::AccountChanged& changed = *message.mutable_account_changed();
    changed.set_account_id(account);
    changed.set_org_id("acme");
    changed.set_brand_id("brand_1");
    changed.set_platform("x");
    changed.set_zone("Europe/Paris");
    changed.set_connected(connected);
    changed.set_version(++version_);
    ASSERT_TRUE(h_.ledger.Deliver(message));
  }
  void Scan(absl::Duration after = absl::ZeroDuration()) {
    clock_.Advance(after);
    const Status status = keeper_.Scan();
    ASSERT_TRUE(status.ok()) << status;
  }

  Harness h_;
  carillon::testing::FakeClock clock_;
  SystemRuntime runtime_;
  FakeWebhook* platform_ = nullptr;
  platform::Registry platforms_;
  FakeSources sources_;
  WebhookKeeper keeper_{{.public_url = "https://carillon.example"}, platforms_, clock_, runtime_};
  uint64_t version_ = 0;
};

TEST_F(WebhookKeeperTest, AccountsAreSubscribedWhenTheyAppear) {
  Scan();
  EXPECT_EQ(platform_->registers, 0) << "nobody is there";
  Connect("1");
  Scan();
  EXPECT_EQ(platform_->url, "https://carillon.example/webhooks/x/app_1");
  EXPECT_EQ(platform_->users, std::set<std::string>{"1"});
  Scan(absl::Minutes(10));
  EXPECT_EQ(platform_->registers, 1) << "nothing changed";
  Connect("2");
  Scan();
  EXPECT_EQ(platform_->users, (std::set<std::string>{"1", "2"}));
  EXPECT_EQ(platform_->subscribes, 2) << "only the new one";
  EXPECT_EQ(sources_.lent, 2) << "nor was more lent";
  EXPECT_EQ(WebhookAccountsSubscribed().Value(), 2);
  EXPECT_EQ(WebhooksInvalid().Value(), 0);
}

TEST_F(WebhookKeeperTest, ItLooksDaily) {
  Connect("1");
  Scan();
  platform_->users.clear();  // somebody took it away at the platform
  Scan(absl::Hours(17));
  EXPECT_TRUE(platform_->users.empty());
  Scan(absl::Hours(14));  // a day and a quarter, at the latest
  EXPECT_EQ(platform_->users, std::set<std::string>{"1"});
}

TEST_F(WebhookKeeperTest, WhoIsNoLongerConnectedIsTakenBack) {
  Connect("1");
  Connect("2");
  Scan();
  Connect("2", false);
  Scan();
  EXPECT_EQ(platform_->users, std::set<std::string>{"1"});
  Connect("1", false);
  Scan();
  EXPECT_TRUE(platform_->users.empty()) << "the last one too";
}

TEST_F(WebhookKeeperTest, WhatCannotBeTakenBackHoldsUpNobody) {
  platform_->users = {"9"};  // nobody's
  platform_->remove_fault = MakeStatus(Code::kUnavailable, "500");
  Connect("1");
  Scan();
  EXPECT_EQ(platform_->users, (std::set<std::string>{"1", "9"}));
  platform_->remove_fault = Ok();
  Scan(absl::Minutes(2));
  EXPECT_EQ(platform_->users, std::set<std::string>{"1"}) << "tried again";
}

TEST_F(WebhookKeeperTest, WhileThePublisherIsAwayWhatIsDoneStays) {
  Connect("1");
  Scan();
  sources_.app_status = MakeStatus(Code::kUnavailable, "away");
  Scan(absl::Hours(1));
  EXPECT_EQ(WebhookAccountsSubscribed().Value(), 1);
  sources_.app_status = Ok();
  Connect("2");
  Scan();
  EXPECT_EQ(platform_->users, (std::set<std::string>{"1", "2"})) << "and nothing waits for it";
}

TEST_F(WebhookKeeperTest, WithoutTokenOrSecretNothingIsDone) {
  Connect("1");
  sources_.app_id = "";
  Scan();
  sources_.app_id = "app_1";
  sources_.has_secret = false;
  Scan();
  EXPECT_EQ(platform_->registers, 0);
  sources_.has_secret = true;
  Scan();
  EXPECT_EQ(platform_->users, std::set<std::string>{"1"});
  sources_.app_id = "app_2";
  Scan();
  EXPECT_EQ(platform_->url, "https://carillon.example/webhooks/x/app_2") << "another app is seen at once";
}

TEST_F(WebhookKeeperTest, AnAddressThatIsNotHeldForOursIsTriedAgainLater) {
  Connect("1");
  platform_->is_valid = false;
  Scan();
  EXPECT_TRUE(platform_->users.empty());
  EXPECT_EQ(WebhooksInvalid().Value(), 1);
  Connect("2");
  Scan();
  EXPECT_EQ(platform_->registers, 1) << "also new accounts wait";
  platform_->is_valid = true;
  Scan(absl::Minutes(2));
  EXPECT_EQ(platform_->users.size(), 2u);
  EXPECT_EQ(WebhooksInvalid().Value(), 0);
}

TEST_F(WebhookKeeperTest, OneThatFailsHoldsUpNoOther) {
  Connect("1");
  Connect("2");
  platform_->faults["1"] = Refuse(Code::kPermissionDenied, "NOT_ALLOWED", "SubscriptionLimitExceeded");
  Scan();
  EXPECT_EQ(platform_->users, std::set<std::string>{"2"});
  EXPECT_EQ(WebhookAccountsFailed().Value(), 1);
  Connect("3");
  Scan();
  EXPECT_EQ(platform_->users, (std::set<std::string>{"2", "3"})) << "a new one does not wait for it";
  platform_->faults.clear();
  Scan(absl::Minutes(5));
  EXPECT_EQ(platform_->users.size(), 3u);
  EXPECT_EQ(WebhookAccountsFailed().Value(), 0);
}

TEST_F(WebhookKeeperTest, TokensThatAreRefusedAreLentAnew) {
  Connect("1");
  platform_->faults["1"] = Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", "no");
  Scan();
  EXPECT_EQ(sources_.dropped, 1);
  platform_->fault = Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", "no");
  Scan(absl::Minutes(2));
  EXPECT_EQ(sources_.apps_dropped, 1);
}

TEST_F(WebhookKeeperTest, WhoSaysTooOftenIsLeftAloneForAWhile) {
  Connect("1");
  platform_->fault = Refuse(Code::kResourceExhausted, "RATE_LIMITED", "429");
  Scan();
  platform_->fault = Ok();
  Scan(absl::Minutes(5));
  EXPECT_EQ(platform_->registers, 1);
  Scan(absl::Minutes(15));
  EXPECT_EQ(platform_->users, std::set<std::string>{"1"});
}

TEST_F(WebhookKeeperTest, TheNextOwnerGoesOn) {
  Connect("1");
  Scan();
  h_.ledger.SetOwned(false);
  Scan(absl::Hours(48));
  EXPECT_EQ(platform_->registers, 1);
  EXPECT_EQ(WebhookAccountsSubscribed().Value(), 0) << "the other process counts them";
  h_.ledger.SetOwned(true);
  sources_.is_away = true;
  platform_->users.clear();
  Scan();
  EXPECT_TRUE(platform_->users.empty());
  sources_.is_away = false;
  Scan(absl::Minutes(2));
  EXPECT_EQ(platform_->users, std::set<std::string>{"1"});
}

}  // namespace
}  // namespace carillon::listener
