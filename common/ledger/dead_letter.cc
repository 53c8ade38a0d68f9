#include "common/ledger/dead_letter.h"

#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>

#include "common/base/utf8.h"

namespace carillon::ledger {
namespace {

void SetKey(std::string_view key, v1::DeadLetter* letter) {
  letter->clear_raw_key();
  letter->set_key(ReplaceBrokenUtf8(key));
  if (letter->key() != key) letter->set_raw_key(std::string(key));
}

std::string Repaired(std::string_view text, size_t bytes_max) {
  return std::string(CutUtf8(ReplaceBrokenUtf8(text.substr(0, bytes_max)), bytes_max));
}

// The first fields, whatever bytes stand in the texts. False: another shape.
bool ReadFields(const google::protobuf::UnknownFieldSet& fields, v1::DeadLetter* letter) {
  using Type = google::protobuf::UnknownField::Type;
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto& field = fields.field(i);
    const bool text = field.type() == Type::TYPE_LENGTH_DELIMITED;
    if (!text && field.type() != Type::TYPE_VARINT) return false;
    const bool number = field.number() == 2 || field.number() == 3;
    if (field.number() <= 7 && number == text) return false;
    switch (field.number()) {
      case 1: letter->set_topic(ReplaceBrokenUtf8(field.length_delimited())); break;
      case 2: letter->set_partition(static_cast<int>(field.varint())); break;
      case 3: letter->set_offset(static_cast<int64_t>(field.varint())); break;
      case 4: SetKey(field.length_delimited(), letter); break;
      case 5: letter->set_value(field.length_delimited()); break;
      case 6: letter->set_code(ReplaceBrokenUtf8(field.length_delimited())); break;
      case 7: letter->set_reason(ReplaceBrokenUtf8(field.length_delimited())); break;
      default: return false;  // a later version writes its texts well
    }
  }
  return true;
}

}  // namespace

v1::DeadLetter MakeDeadLetter(const Undecided& record, const Status& why) {
  v1::DeadLetter letter;
  letter.set_topic(ReplaceBrokenUtf8(record.topic));
  letter.set_partition(record.partition);
  letter.set_offset(record.offset);
  letter.set_code(absl::StatusCodeToString(why.code()));
  letter.set_reason(Repaired(Message(why), kLetterReasonBytesMax));
  letter.set_value_bytes(static_cast<int64_t>(record.value.size()));
  if (record.key.size() <= kLetterKeyBytesMax) {
    SetKey(record.key, &letter);
    letter.set_value(std::string(record.value));
    if (letter.ByteSizeLong() + record.key.size() <= kLetterBytesMax) return letter;
    letter.clear_value();
    letter.clear_raw_key();
  } else {
    letter.set_key(Repaired(record.key, kLetterKeyBytesMax));
  }
  letter.set_left_out(true);
  return letter;
}

std::string LetterKey(const Undecided& record) {
  return std::string(record.key.size() <= kLetterKeyBytesMax ? record.key : std::string_view());
}

Result<v1::DeadLetter> ReadDeadLetter(std::string_view bytes) {
  v1::DeadLetter letter;
  if (!letter.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    letter.Clear();
    google::protobuf::UnknownFieldSet fields;
    if (!fields.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !ReadFields(fields, &letter)) {
      letter.Clear();
    }
  }
  if (letter.topic().empty() && !letter.has_replay()) {
    return MakeStatus(Code::kDataLoss, fmt::format("{} bytes are not a dead letter", bytes.size()));
  }
  // Written by a version that did not say it.
  if (letter.value_bytes() == 0) letter.set_value_bytes(static_cast<int64_t>(letter.value().size()));
  return letter;
}

const std::string& OriginalKey(const v1::DeadLetter& letter) {
  return letter.raw_key().empty() ? letter.key() : letter.raw_key();
}

}  // namespace carillon::ledger
