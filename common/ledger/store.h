// One shard's copy in Redis, seen by its owner: read and moved on only by compare-and-set on the position. Used by the shard's thread.
// Blocks on Redis, bounded by the connection's timeout. UNAVAILABLE: Redis is away; ABORTED: the position is not the one expected.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/ledger/decide.h"
#include "common/redis/connection.h"

namespace carillon::ledger {

struct StorePosition {
  std::string birth_id;
  int64_t offset = -1;
  int64_t time_ms = 0;
  int64_t inbox_next = -1;
  int64_t restored_ms = 0;  // 0: never
  int index_version = 0;
  bool loading = false;
  bool present = false;  // false: there is no copy
};

// One record on its way into Redis.
struct Applied {
  std::string id;                   // empty: nothing but its position and owner (a marker)
  std::string bytes;
  std::vector<IndexEntry> entries;
  std::string request_key;          // empty: none
  std::string request_bytes;
  std::string owner;                // a marker's
  int64_t inbox_next = -1;
  bool inbox_restarts = false;      // at inbox_next, though that may be lower than before
  int64_t restored_ms = 0;          // of "@restored"
  int64_t offset = -1;
  int64_t time_ms = 0;

  // Nothing of it is stored but how far it is.
  bool IsBare() const { return id.empty() && request_key.empty(); }
};

class Store {
 public:
  Store(std::unique_ptr<redis::Connection> connection, std::string prefix, int index_version);

  Result<StorePosition> Position();
  // Fields of the state hash, in order, nil as nullopt; ABORTED unless the position is `birth|offset` and not loading.
  Result<std::vector<std::optional<std::string>>> Read(const std::string& birth_id, int64_t offset,
                                                       const std::vector<std::string>& fields);
  // Members of index "due" up to `upto`, at most `count`, and the first one behind them ("" if none).
  struct Due {
    std::vector<std::string> members;
    std::string next;
  };
  Result<Due> ReadDue(const std::string& birth_id, int64_t offset, const std::string& upto, int count);

  // Moves the copy from `from` (offset -1: no copy) over `records` (in log order) to the last one's offset, in as many chunks as
  // their size needs. `loading`: the copy stays unreadable for others.
  Status Apply(const std::string& birth_id, int64_t from, const std::vector<Applied>& records,
               bool loading);
  // Clears the loading mark at this position.
  Status FinishLoading(const std::string& birth_id, int64_t offset);
  // Deletes the shard's keys if the position is still the one seen.
  Status Wipe(const StorePosition& seen, const std::vector<std::string>& index_names);
  // Replaces all index entries by what `entries_of` says of each aggregate's bytes, then sets the index version.
  Status Reindex(const std::string& birth_id, int64_t offset,
                 const std::function<Result<std::vector<IndexEntry>>(const std::string&)>& entries_of);
  // The server's eviction policy ("noeviction" is the only one an owner accepts).
  Result<std::string> EvictionPolicy();

 private:
  Status ApplyChunk(const std::string& birth_id, int64_t from, const std::vector<const Applied*>& chunk,
                    bool loading);

  const std::unique_ptr<redis::Connection> connection_;
  const std::string prefix_;
  const int index_version_;
};

// "birth|offset", as "@pos" holds it.
std::string PositionText(const std::string& birth_id, int64_t offset);
// The text of "x<id>".
std::string EntriesText(const std::vector<IndexEntry>& entries);

}  // namespace carillon::ledger
