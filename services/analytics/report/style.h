// The page's style sheet: light and dark by the reader's setting, one accent, system fonts, prints well.
#pragma once

#include <string_view>

namespace carillon::analytics {

std::string_view StyleSheet();

}  // namespace carillon::analytics
