// Notifications come newest first, a page at a time, so what is new since the last reading is walked backwards: from the newest one at the
// walk's beginning down to a floor. The cursor is the walk; it moves only with the page that it stands for, so whoever goes on
// after a crash goes on where the last page that was kept ended.
//
// A notification is dated by what its author's clock said, if that was earlier than its indexing (bluesky-social/atproto, packages/bsky,
// sortAt), so one may appear below others that were read already. Each walk therefore goes kOverlap deeper than the one before it began,
// and knows by their marks which of those it passes were returned: none is left out for coming late, none is returned twice. Pure.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace carillon::bluesky {

inline constexpr absl::Duration kOverlap = absl::Minutes(5);
inline constexpr size_t kMarksMax = 200;  // of one walk; where more happened in kOverlap, the overlap is shorter

struct Walk {
  absl::Time floor = absl::InfinitePast();  // down to here
  std::set<std::string> known;              // marks of what was returned of that or a later time
  std::optional<absl::Time> newest;         // of this walk; none before its first page
  absl::Time next_floor = absl::InfinitePast();
  std::set<std::string> seen;               // the next walk's `known`
  std::string page;                         // the server's cursor of the next page; "" before the first

  // True if it is to be returned: no walk before did.
  bool Take(absl::Time at, std::string_view reason, std::string_view uri);

  bool operator==(const Walk&) const = default;
};

// "" is the very first walk. Nothing for what is no cursor of ours.
std::optional<Walk> ReadWalk(std::string_view cursor);
std::string ToCursor(const Walk& walk);

// The walk after this one, once it met the floor or the end.
Walk NextWalk(const Walk& ended);

}  // namespace carillon::bluesky
