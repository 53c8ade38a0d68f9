#include "common/platform/json.h"

#include <algorithm>
#include <limits>

namespace carillon::platform {
namespace {

// Copying a value takes a stack frame for each level. What is not JSON may count wrong: it is refused anyway.
bool IsNestedTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepthMax) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::optional<Json> ParseJson(std::string_view text) {
  if (IsNestedTooDeep(text)) return std::nullopt;
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
  if (member.is_number_unsigned()) return std::to_string(member.get<uint64_t>());
  if (member.is_number_integer()) return std::to_string(member.get<int64_t>());
  return member.is_string() ? member.get<std::string>() : "";
}

int64_t GetInteger(const Json& object, const char* key, int64_t otherwise) {
  const Json& member = GetMember(object, key);
  if (!member.is_number_integer()) return otherwise;
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (member.is_number_unsigned() && member.get<uint64_t>() > kMax) return otherwise;
  return member.get<int64_t>();
}

int64_t GetCount(const Json& object, const char* key) {
  return std::clamp<int64_t>(GetInteger(object, key), 0, kCountMax);
}

bool GetBool(const Json& object, const char* key) {
  const Json& member = GetMember(object, key);
  return member.is_boolean() && member.get<bool>();
}

}  // namespace carillon::platform
