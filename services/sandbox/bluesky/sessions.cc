#include "services/sandbox/bluesky/sessions.h"

#include <sodium.h>

#include "services/sandbox/base64.h"
#include "services/sandbox/bluesky/cid.h"
#include "services/sandbox/bluesky/errors.h"
#include "services/sandbox/json_answer.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr absl::Duration kRefreshTtl = absl::Hours(90 * 24), kGrace = absl::Hours(2);
constexpr char kAccess[] = "at+jwt", kRefresh[] = "refresh+jwt", kService[] = "JWT";
constexpr size_t kSessionsMax = 100'000;

std::string Mac(const std::string& key, std::string_view text) {
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256(reinterpret_cast<unsigned char*>(mac.data()),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         reinterpret_cast<const unsigned char*>(key.data()));
  return mac;
}

}  // namespace

Sessions::Sessions(const Clock* clock, uint64_t seed, absl::Duration access_ttl)
    : clock_(clock),
      seed_(seed),
      access_ttl_(access_ttl),
      key_(Sha256(fmt::format("sandbox sessions {}", seed))) {}

std::string Sessions::NextId() {
  // Rises with time too, so that a restart does not give an id again.
  last_id_ = std::max(last_id_ + 1, absl::ToUnixMicros(clock_->Now()));
  return Base32(Sha256(fmt::format("{} {}", seed_, last_id_)).substr(0, 20));
}

std::string Sessions::Sign(const std::string& type, const json& payload) const {
  const json header = {{"typ", type}, {"alg", "HS256"}};
  const std::string text = EncodeBase64Url(Dump(header)) + "." + EncodeBase64Url(Dump(payload));
  return text + "." + EncodeBase64Url(Mac(key_, text));
}

Result<json> Sessions::Read(const std::string& token, const std::string& type,
                            bool may_be_expired) const {
  const Status bad = Invalid("Token could not be verified", "InvalidToken");
  const size_t first = token.find('.'), last = token.rfind('.');
  if (first == std::string::npos || first == last) return bad;
  const std::string mac = DecodeBase64Url(token.substr(last + 1)).value_or(""),
                    wanted = Mac(key_, token.substr(0, last));
  if (mac.size() != wanted.size() || sodium_memcmp(mac.data(), wanted.data(), mac.size()) != 0)
    return bad;
  const json header = ReadJson(DecodeBase64Url(token.substr(0, first)).value_or("")),
             payload =
                 ReadJson(DecodeBase64Url(token.substr(first + 1, last - first - 1)).value_or(""));
  if (TextAt(header, {"typ"}) != type) return Invalid("Invalid token type", "InvalidToken");
  const json* expires = At(payload, {"exp"});
  if (expires == nullptr || !expires->is_number_integer()) return bad;
  if (!may_be_expired && absl::FromUnixSeconds(expires->get<int64_t>()) <= clock_->Now())
    return Invalid("Token has expired", "ExpiredToken");
  return payload;
}

Tokens Sessions::Issue(const std::string& did, const std::string& service, const std::string& id,
                       absl::Time refresh_expires_at) {
  const absl::Time now = clock_->Now();
  // An id of its own, so that no two are equal: a client tells by that whether it got a new one.
  json payload = {{"jti", NextId()},
                  {"scope", "com.atproto.appPassPrivileged"},
                  {"sub", did},
                  {"aud", service},
                  {"iat", absl::ToUnixSeconds(now)},
                  {"exp", absl::ToUnixSeconds(now + access_ttl_)}};
  Tokens tokens;
  tokens.access = Sign(kAccess, payload);
  payload["scope"] = "com.atproto.refresh";
  payload["jti"] = id;
  payload["exp"] = absl::ToUnixSeconds(refresh_expires_at);
  tokens.refresh = Sign(kRefresh, payload);
  return tokens;
}

Tokens Sessions::Create(const std::string& did, const std::string& service) {
  std::lock_guard lock(mutex_);
  const std::string id = NextId();
  const absl::Time expires_at = clock_->Now() + kRefreshTtl;
  Keep(id, {did, "", expires_at});
  return Issue(did, service, id, expires_at);
}

void Sessions::Keep(const std::string& id, Refreshable refreshable) {
  if (refreshable_.size() >= kSessionsMax) {
    std::erase_if(refreshable_, [now = clock_->Now()](const auto& one) {
      return one.second.expires_at <= now;
    });
    if (refreshable_.size() >= kSessionsMax) refreshable_.clear();
  }
  refreshable_.try_emplace(id, std::move(refreshable));
}

Result<Tokens> Sessions::Refresh(const std::string& refresh_token, const std::string& service) {
  ASSIGN_OR_RETURN(const json payload, Read(refresh_token, kRefresh));
  std::lock_guard lock(mutex_);
  const absl::Time now = clock_->Now();
  const auto known = refreshable_.find(TextAt(payload, {"jti"}));
  if (known == refreshable_.end() || known->second.expires_at <= now)
    return Invalid("Token has been revoked", "ExpiredToken");
  Refreshable& used = known->second;
  if (used.next.empty()) used.next = NextId();
  used.expires_at = std::min(used.expires_at, now + kGrace);
  const absl::Time expires_at = now + kRefreshTtl;
  const Refreshable used_copy = used;
  Keep(used_copy.next, {used_copy.did, "", expires_at});
  return Issue(used_copy.did, service, used_copy.next, expires_at);
}

Result<std::string> Sessions::Delete(const std::string& refresh_token) {
  ASSIGN_OR_RETURN(const json payload, Read(refresh_token, kRefresh, true));
  std::lock_guard lock(mutex_);
  refreshable_.erase(TextAt(payload, {"jti"}));
  return TextAt(payload, {"sub"});
}

Result<std::string> Sessions::CheckAccess(const std::string& token) const {
  ASSIGN_OR_RETURN(const json payload, Read(token, kAccess));
  return TextAt(payload, {"sub"});
}

std::string Sessions::Service(const std::string& did, const std::string& audience,
                              const std::string& method, absl::Time expires_at) {
  std::lock_guard lock(mutex_);
  json payload = {{"iss", did},
                  {"aud", audience},
                  {"iat", absl::ToUnixSeconds(clock_->Now())},
                  {"exp", absl::ToUnixSeconds(expires_at)},
                  {"jti", NextId()}};
  if (!method.empty()) payload["lxm"] = method;
  return Sign(kService, payload);
}

Result<std::string> Sessions::CheckService(const std::string& token, const std::string& audience,
                                           const std::string& method) const {
  const auto payload = Read(token, kService);
  if (!payload.ok()) {
    if (ReasonOf(payload.status()) == "ExpiredToken") return AuthRequired("jwt expired", "JwtExpired");
    return AuthRequired("poorly formatted jwt", "BadJwt");
  }
  if (TextAt(*payload, {"aud"}) != audience)
    return AuthRequired("jwt audience does not match service did", "BadJwtAudience");
  const std::string given = TextAt(*payload, {"lxm"});
  if (given != method) {
    return AuthRequired(
        fmt::format("bad jwt lexicon method (\"lxm\"). must match: {}", method), "BadJwtLexiconMethod");
  }
  return TextAt(*payload, {"iss"});
}

}  // namespace carillon::sandbox::bluesky
