#include "common/rpc/metadata.h"

#include <charconv>

namespace carillon::rpc {
namespace {

constexpr size_t kTextSizeMax = 128;
constexpr size_t kPositionsMax = 256;

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// https://www.w3.org/TR/trace-context/#traceparent-header: 00-<32 hex>-<16 hex>-<2 hex>
bool IsTraceparent(std::string_view text) {
  if (text.size() != 55) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 2 || i == 35 || i == 52;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) return false;
  }
  return text.substr(0, 2) != "ff";
}

Result<std::string> ShortText(const grpc::ServerContextBase& context, const std::string& key) {
  std::string value = MetadataValue(context, key);
  if (value.size() > kTextSizeMax || HasControl(value)) {
    return Refuse(Code::kInvalidArgument, "BAD_METADATA",
                  fmt::format("metadata '{}' may have {} characters and no control characters", key,
                              kTextSizeMax),
                  {{"key", key}});
  }
  return value;
}

bool ReadNumber(std::string_view text, int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

}  // namespace

std::string MetadataValue(const grpc::ServerContextBase& context, const std::string& key) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

Status CheckRequestId(const std::string& request_id) {
  if (!request_id.empty() && request_id.size() <= kTextSizeMax && !HasControl(request_id))
    return Ok();
  const std::string what = request_id.empty() ? "is missing"
                           : request_id.size() > kTextSizeMax
                               ? fmt::format("has {} characters", request_id.size())
                               : "has control characters";
  return Refuse(Code::kInvalidArgument, "BAD_REQUEST_ID",
                fmt::format("request_id {}; send 1 to {} printable characters, a new one for each "
                            "new request and the same one when you try again",
                            what, kTextSizeMax),
                {{"field", "request_id"}});
}

Result<common::v1::Envelope> EnvelopeFrom(const grpc::ServerContextBase& context,
                                          const auth::Principal& principal) {
  common::v1::Envelope envelope;
  auto* actor = envelope.mutable_actor();
  actor->set_kind(principal.kind != auth::Principal::Kind::kOperator ? common::v1::ACTOR_KIND_SERVICE
                                                                    : common::v1::ACTOR_KIND_USER);
  actor->set_id(principal.name);
  ASSIGN_OR_RETURN(*actor->mutable_on_behalf_of(), ShortText(context, kUserKey));
  ASSIGN_OR_RETURN(*envelope.mutable_correlation_id(), ShortText(context, kCorrelationKey));
  std::string traceparent = MetadataValue(context, kTraceparentKey);
  if (IsTraceparent(traceparent)) envelope.set_traceparent(std::move(traceparent));
  return envelope;
}

Result<std::vector<ledger::Position>> AtLeast(const grpc::ServerContextBase& context) {
  std::vector<ledger::Position> positions;
  const auto [begin, end] = context.client_metadata().equal_range(kAtLeastKey);
  for (auto it = begin; it != end; ++it) {
    const std::string_view text(it->second.data(), it->second.size());
    const size_t colon = text.find(':');
    int64_t shard = 0;
    int64_t offset = 0;
    if (colon == std::string_view::npos || !ReadNumber(text.substr(0, colon), shard) ||
        !ReadNumber(text.substr(colon + 1), offset) || shard > 1'000'000 ||
        positions.size() == kPositionsMax) {
      return Refuse(Code::kInvalidArgument, "BAD_METADATA",
                    fmt::format("metadata '{}' must be <shard>:<offset>, at most {} times",
                                kAtLeastKey, kPositionsMax),
                    {{"key", kAtLeastKey}});
    }
    positions.push_back({static_cast<int>(shard), offset});
  }
  return positions;
}

std::string PositionText(const ledger::Position& position) {
  return fmt::format("{}:{}", position.shard, position.offset);
}

}  // namespace carillon::rpc
