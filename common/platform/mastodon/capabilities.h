#pragma once

#include <vector>

#include "common/platform/capability.h"

namespace carillon::mastodon {

const std::vector<platform::Capability>& Capabilities();

}  // namespace carillon::mastodon
