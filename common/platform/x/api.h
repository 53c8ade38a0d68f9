// Requests to the X API v2 (docs.x.com/x-api) and its answers, for calls that change nothing outside. Thread-safe; a call blocks for at most
// the time it is given. The token never appears in an error.
//
// Errors: UNAUTHENTICATED (TOKEN_REFUSED), PERMISSION_DENIED (NOT_ALLOWED; NO_CREDITS: somebody has to pay), NOT_FOUND (REMOTE_NOT_FOUND),
// INVALID_ARGUMENT (REMOTE_REFUSED), RESOURCE_EXHAUSTED (RATE_LIMITED, parameter retry_at as RFC 3339), and UNAVAILABLE without a reason
// for all else. A refusal counts only in X's own words (problem.h).
//
// X ignores the names of fields that it does not know, and answers without them: whoever needs a field checks that it is there.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/json.h"

namespace carillon::x {

struct Access {
  std::string base_url;  // "https://api.x.com", with or without a slash at its end
  std::string token;     // secret
};

struct Answer {
  platform::Json body;
  http::Headers headers;
};

// Posts, users and media are named by numbers of up to 19 digits, which are written as text.
bool IsId(std::string_view text);
// As numbers: the later is the larger.
bool IdLess(std::string_view a, std::string_view b);
// Where a person finds the post; X leads on from it to the author's own address.
std::string PostUrl(std::string_view id);

http::HttpRequest MakeRequest(const Access& access, std::string_view method, std::string_view path,
                              const http::FormFields& query = {});
http::HttpRequest MakeJsonRequest(const Access& access, std::string_view path, const platform::Json& body);

Status StatusOfResponse(const http::HttpResponse& response, const Access& access, absl::Time now);
// A request that got no response. Refusals of the client's own keep their reason (BAD_URL, PRIVATE_ADDRESS, UNKNOWN_HOST).
Status StatusOfFailure(const http::HttpOutcome& outcome, const Access& access);

// Whatever a success says, also nothing.
Result<http::HttpResponse> Send(http::HttpClient& client, const Clock& clock, const Access& access,
                                http::HttpRequest request, absl::Duration timeout);
// A success is JSON.
Result<Answer> Call(http::HttpClient& client, const Clock& clock, const Access& access,
                    http::HttpRequest request, absl::Duration timeout);
Result<Answer> Get(http::HttpClient& client, const Clock& clock, const Access& access,
                   std::string_view path, const http::FormFields& query, absl::Duration timeout);

}  // namespace carillon::x
