#include "common/platform/x/cursor.h"

#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <vector>

#include "common/platform/x/api.h"

namespace carillon::x {

std::string ToCursor(const MentionCursor& cursor) {
  if (cursor.page.empty()) return cursor.since;
  return fmt::format("{} {} {}", cursor.since.empty() ? "-" : cursor.since, cursor.high, cursor.page);
}

std::optional<MentionCursor> ReadCursor(std::string_view text) {
  MentionCursor cursor;
  if (text.empty()) return cursor;
  const std::vector<std::string> parts = absl::StrSplit(std::string(text), ' ');
  if (parts.size() != 1 && parts.size() != 3) return std::nullopt;
  if (parts[0] != "-" || parts.size() == 1) cursor.since = parts[0];
  if (!cursor.since.empty() && !IsId(cursor.since)) return std::nullopt;
  if (parts.size() == 1) return cursor;
  cursor.high = parts[1];
  cursor.page = parts[2];
  if (!IsId(cursor.high) || cursor.page.empty()) return std::nullopt;
  return cursor;
}

}  // namespace carillon::x
