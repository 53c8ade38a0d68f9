// Reading JSON that others wrote: a member that is missing, null or of another kind is the empty value, never an exception.
// Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::platform {

using Json = nlohmann::json;

constexpr int kJsonDepthMax = 64;

// Nothing for what is not JSON, or nested deeper than kJsonDepthMax.
std::optional<Json> ParseJson(std::string_view text);

std::string GetText(const Json& object, const char* key);
// Ids are opaque text; a server that writes them as numbers is understood.
std::string GetId(const Json& object, const char* key);
int64_t GetInteger(const Json& object, const char* key, int64_t otherwise = 0);
// How many there are of something: 0 to kCountMax, the nearest of them, so that sums of what a server claims stay numbers.
constexpr int64_t kCountMax = 1'000'000'000'000;
int64_t GetCount(const Json& object, const char* key);
bool GetBool(const Json& object, const char* key);
// The member; a null if there is none.
const Json& GetMember(const Json& object, const char* key);

}  // namespace carillon::platform
