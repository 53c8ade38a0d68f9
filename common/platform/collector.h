// The Collector port: one platform's reading side. Stateless; called on the listener's worker threads, may block on HTTP up to the
// given timeout. Results are complete or an error: a page that broke half-way is not returned. Only what others did may have entries
// that cannot be read left out (unreadable.h).
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace carillon::platform {

// Short-lived access that the publisher lent; never a refresh token. `access_token` is secret.
struct CollectorAccess {
  std::string account_id;
  std::string base_url;
  std::string remote_account_id;
  std::string access_token;
};

enum class SignalKind { kMention, kReply, kFavourite, kBoost, kFollow, kDirectMessage, kKeyword };

// One thing that somebody did. `remote_id` is stable and unique within (platform, account, kind).
struct Signal {
  SignalKind kind = SignalKind::kMention;
  std::string remote_id;
  absl::Time created_at;
  std::string author;            // "user@host"
  std::string author_name;
  std::string post_remote_id;    // the account's post it is about; empty for follow and for mentions out of the blue
  std::string status_remote_id;  // the status that carries a mention or reply
  std::string status_url;
  std::string text;              // plain text of that status
  std::string conversation_remote_id;  // of a direct message: where an answer goes
  std::string visibility;  // of that status, as PublishContent's; empty: not said
};

struct SignalPage {
  std::vector<Signal> signals;  // oldest first
  std::string cursor;           // everything up to here was returned; give it to the next call
  bool more = false;            // call again at once
};

struct MetricSnapshot {
  std::string post_remote_id;
  absl::Time posted_at;
  std::string url;
  std::string text;
  bool is_reply = false;
  int64_t replies = 0;
  int64_t boosts = 0;
  int64_t favourites = 0;
  // Where the platform tells them: how often it was shown, clicks on its links, and on the account's name.
  std::optional<int64_t> impressions, link_clicks, profile_clicks;
};

struct AccountSnapshot {
  int64_t followers = 0;
  int64_t following = 0;
  int64_t posts = 0;
};

struct TimelinePage {
  std::vector<MetricSnapshot> posts;  // newest first, the account's own
  std::string next;                   // for older ones; empty at the end
};

class Collector {
 public:
  virtual ~Collector() = default;
  virtual std::string Platform() const = 0;

  // Notifications after `cursor` ("" = from the oldest that the platform still has), oldest first, at most `count_max`.
  virtual Result<SignalPage> Signals(const CollectorAccess& access, const std::string& cursor,
                                     int count_max, absl::Duration timeout) = 0;
  // The account's own posts with their counts; `next` pages backwards in time.
  virtual Result<TimelinePage> Timeline(const CollectorAccess& access, const std::string& next,
                                        int count_max, absl::Duration timeout) = 0;
  // The counts of single posts; ones that are gone are left out.
  virtual Result<std::vector<MetricSnapshot>> Posts(const CollectorAccess& access,
                                                    const std::vector<std::string>& remote_ids,
                                                    absl::Duration timeout) = 0;
  // Replies below a post (its context), for those that make no notification.
  virtual Result<std::vector<Signal>> Replies(const CollectorAccess& access,
                                              const std::string& post_remote_id,
                                              absl::Duration timeout) = 0;
  virtual Result<AccountSnapshot> Account(const CollectorAccess& access, absl::Duration timeout) = 0;

  // Public posts of others with a term (keyword.h), newer than `cursor`, as kKeyword; at most about `count_max`. With "" as cursor it begins
  // with the newest page, not with the oldest there is. UNIMPLEMENTED where the platform has no search.
  virtual Result<SignalPage> Search(const CollectorAccess& access, const std::string& term,
                                    const std::string& cursor, int count_max, absl::Duration timeout);
  // Direct messages of others after `cursor`, oldest first where the platform can, for platforms where they are no notifications: else
  // UNIMPLEMENTED. PERMISSION_DENIED with NO_MESSAGES: this token may not read them.
  virtual Result<SignalPage> Messages(const CollectorAccess& access, const std::string& cursor,
                                      int count_max, absl::Duration timeout);
};

}  // namespace carillon::platform
