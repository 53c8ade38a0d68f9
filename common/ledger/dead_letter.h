// What stands in a service's dead-letter topic: written by a shard for each message that it can't decode or decide, read by
// common/deadletter. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "carillon/ledger/v1/record.pb.h"
#include "common/base/status.h"

namespace carillon::ledger {

constexpr size_t kLetterBytesMax = 950'000;  // with its Kafka key; a producer refuses records of 1,000,000
constexpr size_t kLetterKeyBytesMax = 4096;
constexpr size_t kLetterReasonBytesMax = 4096;

// A record as it came, from whoever wrote it: any bytes, any size.
struct Undecided {
  std::string_view topic;
  int partition = 0;
  int64_t offset = -1;
  std::string_view key;
  std::string_view value;
};

// Always readable as a DeadLetter and never larger than kLetterBytesMax: a letter that can't be written would stop the shard.
v1::DeadLetter MakeDeadLetter(const Undecided& record, const Status& why);

// The key that the letter's own record gets: as it came, or "" if it is too large for one.
std::string LetterKey(const Undecided& record);

// Also reads letters with a key that is no UTF-8, as earlier versions wrote them (their `key` is repaired, raw_key filled).
// DATA_LOSS: these bytes are no letter.
Result<v1::DeadLetter> ReadDeadLetter(std::string_view bytes);

// The original key of a letter that left nothing out.
const std::string& OriginalKey(const v1::DeadLetter& letter);

}  // namespace carillon::ledger
