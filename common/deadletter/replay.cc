#include "common/deadletter/replay.h"

#include <fmt/format.h>

#include "common/base/ids.h"
#include "common/ledger/dead_letter.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::deadletter {
namespace {

constexpr size_t kOffsetsMax = 100;
// What a broker took once it takes again: foreign producers may have sent more than ours do.
constexpr int kRecordBytesMax = 10 << 20;

Status CheckOffsets(const std::vector<int64_t>& offsets) {
  const bool ascend = std::adjacent_find(offsets.begin(), offsets.end(), std::greater_equal<>()) == offsets.end();
  if (!offsets.empty() && offsets.size() <= kOffsetsMax && ascend && offsets.front() >= 0 &&
      offsets.back() - offsets.front() <= kApartMax) {
    return Ok();
  }
  return Refuse(Code::kInvalidArgument, "BAD_OFFSETS",
                fmt::format("name 1 to {} letters, each once, at most {} offsets apart", kOffsetsMax, kApartMax));
}

// What went wrong before anything was written.
Status NothingDone(const Status& why) {
  if (GetErrorInfo(why)) return why;
  return Refuse(Code::kUnavailable, "NOT_REPLAYED", "nothing was put back, try again: " + Message(why));
}

kafka::OutRecord NoteOf(const std::string& topic, int64_t offset, int inbox_partition,
                        const common::v1::Actor& actor) {
  ledger::v1::DeadLetter note;
  note.mutable_replay()->set_letter_offset(offset);
  note.mutable_replay()->set_inbox_partition(inbox_partition);
  *note.mutable_replay()->mutable_actor() = actor;
  return {topic, kPartition, "@replay", note.SerializeAsString()};
}

ops::v1::ReplayState BeforeOf(const Found& found, int64_t offset) {
  if (found.notes.contains(offset)) return ops::v1::REPLAY_STATE_REPLAYED;
  return found.all_notes ? ops::v1::REPLAY_STATE_NEVER : ops::v1::REPLAY_STATE_UNKNOWN;
}

Status NoLetter(const Found& found, int64_t offset, const std::string& topic) {
  if (offset < found.low) {
    return Refuse(Code::kNotFound, "LETTER_EXPIRED",
                  fmt::format("letter {} is not kept any more: {} begins at {} now", offset, topic, found.low));
  }
  return Refuse(Code::kNotFound, "NO_SUCH_LETTER",
                fmt::format("{} has no letter at offset {}; `carillon deadletter list` shows what there is", topic, offset));
}

}  // namespace

Result<kafka::OutRecord> Replay::Original(const Found& found, int64_t offset, int partitions,
                                          absl::Time deadline) {
  const auto entry = found.entries.find(offset);
  if (entry == found.entries.end()) return NoLetter(found, offset, names_.letters);
  if (!entry->second.letter.ok()) {
    return Refuse(Code::kFailedPrecondition, "UNREADABLE_LETTER",
                  fmt::format("offset {}: {}; somebody else wrote it", offset, Message(entry->second.letter.status())));
  }
  const ledger::v1::DeadLetter& letter = *entry->second.letter;
  if (letter.has_replay()) {
    return Refuse(Code::kFailedPrecondition, "NOT_A_LETTER",
                  fmt::format("offset {} is the note that letter {} was put back", offset, letter.replay().letter_offset()));
  }
  if (letter.topic() != names_.inbox) {
    return Refuse(Code::kFailedPrecondition, "FOREIGN_LETTER",
                  fmt::format("letter {} says it came from '{}', which is not this service's inbox {}", offset,
                              letter.topic(), names_.inbox));
  }
  kafka::OutRecord out{names_.inbox, letter.partition(), ledger::OriginalKey(letter), letter.value()};
  if (letter.left_out()) {
    ASSIGN_OR_RETURN(auto origin, letters_.Origin(letter, deadline));
    if (!origin) {
      return Refuse(Code::kFailedPrecondition, "ORIGINAL_EXPIRED",
                    fmt::format("letter {} was too large to hold its message, and {}[{}] does not keep offset {} any more",
                                offset, letter.topic(), letter.partition(), letter.offset()));
    }
    out.key = std::move(origin->key);
    out.value = std::move(origin->value);
  }
  const std::string to = ReceiverOf(message_, *out.value);
  if (!to.empty()) out.partition = PartitionOf(RootOf(to), partitions);
  if (out.partition < 0 || out.partition >= partitions) {
    return Refuse(Code::kFailedPrecondition, "NO_SUCH_PARTITION",
                  fmt::format("letter {} came from partition {}, and {} has {}", offset, out.partition, names_.inbox, partitions));
  }
  return out;
}

