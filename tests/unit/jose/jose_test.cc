// Keys, tokens and proofs against the examples of their specifications, and against what is almost right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/hmac.h"
#include "common/jose/client_assertion.h"
#include "common/jose/dpop.h"
#include "common/jose/es256.h"
#include "common/jose/jwt.h"

namespace carillon::jose {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// RFC 7515 A.3.
constexpr char kKey[] = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                        R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";
constexpr char kSigned[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
// RFC 9449 4.2 and 6.1.
constexpr char kProof[] =
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldW"
    "QVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2My"
    "bFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdW"
    "P0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
constexpr char kProofThumbprint[] = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

TEST(JwkTest, TheThumbprintOfRfc7638) {
  const auto thumbprint = ThumbprintOf(
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV)"
      R"(4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5)"
      R"(hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB",)"
      R"("alg":"RS256","kid":"2011-04-29"})");
  ASSERT_TRUE(thumbprint.ok()) << ToString(thumbprint.status());
  EXPECT_EQ(*thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(JwkTest, KeysAreReadAndWritten) {
  const auto key = Es256Key::FromJwk(kKey);
  ASSERT_TRUE(key.ok()) << ToString(key.status());
  EXPECT_EQ(Json::parse(key->ToJwk()), Json::parse(kKey));
  EXPECT_FALSE(Json::parse(key->public_key().ToJwk()).contains("d"));
  const Es256Key made = Es256Key::New();
  const auto again = Es256Key::FromJwk(made.ToJwk());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->public_key().Thumbprint(), made.public_key().Thumbprint());
  EXPECT_TRUE(made.public_key().Verifies("text", again->Sign("text")));
  EXPECT_NE(Es256Key::New().ToJwk(), made.ToJwk());
}

TEST(JwkTest, WhatIsNoKeyIsRefusedWithoutSayingIt) {
  Json jwk = Json::parse(kKey);
  const auto refused = [](const Json& json) {
    const auto key = Es256Key::FromJwk(json.dump());
    EXPECT_EQ(ReasonOf(key.status()), "BAD_KEY") << json;
    EXPECT_THAT(Message(key.status()), Not(HasSubstr("jpsQnnGQ")));
  };
  for (const char* name : {"kty", "crv", "x", "y", "d"}) {
    Json without = jwk;
    without.erase(name);
    refused(without);
    without[name] = "AAAA";
    refused(without);
    without[name] = 7;
    refused(without);
  }
  Json off_curve = jwk;
  off_curve["y"] = off_curve["x"];
  refused(off_curve);
  refused(Json::array());
  EXPECT_EQ(ReasonOf(Es256PublicKey::FromJwk("{").status()), "BAD_KEY");
  EXPECT_EQ(ReasonOf(Es256PublicKey::FromJwk(off_curve.dump()).status()), "BAD_KEY");
  EXPECT_EQ(ReasonOf(ThumbprintOf(R"({"kty":"oct","k":"AA"})").status()), "BAD_KEY");
}

TEST(JwtTest, TheTokenOfRfc7515) {
  const auto jwt = ReadJwt(kSigned);
  ASSERT_TRUE(jwt.ok()) << ToString(jwt.status());
  const auto key = Es256PublicKey::FromJwk(kKey);
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(IsSignedBy(*jwt, *key));
  EXPECT_FALSE(IsSignedBy(*jwt, Es256Key::New().public_key()));
  EXPECT_EQ(TextClaim(jwt->claims, "iss"), "joe");
  EXPECT_EQ(NumberClaim(jwt->claims, "exp"), 1300819380);
}

TEST(JwtTest, WhatIsSignedIsRead) {
  const Es256Key key = Es256Key::New();
  const std::string text = SignJwt(key, {{"typ", "JWT"}}, {{"sub", "wer läutet"}, {"n", 3}});
  auto jwt = ReadJwt(text);
  ASSERT_TRUE(jwt.ok());
  EXPECT_TRUE(IsSignedBy(*jwt, key.public_key()));
  EXPECT_EQ(TextClaim(jwt->claims, "sub"), "wer läutet");
  EXPECT_EQ(TextClaim(jwt->claims, "n"), "");
  EXPECT_EQ(NumberClaim(jwt->claims, "sub"), 0);
  jwt->signature.back() ^= 1;
  EXPECT_FALSE(IsSignedBy(*jwt, key.public_key()));
  jwt->signature.pop_back();
  EXPECT_FALSE(IsSignedBy(*jwt, key.public_key()));
  EXPECT_FALSE(key.public_key().Verifies("", std::string(64, '\0')));
  EXPECT_FALSE(key.public_key().Verifies("", std::string(64, '\xff')));
}

TEST(JwtTest, OtherAlgorithmsAreNotRead) {
  const std::string claims = Base64Url(R"({"sub":"x"})");
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":7})", "{}", "[]", "{"}) {
    EXPECT_EQ(ReasonOf(ReadJwt(Base64Url(header) + "." + claims + ".").status()), "BAD_JWT") << header;
  }
  for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("a.b.c.d"), std::string(20'000, 'a'),
                                  std::string(kSigned) + ".x", std::string(kSigned) + "="}) {
    EXPECT_EQ(ReasonOf(ReadJwt(text).status()), "BAD_JWT");
  }
}

