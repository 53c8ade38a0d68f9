// The Lua scripts. Rules: decode and check everything before the first write (an error keeps earlier writes), no unpack, numbers as
// strings. KEYS[1] is the shard's prefix: all keys are made from it (standalone Redis or Sentinel, never Cluster).
#pragma once

#include "common/redis/connection.h"

namespace carillon::ledger {

// ARGV: position from ("" none), position to, time ms, inbox next ("" keep), owner ("" keep), loading "1"/"0", index version,
//       prune requests before (ms), restored until (ms, "" keep), aggregate count, then per aggregate: id, bytes, entries text;
//       then request count, then per request: key, bytes, time ms. Answers "OK", or "POS <position>".
const redis::Script& ApplyScript();
// ARGV: position, upto, count. Answers {"OK", next, member...} or {"POS", position}.
const redis::Script& DueScript();
// ARGV: position seen, index name... Answers "OK" or "POS <position>".
const redis::Script& WipeScript();
// ARGV: position, new index version ("" not yet), count, then id, entries text. Answers "OK" or "POS <position>".
const redis::Script& ReindexScript();
// For readers. ARGV: low, high, "asc"/"desc", count, index. Answers {position or "", loading or "", member, bytes, member, bytes...}.
const redis::Script& ListScript();

}  // namespace carillon::ledger
