#include "common/platform/mastodon/collector.h"
#include "common/platform/redact.h"

#include <algorithm>
#include <utility>

#include "common/platform/mastodon/api.h"
#include "common/platform/mastodon/search.h"
#include "common/platform/mastodon/signals.h"
#include "common/platform/mastodon/status.h"

namespace carillon::mastodon {
namespace {

constexpr int kNotificationsMax = 80;  // a page's maximum, of the API
constexpr int kStatusesMax = 40;
// A page of this many may have more behind it: servers cap a page lower than they are asked for, the lowest at 15.
constexpr int kFullPage = 15;
constexpr int kBulkMax = 20;

// An id from which on everything is newer; ids and ULIDs are all greater.
constexpr const char* kBeforeAll = "0";

platform::MetricSnapshot SnapshotOf(const StatusView& status) {
  return platform::MetricSnapshot{
      .post_remote_id = status.id,
      .posted_at = status.created_at,
      .url = status.url,
      .text = status.text,
      .is_reply = !status.in_reply_to_id.empty(),
      .replies = status.replies,
      .boosts = status.boosts,
      .favourites = status.favourites,
  };
}

class MastodonCollector : public platform::Collector {
 public:
  MastodonCollector(http::HttpClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  std::string Platform() const override { return "mastodon"; }

  Result<platform::SignalPage> Signals(const platform::CollectorAccess& access, const std::string& cursor, int count_max,
                             absl::Duration timeout) override {
    const int limit = std::clamp(count_max, 1, kNotificationsMax);
    http::FormFields query = {{"min_id", cursor.empty() ? kBeforeAll : cursor},
                              {"limit", std::to_string(limit)}};
    for (const char* type : {"mention", "favourite", "reblog", "follow"}) query.emplace_back("types[]", type);
    ASSIGN_OR_RETURN(const Answer answer, Get(access, "/api/v1/notifications", query, timeout));
    if (!answer.body.is_array()) return NotAList(access);
    std::vector<std::pair<std::string, const platform::Json*>> sorted;
    platform::Unreadable unreadable("mastodon");
    for (const platform::Json& notification : answer.body) {
      const std::string id = platform::GetId(notification, "id");
      if (id.empty()) {
        unreadable.Skip(MakeStatus(Code::kUnavailable, "a notification without id"));
        continue;
      }
      if (cursor.empty() || IdLess(cursor, id)) sorted.emplace_back(id, &notification);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return IdLess(a.first, b.first); });
    platform::SignalPage page;
    page.cursor = sorted.empty() ? cursor : sorted.back().first;
    page.more = static_cast<int>(sorted.size()) >= std::min(limit, kFullPage);
    size_t read = 0;
    for (const auto& [id, notification] : sorted) {
      Result<std::optional<platform::Signal>> signal =
          ReadNotification(*notification, access.base_url, access.remote_account_id);
      if (!signal.ok()) {
        unreadable.Skip(signal.status());
        continue;
      }
      ++read;
      if (*signal) page.signals.push_back(**std::move(signal));
    }
    RETURN_IF_ERROR(unreadable.Judge(read));
    return page;
  }

  Result<platform::TimelinePage> Timeline(const platform::CollectorAccess& access, const std::string& next, int count_max,
                                absl::Duration timeout) override {
    http::FormFields query = {{"limit", std::to_string(std::clamp(count_max, 1, kStatusesMax))},
                              {"exclude_reblogs", "true"}};
    if (!next.empty()) query.emplace_back("max_id", next);
    ASSIGN_OR_RETURN(const Answer answer, Get(access, AccountPath(access) + "/statuses", query, timeout));
    ASSIGN_OR_RETURN(const std::vector<StatusView> statuses,
                     ReadStatuses(answer.body, access.base_url));
    platform::TimelinePage page;
    for (const StatusView& status : statuses) {
      if (!status.is_boost) page.posts.push_back(SnapshotOf(status));
    }
    if (!statuses.empty()) page.next = statuses.back().id;
    return page;
  }

  Result<std::vector<platform::MetricSnapshot>> Posts(const platform::CollectorAccess& access,
                                            const std::vector<std::string>& remote_ids,
                                            absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    std::vector<platform::MetricSnapshot> out;
    bool bulk = true;  // GET /api/v1/statuses?id[]= is there since Mastodon 4.3
    for (size_t at = 0; at < remote_ids.size();) {
      const size_t count = bulk ? std::min<size_t>(kBulkMax, remote_ids.size() - at) : 1;
      const std::vector<std::string> some(remote_ids.begin() + at, remote_ids.begin() + at + count);
      const absl::Duration left = end - clock_.BootTime();
      if (bulk) {
        ASSIGN_OR_RETURN(bulk, ReadBulk(access, some, left, out));
        if (!bulk) continue;
      } else {
        RETURN_IF_ERROR(ReadOne(access, some[0], left, out));
      }
      at += count;
    }
    return out;
  }

