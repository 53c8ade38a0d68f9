#include "common/platform/mastodon/search.h"

#include <algorithm>

#include "common/platform/back_walk.h"
#include "common/platform/keyword.h"
#include "common/platform/mastodon/api.h"
#include "common/platform/mastodon/signals.h"
#include "common/platform/mastodon/status.h"

namespace carillon::mastodon {
namespace {

constexpr int kTimelineMax = 40, kSearchMax = 40;  // of the API

// A search of several words is for all of them, anywhere; quoted it is for the words in their order.
std::string QueryOf(const std::string& term) {
  std::string words = term;
  std::replace(words.begin(), words.end(), '"', ' ');
  return words.find(' ') == std::string::npos ? words : "\"" + words + "\"";
}

Result<Answer> Ask(http::HttpClient& client, const Clock& clock, const platform::CollectorAccess& account,
                   const std::string& term, const platform::BackWalk& walk, int count_max,
                   absl::Duration timeout) {
  const Access access{account.base_url, account.access_token};
  http::FormFields query;
  if (!walk.page.empty()) query.emplace_back("max_id", walk.page);
  if (platform::IsHashtag(term)) {
    query.emplace_back("limit", std::to_string(std::clamp(count_max, 1, kTimelineMax)));
    // Not min_id: that would begin with the oldest, and end at what is there when it is asked.
    if (!walk.since.empty()) query.emplace_back("since_id", walk.since);
    return Get(client, clock, access, "/api/v1/timelines/tag/" + PathSegment(term.substr(1)), query, timeout);
  }
  query.emplace_back("q", QueryOf(term));
  query.emplace_back("type", "statuses");
  query.emplace_back("limit", std::to_string(std::clamp(count_max, 1, kSearchMax)));
  if (!walk.since.empty()) query.emplace_back("min_id", walk.since);
  return Get(client, clock, access, "/api/v2/search", query, timeout);
}

}  // namespace

Result<platform::SignalPage> Search(http::HttpClient& client, const Clock& clock,
                                    const platform::CollectorAccess& account, const std::string& term,
                                    const std::string& cursor, int count_max, absl::Duration timeout) {
  if (timeout <= absl::ZeroDuration()) {
    return MakeStatus(Code::kDeadlineExceeded, "no time left to ask the server");
  }
  std::optional<platform::BackWalk> walk = platform::ReadBackWalk(cursor);
  if (!walk) return MakeStatus(Code::kInternal, "the cursor is not one of a search");
  const bool is_first = walk->IsFirst();
  ASSIGN_OR_RETURN(const Answer answer, Ask(client, clock, account, term, *walk, count_max, timeout));
  const platform::Json& list =
      platform::IsHashtag(term) ? answer.body : platform::GetMember(answer.body, "statuses");
  platform::Unreadable unreadable("mastodon");
  ASSIGN_OR_RETURN(const std::vector<StatusView> statuses, ReadStatuses(list, account.base_url, &unreadable));
  platform::SignalPage page;
  std::string lowest;
  bool met_since = false;
  for (const StatusView& status : statuses) {
    if (lowest.empty() || IdLess(status.id, lowest)) lowest = status.id;
    if (!walk->since.empty() && !IdLess(walk->since, status.id)) {
      met_since = true;
      continue;
    }
    if (walk->high.empty() || IdLess(walk->high, status.id)) walk->high = status.id;
    const bool is_public = status.visibility == "public" || status.visibility == "unlisted";
    if (status.is_boost || !is_public || status.account_id == account.remote_account_id) continue;
    page.signals.push_back(FoundSignalOf(status));
  }
  std::reverse(page.signals.begin(), page.signals.end());
  // Servers cap pages as they like: only an empty one is the end.
  const bool is_end = statuses.empty() || is_first || (!walk->page.empty() && lowest == walk->page);
  // The first walk takes its newest page alone; "0" is below all.
  if (is_first && walk->high.empty()) walk->high = "0";
  page.more = walk->Advance(met_since, is_end ? "" : lowest);
  page.cursor = platform::ToCursor(*walk);
  return page;
}

}  // namespace carillon::mastodon
