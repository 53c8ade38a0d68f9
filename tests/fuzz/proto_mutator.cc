#include "tests/fuzz/proto_mutator.h"

#include <google/protobuf/timestamp.pb.h>

#include <limits>

namespace carillon::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDepthMax = 3;
constexpr size_t kTextBytesMax = 400;
constexpr int64_t kClockStart = 1'800'000'000;  // of FakeClock

// proto3's texts are UTF-8: bytes above ASCII become U+FFFD's.
std::string AsUtf8(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      out += c;
    } else {
      out += "\xEF\xBF\xBD";
    }
  }
  return out;
}

void CollectTexts(const Message& message, std::vector<std::string>* out) {
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        out->push_back(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                            : reflection->GetString(message, field));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CollectTexts(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                          : reflection->GetMessage(message, field),
                     out);
      }
    }
  }
}

}  // namespace

void ProtoMutator::Mutate(Message* message) {
  CollectTexts(*message, &texts_);
  const size_t changes = 1 + Below(3);
  for (size_t i = 0; i < changes; ++i) {
    std::vector<Message*> nodes;
    Collect(message, &nodes);
    Change(nodes[Below(nodes.size())]);
  }
}

void ProtoMutator::Collect(Message* message, std::vector<Message*>* out) {
  out->push_back(message);
  std::vector<const Field*> fields;
  const auto* reflection = message->GetReflection();
  reflection->ListFields(*message, &fields);
  for (const Field* field : fields) {
    if (field->cpp_type() != Field::CPPTYPE_MESSAGE || field->is_map()) continue;
    if (!field->is_repeated()) {
      Collect(reflection->MutableMessage(message, field), out);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      Collect(reflection->MutableRepeatedMessage(message, field, i), out);
    }
  }
}

void ProtoMutator::Change(Message* message) {
  const auto* descriptor = message->GetDescriptor();
  if (descriptor->field_count() == 0) return;
  const auto* reflection = message->GetReflection();
  const Field* field = descriptor->field(static_cast<int>(Below(descriptor->field_count())));
  // What is there already matters more often than another branch of a oneof.
  std::vector<const Field*> present;
  reflection->ListFields(*message, &present);
  if (!present.empty() && OneIn(2)) field = present[Below(present.size())];
  if (field->is_map()) return;
  if (field->is_repeated()) return ChangeRepeated(message, field);
  if (OneIn(6)) return reflection->ClearField(message, field);
  if (field->cpp_type() != Field::CPPTYPE_MESSAGE) return Set(message, field, 0);
  if (!reflection->HasField(*message, field)) Fill(reflection->MutableMessage(message, field), 1);
}

void ProtoMutator::Fill(Message* message, int depth) {
  const auto* descriptor = message->GetDescriptor();
  const auto* reflection = message->GetReflection();
  if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    time->set_seconds(Number(kClockStart));
    return;
  }
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const Field* field = descriptor->field(i);
    if (field->is_map() || !OneIn(2)) continue;
    if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
      if (depth >= kDepthMax) continue;
      Fill(field->is_repeated() ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field),
           depth + 1);
    } else {
      Set(message, field, -1);
    }
  }
}

void ProtoMutator::ChangeRepeated(Message* message, const Field* field) {
  const auto* reflection = message->GetReflection();
  const int count = reflection->FieldSize(*message, field);
  const int at = count == 0 ? -1 : static_cast<int>(Below(count));
  const bool messages = field->cpp_type() == Field::CPPTYPE_MESSAGE;
  switch (count == 0 ? 0 : Below(5)) {
    case 0:
      if (messages) {
        Fill(reflection->AddMessage(message, field), 1);
      } else {
        Set(message, field, -1);
      }
      break;
    case 1:
      reflection->SwapElements(message, field, at, count - 1);
      reflection->RemoveLast(message, field);
      break;
    case 2:
      reflection->SwapElements(message, field, at, static_cast<int>(Below(count)));
      break;
    case 3:  // a copy of one, at the end
      if (messages) {
        Message* copy = reflection->AddMessage(message, field);
        copy->CopyFrom(reflection->GetRepeatedMessage(*message, field, at));
      } else if (field->cpp_type() == Field::CPPTYPE_STRING) {
        reflection->AddString(message, field, reflection->GetRepeatedString(*message, field, at));
      }
      break;
    default:
      if (messages) {
        Change(reflection->MutableRepeatedMessage(message, field, at));
      } else {
        Set(message, field, at);
      }
  }
}

