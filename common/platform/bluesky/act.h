// What is done to a post that is there, as records of the account's own repository.
//
// Delete: deleteRecord, which says the same of what is not there (lexicon com.atproto.repo.deleteRecord); with the threadgate of the post, if it
// has one, in one commit (applyWrites). Like and repost: putRecord under a
// key that follows from the post alone, so a repeat puts the same record, and taking it back deletes that key. Not createRecord, which would
// make another record each time. A like that was given elsewhere, under another key, is one too: it is left as it is, and taken back.
// Hide: the reply is listed in the threadgate of the thread's first post, which must be the account's own; the record is read and put back
// with swapRecord, so that nobody else's change is lost.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/connector.h"

namespace carillon::bluesky {

// Blocks for at most request.timeout: reads, and then at most one request with an effect.
platform::PublishOutcome Act(http::HttpClient& client, const Clock& clock, const platform::ActRequest& request,
                             const std::string& did, const Access& access);

// The key of the account's like or repost of that post: a TID, of a moment that means nothing.
std::string ReactionKey(std::string_view uri);

// What the answer to the request with an effect means. Pure. 2xx JSON is done; InvalidSwap is done for a like or repost (it is there), and asks to
// read again for a threadgate; all else as ClassifyPublish.
platform::PublishOutcome ClassifyAct(const http::HttpOutcome& outcome, const platform::ActRequest& request,
                                     const Access& access, absl::Time now);

}  // namespace carillon::bluesky
