// facts.json of this folder, as it is in the program.
#pragma once

#include <string_view>

#include "common/platform/facts.h"

namespace carillon::x {

std::string_view FactsJson();
// The same, read; without an operator's overrides.
const platform::Facts& OwnFacts();

}  // namespace carillon::x
