// The scheduler's Domain: posts, imports and kill switches, for the Ledger. Pure and without state; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/ledger/decide.h"

namespace carillon::scheduler {

// Members: "<prefix>|<due as TimeKey>|<post id>". Posts without a due time come last.
inline constexpr std::string_view kDueIndex = "due";
inline constexpr std::string_view kOrgIndex = "org_due";                 // org|
inline constexpr std::string_view kBrandIndex = "brand_due";             // brand|
inline constexpr std::string_view kBrandStateIndex = "brand_state_due";  // brand|state's number|
inline constexpr std::string_view kImportIndex = "org_imports";          // org|created

class SchedulerDomain : public ledger::Domain {
 public:
  // Media of approved posts are uploaded so long before they are due; zero: not before.
  explicit SchedulerDomain(absl::Duration prepare_lead = absl::ZeroDuration()) : prepare_lead_(prepare_lead) {}

  const ledger::Proto& RecordPrototype() const override;
  const ledger::Proto& MessagePrototype() const override;
  std::vector<const ledger::Proto*> Sends() const override;
  std::vector<std::string> IndexNames() const override;
  int IndexVersion() const override { return 1; }
  std::vector<ledger::IndexEntry> Indexes(const ledger::Proto& record) const override;
  std::vector<std::string> Reads(const ledger::Input& input) const override;
  Result<ledger::Decision> Decide(const ledger::Input& input, ledger::StateView& states,
                                  const ledger::DecideContext& context) const override;

 private:
  const absl::Duration prepare_lead_;
};

}  // namespace carillon::scheduler
