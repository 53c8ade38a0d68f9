// The publisher's domain: accounts and deliveries. Pure; see common/ledger/decide.h. Thread-safe: it holds no state of its own.
#pragma once

#include "common/ledger/decide.h"
#include "services/publisher/domain/gates.h"
#include "services/publisher/domain/rules.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// "<brand>|<username>|<id>"
inline constexpr char kAccountsIndex[] = "accounts";
// "<username>|<brand>|<id>": finds the account that a person names.
inline constexpr char kAccountNamesIndex[] = "account_names";
// "<account>|<due time>|<id>"
inline constexpr char kDeliveriesIndex[] = "deliveries";
// "<STATE>|<due time>|<id>"
inline constexpr char kStatesIndex[] = "delivery_states";

// "<account>|<due time>|<id>" of those that are QUEUED.
inline constexpr char kQueueIndex[] = "queues";
// "<AppKey of rates.h>|<account>" of the connected accounts that use an app's limits.
inline constexpr char kAppUsersIndex[] = "app_users";

// "<org>|<platform>|<name>|<id>", without those that were removed.
inline constexpr char kAppsIndex[] = "apps";

// "<the post's own delivery>|<part>|<id>"
inline constexpr char kUploadsIndex[] = "media_uploads";

class PublisherDomain : public ledger::Domain {
 public:
  // Both must outlive the domain.
  PublisherDomain(const Rules& rules, const GatesProvider& gates) : rules_(rules), gates_(gates) {}

  const ledger::Proto& RecordPrototype() const override;
  const ledger::Proto& MessagePrototype() const override;
  std::vector<const ledger::Proto*> Sends() const override;
  std::vector<std::string> IndexNames() const override;
  int IndexVersion() const override { return 4; }
  std::vector<ledger::IndexEntry> Indexes(const ledger::Proto& record) const override;
  std::vector<std::string> Reads(const ledger::Input& input) const override;
  Result<ledger::Decision> Decide(const ledger::Input& input, ledger::StateView& states,
                                  const ledger::DecideContext& context) const override;

 private:
  Status DecideCommand(Turn& turn, const ledger::Input& input) const;
  Status DecideMessage(Turn& turn, const v1::PublisherMessage& message) const;
  Status DecideDue(Turn& turn, const std::string& id) const;

  const Rules& rules_;
  const GatesProvider& gates_;
};

}  // namespace carillon::publisher
