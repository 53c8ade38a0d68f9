// What leaves the building: one attempt over a scripted connector, the last checks before the first byte, the reporter, the pool.
#include <filesystem>
#include <future>

#include "common/media_store/folder_store.h"
#include "services/publisher/client/control_board.h"
#include "services/publisher/effects/publisher_gates.h"
#include "services/publisher/effects/sender_pool.h"
#include "tests/support/child_process.h"
#include "tests/unit/publisher/harness.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher::testing {
namespace {

constexpr char kToken[] = "token-that-must-stay-secret";

class SendTest : public ::testing::Test {
 protected:
  SendTest() : vault_(*vault::Vault::FromText(vault::NewKey())), credentials_(vault_), control_(h.clock) {
    auto connector = std::make_unique<FakeConnector>();
    connector_ = connector.get();
    platforms_.Add(std::move(connector));
    account_ = h.Connect();
    credentials_.Put(credentials_.Seal(account_, 1, kToken));
    Beat();
  }

  void Beat(const std::string& killed_brand = "") {
    scheduler::v1::ControlRecord record;
    if (!killed_brand.empty()) {
      auto& kill = *record.add_active();
      kill.set_org_id(kOrg);
      kill.set_brand_id(killed_brand);
    }
    control_.Take(record.SerializeAsString(), h.clock.Now());
  }
  SendParts Parts() {
    return {platforms_, credentials_, control_, guard_, h.clock, media_, absl::Seconds(1)};
  }
  media_store::StoredFile Store(const std::string& bytes) {
    auto upload = *media_.Begin(1'000);
    EXPECT_TRUE(upload->Write(bytes).ok());
    return *upload->Finish();
  }
  static void Name(const media_store::StoredFile& file, v1::Media* media) {
    media->set_sha256(file.sha256);
    media->set_mime_type(file.mime_type);
    media->set_size_bytes(file.size_bytes);
  }
  void SetProfile(const v1::ProfileChange& change) {
    v1::Dispatch order;
    order.set_delivery_id(MakeId("dlv", {"profile"}, account_));
    order.set_account_id(account_);
    order.set_org_id(kOrg);
    order.set_brand_id(kBrand);
    order.set_action(v1::ACTION_KIND_SET_PROFILE);
    order.set_target_remote_id("acme");
    *order.mutable_content()->mutable_profile() = change;
    ASSERT_TRUE(h.Do(order.delivery_id(), order).status.ok());
  }
  v1::PublishReport Send() {
    const SendJob& job = *h.sends.back();
    return SendOnce(Parts(), job, h.clock.BootTime() + (job.send_before - h.clock.Now()));
  }

  Harness h;
  vault::Vault vault_;
  CredentialStore credentials_;
  ControlBoard control_;
  FakeGuard guard_;
  platform::Registry platforms_;
  FakeConnector* connector_ = nullptr;
  std::string account_;
  carillon::testing::TempDir folder_;
  media_store::FolderStore media_{folder_.path()};
};

TEST_F(SendTest, PublishesOnceWithOneKeyPerTarget) {
  const std::string id = h.Publish(account_);
  int armed_while_open = -1;
  connector_->before_first_byte = [&] { armed_while_open = guard_.armed; };
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.result(), v1::PUBLISH_RESULT_PUBLISHED);
  EXPECT_EQ(report.remote_id(), "r1");
  EXPECT_EQ(connector_->last.idempotency_key, id);
  EXPECT_EQ(connector_->last.access.access_token, kToken);
  EXPECT_LT(connector_->last.timeout, h.rules.send_budget);
  EXPECT_EQ(armed_while_open, 0);
  EXPECT_EQ(guard_.deadline, h.clock.BootTime() + h.rules.send_budget);
  EXPECT_EQ(guard_.armed, 0);
  EXPECT_EQ(report.ShortDebugString().find(kToken), std::string::npos);
}

TEST_F(SendTest, AProfileIsChangedWithTheFilesThatWereApproved) {
  const media_store::StoredFile picture = Store("\x89PNG\r\n\x1a\n and more");
  v1::ProfileChange change;
  change.set_bio("Bells");
  Name(picture, change.mutable_avatar());
  SetProfile(change);
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.result(), v1::PUBLISH_RESULT_PUBLISHED);
  EXPECT_EQ(connector_->effects, 1);
  EXPECT_EQ(connector_->changed.change.bio, "Bells");
  EXPECT_FALSE(connector_->changed.change.display_name);
  ASSERT_TRUE(connector_->changed.change.avatar);
  EXPECT_TRUE(std::filesystem::exists(connector_->changed.change.avatar->path));
  EXPECT_EQ(connector_->changed.change.avatar->mime_type, "image/png");
  EXPECT_EQ(connector_->uploads, 0);
}

