// Whether one of an account's posts is a publication of ours whose answer was lost. Pure; linear in the texts but for the few links.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/platform/connector.h"
#include "common/platform/x/post_view.h"

namespace carillon::x {

// What X's clock and the log's may differ.
inline constexpr absl::Duration kClockSkewMax = absl::Seconds(5);
// How far before the first attempt the listing is read: a match in there cannot be ours, but makes "absent" doubtful.
inline constexpr absl::Duration kClockMargin = absl::Minutes(5);

// What is looked for. `not_before` is the first attempt.
struct Wanted {
  std::string text;  // NFC, white space collapsed
  std::string reply_to_id;
  std::string quoted_id;
  bool has_poll = false;
  int media_count = 0;
  absl::Time not_before;
  std::vector<std::string> known_ids;
};
Wanted MakeWanted(const platform::PublishContent& content, absl::Time not_before,
                  std::vector<std::string> known_ids);

enum class Match {
  kNo,
  kMaybe,  // as good as equal, but changed by X, or too early to be ours: nothing is proven with it there
  kYes,
};
// The post without the link at the end of its text that X makes of what it quotes.
PostView WithoutQuoteLink(PostView post);

// The text alone. Links are compared as what X says that they lead to, with or without scheme and last slash; before a reply X puts the
// names of whom it answers.
Match MatchText(const PostView& post, std::string_view wanted, bool is_reply);
Match MatchPost(const PostView& post, const Wanted& wanted);

// Over a complete listing: one kYes and no kMaybe is found, none of both is absent, all else is ambiguous.
platform::LookupOutcome Judge(const std::vector<PostView>& posts, const Wanted& wanted);

}  // namespace carillon::x
