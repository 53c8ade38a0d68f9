// GetProfile and SetProfile over a real gRPC connection: what the door lets in, and what is ordered then.
#include <gtest/gtest.h>

#include "tests/unit/publisher/api_fixture.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher {
namespace {

class FakePlatform : public testing::FakeConnector {
 public:
  explicit FakePlatform(std::string name) : name_(std::move(name)) {}
  std::string Platform() const override { return name_; }
  Result<platform::AccountInfo> Verify(const platform::AccountAccess& access, absl::Duration) override {
    return platform::AccountInfo{access.access_token + "-id", access.access_token + "@social.example", "", ""};
  }

 private:
  const std::string name_;
};

class ProfileApiTest : public testing::ApiFixture {
 protected:
  ProfileApiTest() {
    auto connector = std::make_unique<FakePlatform>("mastodon");
    connector_ = connector.get();
    platforms_.Add(std::move(connector));
    platforms_.Add(std::make_unique<FakePlatform>("x"));
    account_ = Connected("mastodon");
  }
  std::string Connected(const std::string& platform) {
    const auto account = Connect(platform, "acme", "brand_one", "https://93.184.216.34");
    EXPECT_TRUE(account.ok()) << ToString(account.status());
    return account.ok() ? account->id() : "";
  }
  Result<v1::Profile> Read(const std::string& account) {
    v1::GetProfileRequest request;
    request.set_account_id(account);
    ASSIGN_OR_RETURN(const auto response, Call(&Stub::GetProfile, request));
    return response.profile();
  }
  Result<v1::Delivery> Set(const v1::ProfileChange& change, const std::string& account, const std::string& request_id = "r1") {
    v1::SetProfileRequest request;
    request.set_request_id(request_id);
    request.set_account_id(account);
    *request.mutable_change() = change;
    ASSIGN_OR_RETURN(const auto response, Call(&Stub::SetProfile, request));
    return response.delivery();
  }
  static v1::ProfileChange Bio(const std::string& bio) {
    v1::ProfileChange change;
    change.set_bio(bio);
    return change;
  }

  FakePlatform* connector_ = nullptr;
  std::string account_;
};

TEST_F(ProfileApiTest, WhatThePlatformShows) {
  const auto profile = Read(account_);
  ASSERT_TRUE(profile.ok()) << ToString(profile.status());
  EXPECT_EQ(profile->username(), "acme-id");
  EXPECT_EQ(profile->display_name(), "Acme");
  EXPECT_EQ(profile->followers(), 7);
  EXPECT_EQ(ReasonOf(Read("acct_unknown").status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Read("").status()), "UNKNOWN_ACCOUNT");
  connector_->profile_refusal = Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", "401");
  EXPECT_EQ(ReasonOf(Read(account_).status()), "TOKEN_REFUSED");
  connector_->profile_refusal = MakeStatus(Code::kUnavailable, "503");
  EXPECT_EQ(ReasonOf(Read(account_).status()), "") << "nothing is proven";
}

TEST_F(ProfileApiTest, AChangeIsADeliveryOfWhoAskedForIt) {
  const auto delivery = Set(Bio("Bells"), account_);
  ASSERT_TRUE(delivery.ok()) << ToString(delivery.status());
  EXPECT_EQ(delivery->dispatch().action(), v1::ACTION_KIND_SET_PROFILE);
  EXPECT_EQ(delivery->dispatch().target_remote_id(), "acme-id");
  EXPECT_EQ(delivery->dispatch().approved_by(), "operator");
  EXPECT_EQ(delivery->dispatch().org_id(), "org_one");
  EXPECT_EQ(delivery->dispatch().brand_id(), "brand_one");
  const auto again = Set(Bio("Bells"), account_);
  ASSERT_TRUE(again.ok()) << ToString(again.status());
  EXPECT_EQ(again->id(), delivery->id());
  EXPECT_NE(Set(Bio("Bells"), account_, "r2")->id(), delivery->id());
  EXPECT_FALSE(Set(Bio("Other"), account_).ok()) << "another request under the same id";
}

TEST_F(ProfileApiTest, WhatThePlatformsLimitsForbidIsRefusedAtTheDoor) {
  EXPECT_EQ(ReasonOf(Set(Bio("too long"), account_).status()), "TEXT_TOO_LONG");
  EXPECT_EQ(ReasonOf(Set(Bio("Bells"), "acct_unknown").status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Set(Bio("Bells"), Connected("x")).status()), "NOT_OFFERED");
  v1::ProfileChange change;
  for (int i = 0; i < 51; ++i) change.add_fields()->set_name(std::to_string(i));
  EXPECT_EQ(ReasonOf(Set(change, account_).status()), "TOO_MANY_FIELDS");
}

TEST_F(ProfileApiTest, APictureIsWhatTheStoreHas) {
  v1::ProfileChange change;
  change.mutable_avatar()->set_sha256("none");
  EXPECT_EQ(ReasonOf(Set(change, account_).status()), "UNKNOWN_MEDIA");
  auto upload = *media_.Begin(1'000);
  ASSERT_TRUE(upload->Write("\x89PNG\r\n\x1a\n and more").ok());
  const auto stored = upload->Finish();
  ASSERT_TRUE(stored.ok()) << ToString(stored.status());
  change.mutable_avatar()->set_sha256(stored->sha256);
  change.mutable_avatar()->set_mime_type("image/jpeg");
  const auto delivery = Set(change, account_);
  ASSERT_TRUE(delivery.ok()) << ToString(delivery.status());
  const v1::Media& avatar = delivery->dispatch().content().profile().avatar();
  EXPECT_EQ(avatar.mime_type(), "image/png");
  EXPECT_EQ(avatar.size_bytes(), stored->size_bytes);
}

TEST_F(ProfileApiTest, ADisconnectedAccountHasNoProfile) {
  v1::DisconnectAccountRequest request;
  request.set_request_id("d1");
  request.set_account_id(account_);
  ASSERT_TRUE(Call(&Stub::DisconnectAccount, request).ok());
  EXPECT_EQ(ReasonOf(Read(account_).status()), "NOT_CONNECTED");
  EXPECT_EQ(ReasonOf(Set(Bio("Bells"), account_).status()), "NOT_CONNECTED");
}

}  // namespace
}  // namespace carillon::publisher
