// X's errors as statuses, and as the JSON that answers them (RFC 7807, "problem details"). Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/http/server.h"

namespace carillon::sandbox::x {

// 400: one parameter, with its value, and what is wrong with it.
Status Invalid(std::string_view parameter, std::string_view value, std::string_view message);
Status Forbidden(std::string_view detail);  // 403
Status Unauthorized();                      // 401
Status TooLarge();                          // 413
Status Full();                              // 503
Status NotPermitted();  // 403, as X words it when it gives no reason

http::ServerResponse ProblemAnswer(const Status& status);
http::ServerResponse UnsupportedAuthentication();  // 403: not with this kind of token

// A member of "errors" beside an answer of 200: "Could not find tweet with ids: [1].".
nlohmann::json NotFoundError(std::string_view resource, std::string_view parameter,
                             std::string_view value);

}  // namespace carillon::sandbox::x
