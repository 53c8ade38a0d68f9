// Which limits of its platform a delivery counts against, for the domain's rules.
#pragma once

#include <optional>

#include "common/platform/registry.h"
#include "services/publisher/domain/rules.h"

namespace carillon::publisher {

// Nothing for what this version does not know.
std::optional<platform::Action> ActionOf(v1::ActionKind kind);

// `platforms` outlives it. Pure and thread-safe; nothing for a platform that is not known.
decltype(Rules::rates_of) RatesOf(const platform::Registry& platforms);

}  // namespace carillon::publisher
