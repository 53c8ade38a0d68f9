#include "services/sandbox/mastodon/grants.h"

#include <algorithm>

#include "common/base/hmac.h"
#include "common/base/ids.h"

namespace carillon::sandbox::mastodon {
namespace {

constexpr absl::Duration kCodeTtl = absl::Minutes(10);
constexpr size_t kKeptMax = 100'000;  // of each kind

std::string Hashed(const std::string& verifier) { return Base64Url(Sha256(verifier)); }

Status InvalidGrant() {
  return Refuse(Code::kInvalidArgument, "invalid_grant",
                "The code is unknown, used, too old, of another app, of another redirect URI or without its verifier.");
}

}  // namespace

std::string Grants::Next(const char* kind) {
  // Rises with time too, so that a restart does not give the same again.
  last_ = std::max(last_ + 1, absl::ToUnixMicros(clock_->Now()));
  return HashText({"mastodon", kind, std::to_string(seed_), std::to_string(last_)});
}

App Grants::Register(std::string name, std::vector<std::string> redirect_uris, std::string scopes) {
  std::lock_guard lock(mutex_);
  if (apps_.size() >= kKeptMax) apps_.clear();
  App app{Next("client"), Next("secret"), std::move(name), std::move(scopes), std::move(redirect_uris)};
  apps_[app.id] = app;
  return app;
}

std::optional<App> Grants::Find(const std::string& client) const {
  std::lock_guard lock(mutex_);
  const auto found = apps_.find(client);
  if (found == apps_.end()) return std::nullopt;
  return found->second;
}

std::string Grants::MakeCode(CodeRequest request) {
  std::lock_guard lock(mutex_);
  if (codes_.size() >= kKeptMax) codes_.clear();
  const std::string code = Next("code");
  codes_[code] = {std::move(request), clock_->Now() + kCodeTtl};
  return code;
}

Result<CodeRequest> Grants::Redeem(const std::string& code, const std::string& client, const std::string& secret,
                                   const std::string& redirect_uri, const std::string& verifier) {
  std::lock_guard lock(mutex_);
  const auto app = apps_.find(client);
  if (app == apps_.end() || app->second.secret != secret)
    return Refuse(Code::kUnauthenticated, "invalid_client", "The app is unknown, or its secret is another one.");
  const auto found = codes_.find(code);
  if (found == codes_.end()) return InvalidGrant();
  const Kept kept = found->second;
  codes_.erase(found);  // also where the rest is wrong: who guesses has one try
  const CodeRequest& request = kept.request;
  const bool is_proven = request.challenge.empty() || Hashed(verifier) == request.challenge;
  if (kept.expires_at <= clock_->Now() || request.client != client || request.redirect_uri != redirect_uri || !is_proven)
    return InvalidGrant();
  return request;
}

std::string Grants::NewToken(const CodeRequest& granted) {
  std::lock_guard lock(mutex_);
  if (by_token_.size() >= kKeptMax) by_token_.clear();
  std::string token = Next("token");
  App app = apps_[granted.client];
  app.scopes = granted.scopes;
  by_token_[token] = std::move(app);
  return token;
}

std::optional<App> Grants::AppOf(const std::string& token) const {
  std::lock_guard lock(mutex_);
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return std::nullopt;
  return found->second;
}

}  // namespace carillon::sandbox::mastodon
