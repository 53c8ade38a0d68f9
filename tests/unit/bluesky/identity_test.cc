// Handle to DID to PDS to authorization server, and everything on that way that is not to be believed.
#include "common/platform/bluesky/identity.h"

#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/platform/bluesky/authorization_server.h"
#include "common/platform/bluesky/facts.h"
#include "tests/unit/bluesky/fake_oauth.h"

namespace carillon::bluesky {
namespace {

using testing::kDid;
using testing::kHandle;
using testing::kIssuer;
using testing::kPds;
using platform::Json;

class IdentityTest : public ::testing::Test {
 protected:
  IdentityReader Reader() { return {servers_, clock_, OwnFacts(), clock_.BootTime() + absl::Seconds(5)}; }
  std::string Why(const std::string& who) {
    auto reader = Reader();
    return ReasonOf(reader.Resolve(who).status());
  }
  Json& Document() { return servers_.pages.at(std::string("https://plc.directory/") + kDid); }
  Json& Resource() { return servers_.pages.at(std::string(kPds) + "/.well-known/oauth-protected-resource"); }
  Json& Metadata() { return servers_.pages.at(std::string(kIssuer) + "/.well-known/oauth-authorization-server"); }
  Result<AuthorizationServer> Find(const std::string& origin) {
    auto reader = Reader();
    return FindAuthorizationServer(reader, origin);
  }

  carillon::testing::FakeClock clock_;
  testing::FakeOAuthServers servers_{clock_};
};

TEST_F(IdentityTest, AHandleLeadsToItsPds) {
  for (const char* who : {"brand.example", "@Brand.Example", kDid}) {
    auto reader = Reader();
    const auto identity = reader.Resolve(who);
    ASSERT_TRUE(identity.ok()) << who << ToString(identity.status());
    EXPECT_EQ(identity->did, kDid);
    EXPECT_EQ(identity->handle, kHandle);
    EXPECT_EQ(identity->pds, kPds);
  }
}

TEST_F(IdentityTest, WhatIsNoHandleIsNotAsked) {
  for (const char* who : {"", "brand", "brand example", "brand..example", "@", "https://brand.example"}) {
    EXPECT_EQ(Why(who), "BAD_HANDLE") << who;
  }
  EXPECT_TRUE(servers_.requests.empty());
  EXPECT_EQ(Why("nobody.example"), "UNKNOWN_HANDLE");
}

TEST_F(IdentityTest, TheResolverIsNotBelieved) {
  Document()["alsoKnownAs"] = Json::array({"at://other.example", std::string("at://") + kHandle});
  EXPECT_EQ(Why(kHandle), "BAD_IDENTITY");
  Document().erase("alsoKnownAs");
  EXPECT_EQ(Why(kHandle), "BAD_IDENTITY");
  // The DID is still whose it is.
  EXPECT_EQ(Why(kDid), "");
}

TEST_F(IdentityTest, DocumentsThatLeadNowhere) {
  const Json good = Document();
  Document()["id"] = "did:plc:other";
  EXPECT_EQ(Why(kDid), "BAD_IDENTITY");
  for (const char* endpoint : {"", "pds.example", "javascript:1", "ftp://pds.example", "https://u:p@pds.example", "https://pds.example/x"}) {
    Document() = good;
    Document()["service"][0]["serviceEndpoint"] = endpoint;
    EXPECT_EQ(Why(kDid), "BAD_IDENTITY") << endpoint;
  }
  Document() = good;
  Document()["service"][0]["type"] = "SomethingElse";
  EXPECT_EQ(Why(kDid), "BAD_IDENTITY");
  Document()["service"] = "none";
  EXPECT_EQ(Why(kDid), "BAD_IDENTITY");
  servers_.pages.erase(std::string("https://plc.directory/") + kDid);
  EXPECT_EQ(Why(kDid), "BAD_IDENTITY");
}

TEST_F(IdentityTest, WhereADocumentIs) {
  EXPECT_EQ(*DidDocumentUrl(kDid, "https://plc.example"), std::string("https://plc.example/") + kDid);
  EXPECT_EQ(*DidDocumentUrl("did:web:brand.example", ""), "https://brand.example/.well-known/did.json");
  EXPECT_EQ(*DidDocumentUrl("did:web:brand.example%3A8443", ""), "https://brand.example:8443/.well-known/did.json");
  for (const char* did : {"did:key:zQ3sh", "did:web:", "did:web:a.example%2Fx", "did:web:a.example:u", "did:web:a%3A1%3A2", "did:web:a@b"}) {
    EXPECT_EQ(ReasonOf(DidDocumentUrl(did, "").status()), "BAD_IDENTITY") << did;
  }
}

TEST_F(IdentityTest, APdsLeadsToItsAuthorizationServer) {
  const auto server = Find(kPds);
  ASSERT_TRUE(server.ok()) << ToString(server.status());
  EXPECT_EQ(server->issuer, kIssuer);
  EXPECT_EQ(server->par_endpoint, std::string(kIssuer) + "/oauth/par");
  // Asked by its own name it is found too.
  EXPECT_EQ(Find(kIssuer)->token_endpoint, std::string(kIssuer) + "/oauth/token");
}

TEST_F(IdentityTest, ServersThatAreNotWhatTheySay) {
  const auto why = [&](const std::string& origin) { return ReasonOf(Find(origin).status()); };
  EXPECT_EQ(why("https://blog.example"), "NO_AUTHORIZATION_SERVER");
  const Json resource = Resource();
  Resource()["resource"] = "https://other.example";
  EXPECT_EQ(why(kPds), "NO_AUTHORIZATION_SERVER");
  for (const Json& servers : {Json::array(), Json::array({kIssuer, "https://as2.example"}), Json::array({7}), Json("x"),
                              Json::array({std::string(kIssuer) + "/path"}), Json::array({"file:///etc"})}) {
    Resource() = resource;
    Resource()["authorization_servers"] = servers;
    EXPECT_EQ(why(kPds), "NO_AUTHORIZATION_SERVER") << servers;
  }
  Resource() = resource;
  const Json metadata = Metadata();
  const auto with = [&](const char* name, const Json& value) {
    Metadata() = metadata;
    Metadata()[name] = value;
    return why(kPds);
  };
  EXPECT_EQ(with("issuer", "https://other.example"), "BAD_AUTHORIZATION_SERVER");
  EXPECT_EQ(with("authorization_endpoint", "javascript:alert(1)"), "BAD_AUTHORIZATION_SERVER");
  EXPECT_EQ(with("token_endpoint", "http://as.example/oauth/token"), "BAD_AUTHORIZATION_SERVER");
  EXPECT_EQ(with("pushed_authorization_request_endpoint", nullptr), "BAD_AUTHORIZATION_SERVER");
  EXPECT_EQ(with("dpop_signing_alg_values_supported", Json::array({"RS256"})), "BAD_AUTHORIZATION_SERVER");
  EXPECT_EQ(with("scopes_supported", Json::array({"openid"})), "BAD_AUTHORIZATION_SERVER");
  EXPECT_EQ(with("client_id_metadata_document_supported", false), "BAD_AUTHORIZATION_SERVER");
  EXPECT_EQ(with("authorization_response_iss_parameter_supported", "yes"), "BAD_AUTHORIZATION_SERVER");
}

}  // namespace
}  // namespace carillon::bluesky
