#include "common/platform/bluesky/walk.h"

#include "common/base/ids.h"
#include "common/platform/json.h"

namespace carillon::bluesky {
namespace {

using platform::Json;

constexpr size_t kMarkSize = 10;  // 50 bits

Json TimeJson(absl::Time time) {
  return time == absl::InfinitePast() ? Json() : Json(absl::ToUnixMicros(time));
}

absl::Time TimeIn(const Json& json, const char* key) {
  const Json& micros = platform::GetMember(json, key);
  return micros.is_number_integer() ? absl::FromUnixMicros(micros.get<int64_t>())
                                    : absl::InfinitePast();
}

std::set<std::string> MarksIn(const Json& json, const char* key) {
  std::set<std::string> out;
  for (const Json& mark : platform::GetMember(json, key)) {
    if (mark.is_string()) out.insert(mark.get<std::string>());
  }
  return out;
}

}  // namespace

bool Walk::Take(absl::Time at, std::string_view reason, std::string_view uri) {
  if (!newest) {
    newest = at;
    next_floor = at - kOverlap;
  }
  std::string mark = HashText({reason, uri}).substr(0, kMarkSize);
  const bool is_new = !known.contains(mark);
  if (at < next_floor) return is_new;
  if (seen.size() < kMarksMax) {
    seen.insert(std::move(mark));
  } else if (!seen.contains(mark)) {
    // Not remembered, so the next walk must end above it.
    next_floor = at + absl::Microseconds(1);
  }
  return is_new;
}

std::optional<Walk> ReadWalk(std::string_view cursor) {
  if (cursor.empty()) return Walk();
  const auto json = platform::ParseJson(cursor);
  if (!json || !json->is_object()) return std::nullopt;
  Walk walk;
  walk.floor = TimeIn(*json, "floor_us");
  walk.known = MarksIn(*json, "known");
  if (json->contains("newest_us")) walk.newest = TimeIn(*json, "newest_us");
  walk.next_floor = TimeIn(*json, "next_floor_us");
  walk.seen = MarksIn(*json, "seen");
  walk.page = platform::GetText(*json, "page");
  return walk;
}

std::string ToCursor(const Walk& walk) {
  Json json = {{"floor_us", TimeJson(walk.floor)}, {"known", walk.known}};
  if (walk.newest) {
    json["newest_us"] = TimeJson(*walk.newest);
    json["next_floor_us"] = TimeJson(walk.next_floor);
    json["seen"] = walk.seen;
    json["page"] = walk.page;
  }
  return json.dump();
}

Walk NextWalk(const Walk& ended) {
  Walk next;
  const bool nothing = !ended.newest.has_value();
  next.floor = nothing ? ended.floor : ended.next_floor;
  next.known = nothing ? ended.known : ended.seen;
  return next;
}

}  // namespace carillon::bluesky
