// A Mastodon status (docs.joinmastodon.org/entities/Status), reduced to what Carillon uses. Pure.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/platform/json.h"
#include "common/platform/unreadable.h"

namespace carillon::mastodon {

struct StatusView {
  std::string id;
  std::string url;
  absl::Time created_at;
  std::string text;     // plain, from the HTML
  std::string spoiler;  // the content warning
  bool has_poll = false;
  bool is_quote = false;
  std::string in_reply_to_id;
  std::string in_reply_to_account_id;
  std::string account_id;
  std::string author;       // "user@host"
  std::string author_name;  // as shown
  std::vector<std::string> mentioned_account_ids;
  std::string visibility;
  bool is_boost = false;
  int media_count = 0;
  int64_t replies = 0;
  int64_t boosts = 0;
  int64_t favourites = 0;
};

// An error for a status without an id or a time: half of one is never guessed.
Result<StatusView> ReadStatus(const platform::Json& status, std::string_view base_url);
// Each of an array; one bad status is an error of all, or where there is an `unreadable`, left out.
Result<std::vector<StatusView>> ReadStatuses(const platform::Json& array, std::string_view base_url,
                                             platform::Unreadable* unreadable = nullptr);

// Ids order as numbers do (longer is larger), and so do the ULIDs of servers that use those.
bool IdLess(std::string_view a, std::string_view b);

}  // namespace carillon::mastodon
