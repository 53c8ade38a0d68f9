#include "services/publisher/effects/charges.h"

#include "common/platform/rules.h"

namespace carillon::publisher {

std::optional<platform::Action> ActionOf(v1::ActionKind kind) {
  switch (kind) {
    case v1::ACTION_KIND_DELETE: return platform::Action::kDelete;
    case v1::ACTION_KIND_EDIT: return platform::Action::kEdit;
    case v1::ACTION_KIND_LIKE: return platform::Action::kLike;
    case v1::ACTION_KIND_UNLIKE: return platform::Action::kUnlike;
    case v1::ACTION_KIND_REPOST: return platform::Action::kRepost;
    case v1::ACTION_KIND_UNREPOST: return platform::Action::kUnrepost;
    case v1::ACTION_KIND_HIDE: return platform::Action::kHide;
    case v1::ACTION_KIND_UNHIDE: return platform::Action::kUnhide;
    default: return std::nullopt;
  }
}

decltype(Rules::rates_of) RatesOf(const platform::Registry& platforms) {
  return [&platforms](const v1::Account& account, const v1::Dispatch& dispatch) -> std::vector<RateCost> {
    const auto connector = platforms.FindConnector(account.platform());
    const auto action = ActionOf(dispatch.action());
    if (!connector.ok() || (!action && dispatch.action() != v1::ACTION_KIND_UNSPECIFIED)) return {};
    std::vector<RateCost> costs;
    for (const auto& charge : (*connector)->RateCharges(platform::ContentOf(dispatch.content()), action)) {
      costs.push_back({charge.name, charge.limit.limit, charge.limit.window, charge.limit.scope == "app", charge.cost});
    }
    return costs;
  };
}

}  // namespace carillon::publisher
