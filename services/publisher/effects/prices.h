// What publishing costs on each platform, for the domain's rules.
#pragma once

#include "common/platform/registry.h"
#include "services/publisher/domain/rules.h"

namespace carillon::publisher {

// `platforms` outlives it. Pure and thread-safe; nothing where the price is 0.
decltype(Rules::price_of) PricesOf(const platform::Registry& platforms);

}  // namespace carillon::publisher
