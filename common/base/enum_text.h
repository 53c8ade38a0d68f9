// Enum values as people read them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace carillon {

// "PUBLISHED" of a generated ..._Name() and its type's prefix; "UNKNOWN" for the empty name of a value that a newer version wrote.
inline std::string WithoutPrefix(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? std::string(name.substr(prefix.size())) : "UNKNOWN";
}

}  // namespace carillon
