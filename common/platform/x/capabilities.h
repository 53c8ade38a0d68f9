#pragma once

#include <vector>

#include "common/platform/capability.h"

namespace carillon::x {

const std::vector<platform::Capability>& Capabilities();

}  // namespace carillon::x
