#include "common/mastodon/json.h"

namespace carillon::mastodon {

std::optional<Json> ParseJson(std::string_view text) {
  Json parsed = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return std::nullopt;
  return parsed;
}

const Json& GetMember(const Json& object, const char* key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::string GetText(const Json& object, const char* key) {
  const Json& member = GetMember(object, key);
  return member.is_string() ? member.get<std::string>() : "";
}

std::string GetId(const Json& object, const char* key) {
  const Json& member = GetMember(object, key);
  if (member.is_number_integer()) return std::to_string(member.get<int64_t>());
  return member.is_string() ? member.get<std::string>() : "";
}

int64_t GetInteger(const Json& object, const char* key, int64_t otherwise) {
  const Json& member = GetMember(object, key);
  return member.is_number_integer() ? member.get<int64_t>() : otherwise;
}

bool GetBool(const Json& object, const char* key) {
  const Json& member = GetMember(object, key);
  return member.is_boolean() && member.get<bool>();
}

}  // namespace carillon::mastodon
