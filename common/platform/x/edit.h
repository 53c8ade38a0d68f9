// Editing a post: POST /2/tweets with edit_options (docs.x.com/x-api/fundamentals/edit-posts). An edit makes another version of the post with
// an id of its own, within 30 minutes, five times at most, where the account may edit at all. All versions know the whole history.
//
// That makes a repeat harmless: the history is read first, and where its latest version says what is wanted, that is the answer. Else the
// latest version is edited. Two unanswered requests can make two versions at worst, which say the same.
#pragma once

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// kPublished with the id of the version that says so, which may be the target's own.
// Blocks for at most `request.timeout`.
platform::PublishOutcome Edit(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, const Access& access,
                              const platform::ActRequest& request);

}  // namespace carillon::x
