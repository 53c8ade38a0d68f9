// `account disconnect`: what became of the token, and what somebody may have to do about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/fake_services.h"

namespace carillon::cli {
namespace {

using ::testing::HasSubstr;

TEST_F(CliTest, WhoDisconnectsIsToldWhatBecameOfTheToken) {
  publisher_.disconnected.set_revocation(publisher::v1::REVOCATION_REVOKED);
  EXPECT_EQ(Call({"account", "disconnect", "lumen", "--json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_)["id"], "acct_1");
  EXPECT_EQ(Json::parse(out_)["revocation"], "REVOKED");
  EXPECT_THAT(err_, HasSubstr("has ended the account's token"));
  publisher_.disconnected.set_revocation(publisher::v1::REVOCATION_NOT_ASKED);
  EXPECT_EQ(Call({"account", "disconnect", "lumen"}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("end it at https://social.example"));
}

TEST_F(CliTest, ATokenThatMayStillBeGoodIsAWarning) {
  publisher_.disconnected.set_revocation(publisher::v1::REVOCATION_UNCONFIRMED);
  publisher_.disconnected.set_revocation_error("social.example: closed");
  EXPECT_EQ(Call({"account", "disconnect", "lumen"}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("warning: the account's token may still be good (social.example: closed)"));
}

}  // namespace
}  // namespace carillon::cli
