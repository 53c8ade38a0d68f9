#include "common/platform/x/errors.h"

#include <fmt/format.h>

#include "common/platform/json.h"
#include "common/platform/outcome.h"
#include "common/platform/redact.h"
#include "common/platform/x/headers.h"
#include "common/platform/x/problem.h"

namespace carillon::x {
namespace {

using Kind = platform::PublishOutcome::Kind;
using platform::ErrorClass;

// docs.x.com/x-api/fundamentals/response-codes-and-errors. A status that is not here proves nothing: a 5xx may come after the post was
// accepted, a 408 from a proxy that had already passed it on.
struct Row {
  int status;
  bool in_own_words;  // counts only as X's problem, for a proxy's page says nothing of the post or the token
  ErrorClass error_class;
};
constexpr Row kRefusals[] = {
    {307, false, ErrorClass::kPermanent},       // "repeat it elsewhere": not done here
    {308, false, ErrorClass::kPermanent},
    {400, true, ErrorClass::kInvalidContent},
    {401, true, ErrorClass::kAuth},
    {403, true, ErrorClass::kPermanent},        // not allowed to this app, account, or under this post
    {404, true, ErrorClass::kPermanent},
    {405, true, ErrorClass::kPermanent},
    {410, true, ErrorClass::kPermanent},
    {413, false, ErrorClass::kInvalidContent},
    {415, true, ErrorClass::kInvalidContent},
    {422, true, ErrorClass::kInvalidContent},
    {425, false, ErrorClass::kRetryable},       // RFC 8470: not processed
    {429, false, ErrorClass::kRateLimited},
};

// kNone: the answer proves nothing.
ErrorClass ClassOf(const http::HttpResponse& response) {
  const std::optional<Problem> problem = ReadProblem(response);
  if (problem) {
    // Before the rest, for these come with statuses that mean something milder by themselves.
    if (response.status < 500 && IsOutOfCredits(response.status, *problem)) return ErrorClass::kPermanent;
    if (IsDuplicate(response.status, *problem)) return ErrorClass::kDuplicate;
    if (IsWrongKindOfToken(response.status, *problem)) return ErrorClass::kAuth;
  }
  for (const Row& row : kRefusals) {
    if (row.status == response.status && (problem || !row.in_own_words)) return row.error_class;
  }
  return ErrorClass::kNone;
}

platform::PublishOutcome Classify(const http::HttpOutcome& outcome, const Access& access, absl::Time now,
                                  const char* id_name) {
  if (!outcome.ok()) return platform::Unanswered(outcome, Message(StatusOfFailure(outcome, access)));
  const http::HttpResponse& response = *outcome.response;
  platform::PublishOutcome out;
  const RateLimit limit = ReadRateLimit(response.headers, now);
  out.limit_remaining = limit.remaining;
  out.limit_reset = limit.reset;
  out.readings = ReadWindows(response.headers, now);
  if (response.ok()) {
    const std::optional<platform::Json> body = platform::ParseJson(response.body);
    out.remote_id = body ? platform::GetId(platform::GetMember(*body, "data"), id_name) : "";
    if (IsId(out.remote_id)) {
      out.kind = Kind::kPublished;
      return out;
    }
    out.remote_id.clear();
    out.error = DescribeResponse(response, access.base_url, access.token) + ", without an id";
    return out;
  }
  out.error = DescribeResponse(response, access.base_url, access.token);
  out.error_class = ClassOf(response);
  if (out.error_class == ErrorClass::kNone) return out;
  out.kind = Kind::kRefused;
  if (out.error_class == ErrorClass::kRateLimited) out.retry_at = RetryAt(response.headers, now);
  return out;
}

}  // namespace

platform::PublishOutcome ClassifyPublish(const http::HttpOutcome& outcome, const Access& access,
                                         absl::Time now) {
  platform::PublishOutcome out = Classify(outcome, access, now, "id");
  if (!out.remote_id.empty()) out.remote_url = PostUrl(out.remote_id);
  return out;
}

platform::PublishOutcome ClassifyMessage(const http::HttpOutcome& outcome, const Access& access,
                                         absl::Time now) {
  return Classify(outcome, access, now, "dm_event_id");
}

}  // namespace carillon::x
