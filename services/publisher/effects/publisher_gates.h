// The gates of sending, from this process's views. Thread-safe.
#pragma once

#include "services/publisher/domain/gates.h"
#include "services/publisher/effects/app_shares.h"
#include "services/publisher/ports.h"

namespace carillon::publisher {

class PublisherGates : public GatesProvider {
 public:
  PublisherGates(const ControlView& control, const Credentials& credentials)
      : control_(control), credentials_(credentials) {}
  // Before the Ledger starts; without it no slot is ever free.
  void Bind(SenderSlots& slots) { slots_ = &slots; }
  // As above; without it an app has one account.
  void Bind(const AppShares& shares) { shares_ = &shares; }

  Gates For(const GateQuestion& question) const override {
    Gates gates;
    gates.control_fresh = control_.Fresh();
    gates.kill_switch = control_.Blocked(question.org_id, question.brand_id);
    gates.clock_ok = control_.ClockOk();
    gates.has_credential = credentials_.Has(question.account_id, question.credential_version);
    // Asked last: a slot that is given is kept.
    gates.has_slot = gates.control_fresh && !gates.kill_switch && gates.clock_ok &&
                     gates.has_credential && slots_ != nullptr && slots_->Keep(question.account_id, question.server);
    return gates;
  }
  int AppAccounts(const std::string& app) const override { return shares_ == nullptr ? 1 : shares_->Accounts(app); }

 private:
  const ControlView& control_;
  const Credentials& credentials_;
  SenderSlots* slots_ = nullptr;
  const AppShares* shares_ = nullptr;
};

}  // namespace carillon::publisher
