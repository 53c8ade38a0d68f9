#include "tests/fuzz/domains.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/ledger/record.h"
#include "services/analytics/domain/analytics_domain.h"
#include "services/listener/domain/listener_domain.h"
#include "services/publisher/domain/publisher_domain.h"
#include "services/scheduler/domain/scheduler_domain.h"
#include "services/strategy/domain/strategy_domain.h"

namespace carillon::fuzz {

Domains::Domains() {
  all_.push_back({"strategy", std::make_unique<strategy::StrategyDomain>()});
  all_.push_back({"scheduler", std::make_unique<scheduler::SchedulerDomain>()});
  all_.push_back({"publisher", std::make_unique<publisher::PublisherDomain>(rules_, *this)});
  all_.push_back({"listener", std::make_unique<listener::ListenerDomain>(listener::DomainOptions())});
  all_.push_back({"analytics", std::make_unique<analytics::AnalyticsDomain>()});
}

void CheckBytes(const ledger::Proto& message) {
  const std::string bytes = ledger::StableBytes(message);
  const auto again = ledger::Parse(message, bytes);
  CARILLON_CHECK(again.ok(), "a {} that nobody can read: {}", message.GetTypeName(), message.ShortDebugString());
  CARILLON_CHECK(ledger::StableBytes(**again) == bytes, "a {} reads back as another", message.GetTypeName());
  CARILLON_CHECK(ledger::DigestOf(**again) == ledger::DigestOf(message), "the digest of a {} changes",
                 message.GetTypeName());
}

void CheckEntries(const ledger::Domain& domain, const ledger::Proto& record) {
  const std::vector<std::string> names = domain.IndexNames();
  const std::string& id = ledger::HeaderOf(record).aggregate_id();
  for (const ledger::IndexEntry& entry : domain.Indexes(record)) {
    CARILLON_CHECK(std::find(names.begin(), names.end(), entry.index) != names.end(), "index '{}' is not declared",
                   entry.index);
    CARILLON_CHECK(entry.member.find_first_of("\t\n") == std::string::npos, "an entry of {} is more than a line: {}",
                   entry.index, entry.member);
    CARILLON_CHECK(ledger::IdOfMember(entry.member) == id, "'{}' is not an entry of {}", entry.member, id);
  }
}

}  // namespace carillon::fuzz
