#include "common/platform/mastodon/streamer.h"

#include <map>
#include <mutex>

#include "common/platform/keyword.h"
#include "common/platform/mastodon/api.h"
#include "common/platform/mastodon/signals.h"
#include "common/platform/mastodon/status.h"
#include "common/platform/redact.h"

namespace carillon::mastodon {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr size_t kHostsMax = 10'000;
constexpr absl::Duration kHostAgeMax = absl::Hours(1);

class MastodonStreamer : public platform::Streamer {
 public:
  MastodonStreamer(http::HttpClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  std::string Platform() const override { return "mastodon"; }
  bool IsShared() const override { return false; }
  // Other words would need every public post of every account's server.
  bool CanPush(const std::string& term) const override { return platform::IsHashtag(term); }

  Result<platform::StreamPlan> Plan(const platform::StreamAudience& audience, const std::string&,
                                    absl::Duration timeout) override {
    if (audience.accounts.size() != 1) return MakeStatus(Code::kInternal, "a stream is one account's");
    const platform::CollectorAccess& account = audience.accounts.front();
    ASSIGN_OR_RETURN(const std::string host, StreamingHost(account, timeout));
    platform::StreamPlan plan;
    plan.url = host + "/api/v1/streaming?stream=user:notification";
    plan.headers["Authorization"] = "Bearer " + account.access_token;
    for (const platform::StreamQuery& query : audience.queries) {
      const Json subscribe = {{"type", "subscribe"}, {"stream", "hashtag"}, {"tag", query.term.substr(1)}};
      plan.hello.push_back(subscribe.dump());
    }
    return plan;
  }

  // {"stream": ["hashtag", "glocke"], "event": "update", "payload": "<JSON>"}; servers before Mastodon 3.3 leave "stream" out.
  Result<platform::StreamEvent> Read(const platform::StreamAudience& audience,
                                     std::string_view text) const override {
    const auto message = platform::ParseJson(text);
    if (!message || !message->is_object()) return Odd("what is not JSON");
    platform::StreamEvent out;
    const std::string event = GetText(*message, "event");
    if (event != "notification" && event != "update") {
      if (event.empty() && GetText(*message, "error").empty()) return Odd("neither an event nor an error");
      return out;
    }
    const auto payload = platform::ParseJson(GetText(*message, "payload"));
    if (!payload || !payload->is_object()) return Odd("an event without its payload");
    const platform::CollectorAccess& account = audience.accounts.front();
    platform::Pushed pushed;
    pushed.account_id = account.account_id;
    if (event == "notification") {
      const auto signal = ReadNotification(*payload, account.base_url, account.remote_account_id);
      pushed.is_hint = !signal.ok();
      if (signal.ok() && !*signal) return out;
      if (signal.ok()) pushed.signal = **signal;
      out.pushed.push_back(std::move(pushed));
      return out;
    }
    ASSIGN_OR_RETURN(const StatusView status, ReadStatus(*payload, account.base_url));
    const bool is_public = status.visibility == "public" || status.visibility == "unlisted";
    if (status.is_boost || !is_public || status.account_id == account.remote_account_id) return out;
    pushed.terms = TermsOf(audience, *payload, status);
    if (pushed.terms.empty()) return out;
    pushed.signal = FoundSignalOf(status);
    out.pushed.push_back(std::move(pushed));
    return out;
  }

 private:
  struct Host {
    std::string url;
    absl::Duration until;
  };

  static Status Odd(std::string_view what) {
    return MakeStatus(Code::kUnavailable, fmt::format("the stream sent {}", what));
  }

  static std::vector<std::string> TermsOf(const platform::StreamAudience& audience, const Json& payload,
                                          const StatusView& status) {
    std::vector<std::string> tags, terms;
    for (const Json& tag : GetMember(payload, "tags")) tags.push_back(GetText(tag, "name"));
    const platform::PostWords words(status.text, tags);
    for (const platform::StreamQuery& query : audience.queries) {
      if (words.Has(query.term)) terms.push_back(query.term);
    }
    return terms;
  }

  // Where the server has its streams, in its own words; its own address where it says nothing.
  Result<std::string> StreamingHost(const platform::CollectorAccess& account, absl::Duration timeout) {
    const absl::Duration now = clock_.BootTime();
    {
      std::lock_guard lock(mutex_);
      const auto known = hosts_.find(account.base_url);
      if (known != hosts_.end() && known->second.until > now) return known->second.url;
    }
    const Access access{account.base_url, account.access_token};
    std::string url;
    Result<Answer> answer = Get(client_, clock_, access, "/api/v2/instance", {}, timeout);
    if (answer.ok()) {
      url = GetText(GetMember(GetMember(answer->body, "configuration"), "urls"), "streaming");
    } else if (answer.status().code() == Code::kNotFound) {  // before Mastodon 4
      answer = Get(client_, clock_, access, "/api/v1/instance", {}, timeout - (clock_.BootTime() - now));
      if (answer.ok()) url = GetText(GetMember(answer->body, "urls"), "streaming_api");
    }
    RETURN_IF_ERROR(answer.status());
    if (url.empty()) url = account.base_url;
    while (url.ends_with('/')) url.pop_back();
    std::lock_guard lock(mutex_);
    if (hosts_.size() >= kHostsMax) hosts_.clear();
    hosts_[account.base_url] = {url, now + kHostAgeMax};
    return url;
  }

  http::HttpClient& client_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Host> hosts_;  // by the server's address
};

}  // namespace

std::unique_ptr<platform::Streamer> MakeStreamer(http::HttpClient& client, const Clock& clock) {
  return std::make_unique<MastodonStreamer>(client, clock);
}

}  // namespace carillon::mastodon
