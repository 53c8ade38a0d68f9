// Commands, messages and due moments of posts as decisions: finds the post, applies its rule, and finishes it the same way always.
#pragma once

#include <string>

#include "carillon/scheduler/v1/scheduler_api.pb.h"
#include "common/ledger/decide.h"
#include "services/scheduler/domain/post_state.h"

namespace carillon::scheduler {

// What became of a post's targets in one decision, for the metrics; handed to the EffectRunner after the commit.
struct TargetsChanged : ledger::Effect {
  v1::TargetState state = v1::TARGET_STATE_UNSPECIFIED;
  int count = 0;
  // From the due time until the dispatch, or until the platform's answer; zero for other ends.
  absl::Duration lateness;
};

// Settles `after`, orders what is to be done to what is out there, has media uploaded ahead, derives, counts its version up, and adds its record,
// the samples and the effects to the decision.
// Nothing changed: no record. `before` is nullptr for a new post.
void Finish(std::string what, SettleWhy why, const v1::Post* before, v1::Post after,
            Moment now, ledger::Decision* decision);

Result<ledger::Decision> CreatePost(const ledger::Input& input, const v1::CreatePostRequest& body,
                                    ledger::StateView& states, Moment now);
Result<ledger::Decision> EditPost(const ledger::Input& input, const v1::EditPostRequest& body,
                                  ledger::StateView& states, Moment now);
Result<ledger::Decision> ReschedulePost(const ledger::Input& input,
                                        const v1::ReschedulePostRequest& body,
                                        ledger::StateView& states, Moment now);
Result<ledger::Decision> ApprovePost(const ledger::Input& input,
                                     const v1::ApprovePostRequest& body, ledger::StateView& states,
                                     Moment now);
Result<ledger::Decision> CancelPost(const ledger::Input& input, const v1::CancelPostRequest& body,
                                    ledger::StateView& states, Moment now);
Result<ledger::Decision> DeletePost(const ledger::Input& input, const v1::DeletePostRequest& body,
                                    ledger::StateView& states, Moment now);

Result<ledger::Decision> DuePost(const ledger::Input& input, ledger::StateView& states,
                                 Moment now);
Result<ledger::Decision> OutcomeOfPost(const ledger::Input& input,
                                       const publisher::v1::DeliveryOutcome& outcome,
                                       ledger::StateView& states, Moment now);
// A row of an import becomes a post, or meets the one that is there. Always answers the import.
Result<ledger::Decision> TakeImportPost(const ledger::Input& input, const v1::ImportPost& body,
                                        ledger::StateView& states, Moment now);
Result<ledger::Decision> TakeApproveImported(const ledger::Input& input,
                                             const v1::ApproveImported& body,
                                             ledger::StateView& states, Moment now);

}  // namespace carillon::scheduler
