// The accounts' part of the API over a real gRPC connection, with the Ledger in memory and a platform that answers as it is told.
#include <gtest/gtest.h>

#include "tests/unit/publisher/api_fixture.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher {
namespace {

using testing::kOperator;

class Platform : public testing::FakeConnector {
 public:
  Result<platform::AccountInfo> Verify(const platform::AccountAccess& access, absl::Duration) override {
    token = access.access_token;
    if (token == "revoked") return MakeStatus(Code::kUnauthenticated, "401");
    return platform::AccountInfo{token + "-id", token + "@" + access.base_url.substr(8), "", ""};
  }
  std::string token;
};

class PublisherApiTest : public testing::ApiFixture {
 protected:
  PublisherApiTest() { platforms_.Add(std::make_unique<Platform>()); }

  // On the fake platform the token is the name.
  Result<v1::Account> Connect(const std::string& token, const std::string& brand = "brand_one",
                              const std::string& server = "https://93.184.216.34") {
    return ApiFixture::Connect("mastodon", token, brand, server);
  }
};

TEST_F(PublisherApiTest, AnAccountIsFoundByIdAndByEachOfItsNames) {
  const auto made = Connect("acme");
  ASSERT_TRUE(made.ok()) << ToString(made.status());
  ASSERT_TRUE(Connect("acme2").ok());  // begins alike
  for (const std::string& name :
       {made->id(), std::string("acme"), std::string("@acme"), made->username()}) {
    const auto found = Get(name);
    ASSERT_TRUE(found.ok()) << name << ToString(found.status());
    EXPECT_EQ(found->id(), made->id());
  }
  EXPECT_EQ(ReasonOf(Get("acm").status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Get("").status()), "MISSING_FIELD");
}

TEST_F(PublisherApiTest, ANameThatTwoServersHaveMustBeWhole) {
  const auto one = Connect("acme");
  const auto two = Connect("acme", "brand_one", "https://93.184.216.35");
  ASSERT_NE(one->id(), two->id());
  EXPECT_EQ(ReasonOf(Get("acme").status()), "AMBIGUOUS_ACCOUNT");
  EXPECT_EQ(Get(two->username())->id(), two->id());
}

TEST_F(PublisherApiTest, ABrandSeesOnlyItsOwnNames) {
  ASSERT_TRUE(Connect("acme", "brand_one").ok());
  const auto other = Connect("acme", "brand_two", "https://93.184.216.35");
  EXPECT_EQ(Get("acme", "brand_two")->id(), other->id());
  EXPECT_EQ(ReasonOf(Get("acme", "brand_three").status()), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(ReasonOf(Get("acme", "").status()), "AMBIGUOUS_ACCOUNT");
}

TEST_F(PublisherApiTest, ConnectingAgainReplacesTheTokenOfTheSameAccount) {
  const auto first = Connect("acme");
  const auto again = Connect(" acme\n");  // as a file has it
  ASSERT_TRUE(again.ok()) << ToString(again.status());
  EXPECT_EQ(again->id(), first->id());
  EXPECT_EQ(again->credential_version(), first->credential_version() + 1);
  const auto lent = Lend(first->id());
  ASSERT_TRUE(lent.ok()) << ToString(lent.status());
  EXPECT_EQ(lent->access_token(), "acme");
}

TEST_F(PublisherApiTest, ATokenThatIsNoneNeverReplacesOneThatWorks) {
  const auto account = Connect("acme");
  EXPECT_EQ(ReasonOf(Connect("").status()), "EMPTY_TOKEN");
  EXPECT_EQ(ReasonOf(Connect("two words").status()), "BAD_TOKEN_SHAPE");
  EXPECT_EQ(ReasonOf(Connect("revoked").status()), "TOKEN_REFUSED");
  EXPECT_EQ(ReasonOf(Connect("acme", "brand_one", "https://127.0.0.1").status()), "PRIVATE_ADDRESS");
  EXPECT_EQ(Get(account->id())->credential_version(), account->credential_version());
}

TEST_F(PublisherApiTest, AccessIsLentToServicesOnlyAndWhileConnected) {
  const auto account = Connect("acme");
  const auto person = Lend(account->id(), kOperator);
  EXPECT_EQ(person.status().code(), Code::kPermissionDenied) << ToString(person.status());
  EXPECT_EQ(ReasonOf(Lend("acct_unknown").status()), "UNKNOWN_ACCOUNT");
  v1::DisconnectAccountRequest request;
  request.set_request_id("d1");
  request.set_account_id(account->id());
  ASSERT_TRUE(Call(&Stub::DisconnectAccount, request).ok());
  EXPECT_EQ(ReasonOf(Lend(account->id()).status()), "NOT_CONNECTED");
}

TEST_F(PublisherApiTest, UploadsOfAPostAndItsPartsAreListed) {
  const auto account = Connect("acme");
  const std::string delivery = MakeId("dlv", {"post_1"}, account->id());
  v1::PublisherMessage message;
  message.mutable_header()->set_to(delivery);
  v1::Prepare& prepare = *message.mutable_prepare();
  prepare.set_delivery_id(delivery);
  prepare.set_account_id(account->id());
  prepare.set_org_id(account->org_id());
  *prepare.mutable_not_after() = ToProto(h_.clock.Now() + absl::Hours(1));
  for (const int part : {0, 3}) {
    prepare.add_parts()->set_part(part);
    testing::Harness::AddMedia(part == 0 ? 2 : 1, prepare.mutable_parts(prepare.parts_size() - 1)->mutable_media());
  }
  ASSERT_TRUE(ledger_.Deliver(message));
  v1::ListMediaUploadsRequest request;
  request.set_delivery_id(delivery);
  const auto listed = Call(&Stub::ListMediaUploads, request);
  ASSERT_TRUE(listed.ok()) << ToString(listed.status());
  ASSERT_EQ(listed->uploads_size(), 2);
  EXPECT_EQ(listed->uploads(0).items_size(), 2);
  EXPECT_EQ(listed->uploads(0).state(), v1::UPLOAD_STATE_UPLOADING);
  EXPECT_EQ(listed->uploads(1).part(), 3);
  request.set_delivery_id("post_1");
  EXPECT_EQ(ReasonOf(Call(&Stub::ListMediaUploads, request).status()), "UNKNOWN_DELIVERY");
}

}  // namespace
}  // namespace carillon::publisher
