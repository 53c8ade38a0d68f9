// Analytics' rules for the Ledger: its inbox is the counted topic, and each message is folded into one rollup (fold.h). There are
// no commands and nothing is ever due. Pure; thread-safe, for it has no state.
#pragma once

#include <string>
#include <vector>

#include "carillon/analytics/v1/analytics.pb.h"
#include "common/ledger/decide.h"

namespace carillon::analytics {

// Indexes. All begin with "<brand>|", so a report reads what it needs.
inline constexpr char kTargetsByDue[] = "targets_by_due";      // brand | due time
inline constexpr char kPostsByPosted[] = "posts_by_posted";    // brand | time it went out
inline constexpr char kPostsByActive[] = "posts_by_active";    // brand | begin of its newest bucket
inline constexpr char kAccountsByBrand[] = "accounts_by_brand";

class AnalyticsDomain : public ledger::Domain {
 public:
  const ledger::Proto& RecordPrototype() const override;
  const ledger::Proto& MessagePrototype() const override;
  std::vector<std::string> IndexNames() const override;
  int IndexVersion() const override { return 1; }
  std::vector<ledger::IndexEntry> Indexes(const ledger::Proto& record) const override;
  std::vector<std::string> Reads(const ledger::Input& input) const override;
  Result<ledger::Decision> Decide(const ledger::Input& input, ledger::StateView& states,
                                  const ledger::DecideContext& context) const override;
};

// The rollup that a message goes into; "" where the message names none.
std::string RollupIdOf(const v1::AnalyticsMessage& message);

}  // namespace carillon::analytics
