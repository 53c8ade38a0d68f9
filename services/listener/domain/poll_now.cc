#include "services/listener/domain/poll_now.h"

#include <fmt/format.h>

#include "common/base/clock.h"
#include "services/listener/domain/change_set.h"
#include "services/listener/domain/ids.h"

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
  v1::Collection& collection = *record->mutable_collection();
  if (collection.has_polling_since()) {
    collection.set_poll_again(true);
  } else if (FromProto(collection.next_poll_at()) > now) {
    *collection.mutable_next_poll_at() = ToProto(now);
  }
  return changes.Take();
}

}  // namespace carillon::listener
