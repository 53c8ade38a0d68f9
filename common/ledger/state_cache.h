// States that a shard's owner keeps in memory: exact while it owns, because it alone moves them. Bounded by bytes, least recently used
// goes first. Used by the shard's thread.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/ledger/decide.h"

namespace carillon::ledger {

class StateCache {
 public:
  explicit StateCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Nothing: not known here. A null pointer: known not to exist.
  std::optional<ProtoPtr> Find(std::string_view id);
  void Put(const std::string& id, ProtoPtr record, size_t bytes);
  void Clear();
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string id;
    ProtoPtr record;
    size_t bytes;
  };
  const size_t bytes_max_;
  size_t bytes_ = 0;
  std::list<Entry> entries_;  // newest first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_id_;
};

}  // namespace carillon::ledger
