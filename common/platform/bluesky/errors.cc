#include "common/platform/bluesky/errors.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include "common/platform/bluesky/rates.h"
#include "common/platform/outcome.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using Kind = platform::PublishOutcome::Kind;
using platform::ErrorClass;

struct Row {
  int status;
  std::string_view error;  // empty: any, but there must be one
  ErrorClass error_class;
};
// Lexicon com.atproto.repo.putRecord and the PDS's source; the first row that fits counts.
constexpr Row kRefusals[] = {
    {400, "ExpiredToken", ErrorClass::kAuth},
    {400, "InvalidToken", ErrorClass::kAuth},
    {400, "AuthFactorTokenRequired", ErrorClass::kAuth},
    // Of the proof, not of the token (dpop.h): the clock, or a nonce that changed twice.
    {401, "use_dpop_nonce", ErrorClass::kRetryable},
    {401, "invalid_dpop_proof", ErrorClass::kRetryable},
    {401, "AccountTakedown", ErrorClass::kPermanent},
    {401, "AccountDeactivated", ErrorClass::kPermanent},
    {401, "", ErrorClass::kAuth},
    // Something else stands under this record's key, and the key is ours alone: an earlier attempt got through.
    {400, "InvalidSwap", ErrorClass::kDuplicate},
    {400, "AccountTakedown", ErrorClass::kPermanent},
    {400, "AccountDeactivated", ErrorClass::kPermanent},
    {400, "RepoNotFound", ErrorClass::kPermanent},
    {400, "BlobNotFound", ErrorClass::kRetryable},
    {400, "BlobTooLarge", ErrorClass::kInvalidContent},
    {400, "", ErrorClass::kInvalidContent},
    {403, "", ErrorClass::kPermanent},
    {404, "", ErrorClass::kPermanent},
    {405, "", ErrorClass::kPermanent},
    {413, "", ErrorClass::kInvalidContent},
    {425, "", ErrorClass::kRetryable},
};

void ReadLimits(const http::HttpResponse& response, absl::Time now, platform::PublishOutcome& out) {
  int remaining = 0;
  if (!absl::SimpleAtoi(response.Header("ratelimit-remaining"), &remaining)) return;
  out.limit_remaining = remaining;
  out.limit_reset = RetryAt(response.headers, now);
  out.readings = ReadRates(response);
}

// The post's: putRecord's answer, or the first of applyWrites'.
std::string UriIn(const platform::Json& body) {
  const platform::Json& results = platform::GetMember(body, "results");
  return platform::GetText(results.is_array() && !results.empty() ? results[0] : body, "uri");
}

platform::PublishOutcome Classify(const http::HttpOutcome& outcome, const Access& access, absl::Time now,
                                  const char* id_name) {
  if (!outcome.ok()) return platform::Unanswered(outcome, Message(StatusOfFailure(outcome, access)));
  const http::HttpResponse& response = *outcome.response;
  platform::PublishOutcome out;
  ReadLimits(response, now, out);
  if (response.ok()) {
    const auto body = platform::ParseJson(response.body);
    const bool is_post = std::string_view(id_name) == "uri";
    if (body) out.remote_id = is_post ? UriIn(*body) : platform::GetText(*body, id_name);
    if (is_post ? out.remote_id.starts_with("at://") : !out.remote_id.empty()) {
      out.kind = Kind::kPublished;
    } else {
      out.remote_id.clear();
      out.error = fmt::format("{} without a record's address or a message's id from {}", response.status,
                              platform::HostOf(access.base_url));
    }
    return out;
  }
  out.error = DescribeResponse(response, access);
  if (response.status == 429) {
    out.kind = Kind::kRefused;
    out.error_class = ErrorClass::kRateLimited;
    out.retry_at = RetryAt(response.headers, now);
    return out;
  }
  const std::string error = ReadError(response).error;
  if (error.empty()) return out;
  for (const Row& row : kRefusals) {
    if (row.status != response.status || (!row.error.empty() && row.error != error)) continue;
    out.kind = Kind::kRefused;
    out.error_class = row.error_class;
    break;
  }
  return out;
}

}  // namespace

platform::PublishOutcome ClassifyPublish(const http::HttpOutcome& outcome, const Access& access,
                                         absl::Time now) {
  return Classify(outcome, access, now, "uri");
}

platform::PublishOutcome ClassifyMessage(const http::HttpOutcome& outcome, const Access& access,
                                         absl::Time now) {
  platform::PublishOutcome out = Classify(outcome, access, now, "id");
  if (outcome.ok() && !outcome.response->ok() && SaysNoMessages(ReadError(*outcome.response))) {
    out.kind = Kind::kRefused;
    out.error_class = ErrorClass::kPermanent;
  }
  return out;
}

bool SaysNoMessages(const XrpcError& error) {
  return (error.error == "InvalidToken" && error.message.starts_with("Bad token")) ||
         error.message.starts_with("Missing required scope");
}

}  // namespace carillon::bluesky
