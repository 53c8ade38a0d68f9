// What is done to a status that is there (docs.joinmastodon.org/methods/statuses): DELETE, PUT, favourite, reblog. Each is absolute: a status
// that is gone is deleted, a favourite that is there is one (app/services/favourite_service.rb), the same text again is no new edit
// (app/services/update_status_service.rb, NoChangesSubmittedError).
#pragma once

#include <absl/time/time.h>

#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/mastodon/api.h"

namespace carillon::mastodon {

// Nothing where Mastodon has no such thing.
std::optional<http::HttpRequest> MakeAct(const platform::ActRequest& request);

// What the answer means. Pure; tested row by row. As ClassifyPublish, but: 2xx is done where the status that comes with it bears it out; a
// status that is gone (404 in the server's own words) is deleted, not liked and not reblogged.
platform::PublishOutcome ClassifyAct(const http::HttpOutcome& outcome,
                                     const platform::ActRequest& request, absl::Time now);

}  // namespace carillon::mastodon
