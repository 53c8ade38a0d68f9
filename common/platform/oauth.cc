#include "common/platform/oauth.h"

#include <sodium.h>

#include "common/base/check.h"
#include "common/base/hmac.h"
#include "common/platform/json.h"
#include "common/platform/redact.h"

namespace carillon::platform {
namespace {

constexpr size_t kSecretBytes = 32;

Status NoRevocation(const std::string& host) {
  return Refuse(Code::kFailedPrecondition, "NO_REVOCATION", fmt::format("{} has no call that ends a token", host), {{"host", host}});
}

// RFC 6749 5.2 and 4.1.2.1: what an OAuth endpoint says of a request that it refuses; empty: nothing.
std::string SaidOf(const std::optional<Json>& body) {
  std::string said = body ? GetText(*body, "error") : "";
  if (body && !GetText(*body, "error_description").empty()) said += ": " + GetText(*body, "error_description");
  return said;
}

// Its own word, not that it is busy or broken.
bool IsOwnWord(const http::HttpResponse& response, const std::string& said) {
  return !said.empty() && response.status >= 400 && response.status < 500 && response.status != 429;
}

std::string DescribeAnswer(const http::HttpResponse& response, const std::string& host, const std::string& said) {
  return fmt::format("{} from {}{}{}", response.status, host, said.empty() ? "" : ": ", said);
}

}  // namespace

Result<std::string> OAuth::AppToken(const AppKeys&, absl::Duration) {
  return Refuse(Code::kFailedPrecondition, "NO_APP_TOKENS",
                fmt::format("apps of {} have no tokens of their own", Platform()), {{"platform", Platform()}});
}

Result<OAuthApp> OAuth::Register(const std::string& base_url, const std::string&, absl::Duration) {
  return Refuse(Code::kFailedPrecondition, "NO_APP",
                fmt::format("{} takes no registrations by a call; register an app there, then `carillon app create`",
                            Platform()),
                {{"platform", Platform()}, {"base_url", base_url}});
}

Result<OwnClient> OAuth::MakeClient(const std::string&, const std::string&) const {
  return MakeStatus(Code::kInternal, fmt::format("{} has no clients of our own", Platform()));
}

Result<std::string> OAuth::ClientDocument(const OwnClient&) const {
  return MakeStatus(Code::kInternal, fmt::format("{} has no clients of our own", Platform()));
}

Result<StartedFlow> OAuth::Start(const OAuthApp&, const StartRequest&, absl::Duration) {
  return MakeStatus(Code::kInternal, fmt::format("{} begins by its address alone", Platform()));
}

Status OAuth::Revoke(const OAuthApp& app, const std::string&, absl::Duration) { return NoRevocation(HostOf(app.base_url)); }

std::string NewOAuthSecret() {
  CARILLON_CHECK(sodium_init() >= 0, "libsodium could not start");
  unsigned char bytes[kSecretBytes];
  randombytes_buf(bytes, sizeof bytes);
  return Base64Url({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

std::string ChallengeOf(std::string_view verifier) {
  return Base64Url(Sha256(verifier));
}

std::string MakeAuthorizationUrl(std::string_view url, const OAuthApp& app, const AuthorizationRequest& request,
                                 std::string_view scopes, const http::FormFields& more) {
  http::FormFields fields = {{"response_type", "code"},
                             {"client_id", app.client_id},
                             {"redirect_uri", app.redirect_uri},
                             {"scope", std::string(scopes)},
                             {"state", request.state},
                             {"code_challenge", request.challenge},
                             {"code_challenge_method", "S256"}};
  fields.insert(fields.end(), more.begin(), more.end());
  // %20: not every authorization page reads "+" as a space.
  std::string query;
  for (const auto& [name, value] : fields) {
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", http::EncodeComponent(name), http::EncodeComponent(value));
  }
  return fmt::format("{}{}{}", url, url.find('?') == std::string_view::npos ? "?" : "&", query);
}

http::FormFields CodeForm(const OAuthApp& app, const CodeGrant& grant) {
  return {{"grant_type", "authorization_code"},
          {"code", grant.code},
          {"redirect_uri", app.redirect_uri},
          {"code_verifier", grant.verifier}};
}

Result<std::string> RedeemedBody(const http::HttpOutcome& outcome, const OAuthApp& app, const CodeGrant& grant) {
  const std::string host = HostOf(app.base_url);
  if (!outcome.ok()) return Annotate(outcome.error, host);
  const http::HttpResponse& response = *outcome.response;
  const std::optional<Json> body = ParseJson(response.body);
  if (response.ok() && body && body->is_object()) return response.body;
  const std::string said = SaidOf(body);
  const std::string text = Shown(DescribeAnswer(response, host, said), grant.code, grant.verifier, app.client_secret);
  if (IsOwnWord(response, said)) return Refuse(Code::kFailedPrecondition, "CODE_REFUSED", text, {{"host", host}});
  return MakeStatus(Code::kUnavailable, text);
}

Status RevocationStatus(const http::HttpOutcome& outcome, const std::string& host, const std::string& token) {
  if (!outcome.ok()) return Annotate(outcome.error, host);
  const http::HttpResponse& response = *outcome.response;
  if (response.ok()) return Ok();
  if (response.status == 404 || response.status == 405 || response.status == 501) return NoRevocation(host);
  const std::string said = SaidOf(ParseJson(response.body));
  const std::string text = Shown(DescribeAnswer(response, host, said), token);
  if (IsOwnWord(response, said)) return Refuse(Code::kFailedPrecondition, "REVOCATION_REFUSED", text, {{"host", host}});
  return MakeStatus(Code::kUnavailable, text);
}

}  // namespace carillon::platform
