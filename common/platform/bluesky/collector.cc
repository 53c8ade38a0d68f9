#include "common/platform/bluesky/collector.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/datetime.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/bluesky/chat.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/reply_kind.h"
#include "common/platform/bluesky/search.h"
#include "common/platform/bluesky/session.h"
#include "common/platform/bluesky/walk.h"
#include "common/platform/redact.h"
#include "common/platform/unreadable.h"

namespace carillon::bluesky {
namespace {

using platform::GetCount;
using platform::GetMember;
using platform::GetText;
using platform::Json;
using platform::MetricSnapshot;
using platform::Signal;
using platform::SignalKind;

// By the lexicons of the methods; a test compares them.
constexpr int kNotificationsMax = 100;
constexpr int kFeedMax = 100;
constexpr size_t kPostsMax = 25;
// Deeper ones notify nobody above (bluesky-social/atproto, packages/bsky: REPLY_NOTIF_DEPTH is 5).
constexpr int kThreadDepth = 6;

Status Odd(const std::string& base_url, std::string_view what) {
  return MakeStatus(Code::kUnavailable, fmt::format("{} sent {}", platform::HostOf(base_url), what));
}

std::optional<absl::Time> TimeIn(const Json& object, const char* key) {
  return atproto_syntax::ParseDatetime(GetText(object, key));
}

std::optional<SignalKind> KindOf(const std::string& reason) {
  if (reason == "like") return SignalKind::kFavourite;
  if (reason == "repost") return SignalKind::kBoost;
  if (reason == "follow") return SignalKind::kFollow;
  if (reason == "reply") return SignalKind::kReply;
  if (reason == "mention" || reason == "quote") return SignalKind::kMention;
  return std::nullopt;
}

// Nothing for kinds that make no signal.
std::optional<Signal> SignalOf(const Json& notification, absl::Time at) {
  const auto kind = KindOf(GetText(notification, "reason"));
  if (!kind) return std::nullopt;
  Signal signal;
  signal.kind = *kind;
  signal.remote_id = GetText(notification, "uri");
  signal.created_at = at;
  const Json& author = GetMember(notification, "author");
  signal.author = GetText(author, "handle");
  signal.author_name = GetText(author, "displayName");
  signal.post_remote_id = GetText(notification, "reasonSubject");
  if (*kind == SignalKind::kReply || *kind == SignalKind::kMention) {
    signal.status_remote_id = signal.remote_id;
    signal.status_url = WebAddress(signal.remote_id, signal.author);
    signal.text = GetText(GetMember(notification, "record"), "text");
  }
  return signal;
}

Result<MetricSnapshot> SnapshotOf(const Json& post, const std::string& base_url) {
  MetricSnapshot out;
  out.post_remote_id = GetText(post, "uri");
  const Json& record = GetMember(post, "record");
  // The earlier one, as the feed is sorted; what an author's client wrote may be no time.
  const auto created_at = TimeIn(record, "createdAt"), indexed_at = TimeIn(post, "indexedAt");
  if (out.post_remote_id.empty() || (!created_at && !indexed_at)) {
    return Odd(base_url, "a post without uri or time");
  }
  out.posted_at = std::min(created_at.value_or(absl::InfiniteFuture()),
                           indexed_at.value_or(absl::InfiniteFuture()));
  out.url = WebAddress(out.post_remote_id, GetText(GetMember(post, "author"), "handle"));
  out.text = GetText(record, "text");
  out.is_reply = GetMember(record, "reply").is_object();
  out.replies = GetCount(post, "replyCount");
  out.boosts = GetCount(post, "repostCount");
  out.favourites = GetCount(post, "likeCount");
  return out;
}

class BlueskyCollector : public platform::Collector {
 public:
  BlueskyCollector(http::HttpClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  std::string Platform() const override { return "bluesky"; }

  Result<platform::SignalPage> Signals(const platform::CollectorAccess& account,
                                       const std::string& cursor, int count_max,
                                       absl::Duration timeout) override {
    auto walk = ReadWalk(cursor);
    if (!walk) return MakeStatus(Code::kInternal, "the cursor is not one of Bluesky's");
    http::FormFields query = {
        {"limit", std::to_string(std::clamp(count_max, 1, kNotificationsMax))}};
    if (!walk->page.empty()) query.emplace_back("cursor", walk->page);
    ASSIGN_OR_RETURN(const Json body, Ask(account, "app.bsky.notification.listNotifications", query,
                                          timeout));
    const Json& notifications = GetMember(body, "notifications");
    if (!notifications.is_array()) return Odd(account.base_url, "no list of notifications");
    platform::SignalPage page;
    bool met_floor = false;
    platform::Unreadable unreadable("bluesky");
    size_t read = 0;
    for (const Json& notification : notifications) {
      const auto at = TimeIn(notification, "indexedAt");
      const std::string uri = GetText(notification, "uri");
      if (!at || uri.empty()) {
        unreadable.Skip(Odd(account.base_url, "a notification without uri or time"));
        continue;
      }
      ++read;
      met_floor = *at < walk->floor;
      if (met_floor) break;
      if (!walk->Take(*at, GetText(notification, "reason"), uri)) continue;
      if (auto signal = SignalOf(notification, *at)) page.signals.push_back(*std::move(signal));
    }
    RETURN_IF_ERROR(unreadable.Judge(read));
    std::reverse(page.signals.begin(), page.signals.end());
    walk->page = GetText(body, "cursor");
    page.more = !met_floor && !walk->page.empty() && !notifications.empty();
    page.cursor = ToCursor(page.more ? *walk : NextWalk(*walk));
    return page;
  }

  Result<platform::TimelinePage> Timeline(const platform::CollectorAccess& account,
                                          const std::string& next, int count_max,
                                          absl::Duration timeout) override {
    http::FormFields query = {{"actor", account.remote_account_id},
                              {"filter", "posts_with_replies"},
                              {"limit", std::to_string(std::clamp(count_max, 1, kFeedMax))}};
    if (!next.empty()) query.emplace_back("cursor", next);
    ASSIGN_OR_RETURN(const Json body, Ask(account, "app.bsky.feed.getAuthorFeed", query, timeout));
    const Json& feed = GetMember(body, "feed");
    if (!feed.is_array()) return Odd(account.base_url, "no feed");
    platform::TimelinePage page;
    for (const Json& item : feed) {
      // A repost of ours shows another's post.
      if (GetMember(item, "reason").is_object()) continue;
      ASSIGN_OR_RETURN(MetricSnapshot post, SnapshotOf(GetMember(item, "post"), account.base_url));
      page.posts.push_back(std::move(post));
    }
    if (!feed.empty()) page.next = GetText(body, "cursor");
    return page;
  }

  Result<std::vector<MetricSnapshot>> Posts(const platform::CollectorAccess& account,
                                            const std::vector<std::string>& remote_ids,
                                            absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    // One that is none would have all that are asked for with it refused.
    std::vector<std::string> uris;
    for (const std::string& id : remote_ids) {
      if (atproto_syntax::ParseAtUri(id)) uris.push_back(id);
    }
    std::vector<MetricSnapshot> out;
    for (size_t at = 0; at < uris.size(); at += kPostsMax) {
      http::FormFields query;
      for (size_t i = at; i < std::min(uris.size(), at + kPostsMax); ++i) {
        query.emplace_back("uris", uris[i]);
      }
      ASSIGN_OR_RETURN(const Json body,
                       Ask(account, "app.bsky.feed.getPosts", query, end - clock_.BootTime()));
      const Json& posts = GetMember(body, "posts");
      if (!posts.is_array()) return Odd(account.base_url, "no list of posts");
      for (const Json& post : posts) {
        ASSIGN_OR_RETURN(MetricSnapshot snapshot, SnapshotOf(post, account.base_url));
        out.push_back(std::move(snapshot));
      }
    }
    return out;
  }

  Result<std::vector<Signal>> Replies(const platform::CollectorAccess& account,
                                      const std::string& post_remote_id,
                                      absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const Json body,
                     Ask(account, "app.bsky.feed.getPostThread",
                         {{"uri", post_remote_id},
                          {"depth", std::to_string(kThreadDepth)},
                          {"parentHeight", "0"}},
                         timeout));
    std::vector<Signal> out;
    platform::Unreadable unreadable("bluesky");
    TakeReplies(GetMember(body, "thread"), account, post_remote_id, 0, unreadable, out);
    RETURN_IF_ERROR(unreadable.Judge(out.size()));
    return out;
  }

