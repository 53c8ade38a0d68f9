// What a post tells other services: orders to the publisher and samples to analytics. Pure; the same post gives the same messages,
// with the same ids.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "carillon/scheduler/v1/post.pb.h"
#include "common/ledger/decide.h"

namespace carillon::scheduler {

// hash(post, account, occurrence)~account: the delivery of one round.
std::string TargetId(std::string_view post_id, std::string_view account_id, int occurrence);

// The order to publish. Its id is the target's, so that an order that is sent again is the same order.
ledger::OutMessage DispatchMessage(const v1::Post& post, const v1::Target& target);

// The media of a target to come, and that they are not needed any more.
ledger::OutMessage PrepareMessage(const v1::Post& post, const v1::Target& target);
ledger::OutMessage EndPreparationMessage(const v1::Post& post, const v1::Target& target);

// Withdraws a delivery; decided against SENDING in the account's shard.
ledger::OutMessage CancelMessage(const v1::Post& post, std::string_view delivery_id,
                                 std::string_view reason);

// One sample for each target that `after` shows differently than `before` (nullptr: a new post). The sample's target id is that of
// the first round, so that a later round replaces what was counted and is not counted beside it.
std::vector<ledger::OutMessage> Samples(const v1::Post* before, const v1::Post& after);

}  // namespace carillon::scheduler
