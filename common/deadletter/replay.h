// Puts dead letters back into the inbox: one transaction with the messages and a note for each in the dead-letter topic.
// Blocking; one thread at a time.
#pragma once

#include <vector>

#include "common/deadletter/letters.h"
#include "common/kafka/cluster.h"

namespace carillon::deadletter {

class Replay {
 public:
  // What is passed by reference outlives this. `transactional_id` fences whoever replays at the same time.
  Replay(kafka::Cluster& cluster, kafka::LogReader& reader, const Clock& clock, Names names,
         const ledger::Proto& message, std::string transactional_id)
      : cluster_(cluster), reader_(reader), clock_(clock), names_(names), message_(message),
        transactional_id_(std::move(transactional_id)), letters_(reader, clock, names, message) {}

  // `offsets` ascend. A refusal (with ErrorInfo) put nothing back; after any other error it is not known.
  Result<ops::v1::ReplayDeadLettersResponse> Run(const std::vector<int64_t>& offsets,
                                                 const common::v1::Actor& actor, absl::Time deadline);

 private:
  struct Plan {
    std::vector<kafka::OutRecord> records;  // for each letter the message, then its note
    ops::v1::ReplayDeadLettersResponse response;
  };
  Result<Plan> MakePlan(const std::vector<int64_t>& offsets, const common::v1::Actor& actor,
                        absl::Time deadline);
  // A refusal is this letter's alone.
  Result<kafka::OutRecord> Original(const Found& found, int64_t offset, int partitions, absl::Time deadline);
  Status Commit(Plan* plan);

  kafka::Cluster& cluster_;
  kafka::LogReader& reader_;
  const Clock& clock_;
  const Names names_;
  const ledger::Proto& message_;
  const std::string transactional_id_;
  Letters letters_;
};

}  // namespace carillon::deadletter
