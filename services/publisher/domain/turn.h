// One decision in the making: the aggregates it has read, which of them it changed, and what follows from that. Accounts and
// deliveries are copies that the rules edit; Take() makes one change of each that was marked, with the answers for its final state.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/status.h"
#include "common/ledger/decide.h"
#include "services/publisher/domain/gates.h"
#include "services/publisher/domain/rules.h"

namespace carillon::publisher {

class Turn {
 public:
  Turn(ledger::StateView& states, const ledger::DecideContext& context, const Rules& rules,
       const GatesProvider& gates)
      : states_(states),
        now_(context.now),
        restored_until_(context.restored_until),
        rules_(rules),
        gates_(gates) {}

  absl::Time now() const { return now_; }
  // What was decided up to then may be missing from the log.
  absl::Time restored_until() const { return restored_until_; }
  // By the millisecond, as the index of what is due counts.
  bool IsBefore(const google::protobuf::Timestamp& moment) const;
  const Rules& rules() const { return rules_; }
  const GatesProvider& gates() const { return gates_; }

  // nullptr if it was never created. The pointer lives as long as the turn.
  Result<v1::Account*> FindAccount(std::string_view id);
  Result<v1::Delivery*> FindDelivery(std::string_view id);
  // For what must be there: else NOT_FOUND with UNKNOWN_ACCOUNT or UNKNOWN_DELIVERY.
  Result<v1::Account*> NeedAccount(std::string_view id);
  Result<v1::Delivery*> NeedDelivery(std::string_view id);
  Result<v1::App*> FindApp(std::string_view id);
  Result<v1::Authorization*> FindAuthorization(std::string_view id);
  v1::Account& AddAccount(const std::string& id);
  v1::Delivery& AddDelivery(const std::string& id);
  Result<v1::Subject*> FindSubject(std::string_view id);
  v1::Subject& AddSubject(const std::string& id);
  Result<v1::MediaUpload*> FindUpload(std::string_view id);
  v1::MediaUpload& AddUpload(const std::string& id);
  v1::App& AddApp(const std::string& id);
  v1::Authorization& AddAuthorization(const std::string& id);

  // It is part of the decision; the last `what` names the change.
  void Changed(const std::string& id, std::string what);
  // Tell who ordered the delivery how it stands at the end of this turn. `too_late`: a cancel came after SENDING.
  void Answer(const v1::Delivery& delivery, bool too_late = false);
  // Tell the listener of the account's connection.
  void Announce(const v1::Account& account);
  void Do(std::shared_ptr<const ledger::Effect> effect);
  void Send(ledger::OutMessage message);

  ledger::Decision Take();

 private:
  struct Item {
    std::shared_ptr<v1::PublisherRecord> record;
    uint64_t version = 0;  // of what was read
    std::string what;
    bool changed = false;
    bool answer = false;
    bool too_late = false;
    bool announce = false;
  };
  Result<Item*> Find(std::string_view id);
  Item& Add(const std::string& id);
  void TakeAnswer(const std::string& id, const Item& item);
  void TakeAnnouncement(const Item& item);
  static uint64_t VersionAfter(const Item& item) { return item.version + (item.changed ? 1 : 0); }

  ledger::StateView& states_;
  const absl::Time now_;
  const absl::Time restored_until_;
  const Rules& rules_;
  const GatesProvider& gates_;
  std::map<std::string, Item, std::less<>> items_;
  ledger::Decision decision_;
};

}  // namespace carillon::publisher
