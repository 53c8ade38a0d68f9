// XRPC (atproto.com/specs/xrpc): requests to a PDS, and its answers. Thread-safe; a call blocks for at most the time it is given. The token
// never appears in an error.
//
// Errors of calls that change nothing, in the order of the table in api.cc: UNAUTHENTICATED (TOKEN_EXPIRED, TOKEN_REFUSED),
// PERMISSION_DENIED (NOT_ALLOWED), NOT_FOUND (RECORD_NOT_FOUND, REMOTE_NOT_FOUND), INVALID_ARGUMENT (REMOTE_REFUSED),
// RESOURCE_EXHAUSTED (RATE_LIMITED, parameter retry_at as RFC 3339), UNAVAILABLE (PROOF_REFUSED) and UNAVAILABLE without a reason for
// all else. A refusal counts as the server's own only if it is JSON with an "error": a proxy's page proves nothing about the token.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/json.h"

namespace carillon::bluesky {

struct Access {
  std::string base_url;  // the account's PDS
  std::string token;     // secret
  std::string dpop_key;  // secret: the key (JWK) that the token is bound to (dpop.h); empty: it is good for who bears it
};

// The server's own word in an error answer: "ExpiredToken", "InvalidSwap"; both empty if it is none.
struct XrpcError {
  std::string error;
  std::string message;
};
XrpcError ReadError(const http::HttpResponse& response);

// "400 from bsky.social: InvalidSwap: Record was at ...", without the token.
std::string DescribeResponse(const http::HttpResponse& response, const Access& access);
Status StatusOfResponse(const http::HttpResponse& response, const Access& access, absl::Time now);
Status StatusOfFailure(const http::HttpOutcome& outcome, const Access& access);

// When to ask again after a 429: ratelimit-reset (epoch seconds), else Retry-After, else a minute from now; from one second to a day.
absl::Time RetryAt(const http::Headers& headers, absl::Time now);

// GET /xrpc/NSID and POST /xrpc/NSID.
http::HttpRequest MakeQuery(const Access& access, std::string_view nsid, const http::FormFields& parameters);
http::HttpRequest MakeProcedure(const Access& access, std::string_view nsid, const platform::Json& input);

// Every request goes out by this, with what its access proves itself by. Blocks for at most the request's deadline.
http::HttpOutcome Exchange(http::HttpClient& client, const Clock& clock, const Access& access, http::HttpRequest request);
Result<platform::Json> Send(http::HttpClient& client, const Clock& clock, const Access& access,
                            http::HttpRequest request, absl::Duration timeout);
Result<platform::Json> Query(http::HttpClient& client, const Clock& clock, const Access& access,
                             std::string_view nsid, const http::FormFields& parameters,
                             absl::Duration timeout);

}  // namespace carillon::bluesky
