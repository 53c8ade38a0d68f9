#include "common/rpc/status.h"

#include "carillon/common/v1/error.pb.h"

namespace carillon::rpc {
namespace {

constexpr char kErrorInfo[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kDomain[] = "carillon";
// Peers refuse trailers over 8 KB in all (gRPC's default); a message is sent percent-encoded and once more in the details.
constexpr size_t kMessageSizeMax = 1000;
constexpr size_t kParamSizeMax = 200;
constexpr size_t kParamsMax = 8;

// At most `size_max` bytes, cut between characters.
std::string Cut(const std::string& text, size_t size_max) {
  if (text.size() <= size_max) return text;
  size_t end = size_max - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

grpc::Status ToGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const std::string message = Cut(carillon::Message(status), kMessageSizeMax);
  const auto info = GetErrorInfo(status);
  if (!info) return {code, message};
  common::v1::ErrorInfo payload;
  payload.set_reason(info->reason);
  payload.set_domain(kDomain);
  for (const auto& [name, value] : info->params) {
    if (static_cast<size_t>(payload.metadata_size()) == kParamsMax) break;
    (*payload.mutable_metadata())[name] = Cut(value, kParamSizeMax);
  }
  common::v1::ErrorStatus details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  auto* any = details.add_details();
  any->set_type_url(kErrorInfo);
  any->set_value(payload.SerializeAsString());
  return {code, message, details.SerializeAsString()};
}

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return Ok();
  Status out = MakeStatus(static_cast<Code>(status.error_code()), status.error_message());
  common::v1::ErrorStatus details;
  if (status.error_details().empty() || !details.ParseFromString(status.error_details()))
    return out;
  for (const auto& any : details.details()) {
    common::v1::ErrorInfo payload;
    if (any.type_url() != kErrorInfo || !payload.ParseFromString(any.value())) continue;
    // Another system's reason (a proxy's) proves nothing about our log.
    if (payload.domain() != kDomain) continue;
    ErrorInfo info{payload.reason(), {}};
    for (const auto& [name, value] : payload.metadata()) info.params[name] = value;
    return WithErrorInfo(std::move(out), info);
  }
  return out;
}

}  // namespace carillon::rpc
