// How a shard lies in Redis: a fixed set of keys, none with a TTL.
//   <release>:<service>:<shard>:s         hash: everything that belongs to one position
//        "@pos"   "<topic birth id>|<offset>"   where in the log this is
//        "@time"  append time of that record, ms     "@owner" host:port of the last marker    "@ix" index version
//        "@inbox" the next inbox offset              "@load"  "1" while it is being rebuilt (then nobody may read it)
//        "@restored" up to when the log may miss what was decided, ms; absent if it never was put back
//        "a<id>"  an aggregate's record bytes        "x<id>"  the index entries it has: "<index>\t<member>\n"...
//        "r<key>" the bytes of a remembered ledger.v1.Request
//   <release>:<service>:<shard>:q         sorted set: remembered request keys by log time
//   <release>:<service>:<shard>:i:<index> sorted set, all scores 0: the index's members
#pragma once

#include <string>

namespace carillon::ledger {

inline std::string ShardPrefix(const std::string& release, const std::string& service, int shard) {
  return release + ":" + service + ":" + std::to_string(shard) + ":";
}

}  // namespace carillon::ledger
