// Who may do what. One port before every handler. Thread-safe, never blocks.
#pragma once

#include <memory>
#include <string>

#include "common/base/status.h"

namespace carillon::auth {

// Who calls: found from the bearer token, before the request is looked at.
struct Principal {
  enum class Kind { kNone, kOperator, kService, kGateway };
  Kind kind = Kind::kNone;
  std::string name;  // "operator", "service", "gateway"
};

class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // UNAUTHENTICATED (NO_TOKEN, BAD_TOKEN) for a token that is missing or wrong. `authorization` is the metadata's whole value.
  virtual Result<Principal> Authenticate(const std::string& authorization) const = 0;
  // PERMISSION_DENIED (NOT_ALLOWED) if `principal` may not do `action` ("post.create") on `resource` (an id, or "").
  virtual Status Authorize(const Principal& principal, const std::string& action,
                           const std::string& resource) const = 0;
};

struct Tokens {
  std::string operator_token;  // secret
  std::string service_token;   // secret
  std::string gateway_token;   // secret; empty: nobody is the gateway
};

// Reads {"operator": "...", "service": "...", "gateway": "..."}, the last of them optional; refuses a file that others can read, and
// tokens under 16 characters.
Result<Tokens> ReadTokens(const std::string& path);
// The gateway's own file, {"gateway": "..."}: it has no other token.
Result<std::string> ReadGatewayToken(const std::string& path);

// One local operator, who may do everything but what is for services ("access.lend"); services may do everything; the gateway, which
// anybody may reach, only what it passes on ("authorization.finish", "webhook.challenge", "webhook.take").
std::unique_ptr<Authorizer> MakeTokenAuthorizer(Tokens tokens);

}  // namespace carillon::auth
