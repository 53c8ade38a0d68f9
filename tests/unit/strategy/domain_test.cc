#include <gtest/gtest.h>

#include "carillon/strategy/v1/command.pb.h"
#include "carillon/strategy/v1/strategy_api.pb.h"
#include "common/base/ids.h"
#include "common/base/testing/fake_clock.h"
#include "common/ledger/record.h"
#include "common/ledger/testing/fake_ledger.h"
#include "services/strategy/domain/ids.h"
#include "services/strategy/domain/strategy_domain.h"

namespace carillon::strategy {
namespace {

class StrategyDomainTest : public ::testing::Test {
 protected:
  ledger::Answer Organization(const std::string& request_id, const std::string& name) {
    v1::CreateOrganizationRequest request;
    request.set_request_id(request_id);
    request.set_name(name);
    return ledger_.Command("", request_id, OrganizationId(request_id), request, /*creates=*/true);
  }

  ledger::Answer Brand(const std::string& request_id, const std::string& name,
                       const std::string& key, const std::string& org_id) {
    v1::CreateBrandCommand command;
    command.mutable_request()->set_request_id(request_id);
    command.mutable_request()->set_org_id(org_id);
    command.mutable_request()->set_name(name);
    command.mutable_request()->set_timezone("Europe/Paris");
    command.set_name_key(key);
    return ledger_.Command(org_id, request_id, BrandId(org_id, request_id), command,
                           /*creates=*/true);
  }

  ledger::Answer Goal(const std::string& request_id, int64_t target,
                      const std::string& campaign_id = "") {
    v1::SetGoalRequest request;
    request.set_request_id(request_id);
    request.set_org_id("org_1");
    request.set_brand_id("brand_1");
    request.set_campaign_id(campaign_id);
    request.set_metric(v1::METRIC_ENGAGEMENTS);
    request.set_target(target);
    request.set_by_date("2026-12-01");
    return ledger_.Command("org_1", request_id,
                           GoalId("brand_1", campaign_id, v1::METRIC_ENGAGEMENTS), request);
  }

  static const v1::StrategyRecord& Record(const ledger::Answer& answer) {
    return static_cast<const v1::StrategyRecord&>(*answer.record);
  }

