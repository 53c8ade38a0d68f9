// Numbers of posts and accounts: from what a poll read to tracked posts and to the samples that
// analytics counts. Engagement is counted from these samples alone; signals feed the inbox and are
// never counted. Pure.
#pragma once

#include "carillon/listener/v1/internal.pb.h"
#include "carillon/listener/v1/listener.pb.h"
#include "services/listener/domain/change_set.h"
#include "services/listener/domain/schedule.h"

namespace carillon::listener {

// Takes one post's numbers: tracks the post if it is new (its own replies aside), sends a sample if
// it is the first, a count changed, or the last one sent is an hour old. Numbers that are not newer
// than the last ones change nothing.
Status TakeSample(ChangeSet& changes, const v1::Collection& collection,
                  const v1::PostSample& sample, absl::Time sampled_at,
                  const DomainOptions& options);

// The platform does not have the post any more: its last numbers stay, it is not asked for again.
Status TakeGone(ChangeSet& changes, const v1::Collection& collection, const std::string& remote_id);

// The thread below a tracked post was read at this many replies.
Status TakeContextRead(ChangeSet& changes, const v1::Collection& collection,
                       const v1::ContextRead& read);

// The account's own numbers (followers, following, posts): a sample is sent if one changed, or hourly.
void TakeAccount(ChangeSet& changes, v1::Collection& collection, const v1::PollReport& report,
                 absl::Time sampled_at);

}  // namespace carillon::listener
