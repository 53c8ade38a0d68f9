// What is done to a post that is there (X API OpenAPI 2.167): DELETE /2/tweets/:id, likes, retweets, hidden. Each is absolute, and X says in its
// answer how it is now. An edit is none: it makes a post with another id, of which there are five at most.
#pragma once

#include <absl/time/time.h>

#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/x/api.h"

namespace carillon::x {

// INVALID_ARGUMENT with REMOTE_REFUSED: not a post's or an account's id; FAILED_PRECONDITION with NOT_OFFERED.
Result<http::HttpRequest> MakeAct(const platform::ActRequest& request, const Access& access);

// What the answer means. Pure; tested row by row. As ClassifyPublish, but: 2xx is done where `data` says that it is so; of a post that is gone
// (404 in X's own words) what needs no post is done.
platform::PublishOutcome ClassifyAct(const http::HttpOutcome& outcome, const platform::ActRequest& request,
                                     const Access& access, absl::Time now);

}  // namespace carillon::x
