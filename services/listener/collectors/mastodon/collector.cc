#include "services/listener/collectors/mastodon/collector.h"

#include <algorithm>
#include <utility>

#include "common/mastodon/api.h"
#include "common/mastodon/status.h"
#include "services/listener/collectors/mastodon/signals.h"

namespace carillon::listener {
namespace {

namespace api = carillon::mastodon;

constexpr int kNotificationsMax = 80;  // a page's maximum, of the API
constexpr int kStatusesMax = 40;
// A page of this many may have more behind it: servers cap a page lower than they are asked for, the lowest at 15.
constexpr int kFullPage = 15;
constexpr int kBulkMax = 20;

// An id from which on everything is newer; ids and ULIDs are all greater.
constexpr const char* kBeforeAll = "0";

MetricSnapshot SnapshotOf(const api::StatusView& status) {
  return MetricSnapshot{
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

class MastodonCollector : public Collector {
 public:
  MastodonCollector(http::HttpClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  std::string Platform() const override { return "mastodon"; }

  Result<SignalPage> Signals(const CollectorAccess& access, const std::string& cursor, int count_max,
                             absl::Duration timeout) override {
    const int limit = std::clamp(count_max, 1, kNotificationsMax);
    http::FormFields query = {{"min_id", cursor.empty() ? kBeforeAll : cursor},
                              {"limit", std::to_string(limit)}};
    for (const char* type : {"mention", "favourite", "reblog", "follow"}) query.emplace_back("types[]", type);
    ASSIGN_OR_RETURN(const api::Answer answer, Get(access, "/api/v1/notifications", query, timeout));
    if (!answer.body.is_array()) return NotAList(access);
    std::vector<std::pair<std::string, const api::Json*>> sorted;
    for (const api::Json& notification : answer.body) {
      const std::string id = api::GetId(notification, "id");
      if (id.empty()) return MakeStatus(Code::kUnavailable, "a notification without id");
      if (cursor.empty() || api::IdLess(cursor, id)) sorted.emplace_back(id, &notification);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return api::IdLess(a.first, b.first); });
    SignalPage page;
    page.cursor = sorted.empty() ? cursor : sorted.back().first;
    page.more = static_cast<int>(sorted.size()) >= std::min(limit, kFullPage);
    for (const auto& [id, notification] : sorted) {
      ASSIGN_OR_RETURN(std::optional<Signal> signal,
                       mastodon::ReadNotification(*notification, access.base_url, access.remote_account_id));
      if (signal) page.signals.push_back(std::move(*signal));
    }
    return page;
  }

  Result<TimelinePage> Timeline(const CollectorAccess& access, const std::string& next, int count_max,
                                absl::Duration timeout) override {
    http::FormFields query = {{"limit", std::to_string(std::clamp(count_max, 1, kStatusesMax))},
                              {"exclude_reblogs", "true"}};
    if (!next.empty()) query.emplace_back("max_id", next);
    ASSIGN_OR_RETURN(const api::Answer answer, Get(access, AccountPath(access) + "/statuses", query, timeout));
    ASSIGN_OR_RETURN(const std::vector<api::StatusView> statuses,
                     api::ReadStatuses(answer.body, access.base_url));
    TimelinePage page;
    for (const api::StatusView& status : statuses) {
      if (!status.is_boost) page.posts.push_back(SnapshotOf(status));
    }
    if (!statuses.empty()) page.next = statuses.back().id;
    return page;
  }

  Result<std::vector<MetricSnapshot>> Posts(const CollectorAccess& access,
                                            const std::vector<std::string>& remote_ids,
                                            absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    std::vector<MetricSnapshot> out;
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

  Result<std::vector<Signal>> Replies(const CollectorAccess& access, const std::string& post_remote_id,
                                      absl::Duration timeout) override {
    const std::string path = StatusPath(post_remote_id) + "/context";
    ASSIGN_OR_RETURN(const api::Answer answer, Get(access, path, {}, timeout));
    ASSIGN_OR_RETURN(const std::vector<api::StatusView> below,
                     api::ReadStatuses(api::GetMember(answer.body, "descendants"), access.base_url));
    std::vector<Signal> out;
    for (const api::StatusView& status : below) {
      if (status.account_id == access.remote_account_id) continue;
      Signal signal = mastodon::SignalOfStatus(status, access.remote_account_id);
      // One that neither answers nor names us has no notification: it is a reply in our thread. One that names us is the mention
      // that its notification makes it.
      const std::vector<std::string>& named = status.mentioned_account_ids;
      const bool names_us = std::find(named.begin(), named.end(), access.remote_account_id) != named.end();
      if (!names_us) signal.kind = SignalKind::kReply;
      if (signal.post_remote_id.empty()) signal.post_remote_id = post_remote_id;
      out.push_back(std::move(signal));
    }
    return out;
  }

  Result<AccountSnapshot> Account(const CollectorAccess& access, absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const api::Answer answer, Get(access, AccountPath(access), {}, timeout));
    if (api::GetId(answer.body, "id") != access.remote_account_id) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} did not describe the account {}",
                                                        api::HostOf(access.base_url), access.remote_account_id));
    }
    return AccountSnapshot{.followers = api::GetCount(answer.body, "followers_count"),
                           .following = api::GetCount(answer.body, "following_count"),
                           .posts = api::GetCount(answer.body, "statuses_count")};
  }

