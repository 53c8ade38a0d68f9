#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/resolve.h"
#include "services/cli/time_args.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string brand, campaign, metric, by;
  int64_t target = 0;
};

Status Set(Session& s, const Options& options) {
  strategy::v1::SetGoalRequest request;
  ASSIGN_OR_RETURN(const int metric, ParseEnum(*strategy::v1::Metric_descriptor(), options.metric));
  ASSIGN_OR_RETURN(*request.mutable_by_date(), ParseDay(options.by));
  ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
  ASSIGN_OR_RETURN(*request.mutable_campaign_id(), CampaignId(s, options.campaign, brand.id()));
  request.set_request_id(s.RequestId());
  request.set_org_id(brand.org_id());
  request.set_brand_id(brand.id());
  request.set_metric(static_cast<strategy::v1::Metric>(metric));
  request.set_target(options.target);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.strategy(), &Strategy::SetGoal, request));
  s.Show(response.goal());
  return Ok();
}

Status List(Session& s, const Options& options) {
  strategy::v1::ListGoalsRequest request;
  if (!options.brand.empty()) {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
    request.set_brand_id(brand.id());
  }
  ASSIGN_OR_RETURN(const auto rows, s.CallPages(s.strategy(), &Strategy::ListGoals, request,
                                                &strategy::v1::ListGoalsResponse::goals));
  s.ShowRows(rows, {{"ID", "id"},
                    {"METRIC", "metric"},
                    {"TARGET", "target"},
                    {"BY", "by_date"},
                    {"BRAND", "brand_id"},
                    {"CAMPAIGN", "campaign_id"}});
  return Ok();
}

}  // namespace

void AddGoal(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("goal", "Goals: what a brand or campaign wants to reach");
  Session* s = &verbs.session;

  auto set = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "set", "Set a goal; again changes its target and day",
                              "goal set --brand Trailkin --campaign \"Ridge 32 launch\" --metric"
                              " engagements --target 5000 --by 2027-03-07");
  verb->add_option("--brand", set->brand, "Brand, by name or id")->required();
  verb->add_option("--campaign", set->campaign, "Campaign, by name or id; else the whole brand");
  verb->add_option("--metric", set->metric,
                   "engagements, replies, boosts, favourites, link_clicks, followers or"
                   " posts_published")
      ->required();
  verb->add_option("--target", set->target, "What is to be reached")
      ->required()
      ->check(CLI::PositiveNumber);
  verb->add_option("--by", set->by, "Last day, in the brand's zone")->required();
  verbs.Does(verb, [s, set] { return Set(*s, *set); });

  auto list = std::make_shared<Options>();
  verb = verbs.Verb(noun, "list", "List goals", "goal list --brand Trailkin");
  verb->add_option("--brand", list->brand, "Only this brand's");
  verbs.Does(verb, [s, list] { return List(*s, *list); });
}

}  // namespace carillon::cli
