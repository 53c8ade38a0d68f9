#include "common/platform/x/search.h"

#include <algorithm>

#include "common/platform/back_walk.h"
#include "common/platform/keyword.h"
#include "common/platform/x/api.h"
#include "common/platform/x/post_view.h"
#include "common/platform/x/signals.h"

namespace carillon::x {
namespace {

constexpr int kPageMin = 10, kPageMax = 100;  // of recent search
constexpr absl::Duration kClockMargin = absl::Minutes(1);

// The ids of posts hold their time: milliseconds since X's epoch, then 22 bits (github.com/twitter-archive/snowflake).
std::string IdAt(absl::Time at) {
  constexpr int64_t kEpochMs = 1'288'834'974'657;
  return std::to_string((absl::ToUnixMillis(at) - kEpochMs) << 22);
}

Result<Answer> Ask(http::HttpClient& client, const Clock& clock, const platform::CollectorAccess& account,
                   const std::string& term, const platform::BackWalk& walk, int count_max,
                   absl::Duration timeout) {
  http::FormFields query = {{"query", QueryOfTerm(term) + " -is:retweet"},
                            {"max_results", std::to_string(std::clamp(count_max, kPageMin, kPageMax))},
                            {"post.fields", PostFields()},
                            {"expansions", "author_id,in_reply_to_user_id,referenced_posts"},
                            {"user.fields", "name,username"}};
  if (!walk.since.empty()) query.emplace_back("since_id", walk.since);
  if (!walk.page.empty()) query.emplace_back("next_token", walk.page);
  return Get(client, clock, {account.base_url, account.access_token}, "/2/tweets/search/recent", query,
             timeout);
}

}  // namespace

std::string QueryOfTerm(const std::string& term) {
  if (platform::IsHashtag(term)) return term;
  std::string words = term;
  std::replace(words.begin(), words.end(), '"', ' ');
  // Quoted always: words such as "or" and signs such as "-" mean something to X.
  return "\"" + words + "\"";
}

Result<platform::SignalPage> Search(http::HttpClient& client, const Clock& clock,
                                    const platform::Facts& facts,
                                    const platform::CollectorAccess& account, const std::string& term,
                                    const std::string& cursor, int count_max, absl::Duration timeout) {
  const absl::Duration end = clock.BootTime() + timeout;
  std::optional<platform::BackWalk> walk = platform::ReadBackWalk(cursor);
  if (!walk) return MakeStatus(Code::kInternal, "the cursor is not one of a search");
  const bool is_first = walk->IsFirst();
  Result<Answer> answer = Ask(client, clock, account, term, *walk, count_max, timeout);
  if (answer.status().code() == Code::kInvalidArgument && !cursor.empty()) {
    // The page is known no more, or `since` is older than the seven days: what is there is read from its newest page down, and what was
    // found before is found again under the same id.
    walk = walk->page.empty() ? platform::BackWalk{.high = walk->high} : platform::BackWalk{.since = walk->since};
    answer = Ask(client, clock, account, term, *walk, count_max, end - clock.BootTime());
  }
  RETURN_IF_ERROR(answer.status());
  platform::Unreadable unreadable("x");
  ASSIGN_OR_RETURN(std::vector<PostView> posts, ReadPosts(answer->body, facts, &unreadable));
  std::sort(posts.begin(), posts.end(), [](const PostView& a, const PostView& b) { return IdLess(a.id, b.id); });
  const std::map<std::string, Author> authors = ReadAuthors(answer->body);
  platform::SignalPage page;
  for (const PostView& post : posts) {
    if (walk->high.empty() || IdLess(walk->high, post.id)) walk->high = post.id;
    ASSIGN_OR_RETURN(std::optional<platform::Signal> signal,
                     SignalOf(post, authors, account.remote_account_id, /*is_mention=*/true));
    if (!signal) continue;
    signal->kind = platform::SignalKind::kKeyword;
    page.signals.push_back(*std::move(signal));
  }
  // With none there yet the next walk still has to know where this one was.
  if (is_first && walk->high.empty()) walk->high = IdAt(clock.Now() - kClockMargin);
  const std::string next = platform::GetText(platform::GetMember(answer->body, "meta"), "next_token");
  page.more = walk->Advance(/*met_since=*/false, is_first || next == walk->page ? "" : next);
  page.cursor = platform::ToCursor(*walk);
  return page;
}

}  // namespace carillon::x
