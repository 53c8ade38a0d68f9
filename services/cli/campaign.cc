#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/money.h"
#include "services/cli/resolve.h"
#include "services/cli/time_args.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string name, brand, start, end, budget, currency;
};

Status Create(Session& s, const Options& options) {
  strategy::v1::CreateCampaignRequest request;
  ASSIGN_OR_RETURN(*request.mutable_start_date(), ParseDay(options.start));
  ASSIGN_OR_RETURN(*request.mutable_end_date(), ParseDay(options.end));
  if (!options.budget.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_budget(), ParseMoney(options.budget, options.currency));
  }
  ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
  request.set_request_id(s.RequestId());
  request.set_org_id(brand.org_id());
  request.set_brand_id(brand.id());
  request.set_name(options.name);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.strategy(), &Strategy::CreateCampaign, request));
  s.Show(response.campaign());
  return Ok();
}

Status List(Session& s, const Options& options) {
  strategy::v1::ListCampaignsRequest request;
  if (!options.brand.empty()) {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
    request.set_brand_id(brand.id());
  }
  ASSIGN_OR_RETURN(const auto rows, s.CallPages(s.strategy(), &Strategy::ListCampaigns, request,
                                                &strategy::v1::ListCampaignsResponse::campaigns));
  s.ShowRows(rows, {{"ID", "id"},
                    {"NAME", "name"},
                    {"BRAND", "brand_id"},
                    {"START", "start_date"},
                    {"END", "end_date"}});
  return Ok();
}

Status Get(Session& s, const Options& options) {
  strategy::v1::GetCampaignRequest request;
  request.set_campaign(options.name);
  if (!options.brand.empty()) {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
    request.set_brand_id(brand.id());
  }
  ASSIGN_OR_RETURN(const auto response, s.Call(s.strategy(), &Strategy::GetCampaign, request));
  s.Show(response.campaign());
  return Ok();
}

}  // namespace

void AddCampaign(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("campaign", "Campaigns");
  Session* s = &verbs.session;

  auto create = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "create", "Create a campaign",
                              "campaign create \"Ridge 32 launch\" --brand Trailkin --start 2027-03-01"
                              " --end 2027-03-07 --budget 1200.00 --currency EUR");
  verb->add_option("name", create->name, "Its name, unique in the brand")->required();
  verb->add_option("--brand", create->brand, "Brand, by name or id")->required();
  verb->add_option("--start", create->start, "First day, in the brand's zone")->required();
  verb->add_option("--end", create->end, "Last day")->required();
  auto* budget = verb->add_option("--budget", create->budget, "Amount, like 1200.00");
  auto* currency = verb->add_option("--currency", create->currency, "ISO 4217, like EUR");
  budget->needs(currency);
  currency->needs(budget);
  verbs.Does(verb, [s, create] { return Create(*s, *create); });

  auto list = std::make_shared<Options>();
  verb = verbs.Verb(noun, "list", "List campaigns", "campaign list --brand Trailkin");
  verb->add_option("--brand", list->brand, "Only this brand's");
  verbs.Does(verb, [s, list] { return List(*s, *list); });

  auto get = std::make_shared<Options>();
  verb = verbs.Verb(noun, "get", "Show a campaign", "campaign get \"Ridge 32 launch\" --brand Trailkin");
  verb->add_option("campaign", get->name, "Id, or name with --brand")->required();
  verb->add_option("--brand", get->brand, "Brand, by name or id");
  verbs.Does(verb, [s, get] { return Get(*s, *get); });
}

}  // namespace carillon::cli
