#include "common/platform/x/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/platform/redact.h"
#include "common/platform/x/headers.h"
#include "common/platform/x/problem.h"

namespace carillon::x {
namespace {

constexpr size_t kIdDigitsMax = 19;

struct Row {
  int status;
  Code code;
  const char* reason;
};
constexpr Row kTable[] = {
    {400, Code::kInvalidArgument, "REMOTE_REFUSED"}, {401, Code::kUnauthenticated, "TOKEN_REFUSED"},
    {403, Code::kPermissionDenied, "NOT_ALLOWED"},   {404, Code::kNotFound, "REMOTE_NOT_FOUND"},
    {410, Code::kNotFound, "REMOTE_NOT_FOUND"},      {413, Code::kInvalidArgument, "REMOTE_REFUSED"},
    {415, Code::kInvalidArgument, "REMOTE_REFUSED"}, {422, Code::kInvalidArgument, "REMOTE_REFUSED"},
};

}  // namespace

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= kIdDigitsMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IdLess(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string PostUrl(std::string_view id) { return fmt::format("https://x.com/i/web/status/{}", id); }

http::HttpRequest MakeRequest(const Access& access, std::string_view method, std::string_view path,
                              const http::FormFields& query) {
  std::string_view base = access.base_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  http::HttpRequest request;
  request.method = method;
  request.url = fmt::format("{}{}", base, path);
  if (!query.empty()) request.url += "?" + http::EncodeForm(query);
  request.headers["Accept"] = "application/json";
  if (!access.token.empty()) request.headers["Authorization"] = "Bearer " + access.token;
  return request;
}

http::HttpRequest MakeJsonRequest(const Access& access, std::string_view path, const platform::Json& body) {
  http::HttpRequest request = MakeRequest(access, "POST", path);
  // Text that is not UTF-8 was refused by Validate(); X gets U+FFFD for what slipped through.
  request.body = body.dump(-1, ' ', false, platform::Json::error_handler_t::replace);
  request.content_type = "application/json";
  return request;
}

Status StatusOfResponse(const http::HttpResponse& response, const Access& access, absl::Time now) {
  if (response.ok()) return Ok();
  const std::string what = DescribeResponse(response, access.base_url, access.token);
  const std::string host = platform::HostOf(access.base_url);
  const std::optional<Problem> problem = ReadProblem(response);
  if (IsOutOfCredits(response.status, problem.value_or(Problem{}))) {
    return Refuse(Code::kPermissionDenied, "NO_CREDITS", what, {{"host", host}});
  }
  if (response.status == 429) {
    const absl::Time at = RetryAt(response.headers, now);
    return Refuse(Code::kResourceExhausted, "RATE_LIMITED", what,
                  {{"host", host}, {"retry_at", Rfc3339(at)}});
  }
  if (problem && IsWrongKindOfToken(response.status, *problem)) {
    return Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", what, {{"host", host}});
  }
  for (const Row& row : kTable) {
    if (problem && row.status == response.status) {
      return Refuse(row.code, row.reason, what, {{"host", host}});
    }
  }
  return MakeStatus(Code::kUnavailable, what);
}

Status StatusOfFailure(const http::HttpOutcome& outcome, const Access& access) {
  const Status status = Annotate(outcome.error, platform::HostOf(access.base_url));
  if (GetErrorInfo(status)) return status;
  return MakeStatus(Code::kUnavailable, platform::OneShortLine(Message(status)));
}

Result<http::HttpResponse> Send(http::HttpClient& client, const Clock& clock, const Access& access,
                                http::HttpRequest request, absl::Duration timeout) {
  if (timeout <= absl::ZeroDuration()) {
    return MakeStatus(Code::kDeadlineExceeded, "no time left to ask X");
  }
  request.deadline = timeout;
  http::HttpOutcome outcome = client.Send(request);
  if (!outcome.ok()) return StatusOfFailure(outcome, access);
  RETURN_IF_ERROR(StatusOfResponse(*outcome.response, access, clock.Now()));
  return *std::move(outcome.response);
}

Result<Answer> Call(http::HttpClient& client, const Clock& clock, const Access& access,
                    http::HttpRequest request, absl::Duration timeout) {
  ASSIGN_OR_RETURN(http::HttpResponse response,
                   Send(client, clock, access, std::move(request), timeout));
  std::optional<platform::Json> body = platform::ParseJson(response.body);
  if (body && body->is_object()) return Answer{*std::move(body), std::move(response.headers)};
  return MakeStatus(Code::kUnavailable, fmt::format("{} from {} without JSON: is this the X API?",
                                                    response.status, platform::HostOf(access.base_url)));
}

Result<Answer> Get(http::HttpClient& client, const Clock& clock, const Access& access,
                   std::string_view path, const http::FormFields& query, absl::Duration timeout) {
  return Call(client, clock, access, MakeRequest(access, "GET", path, query), timeout);
}

}  // namespace carillon::x