  Result<platform::AccountSnapshot> Account(const platform::CollectorAccess& account,
                                            absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const Json body, Ask(account, "app.bsky.actor.getProfile",
                                          {{"actor", account.remote_account_id}}, timeout));
    if (GetText(body, "did") != account.remote_account_id) {
      return Odd(account.base_url, "another account's profile");
    }
    return platform::AccountSnapshot{.followers = GetCount(body, "followersCount"),
                                     .following = GetCount(body, "followsCount"),
                                     .posts = GetCount(body, "postsCount")};
  }

  Result<platform::SignalPage> Search(const platform::CollectorAccess& account, const std::string& term,
                                      const std::string& cursor, int count_max,
                                      absl::Duration timeout) override {
    return bluesky::Search(client_, clock_, account, term, cursor, count_max, timeout);
  }

  Result<platform::SignalPage> Messages(const platform::CollectorAccess& account, const std::string& cursor,
                                        int count_max, absl::Duration timeout) override {
    return ReadMessages(client_, clock_, account, cursor, count_max, timeout);
  }

 private:
  Result<Json> Ask(const platform::CollectorAccess& account, std::string_view nsid,
                   const http::FormFields& query, absl::Duration timeout) {
    return Query(client_, clock_, ReadLent(account.base_url, account.access_token), nsid, query, timeout);
  }

