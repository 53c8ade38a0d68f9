// Requests to a Mastodon server and its answers, for calls that change nothing outside (reads, uploads). Thread-safe; a call
// blocks for at most the time it is given. The token never appears in an error.
//
// Errors, in the order of StatusOfResponse's table: UNAUTHENTICATED (TOKEN_REFUSED: the server says that the token is not valid),
// PERMISSION_DENIED (NOT_ALLOWED), NOT_FOUND (REMOTE_NOT_FOUND), INVALID_ARGUMENT (REMOTE_REFUSED: this content will never do),
// RESOURCE_EXHAUSTED (RATE_LIMITED, parameter retry_at as RFC 3339), and UNAVAILABLE without a reason for all else. A refusal
// counts as the server's own only if it is JSON with an "error" (docs.joinmastodon.org/entities/Error): a proxy's page proves
// nothing about the token.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/json.h"

namespace carillon::mastodon {

struct Access {
  std::string base_url;      // "https://mastodon.example", with or without a slash at its end
  std::string access_token;  // secret
};

struct Answer {
  int status = 0;
  platform::Json body;
  http::Headers headers;
};

// A request with the token, to `path` ("/api/v1/..."), asking for JSON in English.
http::HttpRequest MakeRequest(const Access& access, std::string_view method, std::string_view path,
                              const http::FormFields& query = {});

// An id as one segment of a path.
std::string PathSegment(std::string_view id);

// The error that the server wrote in its answer, without the token, on one line, at most platform::kShownBytesMax bytes; "" if it wrote none.
std::string ServerError(const http::HttpResponse& response, std::string_view access_token);

// "422 from mastodon.example: Validation failed: ...".
std::string DescribeResponse(const http::HttpResponse& response, const Access& access);

// The table above; OK for 2xx.
Status StatusOfResponse(const http::HttpResponse& response, const Access& access, absl::Time now);

// A request that got no response. Refusals of the client's own keep their reason (BAD_URL, PRIVATE_ADDRESS, UNKNOWN_HOST).
Status StatusOfFailure(const http::HttpOutcome& outcome, const Access& access);

// Sends a request and reads JSON.
Result<Answer> Call(http::HttpClient& client, const Clock& clock, const Access& access,
                    http::HttpRequest request, absl::Duration timeout);

// GET `path`.
Result<Answer> Get(http::HttpClient& client, const Clock& clock, const Access& access,
                   std::string_view path, const http::FormFields& query, absl::Duration timeout);

// "user" of this server or "user@elsewhere" as "user@host".
std::string FullName(const std::string& acct, std::string_view base_url);

}  // namespace carillon::mastodon
