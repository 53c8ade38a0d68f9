#include "common/platform/bluesky/authorization_server.h"

#include <algorithm>

#include "common/http/url_guard.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using platform::GetBool;
using platform::GetMember;
using platform::GetText;
using platform::Json;

Status NoServer(const std::string& pds, std::string_view what) {
  const std::string host = platform::HostOf(pds);
  return Refuse(Code::kFailedPrecondition, "NO_AUTHORIZATION_SERVER",
                fmt::format("{} {}; connect with an app password", host, what), {{"host", host}});
}

Status BadServer(const std::string& issuer, std::string_view what) {
  const std::string host = platform::HostOf(issuer);
  return Refuse(Code::kFailedPrecondition, "BAD_AUTHORIZATION_SERVER", fmt::format("{} {}", host, what), {{"host", host}});
}

// An origin exactly as it is written there: "https://bsky.social".
bool IsOrigin(const std::string& url) {
  const auto parts = http::CheckUrl(url, /*allow_private_addresses=*/true);
  return parts.ok() && parts->origin == url;
}

// Where https leads, nothing leads away from it.
bool IsEndpoint(const std::string& url, const std::string& issuer) {
  const auto parts = http::CheckUrl(url, /*allow_private_addresses=*/true);
  return parts.ok() && (parts->scheme == "https" || issuer.starts_with("http://"));
}

bool Has(const Json& metadata, const char* list, const char* value) {
  const Json& values = GetMember(metadata, list);
  return values.is_array() && std::find(values.begin(), values.end(), Json(value)) != values.end();
}

}  // namespace

Result<std::string> IssuerOf(IdentityReader& reader, const std::string& pds) {
  const auto resource = reader.Get(pds + "/.well-known/oauth-protected-resource", "the PDS' authorization server");
  if (resource.status().code() == Code::kNotFound) return NoServer(pds, "offers no OAuth");
  RETURN_IF_ERROR(resource.status());
  // RFC 9728 3.3: whoever serves this for another resource is not believed.
  if (GetText(*resource, "resource") != pds) return NoServer(pds, "describes another PDS");
  const Json& servers = GetMember(*resource, "authorization_servers");
  if (!servers.is_array() || servers.size() != 1 || !servers[0].is_string()) {
    return NoServer(pds, "does not name one authorization server");
  }
  const std::string issuer = servers[0].get<std::string>();
  return IsOrigin(issuer) ? Result<std::string>(issuer) : NoServer(pds, "names an authorization server that is none");
}

Result<AuthorizationServer> ReadAuthorizationServer(IdentityReader& reader, const std::string& issuer) {
  const auto metadata = reader.Get(issuer + "/.well-known/oauth-authorization-server", "the authorization server");
  if (metadata.status().code() == Code::kNotFound) return BadServer(issuer, "is no authorization server");
  RETURN_IF_ERROR(metadata.status());
  // RFC 8414 3.3: against mixing up servers.
  if (GetText(*metadata, "issuer") != issuer) return BadServer(issuer, "says that it is another one");
  AuthorizationServer server{issuer, GetText(*metadata, "authorization_endpoint"), GetText(*metadata, "token_endpoint"),
                             GetText(*metadata, "pushed_authorization_request_endpoint"), GetText(*metadata, "revocation_endpoint")};
  for (const std::string* url : {&server.authorization_endpoint, &server.token_endpoint, &server.par_endpoint}) {
    if (!IsEndpoint(*url, issuer)) return BadServer(issuer, "does not say where to authorize, push requests or get tokens");
  }
  // RFC 8414 2 leaves this one out where there is none.
  if (!server.revocation_endpoint.empty() && !IsEndpoint(server.revocation_endpoint, issuer)) server.revocation_endpoint.clear();
  if (!Has(*metadata, "dpop_signing_alg_values_supported", "ES256")) return BadServer(issuer, "takes no DPoP with ES256");
  if (!Has(*metadata, "scopes_supported", "atproto")) return BadServer(issuer, "is not one of atproto");
  if (!GetBool(*metadata, "client_id_metadata_document_supported") ||
      !GetBool(*metadata, "authorization_response_iss_parameter_supported")) {
    return BadServer(issuer, "takes no clients by their documents, or does not name itself in its answers");
  }
  return server;
}

Result<AuthorizationServer> FindAuthorizationServer(IdentityReader& reader, const std::string& origin) {
  const auto issuer = IssuerOf(reader, origin);
  if (issuer.ok()) return ReadAuthorizationServer(reader, *issuer);
  if (ReasonOf(issuer.status()) != "NO_AUTHORIZATION_SERVER") return issuer.status();
  auto server = ReadAuthorizationServer(reader, origin);
  // What was asked for is rather a PDS.
  return ReasonOf(server.status()) == "BAD_AUTHORIZATION_SERVER" ? issuer.status() : server;
}

}  // namespace carillon::bluesky
