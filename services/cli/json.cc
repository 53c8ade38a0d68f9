#include "services/cli/json.h"

#include <absl/strings/escaping.h>
#include <absl/time/time.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <cctype>

#include "common/base/clock.h"
#include "services/cli/outcome.h"

namespace carillon::cli {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// PostState -> "POST_STATE_", as buf's ENUM_VALUE_PREFIX wants it.
std::string PrefixOf(const EnumDescriptor& type) {
  const std::string& name = type.name();
  std::string prefix;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = std::isupper(static_cast<unsigned char>(name[i])) != 0;
    const bool after_lower = i > 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    if (upper && after_lower) prefix.push_back('_');
    prefix.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(name[i]))));
  }
  return prefix + "_";
}

Json Base64(const std::string& bytes) { return absl::Base64Escape(bytes); }

// The field's value; the `index`th where it is repeated, -1 where it is not.
Json Value(const Message& message, const FieldDescriptor& field, int index) {
  const auto& r = *message.GetReflection();
  const bool many = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return many ? r.GetRepeatedInt32(message, &field, index) : r.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? r.GetRepeatedInt64(message, &field, index) : r.GetInt64(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return many ? r.GetRepeatedUInt32(message, &field, index) : r.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return many ? r.GetRepeatedUInt64(message, &field, index) : r.GetUInt64(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return many ? r.GetRepeatedDouble(message, &field, index) : r.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return many ? r.GetRepeatedFloat(message, &field, index) : r.GetFloat(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? r.GetRepeatedBool(message, &field, index) : r.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(many ? *r.GetRepeatedEnum(message, &field, index)
                           : *r.GetEnum(message, &field));
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text =
          many ? r.GetRepeatedString(message, &field, index) : r.GetString(message, &field);
      return field.type() == FieldDescriptor::TYPE_BYTES ? Base64(text) : Json(text);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ToJson(many ? r.GetRepeatedMessage(message, &field, index)
                         : r.GetMessage(message, &field));
  }
  return nullptr;
}

Json List(const Message& message, const FieldDescriptor& field) {
  const int size = message.GetReflection()->FieldSize(message, &field);
  if (field.is_map()) {
    // Sorted: the order in a protobuf map is not stable.
    std::map<std::string, Json> sorted;
    for (int i = 0; i < size; ++i) {
      const Json entry = Value(message, field, i);
      const Json& key = entry["key"];
      sorted[key.is_string() ? key.get<std::string>() : key.dump()] = entry["value"];
    }
    Json out = Json::object();
    for (auto& [key, value] : sorted) out[key] = std::move(value);
    return out;
  }
  Json out = Json::array();
  for (int i = 0; i < size; ++i) out.push_back(Value(message, field, i));
  return out;
}

}  // namespace

std::string EnumText(const EnumValueDescriptor& value) {
  const std::string prefix = PrefixOf(*value.type());
  return value.name().starts_with(prefix) ? value.name().substr(prefix.size()) : value.name();
}

Result<int> ParseEnum(const EnumDescriptor& type, std::string_view text) {
  std::string wanted;
  for (char c : text) {
    wanted.push_back(c == '-' ? '_'
                              : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  std::string allowed;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string name = EnumText(*type.value(i));
    if (name == "UNSPECIFIED") continue;
    if (name == wanted) return type.value(i)->number();
    allowed += (allowed.empty() ? "" : ", ") + name;
  }
  return Local(fmt::format("'{}' is not one of {}", text, allowed));
}

Json ToJson(const Message& message) {
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    const absl::Time time = FromProto(static_cast<const google::protobuf::Timestamp&>(message));
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
  }
  Json out = Json::object();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (field.is_repeated()) {
      out[field.name()] = List(message, field);
    } else if (!field.has_presence() || message.GetReflection()->HasField(message, &field)) {
      out[field.name()] = Value(message, field, -1);
    }
  }
  return out;
}

}  // namespace carillon::cli
