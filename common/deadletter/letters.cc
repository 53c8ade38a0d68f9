#include "common/deadletter/letters.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/base/utf8.h"
#include "common/ledger/dead_letter.h"
#include "common/ledger/record.h"

namespace carillon::deadletter {
namespace {

constexpr auto kWait = absl::Milliseconds(200);
constexpr auto kLagMax = absl::Seconds(1);
constexpr auto kLagPause = absl::Milliseconds(50);
constexpr int64_t kWindowMin = 64;
constexpr int64_t kWindowMax = 4096;
constexpr size_t kWindowBytesAim = 32u << 20;
constexpr size_t kShownKeyBytesMax = 256;
constexpr int kExpiredTriesMax = 3;

Entry ToEntry(const kafka::Record& record) {
  Entry entry{record.offset, record.append_time, MakeStatus(Code::kDataLoss, "a record without a value")};
  if (record.value) entry.letter = ledger::ReadDeadLetter(*record.value);
  return entry;
}

void TakeNote(const ledger::v1::DeadLetter& letter, absl::Time at, std::map<int64_t, Note>* notes) {
  (*notes)[letter.replay().letter_offset()] = {at, letter.replay().actor()};
}

// "dispatch" of a PublisherMessage with that body; the type's name where it has no alternatives.
std::string BodyName(const ledger::Proto& message) {
  const auto* type = message.GetDescriptor();
  if (type->oneof_decl_count() == 0) return type->name();
  const auto* field = message.GetReflection()->GetOneofFieldDescriptor(message, type->oneof_decl(0));
  return field == nullptr ? std::string() : field->name();
}

void DescribeMessage(const ledger::Proto& prototype, const std::string& bytes, ops::v1::DeadLetter* out) {
  const auto message = ledger::Parse(prototype, bytes);
  if (!message.ok()) return;
  out->set_message_type(BodyName(**message));
  if (const auto* header = ledger::MessageHeaderOf(**message)) {
    out->set_message_id(header->message_id());
    out->set_to(header->to());
  }
}

void DescribeReplay(const std::map<int64_t, Note>& notes, bool all, ops::v1::DeadLetter* out) {
  const auto note = notes.find(out->offset());
  if (note == notes.end()) {
    out->set_replay_state(all ? ops::v1::REPLAY_STATE_NEVER : ops::v1::REPLAY_STATE_UNKNOWN);
    return;
  }
  out->set_replay_state(ops::v1::REPLAY_STATE_REPLAYED);
  *out->mutable_replayed_at() = ToProto(note->second.at);
  *out->mutable_replayed_by() = note->second.actor;
}

}  // namespace

std::string ReceiverOf(const ledger::Proto& prototype, const std::string& bytes) {
  const auto message = ledger::Parse(prototype, bytes);
  const auto* header = message.ok() ? ledger::MessageHeaderOf(**message) : nullptr;
  return header == nullptr ? "" : header->to();
}

ops::v1::DeadLetter Letters::Describe(const Entry& entry) const {
  ops::v1::DeadLetter out;
  out.set_service(names_.service);
  out.set_partition(kPartition);
  out.set_offset(entry.offset);
  *out.mutable_at() = ToProto(entry.at);
  if (!entry.letter.ok()) {
    out.set_code(absl::StatusCodeToString(entry.letter.status().code()));
    out.set_reason(Message(entry.letter.status()) + "; it can't be put back");
    return out;
  }
  const ledger::v1::DeadLetter& letter = *entry.letter;
  out.set_origin_topic(letter.topic());
  out.set_origin_partition(letter.partition());
  out.set_origin_offset(letter.offset());
  out.set_key(std::string(CutUtf8(letter.key(), kShownKeyBytesMax)));
  out.set_value_bytes(letter.value_bytes());
  out.set_code(std::string(CutUtf8(letter.code(), kShownKeyBytesMax)));
  out.set_reason(std::string(CutUtf8(letter.reason(), ledger::kLetterReasonBytesMax)));
  out.set_replayable(letter.topic() == names_.inbox);
  if (!letter.left_out()) DescribeMessage(message_, letter.value(), &out);
  return out;
}

Result<kafka::Bounds> Letters::Bounds(absl::Time deadline) {
  const absl::Duration left = deadline - clock_.Now();
  if (left <= absl::ZeroDuration()) return MakeStatus(Code::kUnavailable, "the call's time is over");
  return reader_.BoundsOf(names_.letters, kPartition, left);
}

Status Letters::Scan(const std::string& topic, int partition, int64_t from, int64_t to,
                     absl::Time deadline, const Take& take) {
  int expired = 0;
  std::unique_ptr<kafka::Cursor> cursor;
  while (from < to) {
    const absl::Duration left = deadline - clock_.Now();
    if (left <= absl::ZeroDuration()) {
      return MakeStatus(Code::kUnavailable, fmt::format("reading {}[{}] from {} to {} took too long", topic, partition, from, to));
    }
    if (!cursor) {
      ASSIGN_OR_RETURN(cursor, reader_.Open(topic, partition, from));
    }
    auto next = cursor->Next(std::min(left, kWait));
    if (next.status().code() == Code::kOutOfRange && ++expired <= kExpiredTriesMax) {
      cursor.reset();
      ASSIGN_OR_RETURN(const kafka::Bounds bounds, reader_.BoundsOf(topic, partition, left));
      if (bounds.low <= from) return Ok();  // nothing is there yet
      from = bounds.low;
      continue;
    }
    RETURN_IF_ERROR(next.status());
    if (!*next) {
      if (cursor->at_end()) return Ok();
      continue;
    }
    if ((*next)->offset >= to) return Ok();
    from = (*next)->offset + 1;
    take(std::move(**next));
  }
  return Ok();
}

// Keeps the newest `count` letters of the window, without their values.
Status Letters::ScanWindow(int64_t from, int64_t to, size_t count, absl::Time deadline,
                           std::map<int64_t, Note>* notes,
                           std::deque<ops::v1::DeadLetter>* found, size_t* bytes) {
  return Scan(names_.letters, kPartition, from, to, deadline, [&](const kafka::Record& record) {
    *bytes += record.value ? record.value->size() : 0;
    const Entry entry = ToEntry(record);
    if (entry.letter.ok() && entry.letter->has_replay()) {
      TakeNote(*entry.letter, entry.at, notes);
      return;
    }
    found->push_back(Describe(entry));
    if (found->size() > count) found->pop_front();
  });
}

Result<Page> Letters::Before(std::optional<int64_t> before, size_t count, absl::Time deadline) {
  ASSIGN_OR_RETURN(const kafka::Bounds bounds, Bounds(deadline));
  const int64_t end = std::min(before.value_or(bounds.high), bounds.high);
  std::map<int64_t, Note> notes;
  // A note stands behind its letter, so all that is newer than the page is searched for notes, if that is not too much.
  bool all_notes = bounds.high - end <= kNotesScanMax;
  if (all_notes && end < bounds.high) {
    std::deque<ops::v1::DeadLetter> newer;
    size_t bytes = 0;
    const absl::Time half = clock_.Now() + (deadline - clock_.Now()) / 2;
    all_notes = ScanWindow(std::max(end, bounds.low), bounds.high, 0, half, &notes, &newer, &bytes).ok();
  }
  Page page;
  int64_t from = end;
  int64_t step = std::clamp<int64_t>(2 * static_cast<int64_t>(count), kWindowMin, kWindowMax);
  while (from > bounds.low && page.letters.size() < count) {
    const int64_t window = std::max(bounds.low, from - step);
    std::deque<ops::v1::DeadLetter> found;
    size_t bytes = 0;
    const Status scanned = ScanWindow(window, from, count - page.letters.size(), deadline, &notes, &found, &bytes);
    if (!scanned.ok() && from == end) return scanned;
    if (!scanned.ok()) break;
    from = window;
    page.letters.insert(page.letters.end(), std::make_move_iterator(found.rbegin()),
                        std::make_move_iterator(found.rend()));
    step = std::clamp(bytes > kWindowBytesAim ? step / 4 : step * 2, kWindowMin, kWindowMax);
  }
  for (ops::v1::DeadLetter& letter : page.letters) DescribeReplay(notes, all_notes, &letter);
  if (page.letters.size() == count) from = page.letters.back().offset();
  page.next_before = from > bounds.low ? from : -1;
  return page;
}

Result<Found> Letters::At(const std::vector<int64_t>& offsets, absl::Time deadline) {
  Found found;
  const absl::Time lag_end = std::min(deadline, clock_.Now() + kLagMax);
  kafka::Bounds bounds;
  do {
    if (bounds.high > 0) absl::SleepFor(kLagPause);
    ASSIGN_OR_RETURN(bounds, Bounds(deadline));
  } while (bounds.high <= offsets.back() && clock_.Now() < lag_end);
  found.low = bounds.low;
  const int64_t from = std::max(offsets.front(), bounds.low);
  found.all_notes = bounds.high - from <= kApartMax;
  const int64_t to = found.all_notes ? bounds.high : std::min(offsets.back() + 1, bounds.high);
  size_t bytes = 0;
  RETURN_IF_ERROR(Scan(names_.letters, kPartition, from, to, deadline, [&](const kafka::Record& record) {
    Entry entry = ToEntry(record);
    if (entry.letter.ok() && entry.letter->has_replay()) TakeNote(*entry.letter, entry.at, &found.notes);
    if (std::binary_search(offsets.begin(), offsets.end(), record.offset)) {
      bytes += record.value ? record.value->size() : 0;
      found.too_large = bytes > kReplayBytesMax && !found.entries.empty();
      if (found.too_large) return;
      found.entries.emplace(record.offset, std::move(entry));
    }
  }));
  return found;
}

Result<std::optional<kafka::Record>> Letters::Origin(const ledger::v1::DeadLetter& letter,
                                                     absl::Time deadline) {
  kafka::Record origin;  // at no offset until it is found
  RETURN_IF_ERROR(Scan(letter.topic(), letter.partition(), letter.offset(), letter.offset() + 1, deadline,
                       [&](kafka::Record record) { origin = std::move(record); }));
  const bool same = origin.offset == letter.offset() && origin.value &&
                    static_cast<int64_t>(origin.value->size()) == letter.value_bytes();
  if (!same) return std::optional<kafka::Record>();
  return std::optional<kafka::Record>(std::move(origin));
}

}  // namespace carillon::deadletter
