#include "common/base/clock.h"
#include "services/strategy/domain/decide.h"
#include "services/strategy/domain/rules.h"

namespace carillon::strategy {
namespace {

Decision One(const Input& input, std::string what, std::shared_ptr<v1::StrategyRecord> record) {
  Decision decision;
  decision.changes.push_back({input.aggregate_id, std::move(what), std::move(record)});
  return decision;
}

}  // namespace

Result<Decision> DecideCampaign(const Input& input, const v1::CreateCampaignRequest& request,
                                const DecideContext& context) {
  RETURN_IF_ERROR(CheckName(request.name()));
  RETURN_IF_ERROR(CheckDates(request.start_date(), request.end_date()));
  if (request.has_budget()) {
    RETURN_IF_ERROR(CheckMoney(request.budget()));
  }
  auto record = std::make_shared<v1::StrategyRecord>();
  auto* campaign = record->mutable_campaign();
  campaign->set_id(input.aggregate_id);
  campaign->set_org_id(request.org_id());
  campaign->set_brand_id(request.brand_id());
  campaign->set_name(request.name());
  campaign->set_start_date(request.start_date());
  campaign->set_end_date(request.end_date());
  if (request.has_budget()) *campaign->mutable_budget() = request.budget();
  *campaign->mutable_created_at() = ToProto(context.now);
  return One(input, "campaign.created", std::move(record));
}

Result<Decision> DecideGoal(const Input& input, const v1::SetGoalRequest& request,
                            StateView& states, const DecideContext& context) {
  RETURN_IF_ERROR(CheckMetric(request.metric()));
  RETURN_IF_ERROR(CheckTarget(request.target()));
  RETURN_IF_ERROR(CheckDate("by_date", request.by_date()));
  ASSIGN_OR_RETURN(const auto before, FindRecord(states, input.aggregate_id));
  auto record = std::make_shared<v1::StrategyRecord>();
  auto* goal = record->mutable_goal();
  goal->set_id(input.aggregate_id);
  goal->set_org_id(request.org_id());
  goal->set_brand_id(request.brand_id());
  goal->set_campaign_id(request.campaign_id());
  goal->set_metric(request.metric());
  goal->set_target(request.target());
  goal->set_by_date(request.by_date());
  *goal->mutable_created_at() = before ? before->goal().created_at() : ToProto(context.now);
  return One(input, before ? "goal.changed" : "goal.set", std::move(record));
}

Result<Decision> DecideAudience(const Input& input, const v1::CreateAudienceRequest& request,
                                const DecideContext& context) {
  RETURN_IF_ERROR(CheckName(request.name()));
  RETURN_IF_ERROR(CheckDescription(request.description()));
  RETURN_IF_ERROR(CheckAudience(request.languages(), request.countries(), request.interests()));
  auto record = std::make_shared<v1::StrategyRecord>();
  auto* audience = record->mutable_audience();
  audience->set_id(input.aggregate_id);
  audience->set_org_id(request.org_id());
  audience->set_brand_id(request.brand_id());
  audience->set_name(request.name());
  audience->set_description(request.description());
  *audience->mutable_languages() = request.languages();
  *audience->mutable_countries() = request.countries();
  *audience->mutable_interests() = request.interests();
  *audience->mutable_created_at() = ToProto(context.now);
  return One(input, "audience.created", std::move(record));
}

}  // namespace carillon::strategy
