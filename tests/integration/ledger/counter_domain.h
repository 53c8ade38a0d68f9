// A Domain over counters, for tests of the Ledger itself.
#pragma once

#include <atomic>

#include "common/base/ids.h"
#include "common/ledger/decide.h"
#include "tests/integration/ledger/counter.pb.h"

namespace carillon::test {

class CounterDomain : public ledger::Domain {
 public:
  const ledger::Proto& RecordPrototype() const override { return v1::CounterRecord::default_instance(); }
  const ledger::Proto& MessagePrototype() const override { return v1::CounterMessage::default_instance(); }
  std::vector<std::string> IndexNames() const override { return {"due", "all", "value"}; }
  int IndexVersion() const override { return index_version; }

  std::vector<ledger::IndexEntry> Indexes(const ledger::Proto& record) const override {
    const auto& counter = static_cast<const v1::CounterRecord&>(record);
    const std::string& id = counter.header().aggregate_id();
    std::vector<ledger::IndexEntry> entries = {{"all", "all|" + id}};
    if (counter.counter().due_ms() > 0) {
      entries.push_back({"due", ledger::DueMember(absl::FromUnixMillis(counter.counter().due_ms()), id)});
    }
    if (index_version > 1) {
      entries.push_back({"value", ledger::TimeKey(absl::FromUnixMillis(counter.counter().value())) + "|" + id});
    }
    return entries;
  }

  Result<ledger::Decision> Decide(const ledger::Input& input, ledger::StateView& states,
                                  const ledger::DecideContext& context) const override {
    if (context.restored_until > absl::UnixEpoch()) restored_ms = absl::ToUnixMillis(context.restored_until);
    ASSIGN_OR_RETURN(const ledger::ProtoPtr before, states.Find(input.aggregate_id));
    auto record = std::make_shared<v1::CounterRecord>();
    if (before) record->CopyFrom(*before);
    v1::Counter& counter = *record->mutable_counter();
    ledger::Decision decision;
    decided.fetch_add(1);
    if (input.kind == ledger::Input::Kind::kDue) {
      counter.set_due_ms(0);
      counter.set_value(counter.value() + 1000);
    } else if (input.kind == ledger::Input::Kind::kMessage) {
      const auto& message = static_cast<const v1::CounterMessage&>(*input.body);
      if (message.poison() && !cured) return Refuse(Code::kInvalidArgument, "POISON", "cannot be decided");
      for (const std::string& id : counter.seen()) {
        if (id == message.header().message_id()) return ledger::Decision{};
      }
      counter.add_seen(message.header().message_id());
      counter.set_value(counter.value() + message.by());
    } else {
      const auto& add = static_cast<const v1::Add&>(*input.body);
      if (add.refuse()) return Refuse(Code::kFailedPrecondition, "REFUSED", "as asked");
      counter.set_value(counter.value() + add.by());
      counter.set_ballast(std::string(static_cast<size_t>(add.ballast_bytes()), 'b'));
      counter.set_due_ms(add.due_ms());
      if (!add.tell().empty()) {
        auto message = std::make_shared<v1::CounterMessage>();
        message->set_by(add.by());
        decision.messages.push_back({input.envelope.request_id() + "-told", add.tell(), "", "", message});
      }
    }
    decision.changes.push_back({input.aggregate_id, "counter.added", record});
    return decision;
  }

  int index_version = 1;
  std::atomic<bool> cured{false};  // takes poison as well
  mutable std::atomic<int> decided{0};
  mutable std::atomic<int64_t> restored_ms{0};  // as it was last told; 0: never
};

}  // namespace carillon::test
