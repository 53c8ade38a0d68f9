// The examples that AWS publishes ("Signature Calculations for the Authorization Header" and "Using Query Parameters", S3 API reference).
#include "common/s3/sigv4.h"

#include <gtest/gtest.h>

#include "common/s3/s3_xml.h"

namespace carillon::s3 {
namespace {

const Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"};
const absl::Time kDay = absl::FromCivil(absl::CivilSecond(2013, 5, 24), absl::UTCTimeZone());

std::string SignatureOf(const Signable& request) {
  const std::string authorization = Sign(request, kExample, kDay)["Authorization"];
  return authorization.substr(authorization.find("Signature=") + 10);
}

Signable Request(const std::string& method, const std::string& path) {
  return {method, "examplebucket.s3.amazonaws.com", path, {}, {}, Sha256Hex("")};
}

TEST(SigV4Test, SignsAsPublished) {
  Signable get = Request("GET", "/test.txt");
  get.headers["Range"] = "bytes=0-9";
  EXPECT_EQ(SignatureOf(get), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  Signable put = Request("PUT", "/test$file.text");
  put.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  put.payload_sha256 = Sha256Hex("Welcome to Amazon S3.");
  EXPECT_EQ(SignatureOf(put), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  Signable lifecycle = Request("GET", "/");
  lifecycle.query = {{"lifecycle", ""}};
  EXPECT_EQ(SignatureOf(lifecycle), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  Signable list = Request("GET", "/");
  list.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(SignatureOf(list), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4Test, PresignsAsPublished) {
  const std::string query = PresignedQuery(Request("GET", "/test.txt"), kExample, kDay, absl::Hours(24));
  EXPECT_EQ(query,
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
            "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  EXPECT_NE(PresignedQuery(Request("GET", "/test.txt"), kExample, kDay, absl::Hours(24 * 30)).find("Expires=604800&"),
            std::string::npos)
      << "a week at most";
  EXPECT_EQ(query.find(kExample.secret), std::string::npos);
}

TEST(SigV4Test, EncodesAsItIsSigned) {
  EXPECT_EQ(EncodePath("/bucket/a b/é$~"), "/bucket/a%20b/%C3%A9%24~");
  EXPECT_EQ(EncodePath("/"), "/");
  EXPECT_EQ(EncodeQuery({{"uploads", ""}, {"prefix", "a/b&"}}), "prefix=a%2Fb%26&uploads=");
}

TEST(S3XmlTest, FindsElements) {
  const std::string page =
      "<?xml version=\"1.0\"?><R><Contents><Key>a&amp;b</Key><Size>1</Size></Contents><Contents><Key>c</Key></Contents></R>";
  ASSERT_EQ(Elements(page, "Contents").size(), 2u);
  EXPECT_EQ(ElementText(Elements(page, "Contents")[0], "Key"), "a&b");
  EXPECT_EQ(ElementText(page, "None"), "");
  EXPECT_TRUE(Elements("<Key>never closed", "Key").empty());
  EXPECT_EQ(ElementText("<Key>&quot;x&#34;&</Key>", "Key"), "\"x\"&");
  EXPECT_EQ(EscapeXml("\"a<b>&"), "&quot;a&lt;b&gt;&amp;");
}

}  // namespace
}  // namespace carillon::s3