TEST_F(SendTest, AProfilesPictureThatIsAnotherThanWasApprovedIsNotSent) {
  v1::ProfileChange change;
  Name(Store("\x89PNG\r\n\x1a\n and more"), change.mutable_header());
  change.mutable_header()->set_size_bytes(1);
  SetProfile(change);
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.result(), v1::PUBLISH_RESULT_REFUSED);
  EXPECT_EQ(report.error_reason(), "BAD_MEDIA");
  EXPECT_EQ(connector_->effects, 0);
}

TEST_F(SendTest, AProfileIsNotChangedUnderAKillSwitch) {
  v1::ProfileChange change;
  change.set_bio("Bells");
  SetProfile(change);
  connector_->before_first_byte = [&] { Beat(kBrand); };
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.result(), v1::PUBLISH_RESULT_NOT_SENT);
  EXPECT_EQ(report.error_reason(), "KILL_SWITCH");
  EXPECT_EQ(connector_->effects, 0);
}

TEST_F(SendTest, PausedSenderNeverSendsLate) {
  h.Publish(account_);
  // Frozen after everything was prepared, before the first byte.
  connector_->before_first_byte = [&] {
    h.clock.Advance(h.rules.send_budget);
    Beat();
  };
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.result(), v1::PUBLISH_RESULT_NOT_SENT);
  EXPECT_EQ(report.error_reason(), "TOO_LATE");
  EXPECT_EQ(connector_->effects, 0);
  EXPECT_EQ(guard_.armed, 0);
}

TEST_F(SendTest, AWallClockThatIsSetBackGivesNoMoreTime) {
  h.Publish(account_);
  const absl::Duration deadline = h.clock.BootTime() + h.rules.send_budget;
  h.clock.Advance(h.rules.send_budget);
  h.clock.JumpWall(-absl::Hours(1));
  EXPECT_EQ(SendOnce(Parts(), *h.sends.back(), deadline).result(), v1::PUBLISH_RESULT_NOT_SENT);
  EXPECT_FALSE(control_.Fresh());
  EXPECT_EQ(connector_->effects, 0);
}

TEST_F(SendTest, NoSendWithoutFreshControlView) {
  h.Publish(account_);
  connector_->before_first_byte = [&] { h.clock.Advance(absl::Seconds(3)); };
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.result(), v1::PUBLISH_RESULT_NOT_SENT);
  EXPECT_EQ(report.error_reason(), "CONTROL_VIEW");
  EXPECT_EQ(connector_->effects, 0);
}

TEST_F(SendTest, KillSwitchBetweenTheLogAndTheFirstByteStopsIt) {
  h.Publish(account_);
  connector_->before_first_byte = [&] { Beat(kBrand); };
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.error_reason(), "KILL_SWITCH");
  EXPECT_EQ(connector_->effects, 0);
  connector_->before_first_byte = [&] { Beat("another brand"); };
  EXPECT_EQ(Send().result(), v1::PUBLISH_RESULT_PUBLISHED);
}

TEST_F(SendTest, NothingIsSentWithoutATimerOrACredential) {
  h.Publish(account_);
  guard_.broken = true;
  EXPECT_EQ(Send().error_reason(), "NO_TIMER");
  guard_.broken = false;
  v1::CredentialRecord blank;
  blank.set_account_id(account_);
  blank.set_version(1);
  credentials_.Put(blank);
  EXPECT_EQ(Send().error_reason(), "CREDENTIAL");
  EXPECT_EQ(connector_->effects, 0);
}

TEST_F(SendTest, BadContentIsRefusedWithoutAByte) {
  h.Publish(account_, {.text = "too long"});
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.result(), v1::PUBLISH_RESULT_REFUSED);
  EXPECT_EQ(report.refusal(), v1::REFUSAL_CLASS_INVALID_CONTENT);
  EXPECT_EQ(report.error_reason(), "TEXT_TOO_LONG");
}

// A cut inside a code point would make a record that nobody can read.
TEST_F(SendTest, ALongErrorIsCutBetweenCharacters) {
  h.Publish(account_);
  connector_->refusal = std::string(299, 'x') + "\xC3\xA9 and more";
  const v1::PublishReport report = Send();
  EXPECT_EQ(report.error(), std::string(299, 'x'));
  EXPECT_TRUE(v1::PublishReport().ParseFromString(report.SerializeAsString()));
  h.Tell(report);
}

