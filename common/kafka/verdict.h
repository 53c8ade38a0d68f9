// What became of a transactional call, and what its caller has to do now.
#pragma once

namespace carillon::kafka {

enum class Verdict {
  kOk,
  kRetry,      // nothing happened; the same call may be made again
  kAbort,      // abort the transaction, drop its effects; the producer lives (e.g. ILLEGAL_GENERATION)
  kRecreate,   // fenced or broken: this producer is over
  kUncertain,  // the commit may or may not have happened: replace the producer, then ask the log
  kFatal,      // our own mistake or a setting: nothing will help but a person
};

const char* ToString(Verdict verdict);

}  // namespace carillon::kafka
