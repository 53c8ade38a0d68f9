// Reads aggregates and indexes from Redis, in any process of the service. It sees what is in the log up to each shard's position,
// never anything undecided. A shard that has no position (wiped, loading) is UNAVAILABLE, never empty.
// Thread-safe; calls block on Redis for at most `timeout`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/ledger/decide.h"
#include "common/ledger/ledger.h"
#include "common/redis/connection.h"

namespace carillon::ledger {

struct Page {
  std::vector<ProtoPtr> records;  // in index order
  std::string next_page_token;    // empty at the end; opaque; bound to the filter
};

struct ListQuery {
  std::string index;
  // Members that begin with `prefix` ("brand_1|"), from `from` (inclusive) to `to` (exclusive) where these are not empty: both are
  // what follows the prefix, e.g. TimeKey(t).
  std::string prefix;
  std::string from;
  std::string to;
  bool descending = false;
  int page_size = 50;      // 1..500; outside is INVALID_ARGUMENT
  std::string page_token;  // of the previous page with the same query, else INVALID_ARGUMENT
  // Only records for which it is true; may be null. Pages are filled across what it drops.
  std::function<bool(const Proto&)> keep;
  // At least these positions have to be visible, else the call waits up to `timeout`, then UNAVAILABLE.
  std::vector<Position> at_least;
};

class Reader {
 public:
  virtual ~Reader() = default;
  // nullptr: not in Redis up to the shard's position (ask the owner before you say NOT_FOUND).
  virtual Result<ProtoPtr> Get(std::string_view id) = 0;
  // Same order as `ids`; nullptr where absent.
  virtual Result<std::vector<ProtoPtr>> GetMany(const std::vector<std::string>& ids) = 0;
  // Merged over all shards by (member); a missing shard is UNAVAILABLE, never a partial page.
  virtual Result<Page> List(const ListQuery& query) = 0;
  // Gives `take` every record of the range, of one shard after another as they come: for sums over many, where the order says
  // nothing. Reads each once, while merging pages reads most of them several times. page_size, page_token and descending are not used.
  // A missing shard is UNAVAILABLE, after some were given; `take` ends it by an error, which is returned.
  virtual Status Each(const ListQuery& query, const std::function<Status(const Proto&)>& take) = 0;
  // How many members there are (no `keep`); one number over all shards.
  virtual Result<int64_t> Count(std::string_view index, std::string_view prefix) = 0;
  // Where commands for this shard are served, as its last marker said; "" if not known.
  virtual Result<std::string> OwnerAddress(int shard) = 0;
  // The smallest member over all shards (e.g. of "due"); nothing if the index is empty.
  virtual Result<std::optional<std::string>> First(std::string_view index) = 0;
};

std::unique_ptr<Reader> MakeReader(const Options& options, const Domain& domain,
                                   absl::Duration timeout = absl::Seconds(2),
                                   redis::Dial dial = redis::DialTcp);

}  // namespace carillon::ledger
