#include "common/platform/bluesky/api.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/jose/es256.h"
#include "common/platform/bluesky/dpop.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using platform::Json;

struct Row {
  int status;
  std::string_view error;  // empty: any
  Code code;
  const char* reason;
};
// The PDS says 400 where others say 401 for a token that is over (atproto source, packages/pds/src/auth-verifier.ts).
constexpr Row kTable[] = {
    {400, "ExpiredToken", Code::kUnauthenticated, "TOKEN_EXPIRED"},
    {401, "ExpiredToken", Code::kUnauthenticated, "TOKEN_EXPIRED"},
    {400, "InvalidToken", Code::kUnauthenticated, "TOKEN_REFUSED"},
    {401, "use_dpop_nonce", Code::kUnavailable, "PROOF_REFUSED"},
    {401, "invalid_dpop_proof", Code::kUnavailable, "PROOF_REFUSED"},
    {401, "AccountTakedown", Code::kPermissionDenied, "NOT_ALLOWED"},
    {401, "AccountDeactivated", Code::kPermissionDenied, "NOT_ALLOWED"},
    {401, "", Code::kUnauthenticated, "TOKEN_REFUSED"},
    {400, "RecordNotFound", Code::kNotFound, "RECORD_NOT_FOUND"},
    {400, "NotFound", Code::kNotFound, "REMOTE_NOT_FOUND"},
    {400, "RepoNotFound", Code::kNotFound, "REMOTE_NOT_FOUND"},
    {400, "AccountTakedown", Code::kPermissionDenied, "NOT_ALLOWED"},
    {400, "AccountDeactivated", Code::kPermissionDenied, "NOT_ALLOWED"},
    {400, "", Code::kInvalidArgument, "REMOTE_REFUSED"},
    {403, "", Code::kPermissionDenied, "NOT_ALLOWED"},
    {404, "", Code::kNotFound, "REMOTE_NOT_FOUND"},
    {413, "", Code::kInvalidArgument, "REMOTE_REFUSED"},
};

std::string Address(const Access& access, std::string_view nsid) {
  std::string_view base = access.base_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  return fmt::format("{}/xrpc/{}", base, nsid);
}

http::HttpRequest MakeRequest(const Access& access, const char* method, std::string url) {
  http::HttpRequest request;
  request.method = method;
  request.url = std::move(url);
  request.headers["Accept"] = "application/json";
  if (!access.token.empty()) {
    request.headers["Authorization"] = (access.dpop_key.empty() ? "Bearer " : "DPoP ") + access.token;
  }
  return request;
}

std::optional<absl::Time> EpochIn(const std::string& text) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(text, &seconds) || seconds <= 0) return std::nullopt;
  return absl::FromUnixSeconds(std::min<int64_t>(seconds, 1LL << 36));
}

std::string HeaderOf(const http::Headers& headers, std::string_view name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

}  // namespace

XrpcError ReadError(const http::HttpResponse& response) {
  const auto body = platform::ParseJson(response.body);
  if (!body) return {};
  return {platform::GetText(*body, "error"), platform::GetText(*body, "message")};
}

std::string DescribeResponse(const http::HttpResponse& response, const Access& access) {
  const XrpcError error = ReadError(response);
  std::string text = fmt::format("{} from {}", response.status, platform::HostOf(access.base_url));
  if (!error.error.empty()) text += ": " + error.error;
  if (!error.message.empty()) text += ": " + error.message;
  return platform::Shown(std::move(text), access.token);
}

absl::Time RetryAt(const http::Headers& headers, absl::Time now) {
  absl::Time at = now + absl::Minutes(1);
  int64_t seconds = 0;
  if (const auto reset = EpochIn(HeaderOf(headers, "ratelimit-reset"))) {
    at = *reset;
  } else if (absl::SimpleAtoi(HeaderOf(headers, "retry-after"), &seconds)) {
    at = now + absl::Seconds(seconds);
  }
  return std::clamp(at, now + absl::Seconds(1), now + absl::Hours(24));
}

Status StatusOfResponse(const http::HttpResponse& response, const Access& access, absl::Time now) {
  if (response.ok()) return Ok();
  const std::string what = DescribeResponse(response, access);
  const std::string host = platform::HostOf(access.base_url);
  if (response.status == 429) {
    const absl::Time at = RetryAt(response.headers, now);
    return Refuse(Code::kResourceExhausted, "RATE_LIMITED", what,
                  {{"host", host},
                   {"retry_at", absl::FormatTime(absl::RFC3339_sec, at, absl::UTCTimeZone())}});
  }
  const XrpcError error = ReadError(response);
  for (const Row& row : kTable) {
    const bool same = row.status == response.status && (row.error.empty() || row.error == error.error);
    if (same && !error.error.empty()) return Refuse(row.code, row.reason, what, {{"host", host}});
  }
  return MakeStatus(Code::kUnavailable, what);
}

Status StatusOfFailure(const http::HttpOutcome& outcome, const Access& access) {
  const Status status = Annotate(outcome.error, platform::HostOf(access.base_url));
  if (GetErrorInfo(status)) return status;
  return MakeStatus(Code::kUnavailable, platform::OneShortLine(Message(status)));
}

http::HttpRequest MakeQuery(const Access& access, std::string_view nsid,
                            const http::FormFields& parameters) {
  std::string url = Address(access, nsid);
  if (!parameters.empty()) url += "?" + http::EncodeForm(parameters);
  return MakeRequest(access, "GET", std::move(url));
}

http::HttpRequest MakeProcedure(const Access& access, std::string_view nsid, const Json& input) {
  http::HttpRequest request = MakeRequest(access, "POST", Address(access, nsid));
  // Text that is not UTF-8 was refused by Validate(); the server gets U+FFFD for what slipped through.
  if (!input.is_null()) {
    request.body = input.dump(-1, ' ', false, Json::error_handler_t::replace);
    request.content_type = "application/json";
  }
  return request;
}

http::HttpOutcome Exchange(http::HttpClient& client, const Clock& clock, const Access& access, http::HttpRequest request) {
  if (access.dpop_key.empty()) return client.Send(request);
  const auto key = jose::Es256Key::FromJwk(access.dpop_key);
  if (!key.ok()) return {.error = MakeStatus(Code::kInternal, "the account's key cannot be read")};
  return SendWithProof(client, clock, *key, access.token, std::move(request));
}

Result<Json> Send(http::HttpClient& client, const Clock& clock, const Access& access,
                  http::HttpRequest request, absl::Duration timeout) {
  if (timeout <= absl::ZeroDuration()) {
    return MakeStatus(Code::kDeadlineExceeded, "no time left to ask the server");
  }
  request.deadline = timeout;
  const http::HttpOutcome outcome = Exchange(client, clock, access, std::move(request));
  if (!outcome.ok()) return StatusOfFailure(outcome, access);
  RETURN_IF_ERROR(StatusOfResponse(*outcome.response, access, clock.Now()));
  auto body = platform::ParseJson(outcome.response->body);
  if (body) return *std::move(body);
  return MakeStatus(Code::kUnavailable,
                    fmt::format("{} from {} without JSON: is this a Bluesky server (PDS)?",
                                outcome.response->status, platform::HostOf(access.base_url)));
}

Result<Json> Query(http::HttpClient& client, const Clock& clock, const Access& access,
                   std::string_view nsid, const http::FormFields& parameters,
                   absl::Duration timeout) {
  return Send(client, clock, access, MakeQuery(access, nsid, parameters), timeout);
}

}  // namespace carillon::bluesky
