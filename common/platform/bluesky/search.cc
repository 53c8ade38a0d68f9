#include "common/platform/bluesky/search.h"

#include <algorithm>

#include "common/atproto_syntax/datetime.h"
#include "common/platform/back_walk.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/session.h"
#include "common/platform/bluesky/walk.h"
#include "common/platform/keyword.h"
#include "common/platform/redact.h"
#include "common/platform/unreadable.h"

namespace carillon::bluesky {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr int kSearchMax = 100;  // of the lexicon
constexpr char kTimeFormat[] = "%E4Y-%m-%dT%H:%M:%E3SZ";

Status Odd(const std::string& base_url, std::string_view what) {
  return MakeStatus(Code::kUnavailable, fmt::format("{} sent {}", platform::HostOf(base_url), what));
}

std::string TimeText(absl::Time time) { return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone()); }

platform::Signal SignalOf(const Json& post, absl::Time at) {
  platform::Signal signal;
  signal.kind = platform::SignalKind::kKeyword;
  signal.remote_id = GetText(post, "uri");
  signal.created_at = at;
  const Json& author = GetMember(post, "author");
  signal.author = GetText(author, "handle");
  signal.author_name = GetText(author, "displayName");
  signal.status_remote_id = signal.remote_id;
  signal.status_url = WebAddress(signal.remote_id, signal.author);
  signal.text = GetText(GetMember(post, "record"), "text");
  return signal;
}

http::FormFields QueryOf(const std::string& term, const platform::BackWalk& walk, int count_max) {
  std::string words = term;
  std::replace(words.begin(), words.end(), '"', ' ');
  if (words.find(' ') != std::string::npos) words = "\"" + words + "\"";
  http::FormFields query = {{"q", words},
                            {"sort", "latest"},
                            {"limit", std::to_string(std::clamp(count_max, 1, kSearchMax))}};
  absl::Time since;
  if (absl::ParseTime(absl::RFC3339_full, walk.since, &since, nullptr)) {
    query.emplace_back("since", TimeText(since - kOverlap));
  }
  if (!walk.page.empty()) query.emplace_back("cursor", walk.page);
  return query;
}

}  // namespace

Result<platform::SignalPage> Search(http::HttpClient& client, const Clock& clock,
                                    const platform::CollectorAccess& account, const std::string& term,
                                    const std::string& cursor, int count_max, absl::Duration timeout) {
  std::optional<platform::BackWalk> walk = platform::ReadBackWalk(cursor);
  if (!walk) return MakeStatus(Code::kInternal, "the cursor is not one of a search");
  const bool is_first = walk->IsFirst();
  ASSIGN_OR_RETURN(const Json body, Query(client, clock, ReadLent(account.base_url, account.access_token),
                                          "app.bsky.feed.searchPosts", QueryOf(term, *walk, count_max),
                                          timeout));
  const Json& posts = GetMember(body, "posts");
  if (!posts.is_array()) return Odd(account.base_url, "no list of posts");
  platform::SignalPage page;
  platform::Unreadable unreadable("bluesky");
  size_t read = 0;
  for (const Json& post : posts) {
    const auto at = atproto_syntax::ParseDatetime(GetText(post, "indexedAt"));
    if (!at || GetText(post, "uri").empty()) {
      unreadable.Skip(Odd(account.base_url, "a post without uri or time"));
      continue;
    }
    ++read;
    walk->high = std::max(walk->high, TimeText(*at));
    if (GetText(GetMember(post, "author"), "did") == account.remote_account_id) continue;
    page.signals.push_back(SignalOf(post, *at));
  }
  RETURN_IF_ERROR(unreadable.Judge(read));
  std::reverse(page.signals.begin(), page.signals.end());
  if (walk->high.empty() && walk->since.empty()) walk->high = TimeText(clock.Now());
  const bool is_end = posts.empty() || is_first;
  page.more = walk->Advance(/*met_since=*/false, is_end ? "" : GetText(body, "cursor"));
  page.cursor = platform::ToCursor(*walk);
  return page;
}

}  // namespace carillon::bluesky
