#include "common/base/status.h"

#include <absl/strings/cord.h>

#include "carillon/common/v1/error.pb.h"
#include "common/base/utf8.h"

namespace carillon {
namespace {

constexpr char kPayload[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr char kDomain[] = "carillon";

absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Status MakeStatus(Code code, std::string_view message) {
  return Status(code, Absl(ReplaceBrokenUtf8(message)));
}

std::string Message(const Status& status) {
  return std::string(status.message().data(), status.message().size());
}

std::string ToString(const Status& status) {
  std::string text = absl::StatusCodeToString(status.code());
  if (status.ok()) return text;
  text += ": " + Message(status);
  if (auto info = GetErrorInfo(status)) text += " [" + info->reason + "]";
  return text;
}

Status WithErrorInfo(Status status, const ErrorInfo& info) {
  common::v1::ErrorInfo payload;
  payload.set_reason(info.reason);
  payload.set_domain(kDomain);
  // One broken byte, and the payload could not be read: the refusal would prove nothing.
  for (const auto& [name, value] : info.params) {
    (*payload.mutable_metadata())[name] = ReplaceBrokenUtf8(value);
  }
  status.SetPayload(kPayload, absl::Cord(payload.SerializeAsString()));
  return status;
}

Status Refuse(Code code, std::string_view reason, std::string_view message,
              std::map<std::string, std::string> params) {
  return WithErrorInfo(MakeStatus(code, message), {std::string(reason), std::move(params)});
}

std::optional<ErrorInfo> GetErrorInfo(const Status& status) {
  auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  common::v1::ErrorInfo info;
  if (!info.ParseFromString(std::string(*payload))) return std::nullopt;
  ErrorInfo out{info.reason(), {}};
  for (const auto& [name, value] : info.metadata()) out.params[name] = value;
  return out;
}

std::string ReasonOf(const Status& status) {
  auto info = GetErrorInfo(status);
  return info ? info->reason : std::string();
}

Status Annotate(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  Status out = MakeStatus(status.code(), std::string(context) + ": " + Message(status));
  if (auto info = GetErrorInfo(status)) return WithErrorInfo(std::move(out), *info);
  return out;
}

}  // namespace carillon
