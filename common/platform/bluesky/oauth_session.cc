#include "common/platform/bluesky/oauth_session.h"

#include <algorithm>

#include "common/atproto_syntax/identifiers.h"
#include "common/jose/client_assertion.h"
#include "common/platform/bluesky/dpop.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using Kind = platform::RefreshOutcome::Kind;
using platform::GetText;
using platform::Json;

constexpr int64_t kAnswerBytesMax = 64 << 10;
constexpr int64_t kLifetimeMax = 365 * 86'400;
constexpr std::string_view kScope = "atproto";

bool HasWord(const std::string& words, std::string_view word) {
  return (" " + words + " ").find(fmt::format(" {} ", word)) != std::string::npos;
}

// RFC 6749 5.2. What is wrong for the moment (the proof's clock, or our document that could not be fetched) is not among them.
bool IsRefusal(const http::HttpResponse& response, const std::string& error) {
  if (response.status != 400 && response.status != 401) return false;
  constexpr std::string_view kRefusals[] = {"invalid_grant",       "invalid_client", "unauthorized_client",    "invalid_request",
                                            "invalid_scope",       "invalid_token",  "unsupported_grant_type", "access_denied"};
  return std::find(std::begin(kRefusals), std::end(kRefusals), error) != std::end(kRefusals);
}

// Said before anything was done with the token.
bool IsForTheMoment(const http::HttpResponse& response, const std::string& error) {
  return response.status == 403 || response.status == 429 || error == "use_dpop_nonce" || error == "invalid_dpop_proof" ||
         error == "invalid_client_metadata";
}

std::string Describe(const http::HttpResponse& response, const std::string& issuer, const Session& session) {
  std::string text = fmt::format("{} from {}", response.status, platform::HostOf(issuer));
  if (const auto body = platform::ParseJson(response.body)) {
    for (const char* name : {"error", "error_description"}) {
      if (const std::string said = GetText(*body, name); !said.empty()) text += ": " + said;
    }
  }
  return platform::Shown(std::move(text), session.refresh, session.access);
}

void ReadFresh(const http::HttpResponse& response, const Session& old, absl::Time now, platform::RefreshOutcome& out) {
  const auto body = platform::ParseJson(response.body);
  const auto fresh = body ? TakeTokens(old, *body, now) : Result<Session>(MakeStatus(Code::kUnavailable, "not JSON"));
  if (!fresh.ok()) {
    // A token of somebody else, or for something else: the old one is used up, and this one is not ours to use.
    if (GetErrorInfo(fresh.status())) out.kind = Kind::kRefused;
    out.error = Message(fresh.status());
    return;
  }
  out.kind = Kind::kRefreshed;
  out.secret = ToSecret(*fresh);
  out.token_expires_at = fresh->expires_at;
  out.error.clear();
}

}  // namespace

http::HttpOutcome Post(http::HttpClient& client, const Clock& clock, const OAuthParty& party, OAuthPost post) {
  const auto dpop_key = jose::Es256Key::FromJwk(party.dpop_key);
  if (!dpop_key.ok()) return {.error = MakeStatus(Code::kInternal, "the session's key cannot be read")};
  http::HttpRequest request;
  request.method = "POST";
  request.url = post.url;
  request.headers["Accept"] = "application/json";
  request.form = std::move(post.form);
  request.form.emplace_back("client_id", party.client_id);
  if (!party.client_key.empty()) {
    const auto client_key = jose::Es256Key::FromJwk(party.client_key);
    if (!client_key.ok()) return {.error = MakeStatus(Code::kInternal, "the client's key cannot be read")};
    request.form.emplace_back("client_assertion_type", jose::kClientAssertionType);
    request.form.emplace_back("client_assertion",
                              jose::MakeClientAssertion(*client_key, party.client_id, party.issuer, clock.Now()));
  }
  request.response_bytes_max = kAnswerBytesMax;
  request.deadline = post.deadline;
  request.has_effect = post.has_effect;
  request.before_first_byte = std::move(post.may_send);
  return SendWithProof(client, clock, *dpop_key, "", std::move(request));
}

Result<Session> TakeTokens(const Session& old, const Json& body, absl::Time now) {
  const std::string host = platform::HostOf(old.issuer);
  Session session = old;
  session.access = GetText(body, "access_token");
  std::string type = GetText(body, "token_type");
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::tolower(c); });
  if (session.access.empty() || type != "dpop") {
    return MakeStatus(Code::kUnavailable, fmt::format("{} gave no access token that is bound to our key", host));
  }
  const std::string owner = GetText(body, "sub");
  if (!atproto_syntax::IsDid(owner)) return MakeStatus(Code::kUnavailable, fmt::format("{} did not say whose token it is", host));
  if (!session.did.empty() && session.did != owner) {
    return Refuse(Code::kFailedPrecondition, "ANOTHER_ACCOUNT",
                  fmt::format("{} agreed, which is another account; sign in as {}", owner, session.did), {{"did", owner}});
  }
  session.did = owner;
  if (!HasWord(GetText(body, "scope"), kScope)) {
    return Refuse(Code::kFailedPrecondition, "SCOPE_MISSING",
                  fmt::format("{} did not grant the scope {}, without which nothing works", host, kScope), {{"host", host}});
  }
  // RFC 6749 6: where none comes the old one stays.
  if (const std::string next = GetText(body, "refresh_token"); !next.empty()) session.refresh = next;
  session.expires_at.reset();
  const int64_t lifetime_s = platform::GetInteger(body, "expires_in");
  if (lifetime_s > 0) session.expires_at = now + absl::Seconds(std::min(lifetime_s, kLifetimeMax));
  return session;
}

platform::RefreshOutcome RefreshByOAuth(http::HttpClient& client, const Clock& clock,
                                        const platform::RefreshRequest& request, const Session& session) {
  platform::RefreshOutcome out;
  const http::HttpOutcome outcome =
      Post(client, clock, {session.client_id, session.client_key, session.issuer, session.dpop_key},
           {.url = session.token_endpoint,
            .form = {{"grant_type", "refresh_token"}, {"refresh_token", session.refresh}},
            .deadline = request.timeout,
            .has_effect = true,
            .may_send = request.may_send});
  if (!outcome.ok()) {
    out.kind = outcome.maybe_executed ? Kind::kUnknown : Kind::kNotSent;
    out.error = platform::Shown(Message(StatusOfFailure(outcome, {session.issuer, ""})), session.refresh, session.access);
    return out;
  }
  const http::HttpResponse& response = *outcome.response;
  const auto body = platform::ParseJson(response.body);
  const std::string error = body ? GetText(*body, "error") : "";
  out.error = Describe(response, session.issuer, session);
  if (response.ok()) {
    ReadFresh(response, session, clock.Now(), out);
  } else if (IsForTheMoment(response, error)) {
    out.kind = Kind::kNotSent;
    if (response.status == 429) out.retry_at = RetryAt(response.headers, clock.Now());
  } else if (IsRefusal(response, error)) {
    out.kind = Kind::kRefused;
  }
  return out;
}

}  // namespace carillon::bluesky
