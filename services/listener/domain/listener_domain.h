// The listener's Domain: which decision an input belongs to, and the indexes.
//
// Index      member                                        read by
// due        time|id                                       the Ledger: polls, orders to send again
// polled     time of the last good poll|id (connected)     the gauge of the oldest poll
// collection brand|id                                      ListCollections
// sample     account|next sample|id                        a poll, for what it samples
// inbox      brand|state|created|id, state 0 for all       ListInbox of a brand
// inbox_all  created|id                                    ListInbox of all brands
// found      brand|created|id                              ListFound
#pragma once

#include "common/ledger/decide.h"
#include "services/listener/domain/schedule.h"

namespace carillon::listener {

class ListenerDomain : public ledger::Domain {
 public:
  explicit ListenerDomain(DomainOptions options) : options_(options) {}

  const ledger::Proto& RecordPrototype() const override;
  const ledger::Proto& MessagePrototype() const override;
  std::vector<const ledger::Proto*> Sends() const override;
  std::vector<std::string> IndexNames() const override;
  int IndexVersion() const override { return 2; }
  std::vector<ledger::IndexEntry> Indexes(const ledger::Proto& record) const override;
  std::vector<std::string> Reads(const ledger::Input& input) const override;
  Result<ledger::Decision> Decide(const ledger::Input& input, ledger::StateView& states,
                                  const ledger::DecideContext& context) const override;

 private:
  const DomainOptions options_;
};

}  // namespace carillon::listener
