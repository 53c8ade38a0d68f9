// Which authorization server answers for a PDS, and what it says of itself (RFC 9728, RFC 8414; atproto.com/specs/oauth). Blocks on HTTP.
#pragma once

#include <string>

#include "common/platform/bluesky/identity.h"

namespace carillon::bluesky {

struct AuthorizationServer {
  std::string issuer;  // an origin
  std::string authorization_endpoint, token_endpoint, par_endpoint;
  std::string revocation_endpoint;  // empty: it has none
};

// The issuer that a PDS names. FAILED_PRECONDITION with NO_AUTHORIZATION_SERVER: it is none, or names none or several.
Result<std::string> IssuerOf(IdentityReader& reader, const std::string& pds);
// What the issuer says of itself. FAILED_PRECONDITION with BAD_AUTHORIZATION_SERVER: not what atproto asks of one.
Result<AuthorizationServer> ReadAuthorizationServer(IdentityReader& reader, const std::string& issuer);
// Of an origin that is a PDS, or an authorization server itself.
Result<AuthorizationServer> FindAuthorizationServer(IdentityReader& reader, const std::string& origin);

}  // namespace carillon::bluesky
