// Vault keys that change: what an older key sealed is sealed with the new one, while accounts come, go and refresh.
#include "tests/unit/publisher/api_fixture.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher {
namespace {

constexpr char kNextKey[] = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=";

class Platform : public testing::FakeConnector {
 public:
  Result<platform::AccountInfo> Verify(const platform::AccountAccess& access, absl::Duration) override {
    return platform::AccountInfo{access.access_token + "-id", access.access_token, "", ""};
  }
};

class VaultRotationTest : public testing::ApiFixture {
 protected:
  VaultRotationTest() { platforms_.Add(std::make_unique<Platform>()); }

  std::string Connect(const std::string& token) {
    const auto account = ApiFixture::Connect("mastodon", token, "brand_one", "https://93.184.216.34");
    EXPECT_TRUE(account.ok()) << ToString(account.status());
    return account.ok() ? account->id() : "";
  }
  // As if every publisher had been started again with this key file.
  void UseKeys(const std::string& lines) { vault_ = *vault::Vault::FromText(lines); }
  v1::RotateVaultResponse Rotate(int count_max = 0, bool dry_run = false) {
    v1::RotateVaultRequest request;
    request.set_count_max(count_max);
    request.set_dry_run(dry_run);
    const auto response = Call(&Stub::RotateVault, request);
    EXPECT_TRUE(response.ok()) << ToString(response.status());
    return response.ok() ? *response : v1::RotateVaultResponse();
  }
  std::string Token(const std::string& account) {
    const auto lent = Lend(account);
    return lent.ok() ? lent->access_token() : ReasonOf(lent.status());
  }
  std::string both_ = std::string(kNextKey) + "\n" + testing::kVaultKey;
};

TEST_F(VaultRotationTest, TheOldKeyCanGoWhenAllIsSealedAnew) {
  const std::vector<std::string> accounts = {Connect("one"), Connect("two"), Connect("three")};
  UseKeys(both_);
  const auto before = Rotate(0, true);
  EXPECT_EQ(before.resealed(), 0);
  EXPECT_EQ(before.left(), 3);
  EXPECT_EQ(before.keys_size(), 2);
  EXPECT_EQ(Token(accounts[0]), "one") << "meanwhile all works";
  const auto first = Rotate(2);
  EXPECT_EQ(first.resealed(), 2);
  EXPECT_EQ(first.left(), 1);
  EXPECT_EQ(Rotate(2).left(), 0);
  EXPECT_EQ(Rotate().resealed(), 0) << "there is nothing left to do";
  UseKeys(kNextKey);
  EXPECT_EQ(Token(accounts[0]), "one");
  EXPECT_EQ(Token(accounts[1]), "two");
  EXPECT_EQ(Token(accounts[2]), "three");
}

TEST_F(VaultRotationTest, WhatNoKeyHereOpensIsCountedAndLeftAlone) {
  const std::string account = Connect("one");
  UseKeys(kNextKey);
  Connect("two");
  const auto answer = Rotate();
  EXPECT_EQ(answer.resealed(), 0);
  EXPECT_EQ(answer.left(), 1);
  EXPECT_EQ(answer.unreadable(), 1);
  EXPECT_EQ(Token(account), "UNKNOWN_VAULT_KEY");
  UseKeys(both_);
  EXPECT_EQ(Rotate().left(), 0);
  EXPECT_EQ(Token(account), "one");
}

TEST_F(VaultRotationTest, BadCountsAreRefused) {
  v1::RotateVaultRequest request;
  request.set_count_max(1'001);
  EXPECT_EQ(ReasonOf(Call(&Stub::RotateVault, request).status()), "BAD_COUNT");
  request.set_count_max(-1);
  EXPECT_EQ(ReasonOf(Call(&Stub::RotateVault, request).status()), "BAD_COUNT");
}

}  // namespace
}  // namespace carillon::publisher
