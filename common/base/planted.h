// Classic faults, put back on purpose in one test binary (tests/simulation/simulate_planted, which is built with CARILLON_PLANTED) to show
// that the simulation finds them. In every other binary each of these is false at compile time.
#pragma once

#ifdef CARILLON_PLANTED
#include <set>
#include <string>
#endif

namespace carillon {

enum class Planted {
  kNone,
  kAckBeforeCommit,       // a command is answered before its transaction is committed
  kNoPositionCompare,     // Apply writes whatever the copy's position is
  kReloadToToldEnd,       // a takeover loads up to the log's told end instead of its own marker
  kNoRequestId,           // request ids are written and never looked up
  kRequestIdAfterDecide,  // ... and looked up only after the domain has decided
  kRetryInsteadOfLookup,  // a lost answer is sent again at once
  kNoSendBefore,          // a sender that wakes up late sends all the same
  kOldIndexEntries,       // index entries that an older binary wrote stay
  kCursorBeforeEvents,    // a poll's cursor is committed, and what it passed only after that
  kSeenOutside,           // what was taken is remembered beside the log, before the transaction
  kCount,
};

#ifdef CARILLON_PLANTED
inline Planted planted = Planted::kNone;
inline bool IsPlanted(Planted fault) { return planted == fault; }
// The store beside the log of kSeenOutside.
inline std::set<std::string> planted_seen;
inline bool SeenOutside(const std::string& id) { return !planted_seen.insert(id).second; }
#else
constexpr bool IsPlanted(Planted) { return false; }
template <typename Id>
constexpr bool SeenOutside(const Id&) {
  return false;
}
#endif

}  // namespace carillon