int64_t ProtoMutator::Number(int64_t before) {
  static constexpr int64_t kEdges[] = {0, 1, -1, 2, 7, 100, 1'000, 65'536, kClockStart, kClockStart + 60, kClockStart + 3'600,
                                       253'402'300'799, 9'223'372'036, 1'800'000'000'000,
                                       std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min(),
                                       std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  switch (Below(4)) {
    case 0: return kEdges[Below(std::size(kEdges))];
    case 1: return static_cast<int64_t>(static_cast<uint64_t>(before) + Below(200) - 100);
    case 2: return static_cast<int64_t>(Below(12));
    default: return static_cast<int64_t>(static_cast<uint64_t>(before) ^ (uint64_t{1} << Below(64)));
  }
}

std::string ProtoMutator::Text(const std::string& before, bool bytes) {
  static const char* kOdd[] = {"", "|", "a\nb", "a\tb", "~", "post_1", "acct_1", "item_1~acct_1", "Europe/Paris", "\xF0\x9F\x8E\x89"};
  switch (Below(5)) {
    case 0: return kOdd[Below(std::size(kOdd))];
    case 1: return "@" + std::to_string(Below(16));  // the n-th id that there is, in messages.cc
    case 2:
      if (!texts_.empty()) return texts_[Below(texts_.size())];
      [[fallthrough]];
    case 3:
      if (OneIn(4)) return std::string(Below(700), 'x');
      [[fallthrough]];
    default: {
      std::string text = before.substr(0, kTextBytesMax);
      const size_t size = text.size();
      text.resize(kTextBytesMax);
      text.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(text.data()), size, kTextBytesMax));
      return bytes ? text : AsUtf8(text);
    }
  }
}

void ProtoMutator::Set(Message* m, const Field* field, int at) {
  const auto* r = m->GetReflection();
  const bool repeated = field->is_repeated();
  const bool add = repeated && at < 0;
  const auto put = [&](auto get, auto get_one, auto set, auto set_one, auto append, auto change) {
    if (!repeated) return (r->*set)(m, field, change((r->*get)(*m, field)));
    if (add) return (r->*append)(m, field, change({}));
    (r->*set_one)(m, field, at, change((r->*get_one)(*m, field, at)));
  };
  using R = google::protobuf::Reflection;
  switch (field->cpp_type()) {
    case Field::CPPTYPE_INT32:
      return put(&R::GetInt32, &R::GetRepeatedInt32, &R::SetInt32, &R::SetRepeatedInt32, &R::AddInt32,
                 [this](int32_t v) { return static_cast<int32_t>(Number(v)); });
    case Field::CPPTYPE_INT64:
      return put(&R::GetInt64, &R::GetRepeatedInt64, &R::SetInt64, &R::SetRepeatedInt64, &R::AddInt64,
                 [this](int64_t v) { return Number(v); });
    case Field::CPPTYPE_UINT32:
      return put(&R::GetUInt32, &R::GetRepeatedUInt32, &R::SetUInt32, &R::SetRepeatedUInt32, &R::AddUInt32,
                 [this](uint32_t v) { return static_cast<uint32_t>(Number(v)); });
    case Field::CPPTYPE_UINT64:
      return put(&R::GetUInt64, &R::GetRepeatedUInt64, &R::SetUInt64, &R::SetRepeatedUInt64, &R::AddUInt64,
                 [this](uint64_t v) { return static_cast<uint64_t>(Number(static_cast<int64_t>(v))); });
    case Field::CPPTYPE_BOOL:
      return put(&R::GetBool, &R::GetRepeatedBool, &R::SetBool, &R::SetRepeatedBool, &R::AddBool,
                 [](bool v) { return !v; });
    case Field::CPPTYPE_ENUM: {
      const auto* type = field->enum_type();
      const int known = type->value(static_cast<int>(Below(type->value_count())))->number();
      const int value = OneIn(20) ? 77 : known;
      return put(&R::GetEnumValue, &R::GetRepeatedEnumValue, &R::SetEnumValue, &R::SetRepeatedEnumValue,
                 &R::AddEnumValue, [value](int) { return value; });
    }
    case Field::CPPTYPE_STRING: {
      const bool bytes = field->type() == Field::TYPE_BYTES;
      if (!repeated) return r->SetString(m, field, Text(r->GetString(*m, field), bytes));
      if (add) return r->AddString(m, field, Text("", bytes));
      return r->SetRepeatedString(m, field, at, Text(r->GetRepeatedString(*m, field, at), bytes));
    }
    case Field::CPPTYPE_FLOAT:
    case Field::CPPTYPE_DOUBLE:
    case Field::CPPTYPE_MESSAGE:
      return;  // none has floats; messages are not set here
  }
}

}  // namespace carillon::fuzz
