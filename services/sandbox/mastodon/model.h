// What the stand-in keeps in memory. Plain data; the store owns it and guards it.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon::sandbox::mastodon {

// The ids of synthetic users begin here.
inline constexpr int64_t kSyntheticIdBase = 108'000'000'000'000'000;

// An account with a token (a customer's), or a synthetic user, who has none.
struct Profile {
  int64_t id = 0;
  std::string username;
  std::string display_name;
  std::string host;  // "" for an account of this server
  std::string note;
  std::string zone;
  absl::Time created_at;
  std::vector<std::pair<std::string, std::string>> fields;  // name and value
  int avatar = 0, header = 0;  // which picture it is: how often one was given

  std::string acct() const { return host.empty() ? username : username + "@" + host; }
};

struct Media {
  int64_t id = 0;
  int64_t owner = 0;
  std::string type;  // image, gifv, video, audio
  std::string content_type;
  std::string description;
  int64_t bytes = 0;
  double focus_x = 0, focus_y = 0;
  absl::Time ready_at;
  int64_t status = 0;  // the post it is attached to
};

struct Poll {
  int64_t id = 0;
  std::vector<std::string> options;
  int64_t expires_in_s = 0;
  bool multiple = false, hide_totals = false;
  absl::Time ends_at;
};

struct Post {
  int64_t id = 0;
  int64_t account = 0;
  std::string text;
  std::string spoiler_text;
  std::string visibility = "public";
  std::string language;
  bool sensitive = false;
  absl::Time created_at;
  absl::Time edited_at = absl::InfinitePast();
  int64_t in_reply_to = 0;
  int64_t in_reply_to_account = 0;
  int64_t reblog_of = 0;
  int64_t quoted = 0;
  std::optional<Poll> poll;
  std::vector<int64_t> media;
  std::vector<int64_t> mentions;  // accounts
  std::vector<int64_t> replies;   // posts
  std::set<int64_t> quotes;       // posts
  std::set<int64_t> favourited_by;
  std::set<int64_t> reblogged_by;
  int past_favourites = 0, past_reblogs = 0,
      past_replies = 0;  // of earlier posts, whose users are not kept
  bool deleted = false;

  int favourites() const { return past_favourites + static_cast<int>(favourited_by.size()); }
  int reblogs() const { return past_reblogs + static_cast<int>(reblogged_by.size()); }
  int reply_count() const { return past_replies + static_cast<int>(replies.size()); }
};

struct Notification {
  int64_t id = 0;
  std::string type;  // mention, favourite, reblog, follow
  absl::Time created_at;
  int64_t from = 0;
  int64_t status = 0;
};

// Copies for rendering, taken under the store's lock.
struct AccountView {
  Profile profile;
  int64_t followers = 0, following = 0, statuses = 0;
  absl::Time last_status_at = absl::InfinitePast();
};

struct StatusView {
  Post post;
  AccountView account;
  std::vector<Media> media;
  std::vector<Profile> mentions;
  std::shared_ptr<StatusView> reblog, quote;
  bool poll_ended = false;
  bool favourited = false, reblogged = false;
};

struct NotificationView {
  Notification notification;
  AccountView from;
  std::shared_ptr<StatusView> status;
};

// Mastodon's paging: ids below max_id and above since_id, newest first; with min_id the ones right above it
// (as in Mastodon, "0" is a min_id too: from the oldest on; -1 is none).
struct Page {
  int64_t max_id = 0, since_id = 0, min_id = -1;
  size_t limit = 20;
};

}  // namespace carillon::sandbox::mastodon
