// What X says when it refuses (docs.x.com/x-api/fundamentals/response-codes-and-errors): an RFC 7807 problem; for tokens, RFC 6749 5.2. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http/client.h"

namespace carillon::x {

struct Problem {
  std::string type;    // the last part of its address: "usage-capped"; "about:blank" as it is
  std::string title;
  std::string detail;  // with the messages of single parameters
};

// Nothing where the answer is not X's own: a proxy's page says nothing of a post or a token.
std::optional<Problem> ReadProblem(const http::HttpResponse& response);

// The account or its app has no money left: asking again later gains nothing until somebody pays.
bool IsOutOfCredits(int status, const Problem& problem);
// The token is of a kind that can't act for an account.
bool IsWrongKindOfToken(int status, const Problem& problem);
// The account has posted the same lately. Whether it was us is not said, nor which post it is.
bool IsDuplicate(int status, const Problem& problem);

// "403 from api.x.com: Forbidden: ...", with whatever else the server wrote: not to be shown as it is.
std::string RawDescription(const http::HttpResponse& response, std::string_view base_url);
// The same short, on one line, without the token.
std::string DescribeResponse(const http::HttpResponse& response, std::string_view base_url,
                             std::string_view token);

}  // namespace carillon::x
