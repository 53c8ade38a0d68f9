// The decisions, one a command. Inside of the domain.
#pragma once

#include "carillon/strategy/v1/command.pb.h"
#include "carillon/strategy/v1/strategy_api.pb.h"
#include "common/ledger/decide.h"

namespace carillon::strategy {

using ledger::DecideContext;
using ledger::Decision;
using ledger::Input;
using ledger::StateView;

Result<Decision> DecideOrganization(const Input& input,
                                    const v1::CreateOrganizationRequest& request,
                                    const DecideContext& context);
Result<Decision> DecideBrand(const Input& input, const v1::CreateBrandCommand& command,
                             StateView& states, const DecideContext& context);
Result<Decision> DecideCampaign(const Input& input, const v1::CreateCampaignRequest& request,
                                const DecideContext& context);
Result<Decision> DecideGoal(const Input& input, const v1::SetGoalRequest& request,
                            StateView& states, const DecideContext& context);
Result<Decision> DecideAudience(const Input& input, const v1::CreateAudienceRequest& request,
                                const DecideContext& context);

// The record of `id`; nullptr if there is none.
Result<std::shared_ptr<const v1::StrategyRecord>> FindRecord(StateView& states,
                                                             std::string_view id);

}  // namespace carillon::strategy
