#include "common/platform/mastodon/lookup.h"

#include "common/platform/mastodon/api.h"
#include "common/platform/mastodon/headers.h"
#include "common/platform/mastodon/match.h"
#include "common/platform/mastodon/status.h"

namespace carillon::mastodon {
namespace {

constexpr const char* kPageSize = "40";  // the most that Mastodon gives

// The account's statuses, newest first, back to `since` by the server's clock less the margin.
struct Listing {
  std::vector<StatusView> statuses;
  absl::Time since_by_server;
};

Result<Listing> ReadListing(http::HttpClient& client, const Clock& clock, const platform::LookupRequest& request) {
  const Access access{request.access.base_url, request.access.access_token};
  const std::string path =
      fmt::format("/api/v1/accounts/{}/statuses", PathSegment(request.access.remote_account_id));
  const absl::Duration end = clock.BootTime() + request.timeout;
  Listing listing;
  listing.since_by_server = request.since;
  for (int page = 0; page < kLookupPagesMax; ++page) {
    http::FormFields query = {{"limit", kPageSize}, {"exclude_reblogs", "true"}};
    if (!listing.statuses.empty()) query.emplace_back("max_id", listing.statuses.back().id);
    const absl::Duration left = end - clock.BootTime();
    if (left <= absl::ZeroDuration()) return MakeStatus(Code::kDeadlineExceeded, "the look-up took too long");
    ASSIGN_OR_RETURN(Answer answer, Get(client, clock, access, path, query, left));
    if (page == 0) {
      const std::optional<absl::Time> server_now = ServerTime(answer.headers);
      if (server_now) listing.since_by_server += *server_now - clock.Now();
    }
    ASSIGN_OR_RETURN(std::vector<StatusView> statuses,
                     ReadStatuses(answer.body, request.access.base_url));
    if (statuses.empty()) return listing;
    for (StatusView& status : statuses) {
      if (status.account_id != request.access.remote_account_id) {
        return MakeStatus(Code::kUnavailable, "the server listed another account's statuses");
      }
      if (!listing.statuses.empty() && !IdLess(status.id, listing.statuses.back().id)) {
        return MakeStatus(Code::kUnavailable, "the server's listing is not in order");
      }
      if (status.created_at < listing.since_by_server - kClockMargin) return listing;
      listing.statuses.push_back(std::move(status));
    }
  }
  return MakeStatus(Code::kUnavailable, fmt::format("more than {} pages of statuses since the first attempt",
                                                    kLookupPagesMax));
}

}  // namespace

platform::LookupOutcome LookUp(http::HttpClient& client, const Clock& clock, const platform::LookupRequest& request) {
  const Result<Listing> listing = ReadListing(client, clock, request);
  if (!listing.ok()) {
    platform::LookupOutcome out;
    out.error = Message(listing.status());
    return out;
  }
  return Judge(listing->statuses,
               MakeWanted(request.content, listing->since_by_server, request.known_remote_ids));
}

}  // namespace carillon::mastodon
