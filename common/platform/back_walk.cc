#include "common/platform/back_walk.h"

#include <utility>

#include "common/platform/json.h"

namespace carillon::platform {

bool BackWalk::Advance(bool met_since, std::string next) {
  page = met_since || high.empty() ? "" : std::move(next);
  if (!page.empty()) return true;
  if (!high.empty()) since = std::move(high);
  high.clear();
  return false;
}

std::string ToCursor(const BackWalk& walk) {
  if (walk == BackWalk()) return "";
  return Json::array({walk.since, walk.high, walk.page}).dump();
}

std::optional<BackWalk> ReadBackWalk(std::string_view cursor) {
  if (cursor.empty()) return BackWalk();
  const auto json = ParseJson(cursor);
  if (!json || !json->is_array() || json->size() != 3) return std::nullopt;
  for (const Json& part : *json) {
    if (!part.is_string()) return std::nullopt;
  }
  return BackWalk{(*json)[0], (*json)[1], (*json)[2]};
}

}  // namespace carillon::platform
