#include <gtest/gtest.h>

#include <string>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/datetime.h"
#include "common/atproto_syntax/identifiers.h"
#include "common/atproto_syntax/language.h"

namespace carillon::atproto_syntax {
namespace {

TEST(AtUri, Parts) {
  EXPECT_EQ(ParseAtUri("at://ana.example.com"), (AtUri{"ana.example.com", "", ""}));
  EXPECT_EQ(ParseAtUri("at://did:plc:abc/app.bsky.feed.post"), (AtUri{"did:plc:abc", "app.bsky.feed.post", ""}));
  EXPECT_EQ(ParseAtUri("at://did:plc:abc/app.bsky.feed.post/3k"), (AtUri{"did:plc:abc", "app.bsky.feed.post", "3k"}));
  EXPECT_EQ(ParseAtUri(""), std::nullopt);
  EXPECT_EQ(ParseAtUri("at://did:plc:abc?x=1"), std::nullopt);
}

TEST(Datetime, IsTheTime) {
  const absl::Time second = absl::FromUnixSeconds(482196050);
  EXPECT_EQ(ParseDatetime("1985-04-12T23:20:50Z"), second);
  EXPECT_EQ(ParseDatetime("1985-04-12T23:20:50.12Z"), second + absl::Milliseconds(120));
  EXPECT_EQ(ParseDatetime("1985-04-13T01:05:50.000000001+01:45"), second + absl::Nanoseconds(1));
  EXPECT_EQ(ParseDatetime("1985-04-12T16:20:50.1234567899999-07:00"), second + absl::Nanoseconds(123456789));
}

TEST(Datetime, OnlyDaysThatThereAre) {
  EXPECT_TRUE(ParseDatetime("2024-02-29T00:00:00Z"));
  EXPECT_FALSE(ParseDatetime("2023-02-29T00:00:00Z"));
  EXPECT_FALSE(ParseDatetime("2023-04-31T00:00:00Z"));
  EXPECT_FALSE(ParseDatetime("2023-04-30T23:59:60Z"));
  EXPECT_FALSE(ParseDatetime("2023-04-30T24:00:00Z"));
  EXPECT_FALSE(ParseDatetime("2023-04-30T00:00:00+24:00"));
  EXPECT_FALSE(ParseDatetime("2023-04-30T00:00:00+00:60"));
  EXPECT_FALSE(ParseDatetime("0009-04-30T00:00:00Z"));
  EXPECT_TRUE(ParseDatetime("2023-04-30T00:00:00." + std::string(40, '1') + "Z"));
  EXPECT_FALSE(ParseDatetime("2023-04-30T00:00:00." + std::string(50, '1') + "Z"));
}

TEST(Language, Table) {
  for (const char* tag : {"de", "gsw", "zh-cmn-Hans-CN", "de-CH-1996", "EN-gb-OED", "I-Navajo", "x-a", "de-a-bb-b-cc-x-1"}) {
    EXPECT_TRUE(IsLanguage(tag)) << tag;
  }
  for (const char* tag : {"", "-", "d", "De", "dE", "deU", "deutsch", "de-", "de--DE", "de-x", "x", "x-", "x-123456789", "de-a", "de-a-b",
                          "de-a-x-b", "de-1901-1901", "de_DE", "de-ÄÖ", "i-notold"}) {
    EXPECT_FALSE(IsLanguage(tag)) << tag;
  }
  EXPECT_FALSE(IsLanguage("de-" + std::string(1 << 20, 'a')));
}

TEST(Identifiers, AreAsciiOnly) {
  EXPECT_FALSE(IsDid("did:plc:\xC3\xA9"));
  EXPECT_FALSE(IsHandle("m\xC3\xBCnchen.de"));
  EXPECT_FALSE(IsNsid("com.example.\xC3\xA9"));
  EXPECT_FALSE(IsRecordKey("\xC3\xA9"));
  EXPECT_FALSE(IsRecordKey(std::string("a\0", 2)));
  EXPECT_FALSE(IsHandle(std::string("a.com\0", 6)));
}

}  // namespace
}  // namespace carillon::atproto_syntax
