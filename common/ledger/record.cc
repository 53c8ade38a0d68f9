#include "common/ledger/record.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "common/base/check.h"
#include "common/base/ids.h"

namespace carillon::ledger {
namespace {

constexpr uint32_t kHeaderTag = 1 << 3 | 2;  // field 1, length-delimited
constexpr int64_t kTimeKeyMax = 99'999'999'999'999'999;  // 17 digits

template <typename Header>
Header* MutableField1(Proto* message) {
  const auto* field = message->GetDescriptor()->FindFieldByNumber(1);
  if (field == nullptr || field->message_type() != Header::descriptor()) return nullptr;
  return static_cast<Header*>(message->GetReflection()->MutableMessage(message, field));
}

template <typename Header>
const Header* Field1(const Proto& message) {
  const auto* field = message.GetDescriptor()->FindFieldByNumber(1);
  if (field == nullptr || field->message_type() != Header::descriptor()) return nullptr;
  return &static_cast<const Header&>(message.GetReflection()->GetMessage(message, field));
}

}  // namespace

const v1::RecordHeader& HeaderOf(const Proto& record) {
  const auto* header = Field1<v1::RecordHeader>(record);
  CARILLON_CHECK(header != nullptr, "{} has no RecordHeader", record.GetTypeName());
  return *header;
}

v1::RecordHeader* MutableHeaderOf(Proto* record) {
  auto* header = MutableField1<v1::RecordHeader>(record);
  CARILLON_CHECK(header != nullptr, "{} has no RecordHeader", record->GetTypeName());
  return header;
}

const v1::MessageHeader* MessageHeaderOf(const Proto& message) {
  return Field1<v1::MessageHeader>(message);
}

v1::MessageHeader* MutableMessageHeaderOf(Proto* message) {
  return MutableField1<v1::MessageHeader>(message);
}

const common::v1::TopicOptions& TopicOptionsOf(const Proto& message) {
  const auto& options = message.GetDescriptor()->options();
  CARILLON_CHECK(options.HasExtension(common::v1::topic), "{} has no topic option",
                 message.GetTypeName());
  return options.GetExtension(common::v1::topic);
}

std::string TopicName(std::string_view release, const Proto& message) {
  return std::string(release) + "." + TopicOptionsOf(message).name();
}

std::string StableBytes(const Proto& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializePartialToCodedStream(&out);
  out.Trim();
  return bytes;
}

std::string DigestOf(const Proto& message) { return HashText({StableBytes(message)}); }

Result<std::shared_ptr<Proto>> Parse(const Proto& prototype, std::string_view bytes) {
  std::shared_ptr<Proto> message(prototype.New());
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return MakeStatus(Code::kDataLoss,
                      fmt::format("{} bytes are not a {}", bytes.size(), prototype.GetTypeName()));
  }
  return message;
}

Result<v1::RecordHeader> ParseHeader(std::string_view bytes) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  v1::RecordHeader header;
  uint32_t size = 0;
  // Field 1, and protobuf writes fields in order: it comes first.
  const bool there = in.ReadTag() == kHeaderTag && in.ReadVarint32(&size) &&
                     size <= bytes.size() - static_cast<size_t>(in.CurrentPosition());
  if (there && header.ParseFromArray(bytes.data() + in.CurrentPosition(), static_cast<int>(size))) {
    return header;
  }
  return MakeStatus(Code::kDataLoss,
                    fmt::format("{} bytes do not begin with a record's header", bytes.size()));
}

Status CheckIndexes(std::string_view id, const std::vector<IndexEntry>& entries) {
  for (const IndexEntry& entry : entries) {
    const char* why = entry.member.size() > kMemberBytesMax ? "is too long"
                      : entry.member.find_first_of("\t\n") != std::string::npos
                          ? "has a tab or a line end"
                      : IdOfMember(entry.member) != id ? "does not end with the id"
                                                       : nullptr;
    if (why == nullptr) continue;
    return Refuse(Code::kInvalidArgument, "BAD_INDEX_ENTRY",
                  fmt::format("{} can't be listed: its entry in '{}' {}", id, entry.index, why),
                  {{"id", std::string(id)}, {"index", entry.index}});
  }
  return Ok();
}

std::string TimeKey(absl::Time time) {
  const int64_t milliseconds = std::clamp<int64_t>(absl::ToUnixMillis(time), 0, kTimeKeyMax);
  return fmt::format("{:017d}", milliseconds);
}

std::string DueMember(absl::Time at, std::string_view id) {
  return TimeKey(at) + "|" + std::string(id);
}

std::string_view IdOfMember(std::string_view member) {
  const size_t mark = member.rfind('|');
  return mark == std::string_view::npos ? member : member.substr(mark + 1);
}

}  // namespace carillon::ledger
