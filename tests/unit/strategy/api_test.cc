#include <gtest/gtest.h>

#include "common/base/ids.h"
#include "common/base/testing/fake_clock.h"
#include "common/ledger/testing/fake_ledger.h"
#include "common/rpc/router.h"
#include "services/strategy/api/door.h"
#include "services/strategy/api/strategy_api.h"
#include "services/strategy/domain/ids.h"
#include "services/strategy/domain/strategy_domain.h"

namespace carillon::strategy {
namespace {

constexpr char kOperator[] = "operator-token-0123456789";
constexpr char kService[] = "service-token-0123456789";

// The service over a real gRPC connection, with the Ledger in memory.
class StrategyApiTest : public ::testing::Test {
 protected:
  using Stub = v1::StrategyService::Stub;

  StrategyApiTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&api_);
    server_ = builder.BuildAndStart();
    stub_ = v1::StrategyService::NewStub(server_->InProcessChannel({}));
    v1::CreateOrganizationRequest local;
    local.set_request_id("org:local");
    local.set_name("local");
    EXPECT_TRUE(Call(&Stub::CreateOrganization, local).ok());
  }
  ~StrategyApiTest() override { server_->Shutdown(); }

  template <typename Request, typename Response>
  Result<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        const Request& request) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", std::string("Bearer ") + kOperator);
    Response response;
    const Status status = rpc::FromGrpc((stub_.get()->*method)(&context, request, &response));
    RETURN_IF_ERROR(status);
    return response;
  }

  Result<v1::Brand> CreateBrand(const std::string& request_id, const std::string& name,
                                const std::string& zone = "Europe/Paris") {
    v1::CreateBrandRequest request;
    request.set_request_id(request_id);
    request.set_name(name);
    request.set_timezone(zone);
    ASSIGN_OR_RETURN(const auto response, Call(&Stub::CreateBrand, request));
    return response.brand();
  }
  Result<v1::Brand> GetBrand(const std::string& brand, const std::string& org_id = "") {
    v1::GetBrandRequest request;
    request.set_brand(brand);
    request.set_org_id(org_id);
    ASSIGN_OR_RETURN(const auto response, Call(&Stub::GetBrand, request));
    return response.brand();
  }
  static v1::CreateCampaignRequest Campaign(const std::string& request_id,
                                            const std::string& brand_id) {
    v1::CreateCampaignRequest request;
    request.set_request_id(request_id);
    request.set_brand_id(brand_id);
    request.set_name("Winter launch");
    request.set_start_date("2026-11-23");
    request.set_end_date("2026-11-29");
    request.mutable_budget()->set_currency("EUR");
    request.mutable_budget()->set_micros(1'200'000'000);
    return request;
  }
  static v1::SetGoalRequest Goal(const std::string& request_id, const std::string& brand_id) {
    v1::SetGoalRequest request;
    request.set_request_id(request_id);
    request.set_brand_id(brand_id);
    request.set_metric(v1::METRIC_ENGAGEMENTS);
    request.set_target(5'000);
    request.set_by_date("2026-11-29");
    return request;
  }

  ::carillon::testing::FakeClock clock_;
  StrategyDomain domain_;
  ledger::testing::FakeLedger ledger_{domain_, clock_};
  std::unique_ptr<auth::Authorizer> authorizer_ = auth::MakeTokenAuthorizer({kOperator, kService});
  std::unique_ptr<rpc::Router> router_ =
      rpc::MakeRouter(ledger_, ledger_, *authorizer_, clock_, {});
  StrategyApi api_{*router_, ledger_, clock_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(StrategyApiTest, ABrandIsFoundByIdAndByNameHoweverItIsWritten) {
  const auto made = CreateBrand("b1", "  Lumen \t Skin ");
  ASSERT_TRUE(made.ok()) << ToString(made.status());
  EXPECT_EQ(made->name(), "Lumen Skin");
  EXPECT_EQ(made->org_id(), LocalOrganizationId());
  for (const std::string& brand : {made->id(), std::string("Lumen Skin"), std::string("LUMEN SKIN"),
                                   std::string("lumen  skin "), std::string("ＬＵＭＥＮ skin")}) {
    const auto found = GetBrand(brand);
    ASSERT_TRUE(found.ok()) << brand << ToString(found.status());
    EXPECT_EQ(found->id(), made->id());
  }
  EXPECT_EQ(GetBrand(made->id(), made->org_id())->id(), made->id());
}

TEST_F(StrategyApiTest, UnknownBrandsAreNotFound) {
  const std::string other_org = OrganizationId("other");
  ASSERT_TRUE(CreateBrand("b1", "Lumen").ok());
  const std::string never = BrandId(LocalOrganizationId(), "never");
  for (const auto& [brand, org] : std::vector<std::pair<std::string, std::string>>{
           {"Lumina", ""}, {never, ""}, {"", ""}, {"Lumen", other_org}, {"org_x", ""}}) {
    const auto found = GetBrand(brand, org);
    EXPECT_EQ(found.status().code(), Code::kNotFound) << brand;
    EXPECT_EQ(ReasonOf(found.status()), "UNKNOWN_BRAND") << brand;
  }
}

TEST_F(StrategyApiTest, BadBrandsAreRefused) {
  for (const char* zone : {"", "Europe/Atlantis", "+02:00", "/etc/localtime", "../UTC"}) {
    const auto made = CreateBrand("b1", "Lumen", zone);
    EXPECT_EQ(made.status().code(), Code::kInvalidArgument) << zone;
    EXPECT_EQ(ReasonOf(made.status()), "BAD_TIMEZONE") << zone;
  }
  EXPECT_EQ(ReasonOf(CreateBrand("b1", " \t ").status()), "BAD_NAME");
  EXPECT_EQ(ReasonOf(CreateBrand("", "Lumen").status()), "BAD_REQUEST_ID");
  ASSERT_TRUE(CreateBrand("b1", "Straße").ok());
  EXPECT_EQ(ReasonOf(CreateBrand("b2", "STRASSE").status()), "NAME_TAKEN");
  v1::CreateBrandRequest nowhere;
  nowhere.set_request_id("b3");
  nowhere.set_name("Lumen");
  nowhere.set_timezone("UTC");
  for (const std::string& org : {OrganizationId("other"), std::string("acme")}) {
    nowhere.set_org_id(org);
    EXPECT_EQ(ReasonOf(Call(&Stub::CreateBrand, nowhere).status()), "UNKNOWN_ORGANIZATION") << org;
  }
}

TEST_F(StrategyApiTest, TheSameRequestIsTheSameBrand) {
  const auto first = CreateBrand("b1", "Lumen");
  const auto again = CreateBrand("b1", "Lumen");
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->id(), again->id());
  EXPECT_EQ(ReasonOf(CreateBrand("b1", "Lumina").status()), "REQUEST_ID_REUSED");
}

TEST_F(StrategyApiTest, ACampaignIsChecked) {
  const std::string brand_id = CreateBrand("b1", "Lumen")->id();
  const auto made = Call(&Stub::CreateCampaign, Campaign("c1", brand_id));
  ASSERT_TRUE(made.ok()) << ToString(made.status());
  EXPECT_EQ(made->campaign().org_id(), LocalOrganizationId());
  EXPECT_EQ(made->campaign().budget().micros(), 1'200'000'000);
  auto request = Campaign("c2", "brand_nobody");
  EXPECT_EQ(ReasonOf(Call(&Stub::CreateCampaign, request).status()), "UNKNOWN_BRAND");
  request = Campaign("c2", brand_id);
  request.set_org_id(OrganizationId("other"));
  EXPECT_EQ(ReasonOf(Call(&Stub::CreateCampaign, request).status()), "UNKNOWN_BRAND");
  for (const char* currency : {"EUQ", "DEM", "eur", "", "EURO"}) {
    request = Campaign("c2", brand_id);
    request.mutable_budget()->set_currency(currency);
    EXPECT_EQ(ReasonOf(Call(&Stub::CreateCampaign, request).status()), "BAD_MONEY") << currency;
  }
  request = Campaign("c2", brand_id);
  request.set_end_date("2026-11-22");
  EXPECT_EQ(ReasonOf(Call(&Stub::CreateCampaign, request).status()), "BAD_DATE");
  request.clear_budget();
  request.set_end_date("2026-11-29");
  const auto free = Call(&Stub::CreateCampaign, request);
  ASSERT_TRUE(free.ok());
  EXPECT_FALSE(free->campaign().has_budget());
}

TEST_F(StrategyApiTest, ACampaignIsFoundByNameUnlessTheNameRepeats) {
  const std::string brand_id = CreateBrand("b1", "Lumen")->id();
  const std::string id = Call(&Stub::CreateCampaign, Campaign("c1", brand_id))->campaign().id();
  v1::GetCampaignRequest get;
  get.set_campaign("Winter  launch");
  get.set_brand_id(brand_id);
  EXPECT_EQ(Call(&Stub::GetCampaign, get)->campaign().id(), id);
  get.set_campaign("Summer launch");
  EXPECT_EQ(ReasonOf(Call(&Stub::GetCampaign, get).status()), "UNKNOWN_CAMPAIGN");
  ASSERT_TRUE(Call(&Stub::CreateCampaign, Campaign("c2", brand_id)).ok());
  get.set_campaign("Winter launch");
  EXPECT_EQ(ReasonOf(Call(&Stub::GetCampaign, get).status()), "AMBIGUOUS_NAME");
  get.set_campaign(id);
  EXPECT_EQ(Call(&Stub::GetCampaign, get)->campaign().id(), id);
  get.set_brand_id("brand_other");
  EXPECT_EQ(ReasonOf(Call(&Stub::GetCampaign, get).status()), "UNKNOWN_CAMPAIGN");
}

TEST_F(StrategyApiTest, AGoalIsSetAgain) {
  const std::string brand_id = CreateBrand("b1", "Lumen")->id();
  const auto first = Call(&Stub::SetGoal, Goal("g1", brand_id));
  ASSERT_TRUE(first.ok()) << ToString(first.status());
  auto request = Goal("g2", brand_id);
  request.set_target(6'000);
  EXPECT_EQ(Call(&Stub::SetGoal, request)->goal().id(), first->goal().id());
  request = Goal("g3", brand_id);
  request.set_campaign_id("camp_nobody");
  EXPECT_EQ(ReasonOf(Call(&Stub::SetGoal, request).status()), "UNKNOWN_CAMPAIGN");
  const std::string other = CreateBrand("b2", "Other")->id();
  request.set_campaign_id(Call(&Stub::CreateCampaign, Campaign("c1", other))->campaign().id());
  EXPECT_EQ(ReasonOf(Call(&Stub::SetGoal, request).status()), "UNKNOWN_CAMPAIGN")
      << "another brand's";
  request = Goal("g4", brand_id);
  request.clear_metric();
  EXPECT_EQ(ReasonOf(Call(&Stub::SetGoal, request).status()), "BAD_METRIC");
  v1::ListGoalsRequest list;
  list.set_brand_id(brand_id);
  const auto goals = Call(&Stub::ListGoals, list);
  ASSERT_TRUE(goals.ok());
  ASSERT_EQ(goals->goals_size(), 1);
  EXPECT_EQ(goals->goals(0).target(), 6'000);
}

TEST_F(StrategyApiTest, ListsHavePages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(CreateBrand("b" + std::to_string(i), "Brand " + std::to_string(9 - i))->id());
    clock_.Advance(absl::Seconds(1));
  }
  std::vector<std::string> seen;
  v1::ListBrandsRequest request;
  request.set_page_size(2);
  for (int pages = 0; pages < 4; ++pages) {
    const auto page = Call(&Stub::ListBrands, request);
    ASSERT_TRUE(page.ok()) << ToString(page.status());
    for (const auto& brand : page->brands()) seen.push_back(brand.id());
    if (page->next_page_token().empty()) break;
    request.set_page_token(page->next_page_token());
  }
  EXPECT_EQ(seen, ids);
  request.set_page_token("made-up");
  EXPECT_EQ(ReasonOf(Call(&Stub::ListBrands, request).status()), "BAD_PAGE_TOKEN");
  request.clear_page_token();
  request.set_page_size(501);
  EXPECT_EQ(Call(&Stub::ListBrands, request).status().code(), Code::kInvalidArgument);
}

TEST_F(StrategyApiTest, AudiencesAreKept) {
  const std::string brand_id = CreateBrand("b1", "Lumen")->id();
  v1::CreateAudienceRequest request;
  request.set_request_id("a1");
  request.set_brand_id(brand_id);
  request.set_name("Runners");
  request.add_languages("pt-BR");
  request.add_countries("BR");
  const auto made = Call(&Stub::CreateAudience, request);
  ASSERT_TRUE(made.ok()) << ToString(made.status());
  const auto list = Call(&Stub::ListAudiences, v1::ListAudiencesRequest());
  ASSERT_EQ(list->audiences_size(), 1);
  EXPECT_EQ(list->audiences(0).languages(0), "pt-BR");
  request.set_request_id("a2");
  request.add_countries("Brazil");
  EXPECT_EQ(ReasonOf(Call(&Stub::CreateAudience, request).status()), "BAD_AUDIENCE");
}

TEST_F(StrategyApiTest, AnOrganizationIsReadFromItsOwner) {
  v1::GetOrganizationRequest request;
  EXPECT_EQ(Call(&Stub::GetOrganization, request)->organization().name(), "local");
  request.set_id(OrganizationId("other"));
  EXPECT_EQ(ReasonOf(Call(&Stub::GetOrganization, request).status()), "UNKNOWN_ORGANIZATION");
}

TEST(Door, NamesAreComparedAsPeopleReadThem) {
  EXPECT_EQ(NameKey("É"), NameKey("e\xCC\x81"));
  EXPECT_EQ(NameKey("Straße"), NameKey("STRASSE"));
  EXPECT_NE(NameKey("Lumen"), NameKey("Lumin"));
  EXPECT_EQ(CleanName(" a \n b "), "a b");
}

}  // namespace
}  // namespace carillon::strategy
