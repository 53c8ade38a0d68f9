// Whether one of an account's statuses is a publication of ours whose answer was lost. Pure.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "common/platform/connector.h"
#include "common/platform/mastodon/status.h"

namespace carillon::mastodon {

// What the server's clock may differ from what its Date header told, and the log's clock from ours.
inline constexpr absl::Duration kClockSkewMax = absl::Seconds(5);
// How far before the first attempt the listing is read: a match in there cannot be ours, but makes "absent" doubtful.
inline constexpr absl::Duration kClockMargin = absl::Minutes(5);

// What is looked for. `not_before` is the first attempt by the server's clock.
struct Wanted {
  std::string comparable_text;
  std::string loose_text;
  std::string in_reply_to_id;
  std::string comparable_warning;
  bool has_poll = false;
  bool is_quote = false;
  int media_count = 0;
  absl::Time not_before;
  std::vector<std::string> known_ids;
};
Wanted MakeWanted(const platform::PublishContent& content, absl::Time not_before,
                  std::vector<std::string> known_ids);

enum class Match {
  kNo,
  kMaybe,  // as good as equal, but changed by the server, or too early to be ours: nothing is proven with it there
  kYes,
};
Match MatchStatus(const StatusView& status, const Wanted& wanted);

// Over a complete listing: one kYes and no kMaybe is found, none of both is absent, all else is ambiguous.
platform::LookupOutcome Judge(const std::vector<StatusView>& statuses, const Wanted& wanted);

}  // namespace carillon::mastodon