  // What others wrote below the post, each once.
  void TakeReplies(const Json& thread, const platform::CollectorAccess& account, const std::string& post_remote_id, int depth,
                   platform::Unreadable& unreadable, std::vector<Signal>& out) {
    const Json& replies = GetMember(thread, "replies");
    if (!replies.is_array() || depth > kThreadDepth) return;
    for (const Json& reply : replies) {
      const Json& post = GetMember(reply, "post");
      if (!post.is_object()) continue;  // deleted, or blocked
      const Json& author = GetMember(post, "author");
      if (GetText(author, "did") != account.remote_account_id) {
        const auto at = TimeIn(post, "indexedAt");
        const std::string uri = GetText(post, "uri");
        if (uri.empty() || !at) {
          unreadable.Skip(Odd(account.base_url, "a reply without uri or time"));
          continue;
        }
        Signal signal;
        const Json& record = GetMember(post, "record");
        signal.kind = KindOfReply(record, account.remote_account_id).kind;
        signal.remote_id = uri;
        signal.created_at = *at;
        signal.author = GetText(author, "handle");
        signal.author_name = GetText(author, "displayName");
        signal.post_remote_id = post_remote_id;
        signal.status_remote_id = uri;
        signal.status_url = WebAddress(uri, signal.author);
        signal.text = GetText(record, "text");
        out.push_back(std::move(signal));
      }
      TakeReplies(reply, account, post_remote_id, depth + 1, unreadable, out);
    }
  }

  http::HttpClient& client_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<platform::Collector> MakeCollector(http::HttpClient& client, const Clock& clock) {
  return std::make_unique<BlueskyCollector>(client, clock);
}

}  // namespace carillon::bluesky
