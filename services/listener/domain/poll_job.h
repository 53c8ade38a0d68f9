// The effect of starting a poll: everything that a worker needs to know of the account's
// collection. Immutable.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>

#include "common/ledger/decide.h"

namespace carillon::listener {

// What one report may bring, so that one decision stays within 100 aggregates: 40 + 40 + 15 + 1.
constexpr int kSignalsMax = 40;
constexpr int kSamplesMax = 40;
constexpr int kContextSignalsMax = 15;
// Where a poll reads these too, it takes fewer samples.
constexpr int kMessagesMax = 20;
constexpr int kFoundMax = 30;
constexpr int kReportMax = 99;

struct PollJob : ledger::Effect {
  std::string account_id;
  std::string platform;
  std::string cursor;
  int64_t poll_number = 0;
  bool signals = true;   // notifications are due
  bool messages = false;  // direct messages are due
  std::string message_cursor;
  struct Search {
    std::string term;
    std::string cursor;
  };
  std::optional<Search> search;  // the query that waits longest
  bool history = false;  // a page of the timeline backwards is wanted
  std::string history_next;
  bool account = false;  // the account's own numbers are due
  absl::Time connected_at;
  absl::Time due_at;      // when it should have started
  absl::Time lost_after;  // its report is worth nothing later
};

}  // namespace carillon::listener
