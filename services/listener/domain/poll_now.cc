#include "services/listener/domain/poll_now.h"

#include <fmt/format.h>

#include "common/base/clock.h"
#include "services/listener/domain/change_set.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/pushing.h"

namespace carillon::listener {

Result<ledger::Decision> DecidePollNow(const v1::PollNow& command, ledger::StateView& states, absl::Time now) {
  const std::string id = CollectionId(command.account_id());
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before == nullptr || !before->collection().connected()) {
    return Refuse(Code::kFailedPrecondition, "NOT_CONNECTED",
                  fmt::format("{} is not connected; what was pushed for it is passed over", command.account_id()));
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "collection.poll_wanted"));
  PollBy(*record->mutable_collection(), now);
  return changes.Take();
}

}  // namespace carillon::listener
