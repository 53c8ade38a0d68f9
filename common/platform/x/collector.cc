#include "common/platform/x/collector.h"

#include <absl/strings/str_join.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/platform/json.h"
#include "common/platform/redact.h"
#include "common/platform/x/api.h"
#include "common/platform/x/cursor.h"
#include "common/platform/x/messages.h"
#include "common/platform/x/post_view.h"
#include "common/platform/x/private_metrics.h"
#include "common/platform/x/search.h"
#include "common/platform/x/signals.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;
using platform::Signal;

constexpr int kPageMin = 5;
constexpr int kPageMax = 100;
constexpr size_t kPostsMax = 100;    // of GET /2/tweets
constexpr int kRepliesPagesMax = 5;  // 100 each
// With whom they are by, and what they answer.
constexpr const char* kMentionExpansions = "author_id,in_reply_to_user_id,referenced_posts";

std::string NextToken(const Json& body) { return GetText(GetMember(body, "meta"), "next_token"); }

std::string PageSize(int count_max) { return std::to_string(std::clamp(count_max, kPageMin, kPageMax)); }

// A post that X does not give says why; only these mean that nobody will see it again.
bool IsGone(const Json& error) {
  const std::string type = GetText(error, "type");
  for (const char* gone : {"resource-not-found", "not-authorized-for-resource", "resource-unavailable",
                           "disallowed-resource"}) {
    if (type.ends_with(gone)) return true;
  }
  return false;
}

class XCollector : public platform::Collector {
 public:
  XCollector(http::HttpClient& client, const Clock& clock, const platform::Facts& facts)
      : client_(client), clock_(clock), facts_(facts) {}

  std::string Platform() const override { return "x"; }

  Result<platform::SignalPage> Signals(const platform::CollectorAccess& account,
                                       const std::string& cursor, int count_max,
                                       absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    std::optional<MentionCursor> at = ReadCursor(cursor);
    if (!at) return MakeStatus(Code::kInternal, "the cursor is not one of X's");
    Result<Answer> answer = AskMentions(account, *at, count_max, end);
    if (answer.status().code() == Code::kInvalidArgument && !at->page.empty()) {
      // X no longer knows the page: the walk begins again, and what was given comes once more under the same ids.
      at = MentionCursor{.since = at->since};
      answer = AskMentions(account, *at, count_max, end);
    }
    RETURN_IF_ERROR(answer.status());
    return ReadMentions(account, answer->body, *std::move(at));
  }

  Result<platform::TimelinePage> Timeline(const platform::CollectorAccess& account,
                                          const std::string& next, int count_max,
                                          absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    http::FormFields query = {{"max_results", PageSize(count_max)},
                              {"exclude", "retweets"},
                              {"post.fields", PostFields()}};
    ASSIGN_OR_RETURN(const std::string path, UserPath(account, "/tweets"));
    http::FormFields paged = query;
    if (!next.empty()) paged.emplace_back("pagination_token", next);
    Result<Answer> answer = Ask(account, path, paged, end);
    // As above.
    if (answer.status().code() == Code::kInvalidArgument && !next.empty()) answer = Ask(account, path, query, end);
    RETURN_IF_ERROR(answer.status());
    ASSIGN_OR_RETURN(const std::vector<PostView> posts, ReadPosts(answer->body, facts_));
    platform::TimelinePage page;
    ASSIGN_OR_RETURN(page.posts, SnapshotsOf(posts));
    AddPrivate(account, page.posts, end);
    page.next = NextToken(answer->body);
    return page;
  }

