// A Bluesky account from its app password to a refreshed session, through the publisher's API, with the real connector and a PDS in
// memory: the password is used once, what is kept is sealed, and who is lent access cannot refresh it.
#include "common/media_store/folder_store.h"
#include "common/platform/bluesky/connector.h"
#include "common/platform/bluesky/facts.h"
#include "common/platform/bluesky/session.h"
#include "services/publisher/effects/refresh_task.h"
#include "tests/support/child_process.h"
#include "tests/unit/bluesky/fake_pds.h"
#include "tests/unit/publisher/api_fixture.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher {
namespace {

using bluesky::testing::FakePds;

constexpr char kServer[] = "https://93.184.216.34";
constexpr char kGiven[] = R"({
  "identifier": "@brand.example",
  "app_password": "abcd-efgh-ijkl-mnop"
}
)";

class OpenControl : public ControlView {
 public:
  bool Fresh() const override { return true; }
  bool Blocked(const std::string&, const std::string&) const override { return false; }
  bool ClockOk() const override { return true; }
};

class BlueskyAccountTest : public testing::ApiFixture {
 protected:
  BlueskyAccountTest() { platforms_.Add(bluesky::MakeConnector(pds_, h_.clock, bluesky::OwnFacts())); }

  Result<v1::Account> Connect(const std::string& secret) {
    return ApiFixture::Connect("bluesky", secret, "brand_one", kServer);
  }
  bluesky::Session Kept(const v1::Account& account) {
    const auto secret = credentials_.Open(account.id(), account.credential_version());
    EXPECT_TRUE(secret.ok()) << ToString(secret.status());
    const auto session = bluesky::ReadSession(secret.ok() ? *secret : "");
    EXPECT_TRUE(session.ok()) << ToString(session.status());
    return session.ok() ? *session : bluesky::Session();
  }
  // In no record and no message, in clear.
  void ExpectNowhere(const std::string& secret) {
    ASSERT_FALSE(secret.empty());
    for (const auto& record : ledger_.log()) {
      EXPECT_EQ(record->SerializeAsString().find(secret), std::string::npos);
    }
    for (const auto& message : ledger_.TakeMessages()) {
      EXPECT_EQ(message.body->SerializeAsString().find(secret), std::string::npos);
    }
  }
  v1::RefreshReport RefreshOnce(const RefreshJob& job) {
    const SendParts parts{platforms_, credentials_, control_, guard_, h_.clock, media_, absl::Seconds(10)};
    return publisher::RefreshOnce(parts, credentials_, job, h_.clock.BootTime() + absl::Seconds(20));
  }
  // Until the domain asks for a new token; the job is the last of `refreshes`.
  void PassUntilRefresh() {
    const size_t before = effects_.refreshes.size();
    for (int i = 0; i < 200 && effects_.refreshes.size() == before; ++i) {
      h_.clock.Advance(absl::Minutes(1));
      ledger_.RunDue();
    }
    ASSERT_EQ(effects_.refreshes.size(), before + 1);
  }

  FakePds pds_{h_.clock};
  OpenControl control_;
  testing::FakeGuard guard_;
};

TEST_F(BlueskyAccountTest, TheAppPasswordBecomesASessionWhichIsSealed) {
  const auto account = Connect(kGiven);
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  EXPECT_EQ(account->platform(), "bluesky");
  EXPECT_EQ(account->remote_account_id(), FakePds::kDid);
  EXPECT_EQ(account->username(), FakePds::kHandle);
  EXPECT_EQ(account->display_name(), "The Brand");
  EXPECT_EQ(account->limits().text_characters_max(), 300);
  EXPECT_TRUE(account->token_refreshable());
  EXPECT_EQ(FromProto(account->token_expires_at()), h_.clock.Now() + absl::Hours(2));
  const bluesky::Session kept = Kept(*account);
  EXPECT_EQ(kept.did, FakePds::kDid);
  for (const std::string& secret : {std::string(FakePds::kPassword), kept.access, kept.refresh}) ExpectNowhere(secret);
  EXPECT_EQ(pds_.Asked("com.atproto.server.createSession"), 1);
}

TEST_F(BlueskyAccountTest, OnlyAccessIsLent) {
  const auto account = Connect(std::string(FakePds::kHandle) + " " + FakePds::kPassword);
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  auto lent = Lend(account->id());
  ASSERT_TRUE(lent.ok()) << ToString(lent.status());
  EXPECT_EQ(lent->access_token(), Kept(*account).access);
  EXPECT_EQ(lent->remote_account_id(), FakePds::kDid);
  EXPECT_EQ(lent->valid_for_s(), 300);
  h_.clock.Advance(absl::Hours(2) - absl::Seconds(30));
  EXPECT_EQ(Lend(account->id())->valid_for_s(), 30) << "never longer than the token";
}

