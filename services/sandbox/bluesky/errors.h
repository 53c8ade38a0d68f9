// XRPC's errors as statuses: the reason is the error's name, the code stands for the HTTP status. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::sandbox::bluesky {

inline Status Invalid(std::string_view message, std::string_view name = "InvalidRequest") {
  return Refuse(Code::kInvalidArgument, name, message);
}
inline Status AuthRequired(std::string_view message = "Authentication Required",
                           std::string_view name = "AuthenticationRequired") {
  return Refuse(Code::kUnauthenticated, name, message);
}
// What the server did not expect: it says no more than this.
inline Status Internal() {
  return Refuse(Code::kInternal, "InternalServerError", "Internal Server Error");
}
inline Status Full() {
  return Refuse(Code::kResourceExhausted, "NotEnoughResources", "The sandbox is full");
}

}  // namespace carillon::sandbox::bluesky
