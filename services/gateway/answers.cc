#include "services/gateway/answers.h"

namespace carillon::gateway {
namespace {

struct Row {
  std::string_view reason;
  int status;
};
constexpr Row kByReason[] = {
    {"CONSENT_DENIED", 403},       {"AUTHORIZATION_REFUSED", 403}, {"AUTHORIZATION_USED", 409},
    {"ANOTHER_ACCOUNT", 409},      {"AUTHORIZATION_EXPIRED", 410}, {"CODE_REFUSED", 502},
    {"NO_REFRESH_TOKEN", 502},     {"TOKEN_REFUSED", 502},         {"PLATFORM_UNAVAILABLE", 502},
    {"SCOPE_MISSING", 502},        {"BAD_IDENTITY", 502},          {"NO_AUTHORIZATION_SERVER", 502},
    {"BAD_SIGNATURE", 401},        {"WEBHOOKS_NOT_BUILT", 404},    {"NO_WEBHOOK_SECRET", 404},
    {"UNKNOWN_APP", 404},          {"UNKNOWN_PLATFORM", 404},      {"UNKNOWN_AUTHORIZATION", 400},
    // Another process has what is asked for, or nobody has time: again.
    {"CREDENTIAL_NOT_HERE", 503},  {"STARTING", 503},              {"NOT_OWNER", 503},
};

}  // namespace

std::vector<std::pair<std::string, std::string>> UsualHeaders(bool is_https) {
  std::vector<std::pair<std::string, std::string>> headers = {
      {"X-Content-Type-Options", "nosniff"},
      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},  // a callback's URL has the code
      {"Cache-Control", "no-store"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
  };
  if (is_https) headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return headers;
}

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

http::ServerResponse Page(int status, std::string_view title, std::string_view text) {
  http::ServerResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = fmt::format(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>\n",
      EscapeHtml(title), EscapeHtml(text));
  return response;
}

http::ServerResponse ErrorAnswer(int status, std::string_view reason) {
  http::ServerResponse response;
  response.status = status;
  response.body = fmt::format(R"({{"error":"{}"}})", reason);
  return response;
}

int HttpStatusOf(const Status& status) {
  const std::string reason = ReasonOf(status);
  if (reason.empty()) return 503;
  for (const Row& row : kByReason) {
    if (row.reason == reason) return row.status;
  }
  switch (status.code()) {
    case Code::kResourceExhausted:
    case Code::kUnavailable:
    case Code::kAborted: return 503;
    case Code::kUnauthenticated:
    case Code::kPermissionDenied: return 500;  // our own token: nothing that the caller could mend
    default: return 400;
  }
}

}  // namespace carillon::gateway