TEST_F(BlueskyAccountTest, WhatIsWrongIsSaidWithoutIt) {
  for (const char* alone : {"abcd-efgh-ijkl-mnop", R"({"identifier": "brand.example"})"}) {
    const Status status = Connect(alone).status();
    EXPECT_EQ(ReasonOf(status), "BAD_TOKEN") << alone;
    EXPECT_EQ(Message(status).find("abcd"), std::string::npos) << Message(status);
  }
  EXPECT_TRUE(pds_.requests.empty());
  const Status refused = Connect("brand.example wrong-password").status();
  EXPECT_EQ(ReasonOf(refused), "TOKEN_REFUSED");
  EXPECT_EQ(Message(refused).find("wrong-password"), std::string::npos);
  EXPECT_EQ(ReasonOf(Connect("").status()), "EMPTY_TOKEN");
  EXPECT_EQ(ReasonOf(Connect(std::string(9'000, 'x')).status()), "BAD_TOKEN_SHAPE");
}

TEST_F(BlueskyAccountTest, ASessionIsRefreshedAgainAndAgain) {
  const auto account = Connect(kGiven);
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  bluesky::Session before = Kept(*account);
  for (uint32_t version = 2; version <= 4; ++version) {
    PassUntilRefresh();
    const auto& job = effects_.refreshes.back();
    const v1::RefreshReport report = RefreshOnce(*job);
    ASSERT_EQ(report.result(), v1::REFRESH_RESULT_REFRESHED) << report.error();
    EXPECT_EQ(report.credential().version(), version);
    ASSERT_TRUE(ledger_.Command("org_one", "", account->id(), report).status.ok());
    const auto now = Get(account->id());
    ASSERT_EQ(now->credential_version(), version);
    EXPECT_EQ(FromProto(now->token_expires_at()), h_.clock.Now() + absl::Hours(2));
    const bluesky::Session kept = Kept(*now);
    EXPECT_NE(kept.refresh, before.refresh);
    EXPECT_EQ(Lend(account->id())->access_token(), kept.access);
    EXPECT_FALSE(credentials_.Open(account->id(), version - 1).ok()) << "the old one is gone";
    for (const std::string& secret : {kept.access, kept.refresh}) ExpectNowhere(secret);
    before = kept;
  }
  EXPECT_EQ(pds_.Asked("com.atproto.server.createSession"), 1) << "the password was used once";
  EXPECT_EQ(pds_.Asked("com.atproto.server.refreshSession"), 3);
}

// The PDS made a new session and nobody has it: the old token is good for a while, so an outage disconnects nobody.
TEST_F(BlueskyAccountTest, LostRefreshesAreAskedAgain) {
  const auto account = Connect(kGiven);
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  for (int lost = 0; lost < 4; ++lost) {
    PassUntilRefresh();
    pds_.Next("com.atproto.server.refreshSession", lost % 2 == 0 ? FakePds::Fault::kLoseAnswer : FakePds::Fault::kAway);
    const v1::RefreshReport report = RefreshOnce(*effects_.refreshes.back());
    EXPECT_EQ(report.result(), v1::REFRESH_RESULT_NOT_SENT);
    EXPECT_FALSE(report.has_credential());
    ASSERT_TRUE(ledger_.Command("org_one", "", account->id(), report).status.ok());
    EXPECT_EQ(Get(account->id())->state(), v1::ACCOUNT_STATE_CONNECTED);
  }
  PassUntilRefresh();
  const v1::RefreshReport report = RefreshOnce(*effects_.refreshes.back());
  ASSERT_EQ(report.result(), v1::REFRESH_RESULT_REFRESHED) << report.error();
  ASSERT_TRUE(ledger_.Command("org_one", "", account->id(), report).status.ok());
  EXPECT_EQ(Lend(account->id())->access_token(), Kept(*Get(account->id())).access);
}

TEST_F(BlueskyAccountTest, OnlyARefusalNeedsAPerson) {
  const auto account = Connect(kGiven);
  ASSERT_TRUE(account.ok()) << ToString(account.status());
  PassUntilRefresh();
  pds_.Revoke();
  const v1::RefreshReport report = RefreshOnce(*effects_.refreshes.back());
  EXPECT_EQ(report.result(), v1::REFRESH_RESULT_REFUSED);
  ASSERT_TRUE(ledger_.Command("org_one", "", account->id(), report).status.ok());
  EXPECT_EQ(Get(account->id())->state(), v1::ACCOUNT_STATE_NEEDS_RECONNECT);
  EXPECT_EQ(ReasonOf(Lend(account->id()).status()), "NOT_CONNECTED");
  EXPECT_EQ(Connect(kGiven)->state(), v1::ACCOUNT_STATE_CONNECTED);
  EXPECT_TRUE(Lend(account->id()).ok());
}

}  // namespace
}  // namespace carillon::publisher
