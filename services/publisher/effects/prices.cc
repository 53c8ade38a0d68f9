#include "services/publisher/effects/prices.h"

#include "common/platform/rules.h"

namespace carillon::publisher {

decltype(Rules::price_of) PricesOf(const platform::Registry& platforms) {
  return [&platforms](const v1::Account& account,
                      const v1::Content& content) -> std::optional<common::v1::Money> {
    const auto connector = platforms.FindConnector(account.platform());
    if (!connector.ok()) return std::nullopt;
    const auto price = (*connector)->PriceOf(platform::ContentOf(content));
    if (!price || price->micros <= 0) return std::nullopt;
    common::v1::Money cost;
    cost.set_currency(price->currency);
    cost.set_micros(price->micros);
    return cost;
  };
}

}  // namespace carillon::publisher
