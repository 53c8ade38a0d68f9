// What one decision has changed so far: each aggregate is loaded once, changed in place and written
// once. Lives for one Decide.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "carillon/listener/v1/listener.pb.h"
#include "common/ledger/decide.h"

namespace carillon::listener {

class ChangeSet {
 public:
  explicit ChangeSet(ledger::StateView& states) : states_(states) {}

  // The aggregate as it is after the changes so far, to look at; nullptr if it was never created.
  Result<std::shared_ptr<const v1::ListenerRecord>> Look(const std::string& id) {
    if (const Entry* entry = FindEntry(id)) {
      return std::shared_ptr<const v1::ListenerRecord>(entry->record);
    }
    ASSIGN_OR_RETURN(const ledger::ProtoPtr record, states_.Find(id));
    return std::static_pointer_cast<const v1::ListenerRecord>(record);
  }

  // The aggregate to change, empty if it was never created; it is written under the first `what`.
  Result<v1::ListenerRecord*> Change(const std::string& id, std::string what) {
    Entry* entry = FindEntry(id);
    if (entry == nullptr) {
      auto record = std::make_shared<v1::ListenerRecord>();
      ASSIGN_OR_RETURN(const ledger::ProtoPtr before, states_.Find(id));
      if (before != nullptr) record->CopyFrom(*before);
      entries_.push_back({id, std::move(what), std::move(record)});
      entry = &entries_.back();
    }
    return entry->record.get();
  }

  void Send(std::string id, std::string to, std::string from, std::shared_ptr<ledger::Proto> body) {
    ledger::OutMessage message;
    message.id = std::move(id);
    message.to = std::move(to);
    message.from_aggregate = std::move(from);
    message.body = std::move(body);
    messages_.push_back(std::move(message));
  }

  ledger::Decision Take() {
    ledger::Decision decision;
    for (Entry& entry : entries_) {
      decision.changes.push_back({entry.id, std::move(entry.what), std::move(entry.record)});
    }
    decision.messages = std::move(messages_);
    return decision;
  }

 private:
  struct Entry {
    std::string id;
    std::string what;
    std::shared_ptr<v1::ListenerRecord> record;
  };

  Entry* FindEntry(const std::string& id) {
    const auto it = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const Entry& entry) { return entry.id == id; });
    return it == entries_.end() ? nullptr : &*it;
  }

  ledger::StateView& states_;
  std::vector<Entry> entries_;  // at most 100: a walk is cheaper than a map
  std::vector<ledger::OutMessage> messages_;
};

}  // namespace carillon::listener
