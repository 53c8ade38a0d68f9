#include "services/sandbox/x/grants.h"

#include "common/base/hmac.h"
#include "common/base/ids.h"

namespace carillon::sandbox::x {
namespace {

constexpr absl::Duration kCodeTtl = absl::Seconds(30), kRefreshTtl = absl::Hours(183 * 24);
constexpr size_t kTokensMax = 100'000;  // of each kind

std::string Hashed(const std::string& verifier) { return Base64Url(Sha256(verifier)); }

Status BadToken() {
  return Refuse(Code::kInvalidArgument, "invalid_request", "Value passed for the token was invalid.");
}
Status BadCode() {
  return Refuse(Code::kInvalidArgument, "invalid_request",
                "Value passed for the authorization code was invalid.");
}

}  // namespace

std::string Grants::NextToken(const char* kind) {
  // Rises with time too, so that a restart does not give a token again.
  last_ = std::max(last_ + 1, absl::ToUnixMicros(clock_->Now()));
  return HashText({kind, std::to_string(seed_), std::to_string(last_)});
}

template <typename T>
void Grants::Keep(Tokens<T>* tokens, const std::string& token, T what, absl::Duration ttl) {
  const absl::Time now = clock_->Now();
  if (tokens->size() >= kTokensMax) {
    std::erase_if(*tokens, [now](const auto& one) { return one.second.expires_at <= now; });
    if (tokens->size() >= kTokensMax) tokens->clear();
  }
  (*tokens)[token] = {std::move(what), now + ttl};
}

std::string Grants::MakeCode(CodeRequest request) {
  std::lock_guard lock(mutex_);
  const std::string code = NextToken("code");
  Keep(&codes_, code, std::move(request), kCodeTtl);
  return code;
}

TokenPair Grants::Issue(const Grant& grant) {
  TokenPair pair;
  pair.scopes = grant.scopes;
  pair.access = NextToken("access");
  Keep(&access_, pair.access, grant, access_ttl_);
  if (grant.scopes.count("offline.access") == 0) return pair;
  pair.refresh = NextToken("refresh");
  Keep(&refresh_, pair.refresh, grant, kRefreshTtl);
  return pair;
}

Result<TokenPair> Grants::Redeem(const std::string& code, const std::string& client,
                                 const std::string& redirect_uri, const std::string& verifier) {
  std::lock_guard lock(mutex_);
  const auto found = codes_.find(code);
  if (found == codes_.end()) return BadCode();
  const Kept<CodeRequest> kept = found->second;
  codes_.erase(found);  // also where the rest is wrong: who guesses has one try
  const CodeRequest& request = kept.what;
  if (kept.expires_at <= clock_->Now() || request.grant.client != client) return BadCode();
  if (request.redirect_uri != redirect_uri) {
    return Refuse(Code::kInvalidArgument, "invalid_request",
                  "Value passed for the redirect uri did not match the uri of the authorization code.");
  }
  if ((request.is_hashed ? Hashed(verifier) : verifier) != request.challenge) {
    return Refuse(Code::kInvalidArgument, "invalid_request",
                  "Value passed for the code verifier did not match the code challenge.");
  }
  return Issue(request.grant);
}

Result<TokenPair> Grants::Refresh(const std::string& token, const std::string& client) {
  std::lock_guard lock(mutex_);
  const auto found = refresh_.find(token);
  if (found == refresh_.end() || found->second.expires_at <= clock_->Now() ||
      found->second.what.client != client) {
    return BadToken();
  }
  const Grant grant = found->second.what;
  refresh_.erase(found);
  return Issue(grant);
}

void Grants::Revoke(const std::string& token) {
  std::lock_guard lock(mutex_);
  access_.erase(token);
  refresh_.erase(token);
}

Result<std::string> Grants::AppToken(const std::string& key, const std::string& secret) {
  const std::string token = "AAAA" + HashText({"app", std::to_string(seed_), key, secret});
  std::lock_guard lock(mutex_);
  const bool is_full = app_tokens_.size() >= kTokensMax;
  const auto known = app_tokens_.find(key);
  if (secret.empty() || (known == app_tokens_.end() ? is_full : known->second != token)) {
    return Refuse(Code::kInvalidArgument, "authenticity_token_error", "Unable to verify your credentials");
  }
  app_tokens_[key] = token;
  app_secrets_[key] = secret;
  return token;
}

std::optional<std::string> Grants::CheckApp(const std::string& token) const {
  std::lock_guard lock(mutex_);
  for (const auto& [key, own] : app_tokens_) {
    if (own == token) return key;
  }
  return std::nullopt;
}

std::optional<std::string> Grants::SecretOf(const std::string& key) const {
  std::lock_guard lock(mutex_);
  const auto found = app_secrets_.find(key);
  return found == app_secrets_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

std::optional<Grant> Grants::Check(const std::string& access_token) const {
  std::lock_guard lock(mutex_);
  const auto found = access_.find(access_token);
  if (found == access_.end() || found->second.expires_at <= clock_->Now()) return std::nullopt;
  return found->second.what;
}

}  // namespace carillon::sandbox::x
