#include "common/platform/x/lookup.h"

#include <fmt/format.h>

#include "common/platform/json.h"
#include "common/platform/x/headers.h"
#include "common/platform/x/match.h"
#include "common/platform/x/post_view.h"

namespace carillon::x {
namespace {

constexpr const char* kPageSize = "100";  // the most that X gives

Result<std::vector<PostView>> ReadListing(http::HttpClient& client, const Clock& clock,
                                          const platform::Facts& facts, const Access& access,
                                          const platform::LookupRequest& request) {
  if (!IsId(request.access.remote_account_id)) {
    return MakeStatus(Code::kUnavailable, "the account has no id of X");
  }
  const absl::Duration end = clock.BootTime() + request.timeout;
  const std::string path = fmt::format("/2/users/{}/tweets", request.access.remote_account_id);
  const http::FormFields query = {{"max_results", kPageSize},
                                  {"start_time", Rfc3339(request.since - kClockMargin)},
                                  {"exclude", "retweets"},
                                  {"post.fields", PostFields()},
                                  {"expansions", "referenced_posts"}};
  std::vector<PostView> out;
  std::string token;
  for (int page = 0; page < kLookupPagesMax; ++page) {
    http::FormFields asked = query;
    if (!token.empty()) asked.emplace_back("pagination_token", token);
    ASSIGN_OR_RETURN(const Answer answer,
                     Get(client, clock, access, path, asked, end - clock.BootTime()));
    const std::optional<absl::Time> server_now = ServerTime(answer.headers);
    if (server_now && absl::AbsDuration(*server_now - clock.Now()) > kClockMargin) {
      return MakeStatus(Code::kUnavailable, "X's clock and ours differ by minutes: check ours");
    }
    ASSIGN_OR_RETURN(std::vector<PostView> posts, ReadPosts(answer.body, facts));
    out.insert(out.end(), std::make_move_iterator(posts.begin()), std::make_move_iterator(posts.end()));
    const std::string next = platform::GetText(platform::GetMember(answer.body, "meta"), "next_token");
    if (next.empty()) return out;
    if (next == token) return MakeStatus(Code::kUnavailable, "X's listing does not end");
    token = next;
  }
  return MakeStatus(Code::kUnavailable,
                    fmt::format("more than {} pages of posts since the first attempt", kLookupPagesMax));
}

}  // namespace

platform::LookupOutcome LookUp(http::HttpClient& client, const Clock& clock, const platform::Facts& facts,
                               const Access& access, const platform::LookupRequest& request) {
  const Result<std::vector<PostView>> listing = ReadListing(client, clock, facts, access, request);
  if (listing.ok()) {
    return Judge(*listing, MakeWanted(request.content, request.since, request.known_remote_ids));
  }
  platform::LookupOutcome out;
  out.error = Message(listing.status());
  return out;
}

}  // namespace carillon::x
