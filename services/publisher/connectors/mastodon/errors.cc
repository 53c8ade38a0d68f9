#include "services/publisher/connectors/mastodon/errors.h"

#include "common/mastodon/headers.h"
#include "common/mastodon/json.h"
#include "common/text/utf8.h"

namespace carillon::publisher::mastodon {
namespace {

namespace api = carillon::mastodon;
using Kind = PublishOutcome::Kind;

// Refusals, from Mastodon's Api::ErrorHandling and the documented errors of POST /api/v1/statuses. A status that is not here
// proves nothing: a 5xx may come after the post was accepted, a 408 from a proxy that had already passed it on.
struct Row {
  int status;
  bool in_own_words;  // counts only as the server's JSON, for a proxy's page says nothing about the post or the token
  ErrorClass error_class;
};
constexpr Row kRefusals[] = {
    {307, false, ErrorClass::kPermanent},       // "repeat it elsewhere": not done here
    {308, false, ErrorClass::kPermanent},
    {400, true, ErrorClass::kInvalidContent},
    {401, true, ErrorClass::kAuth},
    {403, true, ErrorClass::kPermanent},
    {404, true, ErrorClass::kPermanent},        // the account, or the post that is replied to, is gone
    {405, true, ErrorClass::kPermanent},
    {409, true, ErrorClass::kDuplicate},
    {410, true, ErrorClass::kPermanent},
    {413, false, ErrorClass::kInvalidContent},  // often a proxy's, before the server saw it
    {422, true, ErrorClass::kInvalidContent},
    {425, false, ErrorClass::kRetryable},       // RFC 8470: not processed
    {429, false, ErrorClass::kRateLimited},
};

PublishOutcome OfFailure(const http::HttpOutcome& outcome, const api::Access& access) {
  PublishOutcome out;
  out.error = Message(api::StatusOfFailure(outcome, access));
  if (outcome.maybe_executed) {
    out.kind = Kind::kUnknown;
    return out;
  }
  const std::string reason = ReasonOf(outcome.error);
  if (reason == "SEND_REFUSED") {
    out.kind = Kind::kNotSent;
    return out;
  }
  out.kind = Kind::kRefused;
  const bool bad_address = reason == "BAD_URL" || reason == "PRIVATE_ADDRESS";
  out.error_class = bad_address ? ErrorClass::kPermanent : ErrorClass::kRetryable;
  return out;
}

void ClassifyRefusal(const http::HttpResponse& response, const api::Access& access, absl::Time now,
                     PublishOutcome& out) {
  const std::string error = api::ServerError(response, access.access_token);
  for (const Row& row : kRefusals) {
    if (row.status != response.status || (row.in_own_words && error.empty())) continue;
    out.kind = Kind::kRefused;
    out.error_class = row.error_class;
    if (row.error_class == ErrorClass::kRateLimited) out.retry_at = api::RetryAt(response.headers, now);
  }
  // In English, as asked for by Accept-Language; an account's own language may win, so Publish() asks for the media as well.
  const bool unfinished = error.find("not finished processing") != std::string::npos;
  if (response.status == 422 && unfinished) out.error_class = ErrorClass::kRetryable;
  // Mastodon's answer to a unique index that two requests met.
  if (response.status == 422 && error == "Duplicate record") out.error_class = ErrorClass::kDuplicate;
}

}  // namespace

PublishOutcome ClassifyPublish(const http::HttpOutcome& outcome, const api::Access& access,
                               absl::Time now) {
  if (!outcome.ok()) return OfFailure(outcome, access);
  const http::HttpResponse& response = *outcome.response;
  const api::RateLimit limit = api::ReadRateLimit(response.headers, now);
  PublishOutcome out;
  out.limit_remaining = limit.remaining;
  out.limit_reset = limit.reset;
  if (response.ok()) {
    const std::optional<api::Json> body = api::ParseJson(response.body);
    out.remote_id = body ? api::GetId(*body, "id") : "";
    if (out.remote_id.empty()) {
      out.error = fmt::format("{} without a status from {}", response.status, api::HostOf(access.base_url));
      return out;
    }
    out.kind = Kind::kPublished;
    out.remote_url = api::GetText(*body, "url");
    if (out.remote_url.empty()) out.remote_url = api::GetText(*body, "uri");
    return out;
  }
  out.error = api::DescribeResponse(response, access);
  ClassifyRefusal(response, access, now, out);
  return out;
}

}  // namespace carillon::publisher::mastodon
