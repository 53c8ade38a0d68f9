// Which app a flow takes, and what becomes of its secrets.
#include "tests/unit/publisher/authorization_fixture.h"

namespace carillon::publisher {
namespace {

class AppsTest : public testing::AuthorizationFixture {
 protected:
  AppsTest() : AuthorizationFixture(/*registers=*/false) {}
};

TEST_F(AppsTest, AFlowNeedsToKnowWhichAppItTakes) {
  EXPECT_EQ(ReasonOf(Begin().status()), "NO_APP");
  const auto one = CreateApp("client-one", "secret-one", "one");
  ASSERT_TRUE(one.ok()) << ToString(one.status());
  EXPECT_EQ(Begin()->query.at("client_id"), "client-one");
  ASSERT_TRUE(CreateApp("client-two", "", "two").ok());
  EXPECT_EQ(ReasonOf(Begin().status()), "AMBIGUOUS_APP");
  EXPECT_EQ(Begin("", "", "two")->query.at("client_id"), "client-two");
  EXPECT_EQ(Begin("", "", one->id())->query.at("client_id"), "client-one");
  EXPECT_EQ(ReasonOf(Begin("", "", "three").status()), "UNKNOWN_APP");
  ASSERT_TRUE(Finish(*Begin("", "", "two"), "acme").ok());
  EXPECT_EQ(oauth_->last_app.client_secret, "");  // a public client
}

TEST_F(AppsTest, AnEmptySecretLeavesTheOneThatIsThere) {
  const auto app = CreateApp("client-one", "secret-one", "one");
  EXPECT_TRUE(app->has_client_secret());
  const auto again = CreateApp("client-one", "", "");
  EXPECT_EQ(again->id(), app->id());
  EXPECT_EQ(again->name(), "one");
  EXPECT_TRUE(again->has_client_secret());
  ASSERT_TRUE(Finish(*Begin(), "acme").ok());
  EXPECT_EQ(oauth_->last_app.client_secret, "secret-one");
  ASSERT_TRUE(CreateApp("client-one", "secret-new", "").ok());
  ASSERT_TRUE(Finish(*Begin(), "acme").ok());
  EXPECT_EQ(oauth_->last_app.client_secret, "secret-new");
}

TEST_F(AppsTest, ARemovedAppIsGoneAndItsSecretToo) {
  const auto app = CreateApp("client-one", "secret-one");
  const auto begun = Begin();
  v1::RemoveAppRequest request;
  request.set_request_id("remove");
  request.set_app_id(app->id());
  ASSERT_TRUE(Ask(&AuthorizerStub::RemoveApp, request).ok());
  EXPECT_FALSE(credentials_.Has(app->id(), app->credential_version()));
  EXPECT_EQ(ReasonOf(Finish(*begun, "acme").status()), "UNKNOWN_APP");
  EXPECT_EQ(ReasonOf(Begin().status()), "NO_APP");
  v1::ListAppsRequest list;
  list.set_org_id("org_one");
  EXPECT_EQ(Ask(&AuthorizerStub::ListApps, list)->apps_size(), 0);
  ASSERT_TRUE(CreateApp("client-one", "secret-again").ok());
  EXPECT_TRUE(Finish(*Begin(), "acme").ok());
  EXPECT_EQ(oauth_->last_app.client_secret, "secret-again");
}

}  // namespace
}  // namespace carillon::publisher
