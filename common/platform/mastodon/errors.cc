#include "common/platform/mastodon/errors.h"

#include <algorithm>

#include "common/platform/json.h"
#include "common/platform/mastodon/headers.h"
#include "common/platform/outcome.h"
#include "common/platform/redact.h"
#include "common/text/utf8.h"

namespace carillon::mastodon {
namespace {

using Kind = platform::PublishOutcome::Kind;

// Refusals, from Mastodon's Api::ErrorHandling and the documented errors of POST /api/v1/statuses. A status that is not here
// proves nothing: a 5xx may come after the post was accepted, a 408 from a proxy that had already passed it on.
struct Row {
  int status;
  bool in_own_words;  // counts only as the server's JSON, for a proxy's page says nothing about the post or the token
  platform::ErrorClass error_class;
};
constexpr Row kRefusals[] = {
    {307, false, platform::ErrorClass::kPermanent},       // "repeat it elsewhere": not done here
    {308, false, platform::ErrorClass::kPermanent},
    {400, true, platform::ErrorClass::kInvalidContent},
    {401, true, platform::ErrorClass::kAuth},
    {403, true, platform::ErrorClass::kPermanent},
    {404, true, platform::ErrorClass::kPermanent},        // the account, or the post that is replied to, is gone
    {405, true, platform::ErrorClass::kPermanent},
    {409, true, platform::ErrorClass::kDuplicate},
    {410, true, platform::ErrorClass::kPermanent},
    {413, false, platform::ErrorClass::kInvalidContent},  // often a proxy's, before the server saw it
    {422, true, platform::ErrorClass::kInvalidContent},
    {425, false, platform::ErrorClass::kRetryable},       // RFC 8470: not processed
    {429, false, platform::ErrorClass::kRateLimited},
};

void ClassifyRefusal(const http::HttpResponse& response, const Access& access, absl::Time now,
                     platform::PublishOutcome& out) {
  const std::string error = ServerError(response, access.access_token);
  for (const Row& row : kRefusals) {
    if (row.status != response.status || (row.in_own_words && error.empty())) continue;
    out.kind = Kind::kRefused;
    out.error_class = row.error_class;
    if (row.error_class == platform::ErrorClass::kRateLimited) out.retry_at = RetryAt(response.headers, now);
  }
  // In English, as asked for by Accept-Language; an account's own language may win, so Publish() asks for the media as well.
  const bool unfinished = error.find("not finished processing") != std::string::npos;
  if (response.status == 422 && unfinished) out.error_class = platform::ErrorClass::kRetryable;
  // Mastodon's answer to a unique index that two requests met.
  if (response.status == 422 && error == "Duplicate record") out.error_class = platform::ErrorClass::kDuplicate;
}

}  // namespace

platform::PublishOutcome ClassifyPublish(const http::HttpOutcome& outcome, const Access& access,
                               absl::Time now) {
  if (!outcome.ok()) return platform::Unanswered(outcome, Message(StatusOfFailure(outcome, access)));
  const http::HttpResponse& response = *outcome.response;
  const RateLimit limit = ReadRateLimit(response.headers, now);
  platform::PublishOutcome out;
  out.limit_remaining = limit.remaining;
  out.limit_reset = limit.reset;
  if (limit.remaining && limit.reset) out.readings = {{"", limit.limit, std::max(*limit.remaining, 0), *limit.reset}};
  if (response.ok()) {
    const std::optional<platform::Json> body = platform::ParseJson(response.body);
    out.remote_id = body ? platform::GetId(*body, "id") : "";
    if (out.remote_id.empty()) {
      out.error = fmt::format("{} without a status from {}", response.status, platform::HostOf(access.base_url));
      return out;
    }
    out.kind = Kind::kPublished;
    out.remote_url = platform::GetText(*body, "url");
    if (out.remote_url.empty()) out.remote_url = platform::GetText(*body, "uri");
    return out;
  }
  out.error = DescribeResponse(response, access);
  ClassifyRefusal(response, access, now, out);
  return out;
}

}  // namespace carillon::mastodon
