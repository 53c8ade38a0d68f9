// How far the mentions were read. X gives them newest first, so new ones are walked through from the newest down to where the last walk
// began, page by page, each page once. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::x {

struct MentionCursor {
  std::string since;  // everything up to this id was returned; empty: nothing
  std::string high;   // of a walk under way: the newest that it has seen; the next `since`
  std::string page;   // of a walk under way: X's token of the page that comes next
};

// "1880", or of a walk under way "1880 1900 TOKEN" ("- 1900 TOKEN" where it has no end).
std::string ToCursor(const MentionCursor& cursor);
// Nothing for what is no cursor of ours.
std::optional<MentionCursor> ReadCursor(std::string_view text);

}  // namespace carillon::x
