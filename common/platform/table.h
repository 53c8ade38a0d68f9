// The capability table for people, as Markdown: a row for each capability, a column for each platform.
#pragma once

#include <string>

#include "common/platform/registry.h"

namespace carillon::platform {

std::string CapabilityTable(const Registry& registry);

}  // namespace carillon::platform