 private:
  static std::string AccountPath(const CollectorAccess& access) {
    return "/api/v1/accounts/" + api::PathSegment(access.remote_account_id);
  }
  static std::string StatusPath(const std::string& id) { return "/api/v1/statuses/" + api::PathSegment(id); }
  static Status NotAList(const CollectorAccess& access) {
    return MakeStatus(Code::kUnavailable, fmt::format("{} did not send a list", api::HostOf(access.base_url)));
  }
  static Status OutOfTime() { return MakeStatus(Code::kDeadlineExceeded, "no time left to ask the server"); }

  Result<api::Answer> Get(const CollectorAccess& access, std::string_view path, const http::FormFields& query,
                          absl::Duration timeout) {
    if (timeout <= absl::ZeroDuration()) return OutOfTime();
    return api::Get(client_, clock_, {access.base_url, access.access_token}, path, query, timeout);
  }

  // False if the server has no such call.
  Result<bool> ReadBulk(const CollectorAccess& access, const std::vector<std::string>& ids,
                        absl::Duration timeout, std::vector<MetricSnapshot>& out) {
    if (timeout <= absl::ZeroDuration()) return OutOfTime();
    const api::Access server{access.base_url, access.access_token};
    http::FormFields query;
    for (const std::string& id : ids) query.emplace_back("id[]", id);
    http::HttpRequest request = api::MakeRequest(server, "GET", "/api/v1/statuses", query);
    request.deadline = timeout;
    const http::HttpOutcome outcome = client_.Send(request);
    if (!outcome.ok()) return api::StatusOfFailure(outcome, server);
    for (const int missing : {400, 404, 405, 422}) {
      if (outcome.response->status == missing) return false;
    }
    RETURN_IF_ERROR(api::StatusOfResponse(*outcome.response, server, clock_.Now()));
    const std::optional<api::Json> body = api::ParseJson(outcome.response->body);
    ASSIGN_OR_RETURN(const std::vector<api::StatusView> statuses,
                     api::ReadStatuses(body.value_or(api::Json()), access.base_url));
    for (const api::StatusView& status : statuses) out.push_back(SnapshotOf(status));
    return true;
  }

  Status ReadOne(const CollectorAccess& access, const std::string& id, absl::Duration timeout,
                 std::vector<MetricSnapshot>& out) {
    const Result<api::Answer> answer = Get(access, StatusPath(id), {}, timeout);
    if (answer.status().code() == Code::kNotFound) return Ok();
    RETURN_IF_ERROR(answer.status());
    ASSIGN_OR_RETURN(const api::StatusView status, api::ReadStatus(answer->body, access.base_url));
    out.push_back(SnapshotOf(status));
    return Ok();
  }

  http::HttpClient& client_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<Collector> MakeMastodonCollector(http::HttpClient& client, const Clock& clock) {
  return std::make_unique<MastodonCollector>(client, clock);
}

}  // namespace carillon::listener
