#include "common/platform/x/session.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/platform/charge.h"
#include "common/platform/json.h"
#include "common/platform/redact.h"
#include "common/platform/x/api.h"
#include "common/platform/x/headers.h"
#include "common/platform/x/problem.h"

namespace carillon::x {
namespace {

using Kind = platform::RefreshOutcome::Kind;
using platform::GetText;
using platform::Json;

constexpr int64_t kLifetimeMax = 365 * 86'400;

Status BadToken(std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_TOKEN",
                fmt::format("{}; give an access token, or {{\"access_token\":\"...\",\"refresh_token\":\"...\","
                            "\"client_id\":\"...\"}}, and \"client_secret\" for a confidential client",
                            what));
}

std::optional<absl::Time> ExpiryIn(const Json& json, absl::Time now) {
  const int64_t seconds = platform::GetInteger(json, "expires_in");
  if (seconds <= 0) return std::nullopt;
  return now + absl::Seconds(std::min(seconds, kLifetimeMax));
}

http::HttpRequest MakeRefresh(const Access& api, const Session& session) {
  http::HttpRequest request = MakeRequest({api.base_url, ""}, "POST", "/2/oauth2/token");
  request.form = {{"grant_type", "refresh_token"}, {"refresh_token", session.refresh_token}};
  Authenticate(request, session.client_id, session.client_secret);
  request.has_effect = true;
  return request;
}

// X's own word that this refresh token, or the app that shows it, is not good. X says invalid_request where RFC 6749 5.2 would say
// invalid_grant.
bool IsRefusal(const http::HttpResponse& response) {
  if (response.status != 400 && response.status != 401) return false;
  const std::optional<Json> body = platform::ParseJson(response.body);
  if (!body) return false;
  const std::string error = GetText(*body, "error");
  for (const char* known : {"invalid_grant", "invalid_request", "invalid_token", "invalid_client",
                            "unauthorized_client", "unsupported_grant_type"}) {
    if (error == known) return true;
  }
  return false;
}

// Said before anything was done with the token.
bool IsForTheMoment(int status) { return status == 402 || status == 403 || status == 429; }

// kUnknown unless the answer holds a new token: the old one may be used up.
void ReadFresh(const http::HttpResponse& response, const Session& old, absl::Time now,
               absl::Duration lifetime, platform::RefreshOutcome& out) {
  const std::optional<Json> body = platform::ParseJson(response.body);
  if (!body || GetText(*body, "access_token").empty()) return;
  Session fresh = old;
  fresh.access_token = GetText(*body, "access_token");
  fresh.expires_at = ExpiryIn(*body, now).value_or(now + lifetime);
  // RFC 6749 6: where none comes the old one stays.
  if (const std::string next = GetText(*body, "refresh_token"); !next.empty()) fresh.refresh_token = next;
  if (const std::string scope = GetText(*body, "scope"); !scope.empty()) fresh.scope = scope;
  out.kind = Kind::kRefreshed;
  out.secret = ToSecret(fresh);
  out.token_expires_at = fresh.expires_at;
  out.granted_scopes = platform::ScopesIn(fresh.scope);
  out.error.clear();
}

}  // namespace

Result<Session> ReadSession(std::string_view secret, absl::Time now) {
  Session session;
  if (!secret.starts_with('{')) {
    session.access_token = secret;
    if (secret.empty()) return BadToken("the access token is empty");
    return session;
  }
  const std::optional<Json> json = platform::ParseJson(secret);
  if (!json || !json->is_object()) return BadToken("this is not JSON");
  session.access_token = GetText(*json, "access_token");
  session.refresh_token = GetText(*json, "refresh_token");
  session.client_id = GetText(*json, "client_id");
  session.client_secret = GetText(*json, "client_secret");
  session.scope = GetText(*json, "scope");
  session.expires_at = ParseTime(GetText(*json, "expires_at"));
  if (!session.expires_at) session.expires_at = ExpiryIn(*json, now);
  if (session.access_token.empty()) return BadToken("access_token is missing");
  if (!session.refresh_token.empty() && session.client_id.empty()) {
    return BadToken("a refresh_token without the client_id that it was given to");
  }
  return session;
}

std::string ToSecret(const Session& session) {
  Json out = {{"access_token", session.access_token}};
  if (!session.refresh_token.empty()) out["refresh_token"] = session.refresh_token;
  if (!session.client_id.empty()) out["client_id"] = session.client_id;
  if (!session.client_secret.empty()) out["client_secret"] = session.client_secret;
  if (!session.scope.empty()) out["scope"] = session.scope;
  if (session.expires_at) out["expires_at"] = Rfc3339(*session.expires_at);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Authenticate(http::HttpRequest& request, const std::string& client_id, const std::string& client_secret) {
  if (client_secret.empty()) {
    request.form.emplace_back("client_id", client_id);
  } else {
    request.headers["Authorization"] = "Basic " + absl::Base64Escape(client_id + ":" + client_secret);
  }
}

platform::RefreshOutcome Refresh(http::HttpClient& client, const Clock& clock,
                                 const platform::RefreshRequest& request, absl::Duration lifetime) {
  platform::RefreshOutcome out;
  const Result<Session> session = ReadSession(request.access.access_token, clock.Now());
  if (!session.ok() || session->refresh_token.empty()) {
    out.kind = Kind::kRefused;
    out.error = "there is no refresh token";
    return out;
  }
  const Access api{request.access.base_url, ""};
  http::HttpRequest http = MakeRefresh(api, *session);
  http.before_first_byte = request.may_send;
  http.deadline = request.timeout;
  const http::HttpOutcome outcome = client.Send(http);
  const auto shown = [&](std::string text) {
    return platform::Shown(std::move(text), session->refresh_token, session->access_token,
                           session->client_secret);
  };
  if (!outcome.ok()) {
    out.kind = outcome.maybe_executed ? Kind::kUnknown : Kind::kNotSent;
    out.error = shown(Message(StatusOfFailure(outcome, api)));
    return out;
  }
  const http::HttpResponse& response = *outcome.response;
  out.error = shown(RawDescription(response, api.base_url));
  if (response.ok()) {
    ReadFresh(response, *session, clock.Now(), lifetime, out);
  } else if (IsRefusal(response)) {
    out.kind = Kind::kRefused;
  } else if (IsForTheMoment(response.status)) {
    out.kind = Kind::kNotSent;
    if (response.status == 429) out.retry_at = RetryAt(response.headers, clock.Now());
  }
  return out;
}

}  // namespace carillon::x
