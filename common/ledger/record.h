// Reading and filling what all ledger records and inbox messages share, by reflection: field 1 is their header. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "carillon/common/v1/topic.pb.h"
#include "carillon/ledger/v1/record.pb.h"
#include "common/base/status.h"
#include "common/ledger/decide.h"

namespace carillon::ledger {

// A record's header. CHECKs that the type has one: every ledger record does.
const v1::RecordHeader& HeaderOf(const Proto& record);
v1::RecordHeader* MutableHeaderOf(Proto* record);

// A message's header; nullptr if the type has none (counted events may not).
const v1::MessageHeader* MessageHeaderOf(const Proto& message);
v1::MessageHeader* MutableMessageHeaderOf(Proto* message);

// The topic option of the message's type. CHECKs that it has one.
const common::v1::TopicOptions& TopicOptionsOf(const Proto& message);
// "<release>.<option's name>".
std::string TopicName(std::string_view release, const Proto& message);

// Bytes of a message that are the same for the same content, whatever the process.
std::string StableBytes(const Proto& message);
// 26 characters of BLAKE2b over StableBytes.
std::string DigestOf(const Proto& message);

// Whether Redis can hold these entries of `id`: each is a line of its own (no tab, no line end), ends with "|" + `id`, and has at most
// kMemberBytesMax bytes. INVALID_ARGUMENT: BAD_INDEX_ENTRY.
Status CheckIndexes(std::string_view id, const std::vector<IndexEntry>& entries);

// Parses bytes as a new message of the prototype's type.
Result<std::shared_ptr<Proto>> Parse(const Proto& prototype, std::string_view bytes);

// Of a ledger record's bytes the header alone, without reading the rest.
Result<v1::RecordHeader> ParseHeader(std::string_view bytes);

}  // namespace carillon::ledger
