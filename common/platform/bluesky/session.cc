#include "common/platform/bluesky/session.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include "common/atproto_syntax/datetime.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using Kind = platform::RefreshOutcome::Kind;
using platform::GetText;
using platform::Json;

// Debian's Abseil has a string_view of its own.
absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

std::string_view Trim(std::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(ToAbsl(text));
  return {trimmed.data(), trimmed.size()};
}

constexpr std::pair<const char*, std::string Session::*> kOAuthMembers[] = {
    {"dpop_key", &Session::dpop_key},   {"pds", &Session::pds},
    {"issuer", &Session::issuer},       {"token_endpoint", &Session::token_endpoint},
    {"client_id", &Session::client_id}, {"client_key", &Session::client_key}};

Status BadToken(std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_TOKEN",
                fmt::format("{}; give {{\"identifier\": \"brand.example\", \"app_password\": "
                            "\"xxxx-xxxx-xxxx-xxxx\"}} (Bluesky: Settings, App passwords)",
                            what));
}

Result<Session> SessionOf(const Json& body, const std::string& base_url) {
  const Session session{GetText(body, "did"), GetText(body, "handle"), GetText(body, "accessJwt"),
                        GetText(body, "refreshJwt")};
  if (!session.did.empty() && !session.access.empty() && !session.refresh.empty()) return session;
  return MakeStatus(Code::kUnavailable,
                    fmt::format("{} gave no session", platform::HostOf(base_url)));
}

// The PDS's own word that this refresh token is not good (any more).
bool IsRefusal(const http::HttpResponse& response) {
  const std::string error = ReadError(response).error;
  if (response.status == 401) return !error.empty();
  return response.status == 400 && (error == "ExpiredToken" || error == "InvalidToken" ||
                                    error == "AccountTakedown" || error == "AccountDeactivated");
}

platform::RefreshOutcome Failed(const http::HttpOutcome& outcome, const Access& access) {
  platform::RefreshOutcome out;
  out.kind = Kind::kNotSent;
  out.error = Message(StatusOfFailure(outcome, access));
  return out;
}

}  // namespace

Result<AppPassword> ReadAppPassword(std::string_view secret) {
  const std::string_view text = Trim(secret);
  AppPassword given;
  if (text.starts_with('{')) {
    const auto json = platform::ParseJson(text);
    if (!json) return BadToken("this is not JSON");
    given = {GetText(*json, "identifier"), GetText(*json, "app_password")};
  } else {
    const size_t space = text.find_first_of(" \t\r\n");
    if (space == std::string_view::npos) return BadToken("an app password alone names no account");
    given = {std::string(text.substr(0, space)),
             std::string(Trim(text.substr(space)))};
  }
  if (given.identifier.starts_with('@')) given.identifier.erase(0, 1);
  if (given.identifier.empty() || given.password.empty()) {
    return BadToken("identifier or app_password is missing");
  }
  return given;
}

std::string ToSecret(const Session& session) {
  Json out = {{"did", session.did}, {"handle", session.handle}, {"access", session.access}, {"refresh", session.refresh}};
  if (session.is_oauth()) {
    for (const auto& [name, member] : kOAuthMembers) out[name] = session.*member;
    if (session.expires_at) out["expires_at"] = absl::FormatTime(absl::RFC3339_sec, *session.expires_at, absl::UTCTimeZone());
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Session> ReadSession(std::string_view secret) {
  const auto json = platform::ParseJson(secret);
  if (!json || GetText(*json, "did").empty() || GetText(*json, "access").empty()) {
    return BadToken("this is no session");
  }
  Session session{GetText(*json, "did"), GetText(*json, "handle"), GetText(*json, "access"), GetText(*json, "refresh")};
  for (const auto& [name, member] : kOAuthMembers) session.*member = GetText(*json, name);
  session.expires_at = atproto_syntax::ParseDatetime(GetText(*json, "expires_at"));
  return session;
}

Access AccessOf(const std::string& base_url, const Session& session) {
  return {session.pds.empty() ? base_url : session.pds, session.access, session.dpop_key};
}

std::string ToLent(const Session& session) {
  if (!session.is_oauth()) return session.access;
  return Json{{"access", session.access}, {"dpop_key", session.dpop_key}, {"pds", session.pds}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

Access ReadLent(const std::string& base_url, const std::string& lent) {
  const auto json = lent.starts_with('{') ? platform::ParseJson(lent) : std::nullopt;
  if (!json) return {base_url, lent};
  return {GetText(*json, "pds"), GetText(*json, "access"), GetText(*json, "dpop_key")};
}

std::optional<absl::Time> ExpiryOf(std::string_view jwt) {
  const size_t first = jwt.find('.');
  const size_t second = jwt.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  std::string payload;
  if (!absl::WebSafeBase64Unescape(ToAbsl(jwt.substr(first + 1, second - first - 1)), &payload)) {
    return std::nullopt;
  }
  const auto claims = platform::ParseJson(payload);
  const int64_t exp = claims ? platform::GetInteger(*claims, "exp") : 0;
  if (exp <= 0 || exp > (1LL << 36)) return std::nullopt;
  return absl::FromUnixSeconds(exp);
}

Result<Session> Create(http::HttpClient& client, const Clock& clock, const std::string& base_url,
                       const AppPassword& given, absl::Duration timeout) {
  http::HttpRequest request =
      MakeProcedure({base_url, ""}, "com.atproto.server.createSession",
                    {{"identifier", given.identifier}, {"password", given.password}});
  // As the access it is not sent, but kept out of errors, which may repeat what was sent.
  ASSIGN_OR_RETURN(const Json body, Send(client, clock, {base_url, given.password},
                                         std::move(request), timeout));
  return SessionOf(body, base_url);
}

platform::RefreshOutcome Refresh(http::HttpClient& client, const Clock& clock,
                                 const platform::RefreshRequest& request) {
  platform::RefreshOutcome out;
  const auto session = ReadSession(request.access.access_token);
  if (!session.ok() || session->refresh.empty()) {
    out.kind = Kind::kRefused;
    out.error = "there is no refresh token";
    return out;
  }
  const Access access{request.access.base_url, session->refresh};
  http::HttpRequest http = MakeProcedure(access, "com.atproto.server.refreshSession", Json());
  http.has_effect = true;
  http.before_first_byte = request.may_send;
  http.deadline = request.timeout;
  const http::HttpOutcome outcome = client.Send(http);
  if (!outcome.ok()) return Failed(outcome, access);
  const http::HttpResponse& response = *outcome.response;
  out.kind = Kind::kNotSent;
  out.error = DescribeResponse(response, access);
  if (response.ok()) {
    const auto body = platform::ParseJson(response.body);
    const auto fresh = body ? SessionOf(*body, access.base_url)
                            : Result<Session>(MakeStatus(Code::kUnavailable, "not JSON"));
    if (!fresh.ok()) return out;
    if (fresh->did != session->did) {
      out.error = "the new session is another account's";
      return out;
    }
    out.kind = Kind::kRefreshed;
    out.secret = ToSecret(*fresh);
    out.token_expires_at = ExpiryOf(fresh->access);
    out.error.clear();
  } else if (response.status == 429) {
    out.retry_at = RetryAt(response.headers, clock.Now());
  } else if (IsRefusal(response)) {
    out.kind = Kind::kRefused;
  }
  return out;
}

}  // namespace carillon::bluesky