TEST_F(SendTest, PoolCarriesADispatchToItsEnd) {
  Reporter reporter(h.clock);
  SenderPool pool(Parts(), credentials_, reporter, {.senders = 2, .lookers = 1, .queue_max = 4});
  PublisherGates gates(control_, credentials_);
  gates.Bind(pool);
  PublisherDomain domain(h.rules, gates);
  ledger::testing::FakeLedger ledger(domain, h.clock, &pool);
  reporter.Start(ledger, absl::Milliseconds(1));
  pool.Start();
  v1::ConnectCommand command;
  *command.mutable_account() = h.Account(account_).account;
  *command.mutable_credential() = credentials_.Seal(account_, 1, kToken);
  ASSERT_TRUE(ledger.Command(kOrg, "r1", account_, command).status.ok());
  std::promise<void> sending;
  connector_->before_first_byte = [&] { sending.set_value(); };
  const v1::PublisherMessage message = h.Dispatch(account_, {});
  ASSERT_TRUE(ledger.Deliver(message));
  sending.get_future().wait();
  pool.Stop();
  reporter.Stop();
  const auto record = *static_cast<ledger::Reader&>(ledger).Get(message.dispatch().delivery_id());
  EXPECT_EQ(StateName(static_cast<const v1::PublisherRecord&>(*record).delivery().state()), "PUBLISHED");
  EXPECT_EQ(connector_->effects, 1);
}

TEST_F(SendTest, WhatIsQueuedWhenThePoolStopsIsNotSent) {
  ScriptedLedger ledger(h.domain, h.clock);
  Reporter reporter(h.clock);
  SenderPool pool(Parts(), credentials_, reporter, {.senders = 1, .lookers = 1, .queue_max = 4});
  reporter.Start(ledger, absl::Milliseconds(1));
  h.Publish(account_);
  pool.Run(h.sends.back());
  pool.Stop();
  pool.Start();
  pool.Stop();
  reporter.Stop();
  EXPECT_EQ(connector_->effects, 0);
  EXPECT_EQ(ledger.asked, 1);
}

TEST_F(SendTest, SlotsAreBoundedAndReturnByThemselves) {
  Reporter reporter(h.clock);
  SenderPool pool(Parts(), credentials_, reporter, {.senders = 2, .lookers = 1, .slots_per_sender = 1, .queue_max = 4});
  EXPECT_TRUE(pool.Keep("a", "https://mastodon.example"));
  EXPECT_FALSE(pool.Keep("b", "https://mastodon.example")) << "the last one is left to others";
  EXPECT_TRUE(pool.Keep("b", "https://other.example"));
  EXPECT_FALSE(pool.Keep("c", "https://a.third.example"));
  // Their commits failed: nobody ever comes.
  h.clock.Advance(absl::Seconds(2));
  EXPECT_TRUE(pool.Keep("c", "https://mastodon.example"));
}

TEST_F(SendTest, ReporterTellsUntilItIsTaken) {
  ScriptedLedger ledger(h.domain, h.clock);
  ledger.answers = {MakeStatus(Code::kUnavailable, "unknown outcome"),
                    Refuse(Code::kResourceExhausted, "QUEUE_FULL", "full"), Ok()};
  carillon::SystemClock clock;
  Reporter reporter(clock);
  reporter.Start(ledger, absl::Milliseconds(1));
  reporter.Report("dlv_1", std::make_shared<v1::PublishReport>());
  ledger.ended.get_future().wait();
  reporter.Stop();
  EXPECT_EQ(ledger.asked, 3);
}

TEST_F(SendTest, ReporterLeavesAShardThatIsNotOurs) {
  ScriptedLedger ledger(h.domain, h.clock);
  ledger.answers = {Refuse(Code::kUnavailable, "NOT_OWNER", "another process serves this shard")};
  carillon::SystemClock clock;
  Reporter reporter(clock);
  reporter.Start(ledger, absl::Milliseconds(1));
  reporter.Report("dlv_1", std::make_shared<v1::PublishReport>());
  ledger.ended.get_future().wait();
  reporter.Stop();
  EXPECT_EQ(ledger.asked, 1);
}

TEST_F(SendTest, LookUpAsksFromTheFirstAttemptInDoubt) {
  h.Publish(account_);
  h.Unknown(*h.sends.back());
  h.Pass(absl::Seconds(30));
  ASSERT_FALSE(h.lookups.empty());
  const v1::LookupReport report = LookUpOnce(Parts(), *h.lookups.back());
  EXPECT_EQ(report.result(), v1::LOOKUP_RESULT_FOUND);
  EXPECT_EQ(connector_->looked_since, h.lookups.back()->since);
  connector_->refusal = std::string(299, 'x') + "\xC3\xA9 and more";
  EXPECT_EQ(LookUpOnce(Parts(), *h.lookups.back()).error(), std::string(299, 'x'));
}

}  // namespace
}  // namespace carillon::publisher::testing
