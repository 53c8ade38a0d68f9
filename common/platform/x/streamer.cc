#include "common/platform/x/streamer.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/observe/log.h"
#include "common/platform/json.h"
#include "common/platform/redact.h"
#include "common/platform/x/api.h"
#include "common/platform/x/post_view.h"
#include "common/platform/x/signals.h"
#include "common/platform/x/stream_rules.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

// This call has only the old names of what others ask for as post.fields (X API OpenAPI 2.167).
constexpr char kPostFields[] =
    "id,text,created_at,entities,attachments,conversation_id,note_tweet,public_metrics,author_id,in_reply_to_user_id,referenced_tweets";

class XStreamer : public platform::Streamer {
 public:
  XStreamer(http::HttpClient& client, const Clock& clock, const platform::Facts& facts)
      : client_(client), clock_(clock), facts_(facts) {}

  std::string Platform() const override { return "x"; }
  bool IsShared() const override { return true; }
  bool IsOfApp() const override { return true; }
  bool CanPush(const std::string&) const override { return true; }

  Result<platform::StreamPlan> Plan(const platform::StreamAudience& audience, const std::string& cursor,
                                    absl::Duration timeout) override {
    RETURN_IF_ERROR(Serve(audience, timeout));
    http::FormFields query = {{"tweet.fields", kPostFields}, {"expansions", "author_id"}, {"user.fields", "name,username"}};
    if (const int64_t minutes = BackfillMinutes(cursor); minutes > 0) query.emplace_back("backfill_minutes", std::to_string(minutes));
    http::HttpRequest request = MakeRequest({audience.app.base_url, audience.app.token}, "GET", "/2/tweets/search/stream", query);
    platform::StreamPlan plan;
    plan.url = std::move(request.url);
    plan.headers = std::move(request.headers);
    plan.is_lines = true;
    return plan;
  }

  Status Serve(const platform::StreamAudience& audience, absl::Duration timeout) override {
    std::set<std::string> terms;
    for (const platform::StreamQuery& query : audience.queries) terms.insert(query.term);
    return SetRules(client_, clock_, facts_, {audience.app.base_url, audience.app.token}, terms, timeout);
  }

  Result<platform::StreamEvent> Read(const platform::StreamAudience& audience, std::string_view text) const override {
    const std::optional<Json> line = platform::ParseJson(text);
    if (!line || !line->is_object()) return MakeStatus(Code::kInvalidArgument, "a line of X's stream is no JSON");
    const Json& data = GetMember(*line, "data");
    if (!data.is_object()) return ReadMessage(*line);
    ASSIGN_OR_RETURN(const PostView post, ReadPost(data, facts_));
    const std::map<std::string, Author> authors = ReadAuthors(*line);
    std::set<std::string> terms;
    const Json& rules = GetMember(*line, "matching_rules");
    if (rules.is_array()) {
      for (const Json& rule : rules) terms.emplace(TermOfTag(GetText(rule, "tag")));
    }
    platform::StreamEvent event;
    event.cursor = std::to_string(absl::ToUnixMicros(post.created_at));
    std::map<std::string, std::vector<std::string>> found;  // by account
    for (const platform::StreamQuery& query : audience.queries) {
      if (terms.contains(query.term)) found[query.account_id].push_back(query.term);
    }
    for (const platform::CollectorAccess& account : audience.accounts) {
      const auto of_account = found.find(account.account_id);
      if (of_account == found.end()) continue;
      ASSIGN_OR_RETURN(std::optional<platform::Signal> signal,
                       SignalOf(post, authors, account.remote_account_id, /*is_mention=*/true));
      if (!signal) continue;
      signal->kind = platform::SignalKind::kKeyword;
      platform::Pushed& one = event.pushed.emplace_back();
      one.account_id = account.account_id;
      one.terms = std::move(of_account->second);
      one.signal = *std::move(signal);
    }
    return event;
  }

 private:
  // Before X ends a stream it may say why.
  static Result<platform::StreamEvent> ReadMessage(const Json& line) {
    const Json& errors = GetMember(line, "errors");
    if (errors.is_array() && !errors.empty()) {
      observe::Info("X says of its stream", {{"what", platform::OneShortLine(GetText(errors.front(), "title") + ": " +
                                                                            GetText(errors.front(), "detail"))}});
    }
    return platform::StreamEvent();
  }

  // 0 where the app's plan has none, or the last post is too old to tell how long the stream was away.
  int64_t BackfillMinutes(const std::string& cursor) const {
    const int64_t most = facts_.Number("stream.backfill_minutes_max");
    int64_t cursor_us = 0;
    if (most <= 0 || !absl::SimpleAtoi(cursor, &cursor_us)) return 0;
    const absl::Duration away = clock_.Now() - absl::FromUnixMicros(cursor_us);
    return std::clamp<int64_t>(absl::ToInt64Minutes(absl::Ceil(away, absl::Minutes(1))), 1, most);
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
};

}  // namespace

std::unique_ptr<platform::Streamer> MakeStreamer(http::HttpClient& client, const Clock& clock, const platform::Facts& facts) {
  return std::make_unique<XStreamer>(client, clock, facts);
}

}  // namespace carillon::x