Result<Replay::Plan> Replay::MakePlan(const std::vector<int64_t>& offsets,
                                      const common::v1::Actor& actor, absl::Time deadline) {
  RETURN_IF_ERROR(CheckOffsets(offsets));
  ASSIGN_OR_RETURN(const int partitions, reader_.PartitionCount(names_.inbox, absl::Seconds(5)));
  if (partitions == 0) return MakeStatus(Code::kUnavailable, "there is no topic " + names_.inbox);
  ASSIGN_OR_RETURN(const Found found, letters_.At(offsets, deadline));
  if (found.too_large) {
    return Refuse(Code::kInvalidArgument, "TOO_LARGE",
                  fmt::format("these letters are more than {} bytes together; name fewer", kReplayBytesMax));
  }
  Plan plan;
  for (const int64_t offset : offsets) {
    auto original = Original(found, offset, partitions, deadline);
    if (!original.ok() && !GetErrorInfo(original.status())) return original.status();
    if (!original.ok()) {
      auto& refused = *plan.response.add_not_replayed();
      refused.set_offset(offset);
      refused.set_reason(ReasonOf(original.status()));
      refused.set_message(Message(original.status()));
      continue;
    }
    auto& replayed = *plan.response.add_replayed();
    replayed.set_offset(offset);
    replayed.set_inbox_topic(names_.inbox);
    replayed.set_inbox_partition(original->partition);
    replayed.set_before(BeforeOf(found, offset));
    plan.records.push_back(*std::move(original));
    plan.records.push_back(NoteOf(names_.letters, offset, replayed.inbox_partition(), actor));
  }
  return plan;
}

Status Replay::Commit(Plan* plan) {
  kafka::ProducerOptions options;
  options.transactional_id = transactional_id_;
  options.topics = {names_.inbox, names_.letters};
  options.record_bytes_max = kRecordBytesMax;
  auto producer = cluster_.MakeProducer(options);
  if (!producer.ok()) return NothingDone(producer.status());
  const kafka::CommitResult result = (*producer)->Commit(plan->records, {});
  if (result.verdict == kafka::Verdict::kAbort) return NothingDone(result.status);
  if (result.verdict != kafka::Verdict::kOk) {
    return MakeStatus(Code::kUnavailable, fmt::format("it is not known whether the letters were put back: {}; the list "
                                                      "tells, and putting back twice is harmless",
                                                      Message(result.status)));
  }
  for (int i = 0; i < plan->response.replayed_size(); ++i) {
    plan->response.mutable_replayed(i)->set_inbox_offset(result.written[2 * static_cast<size_t>(i)].offset);
  }
  return Ok();
}

Result<ops::v1::ReplayDeadLettersResponse> Replay::Run(const std::vector<int64_t>& offsets,
                                                       const common::v1::Actor& actor,
                                                       absl::Time deadline) {
  auto plan = MakePlan(offsets, actor, deadline);
  if (!plan.ok()) return NothingDone(plan.status());
  if (clock_.Now() >= deadline) return NothingDone(MakeStatus(Code::kUnavailable, "finding the letters took too long"));
  if (!plan->records.empty()) RETURN_IF_ERROR(Commit(&*plan));
  static auto& replays = observe::Counter("dead_letters_replayed_total", "Dead letters that were put back into the inbox");
  replays.Increment(plan->response.replayed_size());
  for (const auto& replayed : plan->response.replayed()) {
    observe::Info("a dead letter was put back", {{"topic", names_.inbox},
                                                 {"letter", std::to_string(replayed.offset())},
                                                 {"partition", std::to_string(replayed.inbox_partition())},
                                                 {"by", actor.id()},
                                                 {"on_behalf_of", actor.on_behalf_of()}});
  }
  return plan->response;
}

}  // namespace carillon::deadletter