TEST(DpopTest, TheProofOfRfc9449) {
  const auto proof = ReadDpopProof(kProof);
  ASSERT_TRUE(proof.ok()) << ToString(proof.status());
  EXPECT_EQ(proof->id, "-BwC3ESc6acc2lTc");
  EXPECT_EQ(proof->method, "POST");
  EXPECT_EQ(proof->url, "https://server.example.com/token");
  EXPECT_EQ(proof->issued_at, absl::FromUnixSeconds(1562262616));
  EXPECT_EQ(proof->thumbprint, kProofThumbprint);
  // RFC 9449 7.1.
  EXPECT_EQ(DpopTokenHash("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
}

TEST(DpopTest, OursIsReadAsItIs) {
  const Es256Key key = Es256Key::New();
  const std::string text =
      MakeDpopProof(key, {"GET", "https://pds.example/xrpc/a.b.c?limit=3#x", "nonce-1", "the token"}, kNow);
  const auto proof = ReadDpopProof(text);
  ASSERT_TRUE(proof.ok()) << ToString(proof.status());
  EXPECT_EQ(proof->method, "GET");
  EXPECT_EQ(proof->url, "https://pds.example/xrpc/a.b.c");
  EXPECT_EQ(proof->nonce, "nonce-1");
  EXPECT_EQ(proof->token_hash, DpopTokenHash("the token"));
  EXPECT_EQ(proof->issued_at, kNow);
  EXPECT_EQ(proof->thumbprint, key.public_key().Thumbprint());
  EXPECT_THAT(text, Not(HasSubstr(Base64Url("\"d\""))));
  const auto other = ReadDpopProof(MakeDpopProof(key, {"GET", "https://pds.example/", "", ""}, kNow));
  EXPECT_NE(other->id, proof->id);
  EXPECT_EQ(other->nonce, "");
  EXPECT_EQ(other->token_hash, "");
}

TEST(DpopTest, WhatIsAlmostAProofIsNone) {
  const Es256Key key = Es256Key::New();
  const Json jwk = Json::parse(key.public_key().ToJwk());
  const Json claims = {{"jti", "1"}, {"htm", "GET"}, {"htu", "https://a.example/"}, {"iat", 1'800'000'000}};
  EXPECT_TRUE(ReadDpopProof(SignJwt(key, {{"typ", "dpop+jwt"}, {"jwk", jwk}}, claims)).ok());
  const auto refused = [&](const Json& header, const Json& made) {
    EXPECT_EQ(ReasonOf(ReadDpopProof(SignJwt(key, header, made)).status()), "BAD_PROOF") << header << made;
  };
  refused({{"typ", "JWT"}, {"jwk", jwk}}, claims);
  refused({{"typ", "dpop+jwt"}}, claims);
  refused({{"typ", "dpop+jwt"}, {"jwk", Json::parse(key.ToJwk())}}, claims);
  refused({{"typ", "dpop+jwt"}, {"jwk", Json::parse(Es256Key::New().public_key().ToJwk())}}, claims);
  for (const char* name : {"jti", "htm", "htu", "iat"}) {
    Json without = claims;
    without.erase(name);
    refused({{"typ", "dpop+jwt"}, {"jwk", jwk}}, without);
  }
}

TEST(ClientAssertionTest, ItSaysWhoAndToWhomForAMinute) {
  const Es256Key key = Es256Key::New();
  const auto jwt = ReadJwt(MakeClientAssertion(key, "https://c.example/client.json", "https://as.example", kNow));
  ASSERT_TRUE(jwt.ok());
  const Json shown = Json::parse(ToClientJwk(key.public_key()));
  const auto public_key = Es256PublicKey::FromJwk(shown.dump());
  ASSERT_TRUE(public_key.ok());
  EXPECT_TRUE(IsSignedBy(*jwt, *public_key));
  EXPECT_EQ(TextClaim(jwt->header, "kid"), shown.at("kid"));
  EXPECT_FALSE(shown.contains("d"));
  EXPECT_EQ(TextClaim(jwt->claims, "iss"), "https://c.example/client.json");
  EXPECT_EQ(TextClaim(jwt->claims, "sub"), "https://c.example/client.json");
  EXPECT_EQ(TextClaim(jwt->claims, "aud"), "https://as.example");
  EXPECT_EQ(NumberClaim(jwt->claims, "exp") - NumberClaim(jwt->claims, "iat"), 60);
  EXPECT_NE(TextClaim(jwt->claims, "jti"), "");
}

}  // namespace
}  // namespace carillon::jose
