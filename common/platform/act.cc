#include "common/platform/act.h"

#include <utility>

namespace carillon::platform {

bool TakesBack(Action action) {
  return action == Action::kUnlike || action == Action::kUnrepost || action == Action::kUnhide;
}

bool IsSoWithoutThePost(Action action) { return action == Action::kDelete || TakesBack(action); }

PublishOutcome Done(PublishOutcome outcome, const ActRequest& request) {
  outcome.kind = PublishOutcome::Kind::kPublished;
  outcome.error_class = ErrorClass::kNone;
  outcome.error.clear();
  outcome.remote_id = request.target_remote_id;
  return outcome;
}

PublishOutcome NotOffered(std::string error) {
  PublishOutcome outcome;
  outcome.kind = PublishOutcome::Kind::kRefused;
  outcome.error_class = ErrorClass::kPermanent;
  outcome.error = std::move(error);
  return outcome;
}

}  // namespace carillon::platform
