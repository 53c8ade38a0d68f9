// The cursor of a list that comes newest first, a page at a time: walked from the newest down to where the walk before began, each page once.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace carillon::platform {

struct BackWalk {
  std::string since;  // everything up to here was returned; empty: nothing
  std::string high;   // of a walk under way: the newest that it has seen; the next `since`
  std::string page;   // of a walk under way: the server's name of the page that comes next

  // Nothing was ever read.
  bool IsFirst() const { return since.empty() && high.empty(); }
  // A page was read. `met_since`: it reached what is known. `next`: of the page below; empty at the end. True if that comes next.
  bool Advance(bool met_since, std::string next);

  bool operator==(const BackWalk&) const = default;
};

std::string ToCursor(const BackWalk& walk);
// Nothing for what is no cursor of ours.
std::optional<BackWalk> ReadBackWalk(std::string_view cursor);

}  // namespace carillon::platform
