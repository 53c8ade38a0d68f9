// The five domains with the rules that the services start with, and what must hold of what they write.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/ledger/decide.h"
#include "services/publisher/domain/gates.h"
#include "services/publisher/domain/rules.h"

namespace carillon::fuzz {

class Domains : public publisher::GatesProvider {
 public:
  Domains();

  struct Service {
    std::string name;  // "scheduler", as in its messages' package
    std::unique_ptr<ledger::Domain> domain;
  };
  const std::vector<Service>& all() const { return all_; }

  // Nothing outside the log keeps a send back.
  publisher::Gates For(const publisher::GateQuestion&) const override { return {true, false, true, true, true}; }

 private:
  const publisher::Rules rules_;
  std::vector<Service> all_;
};

// The bytes that go into the log: they parse, and parse as the same.
void CheckBytes(const ledger::Proto& message);

// A record's index entries, as Redis holds them: named, each on a line of its own, ending with its aggregate's id.
void CheckEntries(const ledger::Domain& domain, const ledger::Proto& record);

}  // namespace carillon::fuzz
