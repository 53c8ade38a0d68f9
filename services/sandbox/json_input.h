// Reading JSON that somebody else wrote, whatever shape that has: never an exception, and no more of the stack than 64 levels take.
// Pure.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace carillon::sandbox {

// Discarded (is_discarded(), neither object nor array) for what is no JSON, and for what is nested deeper than 64.
nlohmann::json ReadJson(std::string_view text);

// Null where the path leads nowhere.
const nlohmann::json* At(const nlohmann::json& value, std::initializer_list<const char*> path);
// "" where there is no text.
std::string TextAt(const nlohmann::json& value, std::initializer_list<const char*> path);

}  // namespace carillon::sandbox