  Result<std::vector<platform::MetricSnapshot>> Posts(const platform::CollectorAccess& account,
                                                      const std::vector<std::string>& remote_ids,
                                                      absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    std::vector<std::string> ids;
    std::copy_if(remote_ids.begin(), remote_ids.end(), std::back_inserter(ids), IsId);
    std::vector<platform::MetricSnapshot> out;
    for (size_t from = 0; from < ids.size(); from += kPostsMax) {
      const size_t to = std::min(ids.size(), from + kPostsMax);
      const std::string some = absl::StrJoin(ids.begin() + from, ids.begin() + to, ",");
      ASSIGN_OR_RETURN(const Answer answer,
                       Ask(account, "/2/tweets", {{"ids", some}, {"post.fields", PostFields()}}, end));
      const Json& errors = GetMember(answer.body, "errors");
      for (const Json& error : errors.is_array() ? errors : Json::array()) {
        if (!IsGone(error)) return Odd(account, "no more than a part of the posts");
      }
      // With none of them there, X leaves the list out.
      if (GetMember(answer.body, "data").is_null() && errors.is_array()) continue;
      ASSIGN_OR_RETURN(const std::vector<PostView> posts, ReadPosts(answer.body, facts_));
      ASSIGN_OR_RETURN(std::vector<platform::MetricSnapshot> found, SnapshotsOf(posts));
      std::move(found.begin(), found.end(), std::back_inserter(out));
    }
    AddPrivate(account, out, end);
    return out;
  }

