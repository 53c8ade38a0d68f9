// A PDS with its authorization server, a DID directory and a handle resolver in memory, behind the HTTP client's port. It checks proofs,
// nonces and assertions as they do (RFC 9449, bluesky-social/atproto packages/oauth/oauth-provider), and a test may change what it serves.
// Not thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/hmac.h"
#include "common/http/form.h"
#include "common/jose/client_assertion.h"
#include "common/jose/dpop.h"
#include "common/jose/jwt.h"
#include "common/platform/json.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky::testing {

inline constexpr char kDid[] = "did:plc:z72i7hdynmk6r22z27h6tvur";
inline constexpr char kHandle[] = "brand.example";
inline constexpr char kPds[] = "https://pds.example";
inline constexpr char kIssuer[] = "https://as.example";

class FakeOAuthServers : public http::HttpClient {
 public:
  using Json = platform::Json;
  using Fake = http::testing::FakeHttpClient;

  explicit FakeOAuthServers(const Clock& clock) : clock_(clock) {
    pages["https://public.api.bsky.app/xrpc/com.atproto.identity.resolveHandle?handle=brand.example"] = {{"did", kDid}};
    pages[std::string("https://plc.directory/") + kDid] = {
        {"id", kDid},
        {"alsoKnownAs", Json::array({std::string("at://") + kHandle})},
        {"service", Json::array({{{"id", "#atproto_pds"}, {"type", "AtprotoPersonalDataServer"}, {"serviceEndpoint", kPds}}})}};
    pages[std::string(kPds) + "/.well-known/oauth-protected-resource"] = {{"resource", kPds},
                                                                         {"authorization_servers", Json::array({kIssuer})}};
    pages[std::string(kIssuer) + "/.well-known/oauth-authorization-server"] = {
        {"issuer", kIssuer},
        {"authorization_endpoint", std::string(kIssuer) + "/oauth/authorize"},
        {"token_endpoint", std::string(kIssuer) + "/oauth/token"},
        {"pushed_authorization_request_endpoint", std::string(kIssuer) + "/oauth/par"},
        {"revocation_endpoint", std::string(kIssuer) + "/oauth/revoke"},
        {"dpop_signing_alg_values_supported", Json::array({"ES256"})},
        {"scopes_supported", Json::array({"atproto", "transition:generic"})},
        {"client_id_metadata_document_supported", true},
        {"authorization_response_iss_parameter_supported", true}};
    token = {{"access_token", "the-access-token"}, {"refresh_token", "the-refresh-token"}, {"token_type", "DPoP"},
             {"scope", "atproto transition:generic"}, {"expires_in", 3600}, {"sub", kDid}};
  }

  std::map<std::string, Json> pages;  // by URL
  Json token;                         // what the token endpoint gives
  std::string nonce = "nonce-1";      // that all proofs must have; empty: none
  std::string client_key;             // public JWK of the client; empty: it shows no assertion
  std::string resource_token;         // of the PDS: what it takes
  int token_status = 200;
  std::vector<http::HttpRequest> requests;
  std::vector<http::FormFields> pushed, asked, revoked;  // forms that were taken

  int Count(const std::string& url) const {
    return static_cast<int>(std::count_if(requests.begin(), requests.end(), [&](const auto& one) { return one.url == url; }));
  }
  static std::string Field(const http::FormFields& form, std::string_view name) {
    for (const auto& [key, value] : form) {
      if (key == name) return value;
    }
    return "";
  }

  http::HttpOutcome Send(const http::HttpRequest& request) override {
    if (request.before_first_byte && !request.before_first_byte()) {
      return Fake::Failure(Refuse(Code::kAborted, "SEND_REFUSED", "not sent"), false);
    }
    requests.push_back(request);
    EXPECT_GT(request.deadline, absl::ZeroDuration());
    const auto page = pages.find(request.url);
    if (request.method == "GET" && page != pages.end()) {
      EXPECT_LE(request.response_bytes_max, 64 << 10);
      return Fake::Response(200, page->second.dump());
    }
    for (const auto& [path, forms] : {std::pair("/oauth/par", &pushed), std::pair("/oauth/token", &asked), std::pair("/oauth/revoke", &revoked)}) {
      if (request.url == std::string(kIssuer) + path) return Endpoint(request, *forms);
    }
    if (request.url.starts_with(std::string(kPds) + "/xrpc/")) return Resource(request);
    return Fake::Response(404, R"({"error":"NotFound"})");
  }

