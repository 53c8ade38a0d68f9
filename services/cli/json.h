// Protobuf messages as this program prints them: names as in the proto, enums without their type's prefix ("PUBLISHED"), 64-bit
// integers as numbers, timestamps in RFC 3339 (UTC), bytes in base64. Scalars are always there, also when empty; messages and
// timestamps that are absent are left out. Deterministic; pure.
#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::cli {

using Json = nlohmann::ordered_json;

Json ToJson(const google::protobuf::Message& message);

// "PUBLISHED" of POST_STATE_PUBLISHED, whose type is PostState.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value);

// The other way, in any case and with '-' for '_': "held" -> POST_STATE_HELD. An error of ours names what is allowed.
Result<int> ParseEnum(const google::protobuf::EnumDescriptor& type, std::string_view text);

}  // namespace carillon::cli
