#include "services/sandbox/json_input.h"

namespace carillon::sandbox {
namespace {

using nlohmann::json;

constexpr int kDepthMax = 64;

// What is not JSON may count wrong: it is refused anyway.
bool IsNestedTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++i;
    if (in_string) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kDepthMax) return true;
  }
  return false;
}

}  // namespace

json ReadJson(std::string_view text) {
  if (IsNestedTooDeep(text)) return json(json::value_t::discarded);
  return json::parse(text, nullptr, false);
}

const json* At(const json& value, std::initializer_list<const char*> path) {
  const json* at = &value;
  for (const char* name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string TextAt(const json& value, std::initializer_list<const char*> path) {
  const json* found = At(value, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace carillon::sandbox