 private:
  // What is wrong with the request's proof; nothing: it is good.
  std::optional<http::HttpOutcome> CheckProof(const http::HttpRequest& request, const std::string& token) {
    const http::Headers headers = {{"DPoP-Nonce", nonce}, {"WWW-Authenticate", "DPoP error=\"use_dpop_nonce\""}};
    const auto header = request.headers.find("DPoP");
    const auto proof = jose::ReadDpopProof(header == request.headers.end() ? "" : header->second);
    EXPECT_TRUE(proof.ok()) << request.url;
    if (!proof.ok()) return Fake::Response(400, R"({"error":"invalid_dpop_proof"})");
    EXPECT_EQ(proof->method, request.method);
    EXPECT_EQ(proof->url, std::string(jose::DpopUrl(request.url)));
    EXPECT_EQ(proof->issued_at, absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now())));
    EXPECT_TRUE(ids_.insert(proof->id).second) << "a proof was sent twice";
    EXPECT_EQ(proof->token_hash, token.empty() ? "" : jose::DpopTokenHash(token));
    thumbprints.insert(proof->thumbprint);
    if (proof->nonce == nonce) return std::nullopt;
    return Fake::Response(token.empty() ? 400 : 401, R"({"error":"use_dpop_nonce"})", headers);
  }

  http::HttpOutcome Endpoint(const http::HttpRequest& request, std::vector<http::FormFields>& forms) {
    EXPECT_EQ(request.method, "POST");
    if (auto refused = CheckProof(request, "")) return *refused;
    const std::string assertion = Field(request.form, "client_assertion");
    if (client_key.empty()) {
      EXPECT_EQ(assertion, "");
    } else {
      const auto jwt = jose::ReadJwt(assertion);
      if (!jwt.ok() || !jose::IsSignedBy(*jwt, *jose::Es256PublicKey::FromJwk(client_key)) ||
          jose::TextClaim(jwt->claims, "aud") != kIssuer ||
          jose::TextClaim(jwt->claims, "sub") != Field(request.form, "client_id")) {
        return Fake::Response(401, R"({"error":"invalid_client"})");
      }
    }
    forms.push_back(request.form);
    if (&forms == &revoked) return Fake::Response(200, "{}");
    if (&forms == &pushed) return Fake::Response(201, R"({"request_uri":"urn:ietf:params:oauth:request_uri:req-1&2","expires_in":300})");
    return Fake::Response(token_status, token.dump(), {{"DPoP-Nonce", nonce}});
  }

  http::HttpOutcome Resource(const http::HttpRequest& request) {
    const auto header = request.headers.find("Authorization");
    if (header == request.headers.end() || header->second != "DPoP " + resource_token) {
      return Fake::Response(401, R"({"error":"invalid_token","message":"no such token"})");
    }
    if (auto refused = CheckProof(request, resource_token)) return *refused;
    if (request.url.find("getSession") != std::string::npos) {
      return Fake::Response(200, Json{{"did", kDid}, {"handle", kHandle}}.dump(), {{"DPoP-Nonce", nonce}});
    }
    if (request.url.find("getProfile") != std::string::npos) return Fake::Response(200, R"({"displayName":"The Brand"})");
    return Fake::Response(200, R"({"uri":"at://x/app.bsky.feed.post/1","cid":"bafyreih"})");
  }

  const Clock& clock_;
  std::set<std::string> ids_;

 public:
  std::set<std::string> thumbprints;  // of the keys that signed proofs
};

}  // namespace carillon::bluesky::testing
