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
      [](Content& c) { c.set_visibility(publisher::v1::VISIBILITY_PUBLIC); },
      [](Content& c) { c.set_visibility(publisher::v1::VISIBILITY_UNLISTED); },
      [](Content& c) { c.set_content_warning("Bells"); },
      [](Content& c) { c.add_content_labels(publisher::v1::CONTENT_LABEL_NUDITY); },
      [](Content& c) { c.add_content_labels(publisher::v1::CONTENT_LABEL_PORN); },
      [](Content& c) { c.add_content_labels(publisher::v1::CONTENT_LABEL_NUDITY), c.add_content_labels(publisher::v1::CONTENT_LABEL_PORN); },
      [](Content& c) { c.mutable_poll(); },
      [](Content& c) { c.mutable_poll()->add_options("a"); },
      [](Content& c) { c.mutable_poll()->add_options("a"), c.mutable_poll()->add_options("b"); },
      [](Content& c) { c.mutable_poll()->add_options("b"), c.mutable_poll()->add_options("a"); },
      [](Content& c) { c.mutable_poll()->add_options("ab"); },
      [](Content& c) { c.mutable_poll()->set_multiple(true); },
      [](Content& c) { c.mutable_poll()->set_hide_totals(true); },
      [](Content& c) { c.mutable_poll()->set_duration_s(1); },
      [](Content& c) { c.set_quoted_remote_id("17"); },
      [](Content& c) { c.set_quoted_remote_id("1"); },
      [](Content& c) { c.mutable_reply_settings(); },
      [](Content& c) { c.mutable_reply_settings()->add_groups(publisher::v1::REPLY_GROUP_MENTIONED); },
      [](Content& c) { c.mutable_reply_settings()->add_groups(publisher::v1::REPLY_GROUP_VERIFIED); },
      [](Content& c) { c.set_conversation_remote_id("17"); },
      [](Content& c) { c.set_conversation_remote_id("1"); },
      [](Content& c) { c.set_conversation_remote_id("17"), c.set_content_warning("Bells"); },
      [](Content& c) { c.mutable_profile(); },
      [](Content& c) { c.mutable_profile()->set_display_name(""); },
      [](Content& c) { c.mutable_profile()->set_display_name("bio"); },
      [](Content& c) { c.mutable_profile()->set_bio(""); },
      [](Content& c) { c.mutable_profile()->set_bio("bio"); },
      [](Content& c) { c.mutable_profile()->mutable_avatar(); },
      [](Content& c) { c.mutable_profile()->mutable_avatar()->set_sha256("ab"); },
      [](Content& c) { c.mutable_profile()->mutable_header()->set_sha256("ab"); },
      [](Content& c) { c.mutable_profile()->mutable_header()->set_size_bytes(7); },
      [](Content& c) { c.mutable_profile()->mutable_header()->set_mime_type("image/png"); },
      [](Content& c) { c.mutable_profile()->add_fields()->set_name("Shop"); },
      [](Content& c) { c.mutable_profile()->add_fields()->set_value("Shop"); },
      [](Content& c) { c.mutable_profile()->add_fields()->set_name("Shop"), c.mutable_profile()->add_fields()->set_name("Blog"); },
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
  EXPECT_EQ(Content::descriptor()->field_count(), 15);
  EXPECT_EQ(publisher::v1::ProfileChange::descriptor()->field_count(), 5);
  EXPECT_EQ(publisher::v1::ProfileField::descriptor()->field_count(), 2);
  EXPECT_EQ(publisher::v1::Poll::descriptor()->field_count(), 4);
  EXPECT_EQ(publisher::v1::ReplySettings::descriptor()->field_count(), 1);
  EXPECT_EQ(publisher::v1::ContentPart::descriptor()->field_count(), 3);
  EXPECT_EQ(publisher::v1::Media::descriptor()->field_count(), 4);
}

// Stored approvals carry it: it must never change.
TEST(ContentHash, IsStable) {
  EXPECT_EQ(ContentHash(Sample()), "pywv9zssyyqp0kkertqq9k033c");
  Content thread = Sample();
  thread.add_thread()->set_text("and more");
  EXPECT_EQ(ContentHash(thread), "ty073d8nhwbgs6tywv05j3t3e0");
  thread.mutable_first_comment()->set_text("a word");
  EXPECT_EQ(ContentHash(thread), "n8n3azj6by9we092j8ah7d6wg4");
  thread.set_visibility(publisher::v1::VISIBILITY_UNLISTED);
  EXPECT_EQ(ContentHash(thread), "h31eqpnz5k1geccfn5dee7yq74");
  Content message = Sample();
  message.set_conversation_remote_id("c1");
  EXPECT_EQ(ContentHash(message), "xzbq8v8g2qe9gqfwp64qybphwg");
  thread.set_conversation_remote_id("c1");
  EXPECT_EQ(ContentHash(thread), "nkdw7mfwa6yyfzphmajz5bs6hr");
}

// Of a publication, its content's; of an action, another one, by what is to be done and to which post.
TEST(DispatchHash, TellsActionsApart) {
  publisher::v1::Dispatch dispatch;
  *dispatch.mutable_content() = Sample();
  EXPECT_EQ(DispatchHash(dispatch), ContentHash(Sample()));
  std::set<std::string> hashes = {DispatchHash(dispatch)};
  for (const auto action : {publisher::v1::ACTION_KIND_EDIT, publisher::v1::ACTION_KIND_DELETE}) {
    dispatch.set_action(action);
    for (const char* target : {"17", "18"}) {
      dispatch.set_target_remote_id(target);
      hashes.insert(DispatchHash(dispatch));
      publisher::v1::Dispatch warned = dispatch;
      warned.mutable_content()->set_content_warning("Bells");
      hashes.insert(DispatchHash(warned));
    }
  }
  EXPECT_EQ(hashes.size(), 9u);
}

// What holds for the whole holds for each part; what is the first post's stays with it.
TEST(PartOf, HasWhatHoldsForAllParts) {
  Content whole = Sample();
  whole.set_visibility(publisher::v1::VISIBILITY_PRIVATE);
  whole.set_content_warning("Bells");
  whole.add_content_labels(publisher::v1::CONTENT_LABEL_GRAPHIC_MEDIA);
  whole.mutable_poll()->add_options("a");
  whole.set_quoted_remote_id("17");
  whole.mutable_reply_settings();
  whole.add_thread()->set_text("and more");
  const Content part = PartOf(whole, whole.thread(0));
  Content wanted;
  wanted.set_text("and more");
  wanted.set_language("en");
  wanted.set_visibility(publisher::v1::VISIBILITY_PRIVATE);
  wanted.set_content_warning("Bells");
  wanted.add_content_labels(publisher::v1::CONTENT_LABEL_GRAPHIC_MEDIA);
  EXPECT_EQ(part.SerializeAsString(), wanted.SerializeAsString());
}

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
