#include "common/platform/mastodon/api.h"

#include <map>

#include "common/platform/mastodon/headers.h"
#include "common/platform/redact.h"

namespace carillon::mastodon {
std::string FullName(const std::string& acct, std::string_view base_url) {
  if (acct.empty() || acct.find('@') != std::string::npos) return acct;
  return acct + "@" + platform::HostOf(base_url);
}

std::string PathSegment(std::string_view id) { return http::EncodeComponent(id); }

http::HttpRequest MakeRequest(const Access& access, std::string_view method, std::string_view path,
                              const http::FormFields& query) {
  std::string_view base = access.base_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  http::HttpRequest request;
  request.method = method;
  request.url = fmt::format("{}{}", base, path);
  if (!query.empty()) request.url += "?" + http::EncodeForm(query);
  request.headers["Accept"] = "application/json";
  request.headers["Accept-Language"] = "en";
  if (!access.access_token.empty()) {
    request.headers["Authorization"] = "Bearer " + access.access_token;
  }
  return request;
}

std::string ServerError(const http::HttpResponse& response, std::string_view access_token) {
  const std::optional<platform::Json> body = platform::ParseJson(response.body);
  if (!body) return "";
  std::string error = platform::GetText(*body, "error");
  const std::string detail = platform::GetText(*body, "error_description");
  if (error.empty()) return "";
  if (!detail.empty()) error += ": " + detail;
  return platform::Shown(std::move(error), access_token);
}

std::string DescribeResponse(const http::HttpResponse& response, const Access& access) {
  const std::string error = ServerError(response, access.access_token);
  std::string text = fmt::format("{} from {}", response.status, platform::HostOf(access.base_url));
  if (!error.empty()) text += ": " + error;
  return platform::OneShortLine(std::move(text));
}

Status StatusOfResponse(const http::HttpResponse& response, const Access& access, absl::Time now) {
  if (response.ok()) return Ok();
  const std::string what = DescribeResponse(response, access);
  const std::string host = platform::HostOf(access.base_url);
  if (response.status == 429) {
    const absl::Time at = RetryAt(response.headers, now);
    return Refuse(Code::kResourceExhausted, "RATE_LIMITED", what,
                  {{"host", host}, {"retry_at", absl::FormatTime(absl::RFC3339_sec, at, absl::UTCTimeZone())}});
  }
  const bool own = !ServerError(response, access.access_token).empty();
  struct Row {
    int status;
    Code code;
    const char* reason;
  };
  static constexpr Row kTable[] = {
      {401, Code::kUnauthenticated, "TOKEN_REFUSED"}, {403, Code::kPermissionDenied, "NOT_ALLOWED"},
      {404, Code::kNotFound, "REMOTE_NOT_FOUND"},     {410, Code::kNotFound, "REMOTE_NOT_FOUND"},
      {400, Code::kInvalidArgument, "REMOTE_REFUSED"}, {413, Code::kInvalidArgument, "REMOTE_REFUSED"},
      {422, Code::kInvalidArgument, "REMOTE_REFUSED"},
  };
  for (const Row& row : kTable) {
    if (own && row.status == response.status) {
      return Refuse(row.code, row.reason, what, {{"host", host}});
    }
  }
  return MakeStatus(Code::kUnavailable, what);
}

Status StatusOfFailure(const http::HttpOutcome& outcome, const Access& access) {
  const Status status = Annotate(outcome.error, platform::HostOf(access.base_url));
  if (GetErrorInfo(status)) return status;
  const std::string message = Message(status);
  return MakeStatus(Code::kUnavailable, platform::OneShortLine(message));
}

Result<Answer> Call(http::HttpClient& client, const Clock& clock, const Access& access,
                    http::HttpRequest request, absl::Duration timeout) {
  request.deadline = timeout;
  const http::HttpOutcome outcome = client.Send(request);
  if (!outcome.ok()) return StatusOfFailure(outcome, access);
  const http::HttpResponse& response = *outcome.response;
  RETURN_IF_ERROR(StatusOfResponse(response, access, clock.Now()));
  std::optional<platform::Json> body = platform::ParseJson(response.body);
  if (!body) {
    return MakeStatus(Code::kUnavailable, fmt::format("{} from {} without JSON: is this a Mastodon server?",
                                                      response.status, platform::HostOf(access.base_url)));
  }
  return Answer{response.status, std::move(*body), response.headers};
}

Result<Answer> Get(http::HttpClient& client, const Clock& clock, const Access& access,
                   std::string_view path, const http::FormFields& query, absl::Duration timeout) {
  return Call(client, clock, access, MakeRequest(access, "GET", path, query), timeout);
}

}  // namespace carillon::mastodon
