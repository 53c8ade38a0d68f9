// Reading JSON that others wrote: a member that is missing, null or of another kind is the empty value, never an exception.
// Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::mastodon {

using Json = nlohmann::json;

// Nothing for what is not JSON.
std::optional<Json> ParseJson(std::string_view text);

std::string GetText(const Json& object, const char* key);
// Ids are opaque text; a server that writes them as numbers is understood.
std::string GetId(const Json& object, const char* key);
int64_t GetInteger(const Json& object, const char* key, int64_t otherwise = 0);
bool GetBool(const Json& object, const char* key);
// The member; a null if there is none.
const Json& GetMember(const Json& object, const char* key);

}  // namespace carillon::mastodon