  ::carillon::testing::FakeClock clock_;
  StrategyDomain domain_;
  ledger::testing::FakeLedger ledger_{domain_, clock_};
};

TEST_F(StrategyDomainTest, TheLocalOrganizationHasAKnownId) {
  const auto answer = Organization("org:local", "local");
  ASSERT_TRUE(answer.status.ok()) << ToString(answer.status);
  EXPECT_EQ(Record(answer).organization().id(), LocalOrganizationId());
  EXPECT_EQ(LocalOrganizationId(), MakeId("org", {"", "org:local"}));
  EXPECT_TRUE(Organization("org:local", "local").repeated);
}

TEST_F(StrategyDomainTest, ABrandAndItsNameAreOneTransactionInTheOrganizationsShard) {
  const std::string org_id = Record(Organization("o1", "Group")).organization().id();
  const auto answer = Brand("b1", "Lumen Skin", "lumen skin", org_id);
  ASSERT_TRUE(answer.status.ok()) << ToString(answer.status);
  const auto& brand = Record(answer).brand();
  EXPECT_EQ(brand.org_id(), org_id);
  EXPECT_EQ(brand.timezone(), "Europe/Paris");
  EXPECT_EQ(RootOf(brand.id()), org_id);
  ASSERT_EQ(ledger_.log().size(), 3u);
  const auto& claim = static_cast<const v1::StrategyRecord&>(*ledger_.log()[2]);
  EXPECT_EQ(claim.name_claim().holder_id(), brand.id());
  EXPECT_EQ(RootOf(ledger::HeaderOf(claim).aggregate_id()), org_id);
}

TEST_F(StrategyDomainTest, ANameIsTakenOnceInAnOrganization) {
  const std::string one = Record(Organization("o1", "One")).organization().id();
  const std::string two = Record(Organization("o2", "Two")).organization().id();
  const std::string holder = Record(Brand("b1", "Lumen", "lumen", one)).brand().id();
  const auto taken = Brand("b2", "LUMEN", "lumen", one);
  EXPECT_EQ(taken.status.code(), Code::kAlreadyExists);
  EXPECT_EQ(ReasonOf(taken.status), "NAME_TAKEN");
  EXPECT_EQ(GetErrorInfo(taken.status)->params["holder_id"], holder);
  EXPECT_TRUE(Brand("b2", "Lumen", "lumen", two).status.ok()) << "another organization";
  const auto again = Brand("b1", "Lumen", "lumen", one);
  EXPECT_TRUE(again.status.ok() && again.repeated);
  EXPECT_EQ(Record(again).brand().id(), holder);
  EXPECT_EQ(ReasonOf(Brand("b1", "Other", "other", one).status), "REQUEST_ID_REUSED");
}

TEST_F(StrategyDomainTest, ABrandNeedsItsOrganization) {
  const auto answer = Brand("b1", "Lumen", "lumen", OrganizationId("nobody"));
  EXPECT_EQ(answer.status.code(), Code::kNotFound);
  EXPECT_EQ(ReasonOf(answer.status), "UNKNOWN_ORGANIZATION");
  EXPECT_TRUE(ledger_.log().empty());
}

TEST_F(StrategyDomainTest, SettingAGoalAgainChangesIt) {
  const auto first = Goal("g1", 5'000);
  clock_.Advance(absl::Hours(1));
  const auto second = Goal("g2", 6'000);
  ASSERT_TRUE(first.status.ok() && second.status.ok()) << ToString(second.status);
  EXPECT_EQ(Record(first).goal().id(), Record(second).goal().id());
  EXPECT_EQ(Record(second).goal().target(), 6'000);
  EXPECT_EQ(Record(second).goal().created_at().seconds(),
            Record(first).goal().created_at().seconds());
  EXPECT_EQ(ledger::HeaderOf(*second.record).version(), 2u);
  EXPECT_EQ(ledger::HeaderOf(*second.record).change(), "goal.changed");
  EXPECT_NE(Record(Goal("g3", 10, "camp_1")).goal().id(), Record(first).goal().id());
  EXPECT_EQ(ReasonOf(Goal("g4", 0).status), "BAD_TARGET");
}

TEST_F(StrategyDomainTest, ListsAreInOrderOfCreation) {
  for (const auto* name : {"b", "a", "c"}) {
    v1::CreateCampaignRequest request;
    request.set_request_id(name);
    request.set_org_id("org_1");
    request.set_brand_id(name == std::string("c") ? "brand_2" : "brand_1");
    request.set_name(name);
    request.set_start_date("2026-11-23");
    request.set_end_date("2026-11-29");
    const auto answer = ledger_.Command("org_1", name, CampaignId("org_1", name), request, true);
    ASSERT_TRUE(answer.status.ok()) << ToString(answer.status);
    clock_.Advance(absl::Seconds(1));
  }
  const auto names = [&](const std::string& parent) {
    ledger::ListQuery query;
    query.index = kCampaigns;
    query.prefix = ListPrefix(parent);
    std::string text;
    const auto page = ledger_.List(query);
    EXPECT_TRUE(page.ok());
    for (const auto& record : page->records) {
      text += static_cast<const v1::StrategyRecord&>(*record).campaign().name();
    }
    return text;
  };
  EXPECT_EQ(names("brand_1"), "ba");
  EXPECT_EQ(names("brand_2"), "c");
  EXPECT_EQ(names(""), "bac");
  EXPECT_EQ(names("brand_9"), "");
}

TEST_F(StrategyDomainTest, BadCampaignsAndAudiencesChangeNothing) {
  v1::CreateCampaignRequest campaign;
  campaign.set_name("Launch");
  campaign.set_start_date("2026-11-29");
  campaign.set_end_date("2026-11-23");
  EXPECT_EQ(ReasonOf(ledger_.Command("org_1", "r1", "camp_1", campaign, true).status), "BAD_DATE");
  campaign.set_end_date("2026-11-30");
  campaign.mutable_budget()->set_currency("EUR");
  campaign.mutable_budget()->set_micros(-5);
  EXPECT_EQ(ReasonOf(ledger_.Command("org_1", "r2", "camp_1", campaign, true).status), "BAD_MONEY");
  v1::CreateAudienceRequest audience;
  audience.set_name("Runners");
  audience.add_countries("France");
  EXPECT_EQ(ReasonOf(ledger_.Command("org_1", "r3", "aud_1", audience, true).status),
            "BAD_AUDIENCE");
  v1::GetBrandRequest no_command;
  EXPECT_EQ(ReasonOf(ledger_.Command("org_1", "r4", "aud_1", no_command, true).status),
            "UNKNOWN_INPUT");
  EXPECT_TRUE(ledger_.log().empty());
}

}  // namespace
}  // namespace carillon::strategy
