// The domain with metrics around it: how many samples of each kind were folded, and how old they were. Thread-safe.
#pragma once

#include "services/analytics/domain/analytics_domain.h"

namespace carillon::analytics {

class MeteredDomain : public AnalyticsDomain {
 public:
  Result<ledger::Decision> Decide(const ledger::Input& input, ledger::StateView& states,
                                  const ledger::DecideContext& context) const override;
};

}  // namespace carillon::analytics