  Result<std::vector<platform::Signal>> Replies(const platform::CollectorAccess& access, const std::string& post_remote_id,
                                      absl::Duration timeout) override {
    const std::string path = StatusPath(post_remote_id) + "/context";
    ASSIGN_OR_RETURN(const Answer answer, Get(access, path, {}, timeout));
    platform::Unreadable unreadable("mastodon");
    ASSIGN_OR_RETURN(const std::vector<StatusView> below,
                     ReadStatuses(platform::GetMember(answer.body, "descendants"), access.base_url, &unreadable));
    std::vector<platform::Signal> out;
    for (const StatusView& status : below) {
      if (status.account_id == access.remote_account_id) continue;
      platform::Signal signal = SignalOfStatus(status, access.remote_account_id);
      // One that neither answers nor names us has no notification: it is a reply in our thread. One that names us is the mention
      // that its notification makes it.
      const std::vector<std::string>& named = status.mentioned_account_ids;
      const bool names_us = std::find(named.begin(), named.end(), access.remote_account_id) != named.end();
      if (!names_us) signal.kind = platform::SignalKind::kReply;
      if (signal.post_remote_id.empty()) signal.post_remote_id = post_remote_id;
      out.push_back(std::move(signal));
    }
    return out;
  }

  Result<platform::AccountSnapshot> Account(const platform::CollectorAccess& access, absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const Answer answer, Get(access, AccountPath(access), {}, timeout));
    if (platform::GetId(answer.body, "id") != access.remote_account_id) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} did not describe the account {}",
                                                        platform::HostOf(access.base_url), access.remote_account_id));
    }
    return platform::AccountSnapshot{.followers = platform::GetCount(answer.body, "followers_count"),
                           .following = platform::GetCount(answer.body, "following_count"),
                           .posts = platform::GetCount(answer.body, "statuses_count")};
  }

  Result<platform::SignalPage> Search(const platform::CollectorAccess& access, const std::string& term,
                                      const std::string& cursor, int count_max, absl::Duration timeout) override {
    return mastodon::Search(client_, clock_, access, term, cursor, count_max, timeout);
  }

 private:
  static std::string AccountPath(const platform::CollectorAccess& access) {
    return "/api/v1/accounts/" + PathSegment(access.remote_account_id);
  }
  static std::string StatusPath(const std::string& id) { return "/api/v1/statuses/" + PathSegment(id); }
  static Status NotAList(const platform::CollectorAccess& access) {
    return MakeStatus(Code::kUnavailable, fmt::format("{} did not send a list", platform::HostOf(access.base_url)));
  }
  static Status OutOfTime() { return MakeStatus(Code::kDeadlineExceeded, "no time left to ask the server"); }

  Result<Answer> Get(const platform::CollectorAccess& access, std::string_view path, const http::FormFields& query,
                          absl::Duration timeout) {
    if (timeout <= absl::ZeroDuration()) return OutOfTime();
    return mastodon::Get(client_, clock_, {access.base_url, access.access_token}, path, query, timeout);
  }

  // False if the server has no such call.
  Result<bool> ReadBulk(const platform::CollectorAccess& access, const std::vector<std::string>& ids,
                        absl::Duration timeout, std::vector<platform::MetricSnapshot>& out) {
    if (timeout <= absl::ZeroDuration()) return OutOfTime();
    const Access server{access.base_url, access.access_token};
    http::FormFields query;
    for (const std::string& id : ids) query.emplace_back("id[]", id);
    http::HttpRequest request = MakeRequest(server, "GET", "/api/v1/statuses", query);
    request.deadline = timeout;
    const http::HttpOutcome outcome = client_.Send(request);
    if (!outcome.ok()) return StatusOfFailure(outcome, server);
    for (const int missing : {400, 404, 405, 422}) {
      if (outcome.response->status == missing) return false;
    }
    RETURN_IF_ERROR(StatusOfResponse(*outcome.response, server, clock_.Now()));
    const std::optional<platform::Json> body = platform::ParseJson(outcome.response->body);
    ASSIGN_OR_RETURN(const std::vector<StatusView> statuses,
                     ReadStatuses(body.value_or(platform::Json()), access.base_url));
    for (const StatusView& status : statuses) out.push_back(SnapshotOf(status));
    return true;
  }

  Status ReadOne(const platform::CollectorAccess& access, const std::string& id, absl::Duration timeout,
                 std::vector<platform::MetricSnapshot>& out) {
    const Result<Answer> answer = Get(access, StatusPath(id), {}, timeout);
    if (answer.status().code() == Code::kNotFound) return Ok();
    RETURN_IF_ERROR(answer.status());
    ASSIGN_OR_RETURN(const StatusView status, ReadStatus(answer->body, access.base_url));
    out.push_back(SnapshotOf(status));
    return Ok();
  }

  http::HttpClient& client_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<platform::Collector> MakeCollector(http::HttpClient& client, const Clock& clock) {
  return std::make_unique<MastodonCollector>(client, clock);
}

}  // namespace carillon::mastodon
