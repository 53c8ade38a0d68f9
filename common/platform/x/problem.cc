#include "common/platform/x/problem.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <fmt/format.h>

#include "common/platform/json.h"
#include "common/platform/redact.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr size_t kMessagesMax = 3;

std::string LastPart(const std::string& type) {
  const size_t slash = type.find_last_of('/');
  return slash == std::string::npos ? type : type.substr(slash + 1);
}

void Append(std::string& text, const std::string& more) {
  if (more.empty() || text.find(more) != std::string::npos) return;
  text += text.empty() ? more : ": " + more;
}

bool Contains(const std::string& text, const char* part) {
  return absl::StrContains(absl::AsciiStrToLower(text), part);
}

}  // namespace

std::optional<Problem> ReadProblem(const http::HttpResponse& response) {
  const std::optional<Json> body = platform::ParseJson(response.body);
  if (!body || !body->is_object()) return std::nullopt;
  Problem problem{LastPart(GetText(*body, "type")), GetText(*body, "title"), GetText(*body, "detail")};
  const Json& errors = GetMember(*body, "errors");
  if (errors.is_array()) {
    for (size_t i = 0; i < errors.size() && i < kMessagesMax; ++i) {
      Append(problem.detail, GetText(errors[i], "message"));
      Append(problem.detail, GetText(errors[i], "detail"));
    }
  }
  if (problem.title.empty()) problem.title = GetText(*body, "error");
  Append(problem.detail, GetText(*body, "error_description"));
  Append(problem.detail, GetText(*body, "message"));
  if (problem.title.empty() && problem.detail.empty()) return std::nullopt;
  return problem;
}

bool IsOutOfCredits(int status, const Problem& problem) {
  return status == 402 || problem.type == "usage-capped" || problem.type == "credits";
}

bool IsWrongKindOfToken(int status, const Problem& problem) {
  return status == 403 && (problem.type == "unsupported-authentication" ||
                           Contains(problem.title, "unsupported authentication"));
}

bool IsDuplicate(int status, const Problem& problem) {
  return status == 403 && Contains(problem.detail, "duplicate content");
}

std::string RawDescription(const http::HttpResponse& response, std::string_view base_url) {
  std::string text = fmt::format("{} from {}", response.status, platform::HostOf(base_url));
  if (const std::optional<Problem> problem = ReadProblem(response)) {
    if (!problem->title.empty()) text += ": " + problem->title;
    if (!problem->detail.empty()) text += ": " + problem->detail;
  }
  return text;
}

std::string DescribeResponse(const http::HttpResponse& response, std::string_view base_url,
                             std::string_view token) {
  return platform::Shown(RawDescription(response, base_url), token);
}

}  // namespace carillon::x
