#include "services/cli/outcome.h"

#include <absl/strings/cord.h>

#include "carillon/common/v1/error.pb.h"

namespace carillon::cli {
namespace {

constexpr char kLocal[] = "carillon.cli/local";
constexpr std::string_view kErrorInfo = "google.rpc.ErrorInfo";

}  // namespace

Status Local(std::string_view message) {
  Status status = MakeStatus(Code::kInvalidArgument, message);
  status.SetPayload(kLocal, absl::Cord("1"));
  return status;
}

Status Failed(std::string_view reason, std::string_view message) {
  return Refuse(Code::kFailedPrecondition, reason, message);
}

ExitCode ExitCodeOf(const Status& status) {
  if (status.ok()) return ExitCode::kOk;
  if (status.GetPayload(kLocal).has_value()) return ExitCode::kUsage;
  return GetErrorInfo(status) ? ExitCode::kRefused : ExitCode::kUnknown;
}

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return Ok();
  Status out = MakeStatus(static_cast<Code>(status.error_code()), status.error_message());
  common::v1::ErrorStatus details;
  if (!details.ParseFromString(status.error_details())) return out;
  for (const auto& any : details.details()) {
    common::v1::ErrorInfo info;
    if (!any.type_url().ends_with(kErrorInfo) || !info.ParseFromString(any.value())) continue;
    ErrorInfo parsed{info.reason(), {}};
    for (const auto& [name, value] : info.metadata()) parsed.params[name] = value;
    return WithErrorInfo(std::move(out), parsed);
  }
  return out;
}

std::string Explain(const Status& status, const std::string& request_id) {
  switch (ExitCodeOf(status)) {
    case ExitCode::kOk:
      return "";
    case ExitCode::kUsage:
      return Message(status);
    case ExitCode::kRefused:
      return fmt::format("{} [{}]", Message(status), ReasonOf(status));
    case ExitCode::kUnknown:
      break;
  }
  const std::string text = ToString(status);
  if (request_id.empty()) {
    return fmt::format("no answer: {}\n  try again; `carillon status` shows what is serving", text);
  }
  return fmt::format(
      "it is not known whether this was done: {}\n  try again with --request-id {}", text,
      request_id);
}

}  // namespace carillon::cli
