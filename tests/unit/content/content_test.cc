#include "common/content/content.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

namespace carillon::content {
namespace {

using publisher::v1::Content;

Content Sample() {
  Content content;
  content.set_text("Spring is here");
  content.set_link("https://shop.example/spring");
  content.set_in_reply_to_remote_id("17");
  content.set_language("en");
  auto* media = content.add_media();
  media->set_sha256("ab");
  media->set_mime_type("image/png");
  media->set_size_bytes(7);
  media->set_alt_text("A tulip");
  return content;
}

TEST(ContentHash, EveryFieldCounts) {
  const std::vector<std::function<void(Content&)>> edits = {
      [](Content& c) { c.set_text("Spring is here!"); },
      [](Content& c) { c.set_link(""); },
      [](Content& c) { c.set_in_reply_to_remote_id("18"); },
      [](Content& c) { c.set_language("de"); },
      [](Content& c) { c.set_conversation_remote_id("19"); },
      [](Content& c) { c.mutable_media(0)->set_sha256("ac"); },
      [](Content& c) { c.mutable_media(0)->set_mime_type("image/gif"); },
      [](Content& c) { c.mutable_media(0)->set_size_bytes(8); },
      [](Content& c) { c.mutable_media(0)->set_alt_text("A rose"); },
      [](Content& c) { *c.add_media() = c.media(0); },
      [](Content& c) { c.clear_media(); },
      [](Content& c) { c.add_thread()->set_text("and"); },
      [](Content& c) { c.add_thread()->set_text("and"), c.add_thread()->set_text("more"); },
      [](Content& c) { c.add_thread()->set_text("more"), c.add_thread()->set_text("and"); },
      [](Content& c) { c.add_thread()->set_link("https://x.example"); },
      [](Content& c) { *c.add_thread()->add_media() = c.media(0); },
      [](Content& c) { c.mutable_first_comment()->set_text("and"); },
      [](Content& c) { c.mutable_first_comment()->set_link("https://x.example"); },
      [](Content& c) { *c.mutable_first_comment()->add_media() = c.media(0); },
      [](Content& c) { c.add_thread()->set_text("and"), c.mutable_first_comment()->set_text("more"); },
  };
  std::set<std::string> hashes = {ContentHash(Sample())};
  for (const auto& edit : edits) {
    Content content = Sample();
    edit(content);
    hashes.insert(ContentHash(content));
  }
  EXPECT_EQ(hashes.size(), edits.size() + 1);
  EXPECT_EQ(ContentHash(Sample()), ContentHash(Sample()));
}

// A field that is added to one of these has to be added to the hash: this fails until somebody has looked.
TEST(ContentHash, KnowsAllFields) {
  EXPECT_EQ(Content::descriptor()->field_count(), 8);
  EXPECT_EQ(publisher::v1::ContentPart::descriptor()->field_count(), 3);
  EXPECT_EQ(publisher::v1::Media::descriptor()->field_count(), 4);
}

// Stored approvals carry it: it must never change.
TEST(ContentHash, IsStable) { EXPECT_EQ(ContentHash(Sample()), "pywv9zssyyqp0kkertqq9k033c"); }

TEST(TextKey, SeesThroughSpacingCaseAndPunctuation) {
  Content a;
  a.set_text("Hello,  World!\nhttps://x.example");
  Content b;
  b.set_text("hello world");
  b.set_link("https://x.example");
  Content c;
  c.set_text("hello worlds https://x.example");
  EXPECT_EQ(TextKey(a), TextKey(b));
  EXPECT_NE(TextKey(a), TextKey(c));
  Content greek;
  greek.set_text("Καλημέρα");
  Content other;
  other.set_text("Καληνύχτα");
  EXPECT_NE(TextKey(greek), TextKey(other));
}

}  // namespace
}  // namespace carillon::content
