// Media are uploaded ahead of a post's time: the publisher is told when `Moment::prepare_lead` is left, and again when that is not to be any
// more. Only an approved post is prepared. What gets lost here costs time at most: the dispatch does without it.
#pragma once

#include <absl/time/time.h>

#include <vector>

#include "carillon/scheduler/v1/post.pb.h"
#include "common/ledger/decide.h"
#include "services/scheduler/domain/post_state.h"

namespace carillon::scheduler {

// When the publisher has to be told; InfiniteFuture: never, or it was.
absl::Time PrepareAt(const v1::Post& post, absl::Duration lead);

// Tells it what follows from this decision. `before` is nullptr for a new post.
void PrepareMedia(const v1::Post* before, Moment now, v1::Post* post, std::vector<ledger::OutMessage>* messages);

}  // namespace carillon::scheduler
