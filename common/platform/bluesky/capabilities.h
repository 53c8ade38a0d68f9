#pragma once

#include <vector>

#include "common/platform/capability.h"

namespace carillon::bluesky {

const std::vector<platform::Capability>& Capabilities();

}  // namespace carillon::bluesky
