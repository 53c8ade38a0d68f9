// Reads a service's dead letters: pages from the newest back, and single ones. Every read is bounded by the end that was seen at its
// start and by a deadline; records that are newer are for the next read. Blocking; one thread at a time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "carillon/ledger/v1/record.pb.h"
#include "carillon/ops/v1/operations_api.pb.h"
#include "common/base/clock.h"
#include "common/kafka/log_reader.h"
#include "common/ledger/decide.h"

namespace carillon::deadletter {

constexpr int64_t kNotesScanMax = 20'000;  // offsets behind a page that are searched for notes of replays
constexpr int64_t kApartMax = 4096;        // offsets between the first and the last that one replay names
constexpr size_t kReplayBytesMax = 8u << 20;
constexpr int kPartition = 0;              // a dead-letter topic has one

struct Names {
  std::string service;
  std::string letters;  // topics, with the release's name
  std::string inbox;
};

// A letter or a note as it stands in the topic.
struct Entry {
  int64_t offset = -1;
  absl::Time at;
  Result<ledger::v1::DeadLetter> letter;
};

struct Note {
  absl::Time at;
  common::v1::Actor actor;
};

struct Page {
  std::vector<ops::v1::DeadLetter> letters;  // newest first
  int64_t next_before = -1;                  // -1: there are no older ones
};

struct Found {
  std::map<int64_t, Entry> entries;  // of the offsets that were asked for
  std::map<int64_t, Note> notes;     // by the letter's offset
  bool too_large = false;            // together more than kReplayBytesMax; `entries` is not whole
  bool all_notes = false;            // everything behind the first offset was read
  int64_t low = 0;                   // what is older than this is not kept any more
};

class Letters {
 public:
  // `message` is the service's inbox message. What is passed by reference outlives this.
  Letters(kafka::LogReader& reader, const Clock& clock, Names names, const ledger::Proto& message)
      : reader_(reader), clock_(clock), names_(std::move(names)), message_(message) {}

  // At most `count` letters before the offset `before` (nothing: the end). A page that takes too long ends early: with what was found,
  // or with none, but always further back; UNAVAILABLE if it could not begin.
  Result<Page> Before(std::optional<int64_t> before, size_t count, absl::Time deadline);

  // What stands at these offsets (ascending, at most kApartMax apart), whole. Waits for a moment where the told end lags.
  Result<Found> At(const std::vector<int64_t>& offsets, absl::Time deadline);

  // The record at an origin, if it is there still.
  Result<std::optional<kafka::Record>> Origin(const ledger::v1::DeadLetter& letter, absl::Time deadline);

  // What a list says of a letter, but for its replays.
  ops::v1::DeadLetter Describe(const Entry& entry) const;

 private:
  using Take = std::function<void(kafka::Record)>;
  Result<kafka::Bounds> Bounds(absl::Time deadline);
  // Each committed record of [from, to), in order; what retention took meanwhile is left out.
  Status Scan(const std::string& topic, int partition, int64_t from, int64_t to, absl::Time deadline,
              const Take& take);
  Status ScanWindow(int64_t from, int64_t to, size_t count, absl::Time deadline,
                    std::map<int64_t, Note>* notes, std::deque<ops::v1::DeadLetter>* found,
                    size_t* bytes);

  kafka::LogReader& reader_;
  const Clock& clock_;
  const Names names_;
  const ledger::Proto& message_;
};

// The receiving aggregate's id; "" if the bytes are no such message or have none.
std::string ReceiverOf(const ledger::Proto& prototype, const std::string& bytes);

}  // namespace carillon::deadletter
