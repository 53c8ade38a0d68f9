// What is done to a status that is there (docs.joinmastodon.org/methods/statuses): DELETE, PUT, favourite, reblog. Each is absolute: a status
// that is gone is deleted, a favourite that is there is one (app/services/favourite_service.rb), the same text again is no new edit
// (app/services/update_status_service.rb, NoChangesSubmittedError). But an edit takes away what it does not name (the poll, the content
// warning, media, that they are hidden), and counts the poll's time anew: so the status is read first.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/mastodon/api.h"

namespace carillon::mastodon {

// "/api/v1/statuses/113".
std::string StatusPath(std::string_view id);

// What an edit has to say again, and only the status itself tells.
struct BeforeEdit {
  bool sensitive = false;
  bool has_poll = false;
  std::optional<absl::Duration> poll_left;  // nothing: it has no end

  bool PollHasEnded() const { return poll_left && *poll_left <= absl::ZeroDuration(); }
};
// The answer to GET StatusPath(). What is left of the poll is by the server's clock, if it tells its time.
BeforeEdit ReadBeforeEdit(const Answer& answer, absl::Time now);

// Nothing where Mastodon has no such thing. `before` is of an edit.
std::optional<http::HttpRequest> MakeAct(const platform::ActRequest& request, const BeforeEdit& before = {});

// What the answer means. Pure; tested row by row. As ClassifyPublish, but: 2xx is done where the status that comes with it bears it out; a
// status that is gone (404 in the server's own words) is deleted, not liked and not reblogged.
platform::PublishOutcome ClassifyAct(const http::HttpOutcome& outcome,
                                     const platform::ActRequest& request, absl::Time now);

}  // namespace carillon::mastodon
