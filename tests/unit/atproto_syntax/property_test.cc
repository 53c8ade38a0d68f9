#include <gtest/gtest.h>

#include <string>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/datetime.h"
#include "common/atproto_syntax/identifiers.h"
#include "common/atproto_syntax/language.h"
#include "common/atproto_syntax/tid.h"
#include "tests/support/random_text.h"

namespace carillon::atproto_syntax {
namespace {

constexpr int kTexts = 20000;

TEST(Properties, AnAtUriIsItsPartsAndNothingElse) {
  support::RandomText texts(1, {"at://", "did:plc:", "abc", "ana.example.com", "/", "app.bsky.feed.post", "3jzfcijpj2z2a",
                               "self", ".", "-"});
  int parsed = 0;
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = "at://" + texts.Make(6);
    const auto uri = ParseAtUri(text);
    if (!uri) continue;
    ++parsed;
    EXPECT_EQ(FormatAtUri(*uri), text);
    EXPECT_TRUE(IsAtIdentifier(uri->authority)) << text;
    EXPECT_TRUE(uri->collection.empty() || IsNsid(uri->collection)) << text;
    EXPECT_TRUE(uri->record_key.empty() || IsRecordKey(uri->record_key)) << text;
  }
  EXPECT_GT(parsed, 100);
}

TEST(Properties, WhatIsADomainBackwardsIsANsidWithAName) {
  support::RandomText texts(2, {"a", "B", "1", "-", ".", "com", "example", "xn--"});
  int handles = 0;
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(8);
    const bool begins_with_letter = !text.empty() && ((text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z');
    if (!IsHandle(text)) continue;
    ++handles;
    EXPECT_EQ(IsNsid(text + ".name"), begins_with_letter) << text;
  }
  EXPECT_GT(handles, 100);
}

TEST(Properties, AnyTextIsJudged) {
  support::RandomText texts(3, {"1985", "-", "04", "12", "T", "23", ":", "20", "50", ".", "Z", "+", "de", "x", "did:", "2", "z", "\xFF"});
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = texts.Make(16);
    const bool any = IsDid(text) || IsAtIdentifier(text) || IsNsid(text) || IsRecordKey(text) || IsLanguage(text) ||
                     ParseDatetime(text) || ParseTid(text) || ParseAtUri(text);
    EXPECT_FALSE(any && text.find('\xFF') != std::string::npos) << text;
    EXPECT_FALSE(any && text.size() > 8192);
  }
}

}  // namespace
}  // namespace carillon::atproto_syntax
