// SHA-256 and base64 against the examples of their specifications (FIPS 180-4, RFC 4648 10).
#include <gtest/gtest.h>

#include "common/base/hmac.h"

namespace carillon {
namespace {

TEST(HashTest, Sha256OfAbc) {
  EXPECT_EQ(Base64Url(Sha256("abc")), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
  EXPECT_EQ(Base64Url(Sha256("")), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

TEST(HashTest, Base64IsReadAsItIsWritten) {
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64Url("foob"), "Zm9vYg");
  EXPECT_EQ(FromBase64("Zm9vYg=="), "foob");
  EXPECT_EQ(FromBase64Url("Zm9vYg"), "foob");
  const std::string bytes("\xff\xfe\x00\xfb", 4);
  EXPECT_EQ(FromBase64Url(Base64Url(bytes)), bytes);
  EXPECT_EQ(FromBase64Url(""), "");
}

TEST(HashTest, WhatIsNoBase64IsNothing) {
  for (const char* text : {"Zm9vYg==", "Zm9v Yg", "Zm9vY", "Zm9v+g", "é"}) EXPECT_EQ(FromBase64Url(text), std::nullopt) << text;
  for (const char* text : {"Zm9vYg", "Zm9vYg=", "_-8=", "Zm9v\nYg=="}) EXPECT_EQ(FromBase64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace carillon