  // By search, which reaches back seven days and is not in every plan: where it is not, replies come as mentions only. The newest 500.
  Result<std::vector<Signal>> Replies(const platform::CollectorAccess& account,
                                      const std::string& post_remote_id,
                                      absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    if (!IsId(post_remote_id)) return Refuse(Code::kNotFound, "REMOTE_NOT_FOUND", "X has no such post");
    std::vector<Signal> out;
    http::FormFields query = {{"query", "conversation_id:" + post_remote_id},
                              {"max_results", std::to_string(kPageMax)},
                              {"post.fields", PostFields()},
                              {"expansions", kMentionExpansions},
                              {"user.fields", "name,username"}};
    std::string token;
    for (int page = 0; page < kRepliesPagesMax; ++page) {
      http::FormFields paged = query;
      if (!token.empty()) paged.emplace_back("next_token", token);
      const Result<Answer> answer = Ask(account, "/2/tweets/search/recent", paged, end);
      if (ReasonOf(answer.status()) == "NOT_ALLOWED") return std::vector<Signal>();
      RETURN_IF_ERROR(answer.status());
      RETURN_IF_ERROR(ReadReplies(account, answer->body, post_remote_id, out));
      const std::string next = NextToken(answer->body);
      if (next.empty() || next == token) break;
      token = next;
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  Result<platform::AccountSnapshot> Account(const platform::CollectorAccess& account,
                                            absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const std::string path, UserPath(account, ""));
    ASSIGN_OR_RETURN(const Answer answer, Ask(account, path, {{"user.fields", "public_metrics"}},
                                              clock_.BootTime() + timeout));
    const Json& user = GetMember(answer.body, "data");
    const Json& metrics = GetMember(user, "public_metrics");
    if (platform::GetId(user, "id") != account.remote_account_id || !metrics.is_object()) {
      return Odd(account, "no counts of the account");
    }
    return platform::AccountSnapshot{
        .followers = CountOf(metrics, facts_.Text("metric.followers")),
        .following = CountOf(metrics, "following_count"),
        .posts = CountOf(metrics, "post_count", "tweet_count"),
    };
  }

  Result<platform::SignalPage> Search(const platform::CollectorAccess& account, const std::string& term,
                                      const std::string& cursor, int count_max,
                                      absl::Duration timeout) override {
    return x::Search(client_, clock_, facts_, account, term, cursor, count_max, timeout);
  }

  Result<platform::SignalPage> Messages(const platform::CollectorAccess& account, const std::string& cursor,
                                        int count_max, absl::Duration timeout) override {
    return ReadMessages(client_, clock_, account, cursor, count_max, timeout);
  }

 private:
  static Status Odd(const platform::CollectorAccess& account, std::string_view what) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("{} sent {}", platform::HostOf(account.base_url), what));
  }

  static Result<std::string> UserPath(const platform::CollectorAccess& account, std::string_view rest) {
    if (IsId(account.remote_account_id)) return fmt::format("/2/users/{}{}", account.remote_account_id, rest);
    return MakeStatus(Code::kInternal, "the account has no id of X");
  }

  Result<Answer> Ask(const platform::CollectorAccess& account, std::string_view path,
                     const http::FormFields& query, absl::Duration end) {
    return Get(client_, clock_, {account.base_url, account.access_token}, path, query,
               end - clock_.BootTime());
  }

  void AddPrivate(const platform::CollectorAccess& account, std::vector<platform::MetricSnapshot>& posts, absl::Duration end) {
    AddPrivateMetrics(client_, clock_, facts_, {account.base_url, account.access_token}, posts, end - clock_.BootTime());
  }

  Result<Answer> AskMentions(const platform::CollectorAccess& account, const MentionCursor& at,
                             int count_max, absl::Duration end) {
    ASSIGN_OR_RETURN(const std::string path, UserPath(account, "/mentions"));
    http::FormFields query = {{"max_results", PageSize(count_max)},
                              {"post.fields", PostFields()},
                              {"expansions", kMentionExpansions},
                              {"user.fields", "name,username"}};
    if (!at.since.empty()) query.emplace_back("since_id", at.since);
    if (!at.page.empty()) query.emplace_back("pagination_token", at.page);
    return Ask(account, path, query, end);
  }

  Result<platform::SignalPage> ReadMentions(const platform::CollectorAccess& account, const Json& body,
                                            MentionCursor at) {
    platform::Unreadable unreadable("x");
    ASSIGN_OR_RETURN(std::vector<PostView> posts, ReadPosts(body, facts_, &unreadable));
    std::sort(posts.begin(), posts.end(),
              [](const PostView& a, const PostView& b) { return IdLess(a.id, b.id); });
    const std::map<std::string, Author> authors = ReadAuthors(body);
    platform::SignalPage page;
    bool met_since = false;
    for (const PostView& post : posts) {
      if (!at.since.empty() && !IdLess(at.since, post.id)) {
        met_since = true;
        continue;
      }
      if (at.high.empty() || IdLess(at.high, post.id)) at.high = post.id;
      ASSIGN_OR_RETURN(std::optional<Signal> signal, SignalOf(post, authors, account.remote_account_id,
                                                            /*is_mention=*/true));
      if (signal) page.signals.push_back(*std::move(signal));
    }
    const std::string next = NextToken(body);
    if (!next.empty() && next == at.page) return Odd(account, "a list of mentions without an end");
    at.page = at.high.empty() || met_since ? "" : next;
    page.more = !at.page.empty();
    if (!page.more) at = MentionCursor{.since = at.high.empty() ? at.since : at.high};
    page.cursor = ToCursor(at);
    return page;
  }

  Status ReadReplies(const platform::CollectorAccess& account, const Json& body,
                     const std::string& post_remote_id, std::vector<Signal>& out) {
    platform::Unreadable unreadable("x");
    ASSIGN_OR_RETURN(const std::vector<PostView> posts, ReadPosts(body, facts_, &unreadable));
    const std::map<std::string, Author> authors = ReadAuthors(body);
    for (const PostView& post : posts) {
      ASSIGN_OR_RETURN(std::optional<Signal> signal, SignalOf(post, authors, account.remote_account_id,
                                                            /*is_mention=*/false));
      if (!signal) continue;
      if (signal->post_remote_id.empty()) signal->post_remote_id = post_remote_id;
      out.push_back(*std::move(signal));
    }
    return Ok();
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
};

}  // namespace

std::unique_ptr<platform::Collector> MakeCollector(http::HttpClient& client, const Clock& clock,
                                                   const platform::Facts& facts) {
  return std::make_unique<XCollector>(client, clock, facts);
}

}  // namespace carillon::x
