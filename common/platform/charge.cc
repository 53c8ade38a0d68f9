#include "common/platform/charge.h"

#include <algorithm>

namespace carillon::platform {

std::vector<std::string> ScopesIn(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string> out;
  for (size_t begin = text.find_first_not_of(kSpace); begin != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kSpace, begin), text.size());
    out.emplace_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(kSpace, end);
  }
  return out;
}

std::vector<std::string> ScopesMissing(std::string_view needed, const std::vector<std::string>& granted) {
  std::vector<std::string> missing = ScopesIn(needed);
  std::erase_if(missing, [&](const std::string& scope) {
    return std::find(granted.begin(), granted.end(), scope) != granted.end();
  });
  return missing;
}

}  // namespace carillon::platform
