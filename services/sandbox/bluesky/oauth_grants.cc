#include "services/sandbox/bluesky/oauth_grants.h"

#include <algorithm>

#include "common/base/hmac.h"
#include "common/base/ids.h"
#include "common/jose/client_assertion.h"
#include "common/jose/dpop.h"
#include "common/jose/jwt.h"

namespace carillon::sandbox::bluesky {
namespace {

// packages/oauth/oauth-provider/src/constants.ts, 2026-11-23.
constexpr absl::Duration kRequestTtl = absl::Minutes(5), kCodeTtl = absl::Minutes(1), kAccessTtlMax = absl::Hours(1),
                         kAssertionAgeMax = absl::Minutes(1), kProofAgeMax = absl::Minutes(3), kNonceTurn = absl::Minutes(1);
constexpr size_t kKeptMax = 100'000;

Status BadProof(std::string_view what) { return Refuse(Code::kInvalidArgument, "invalid_dpop_proof", what); }
Status BadClient(std::string_view what) { return Refuse(Code::kInvalidArgument, "invalid_client", what); }
Status BadGrant(std::string_view what) { return Refuse(Code::kInvalidArgument, "invalid_grant", what); }

std::string NonceOf(uint64_t seed, int64_t turn) {
  return Base64Url(Sha256(fmt::format("sandbox nonce {} {}", seed, turn))).substr(0, 24);
}

// Not much later than now, nor older than `age`.
bool IsFresh(absl::Time at, absl::Time now, absl::Duration age) { return at <= now + absl::Minutes(1) && at >= now - age; }

const nlohmann::json* KeyOf(const OAuthClient& client, const std::string& kid) {
  const auto found = std::find_if(client.keys.begin(), client.keys.end(),
                                  [&](const auto& key) { return jose::TextClaim(key, "kid") == kid; });
  return kid.empty() || found == client.keys.end() ? nullptr : &*found;
}

bool IsSame(const PushedRequest& request, const OAuthGrants::Shown& shown) {
  return request.client == shown.client && request.client_key == shown.client_key && request.thumbprint == shown.thumbprint;
}

}  // namespace

std::string OAuthGrants::Nonce() const { return NonceOf(seed_, absl::ToUnixSeconds(clock_->Now()) / absl::ToInt64Seconds(kNonceTurn)); }

Result<std::string> OAuthGrants::CheckProof(const std::string& proof, const std::string& method, const std::string& url,
                                            const std::string& access_token) {
  if (proof.empty()) return BadProof("DPoP proof required");
  const auto read = jose::ReadDpopProof(proof);
  if (!read.ok()) return BadProof(Message(read.status()));
  const absl::Time now = clock_->Now();
  if (!IsFresh(read->issued_at, now, kProofAgeMax)) return BadProof("\"iat\" claim timestamp check failed");
  if (read->method != method) return BadProof("DPoP \"htm\" mismatch");
  if (read->url != url) return BadProof("DPoP \"htu\" mismatch");
  const int64_t turn = absl::ToUnixSeconds(now) / absl::ToInt64Seconds(kNonceTurn);
  if (read->nonce != NonceOf(seed_, turn) && read->nonce != NonceOf(seed_, turn - 1)) {
    return Refuse(Code::kInvalidArgument, "use_dpop_nonce",
                  read->nonce.empty() ? "Authorization server requires nonce in DPoP proof" : "DPoP \"nonce\" mismatch");
  }
  if (read->token_hash != (access_token.empty() ? "" : jose::DpopTokenHash(access_token))) return BadProof("DPoP \"ath\" mismatch");
  std::lock_guard lock(mutex_);
  if (!IsNew("proof " + read->id)) return BadProof("DPoP proof replayed");
  return read->thumbprint;
}

Result<std::string> OAuthGrants::CheckClient(const OAuthClient& client, const std::string& type, const std::string& assertion,
                                             const std::string& issuer) {
  if (client.keys.empty()) return std::string();
  if (type != jose::kClientAssertionType) return BadClient("client authentication method \"private_key_jwt\" required a \"client_assertion\"");
  const auto jwt = jose::ReadJwt(assertion);
  if (!jwt.ok()) return BadClient(Message(jwt.status()));
  const std::string kid = jose::TextClaim(jwt->header, "kid");
  const nlohmann::json* key = KeyOf(client, kid);
  if (key == nullptr) return BadClient("\"kid\" required in client_assertion, and in the client's jwks");
  const auto public_key = jose::Es256PublicKey::FromJwk(key->dump());
  if (!public_key.ok() || !jose::IsSignedBy(*jwt, *public_key)) return BadClient("signature verification failed");
  if (jose::TextClaim(jwt->claims, "iss") != client.id || jose::TextClaim(jwt->claims, "sub") != client.id) {
    return BadClient("unexpected \"iss\" or \"sub\" claim value");
  }
  if (jose::TextClaim(jwt->claims, "aud") != issuer) return BadClient("unexpected \"aud\" claim value");
  const std::string id = jose::TextClaim(jwt->claims, "jti");
  const absl::Time issued_at = absl::FromUnixSeconds(jose::NumberClaim(jwt->claims, "iat"));
  if (id.empty() || !IsFresh(issued_at, clock_->Now(), kAssertionAgeMax)) return BadClient("\"jti\" or \"iat\" check failed");
  std::lock_guard lock(mutex_);
  if (!IsNew("assertion " + id)) return BadGrant("private_key_jwt jti reused");
  return kid;
}

template <typename T>
void OAuthGrants::Bound(T& map) {
  if (map.size() >= kKeptMax) map.clear();
}

bool OAuthGrants::IsNew(const std::string& id) {
  const absl::Time now = clock_->Now();
  if (seen_.size() >= kKeptMax) std::erase_if(seen_, [now](const auto& one) { return one.second < now - 2 * kProofAgeMax; });
  Bound(seen_);
  return seen_.emplace(id, now).second;
}

std::string OAuthGrants::Next(const char* kind) {
  // Rises with time too, so that a restart does not give one again.
  last_ = std::max(last_ + 1, absl::ToUnixMicros(clock_->Now()));
  return fmt::format("{}-{}", kind, HashText({"sandbox oauth", kind, std::to_string(seed_), std::to_string(last_)}));
}

std::string OAuthGrants::Push(PushedRequest request) {
  std::lock_guard lock(mutex_);
  Bound(requests_);
  const std::string uri = "urn:ietf:params:oauth:request_uri:" + Next("req");
  requests_[uri] = {std::move(request), "", clock_->Now() + kRequestTtl, ""};
  return uri;
}

Result<PushedRequest> OAuthGrants::Take(const std::string& request_uri, const std::string& client) {
  std::lock_guard lock(mutex_);
  const auto found = requests_.find(request_uri);
  if (found == requests_.end() || found->second.until <= clock_->Now() || found->second.request.client != client) {
    return Refuse(Code::kInvalidArgument, "invalid_request", "This request has expired");
  }
  PushedRequest request = std::move(found->second.request);
  requests_.erase(found);
  return request;
}

std::string OAuthGrants::MakeCode(PushedRequest request, const std::string& did) {
  std::lock_guard lock(mutex_);
  Bound(codes_);
  const std::string code = Next("cod");
  codes_[code] = {std::move(request), did, clock_->Now() + kCodeTtl, ""};
  return code;
}

OAuthTokens OAuthGrants::Issue(const std::string& id) {
  Session& session = sessions_[id];
  const absl::Time now = clock_->Now();
  if (by_access_.size() >= kKeptMax) std::erase_if(by_access_, [now](const auto& one) { return one.second.until <= now; });
  Bound(by_access_);
  Bound(by_refresh_);
  const absl::Duration lifetime = std::min(access_ttl_, kAccessTtlMax);
  const std::string access = Next("acc");
  session.refresh = Next("ref");
  by_access_[access] = {id, now + lifetime};
  by_refresh_[session.refresh] = id;
  return {access, session.refresh, session.did, session.request.scope, lifetime};
}

Result<OAuthTokens> OAuthGrants::Redeem(const std::string& code, const std::string& redirect_uri,
                                        const std::string& verifier, const Shown& shown) {
  std::lock_guard lock(mutex_);
  const auto found = codes_.find(code);
  if (found == codes_.end()) return BadGrant("Invalid code");
  Pushed& pushed = found->second;
  if (!pushed.session.empty()) {
    sessions_.erase(pushed.session);
    return BadGrant("Invalid code");
  }
  const Pushed used = pushed;
  pushed.session = Next("tok");  // also where the rest is wrong: who guesses has one try
  const PushedRequest& request = used.request;
  if (used.until <= clock_->Now()) return BadGrant("This code has expired");
  if (!IsSame(request, shown)) return BadGrant("The code was issued to another client, or bound to another key");
  if (request.redirect_uri != redirect_uri) {
    return BadGrant("The redirect_uri parameter must match the one used in the authorization request");
  }
  if (Base64Url(Sha256(verifier)) != request.challenge) return BadGrant("Invalid code_verifier");
  Bound(sessions_);
  sessions_[pushed.session] = {request, used.did, ""};
  return Issue(pushed.session);
}

Result<OAuthTokens> OAuthGrants::Refresh(const std::string& token, const Shown& shown) {
  std::lock_guard lock(mutex_);
  const auto found = by_refresh_.find(token);
  const auto session = found == by_refresh_.end() ? sessions_.end() : sessions_.find(found->second);
  if (session == sessions_.end()) return BadGrant("Invalid refresh token");
  if (session->second.refresh != token || !IsSame(session->second.request, shown)) {
    sessions_.erase(session);
    return BadGrant("Refresh token replayed");
  }
  return Issue(found->second);
}

void OAuthGrants::Revoke(const std::string& token) {
  std::lock_guard lock(mutex_);
  if (const auto found = by_access_.find(token); found != by_access_.end()) sessions_.erase(found->second.session);
  if (const auto found = by_refresh_.find(token); found != by_refresh_.end()) sessions_.erase(found->second);
}

Result<OAuthGrants::Access> OAuthGrants::CheckAccess(const std::string& token) const {
  std::lock_guard lock(mutex_);
  const auto found = by_access_.find(token);
  const auto session = found == by_access_.end() ? sessions_.end() : sessions_.find(found->second.session);
  if (session == sessions_.end()) return Refuse(Code::kUnauthenticated, "invalid_token", "Invalid token");
  if (found->second.until <= clock_->Now()) {
    return Refuse(Code::kUnauthenticated, "invalid_token", "\"exp\" claim timestamp check failed");
  }
  return Access{session->second.did, session->second.request.scope, session->second.request.thumbprint};
}

}  // namespace carillon::sandbox::bluesky
