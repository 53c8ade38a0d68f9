// Errors as values. A Status is absl::Status (its codes are gRPC's); Result<T> is a value or a Status.
//
// A refusal is made with Refuse(): it carries a stable reason (UPPER_SNAKE, never changed once released) and parameters, in the
// shape of google.rpc.ErrorInfo, and reaches callers over gRPC. Only a status with a reason proves that a command was not logged;
// every other error is "outcome unknown". What is not UTF-8 in a message or a parameter becomes U+FFFD. Messages say what, which key, and what to do.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace carillon {

using Status = absl::Status;
template <typename T>
using Result = absl::StatusOr<T>;
using Code = absl::StatusCode;

inline Status Ok() { return absl::OkStatus(); }

// Debian's Abseil has its own string_view, so these take the standard one.
[[nodiscard]] Status MakeStatus(Code code, std::string_view message);
[[nodiscard]] std::string Message(const Status& status);
// "NOT_FOUND: no brand 'Acme'": for logs.
[[nodiscard]] std::string ToString(const Status& status);

struct ErrorInfo {
  std::string reason;                         // "UNKNOWN_BRAND"
  std::map<std::string, std::string> params;  // {"brand": "Acme"}
};

// A refusal: nothing was changed. `reason` is stable; `params` name the keys of the message.
[[nodiscard]] Status Refuse(Code code, std::string_view reason, std::string_view message,
                            std::map<std::string, std::string> params = {});
[[nodiscard]] Status WithErrorInfo(Status status, const ErrorInfo& info);
// The reason and parameters of a refusal; nothing for an error that proves nothing.
[[nodiscard]] std::optional<ErrorInfo> GetErrorInfo(const Status& status);
[[nodiscard]] std::string ReasonOf(const Status& status);  // "" if it has none

// The same status with "context: " before its message; code and reason stay.
[[nodiscard]] Status Annotate(const Status& status, std::string_view context);

}  // namespace carillon

#define CARILLON_CONCAT_INNER(a, b) a##b
#define CARILLON_CONCAT(a, b) CARILLON_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                                    \
  do {                                                                 \
    if (::carillon::Status status_ = (expression); !status_.ok()) {    \
      return status_;                                                  \
    }                                                                  \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expression) \
  ASSIGN_OR_RETURN_IMPL(CARILLON_CONCAT(result_, __LINE__), lhs, expression)
#define ASSIGN_OR_RETURN_IMPL(result, lhs, expression) \
  auto result = (expression);                          \
  if (!result.ok()) return result.status();            \
  lhs = std::move(result).value()
