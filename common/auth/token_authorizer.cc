#include <sodium.h>

#include <array>

#include "common/auth/authorizer.h"
#include "common/base/check.h"

namespace carillon::auth {
namespace {

// Actions that hand out what only services may hold; an operator never needs them.
constexpr std::string_view kServiceOnlyActions[] = {"access.lend", "ledger.forward", "webhook.check"};
// All that the gateway may ask for; each call proves by itself (a state, a signature) that it may be made, or is about what is public.
constexpr std::string_view kGatewayActions[] = {"authorization.finish", "client_document.get", "webhook.challenge", "webhook.take"};

bool IsAmong(const auto& actions, std::string_view action) {
  return std::find(std::begin(actions), std::end(actions), action) != std::end(actions);
}

using Digest = std::array<unsigned char, crypto_generichash_BYTES>;

// Digests have one length, so that comparing them tells nothing of a token's length either.
Digest DigestOf(std::string_view token) {
  Digest digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(), nullptr,
                     0);
  return digest;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

class TokenAuthorizer : public Authorizer {
 public:
  explicit TokenAuthorizer(const Tokens& tokens)
      : operator_(DigestOf(tokens.operator_token)),
        service_(DigestOf(tokens.service_token)),
        has_gateway_(!tokens.gateway_token.empty()),
        gateway_(DigestOf(tokens.gateway_token)) {
    CARILLON_CHECK(sodium_init() >= 0, "libsodium could not start");
    CARILLON_CHECK(!tokens.operator_token.empty() && !tokens.service_token.empty(),
                   "an empty token would let everyone in");
  }

  Result<Principal> Authenticate(const std::string& authorization) const override {
    if (authorization.empty()) {
      return Refuse(Code::kUnauthenticated, "NO_TOKEN",
                    "the call has no token: send the metadata 'authorization: Bearer <token>'");
    }
    // The scheme is case-insensitive (RFC 9110 section 11.1).
    constexpr std::string_view kScheme = "bearer ";
    const std::string_view text = authorization;
    if (text.size() <= kScheme.size() ||
        !EqualsIgnoringCase(text.substr(0, kScheme.size()), kScheme)) {
      return Refuse(Code::kUnauthenticated, "BAD_TOKEN",
                    "'authorization' must be 'Bearer <token>'");
    }
    const Digest given = DigestOf(text.substr(kScheme.size()));
    const bool is_operator = sodium_memcmp(given.data(), operator_.data(), given.size()) == 0;
    const bool is_service = sodium_memcmp(given.data(), service_.data(), given.size()) == 0;
    const bool is_gateway =
        has_gateway_ && sodium_memcmp(given.data(), gateway_.data(), given.size()) == 0;
    if (is_service) return Principal{Principal::Kind::kService, "service"};
    if (is_gateway) return Principal{Principal::Kind::kGateway, "gateway"};
    if (is_operator) return Principal{Principal::Kind::kOperator, "operator"};
    return Refuse(Code::kUnauthenticated, "BAD_TOKEN",
                  "the token is not one of this installation's; see the tokens file");
  }

  Status Authorize(const Principal& principal, const std::string& action,
                   const std::string& resource) const override {
    if (principal.kind == Principal::Kind::kService) return Ok();
    if (principal.kind == Principal::Kind::kOperator && !IsAmong(kServiceOnlyActions, action)) {
      return Ok();
    }
    if (principal.kind == Principal::Kind::kGateway && IsAmong(kGatewayActions, action)) return Ok();
    return Refuse(Code::kPermissionDenied, "NOT_ALLOWED",
                  fmt::format("'{}' may not do {}",
                              principal.name.empty() ? "nobody" : principal.name, action),
                  {{"action", action}, {"resource", resource}});
  }

 private:
  Digest operator_;
  Digest service_;
  bool has_gateway_;
  Digest gateway_;
};

}  // namespace

std::unique_ptr<Authorizer> MakeTokenAuthorizer(Tokens tokens) {
  auto made = std::make_unique<TokenAuthorizer>(tokens);
  sodium_memzero(tokens.operator_token.data(), tokens.operator_token.size());
  sodium_memzero(tokens.service_token.data(), tokens.service_token.size());
  sodium_memzero(tokens.gateway_token.data(), tokens.gateway_token.size());
  return made;
}

}  // namespace carillon::auth
