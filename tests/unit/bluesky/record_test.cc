#include "common/platform/bluesky/record.h"

#include <gtest/gtest.h>

#include <set>

#include "common/atproto_syntax/tid.h"

namespace carillon::bluesky {
namespace {

using platform::Json;

const absl::Time kAt = absl::FromUnixMillis(1'800'000'000'123);

TEST(BlueskyRecord, ATextWithFacets) {
  platform::PublishContent content;
  content.text = "Grüße @ana.test, see https://a.example/x #Frühling";
  content.language = "de";
  PostParts parts;
  parts.did_of["ana.test"] = "did:plc:ana";
  const Json post = MakePost(content, kAt, parts);
  EXPECT_EQ(post["$type"], "app.bsky.feed.post");
  EXPECT_EQ(post["text"], content.text);
  EXPECT_EQ(post["createdAt"], "2027-01-15T08:00:00.123Z");
  EXPECT_EQ(post["langs"], Json::array({"de"}));
  ASSERT_EQ(post["facets"].size(), 3u);
  const std::vector<std::string> shown = {"@ana.test", "https://a.example/x", "#Frühling"};
  for (size_t i = 0; i < 3; ++i) {
    const Json& index = post["facets"][i]["index"];
    const size_t begin = index["byteStart"], end = index["byteEnd"];
    EXPECT_EQ(content.text.substr(begin, end - begin), shown[i]);
  }
  EXPECT_EQ(post["facets"][0]["features"][0]["did"], "did:plc:ana");
  EXPECT_EQ(post["facets"][1]["features"][0]["uri"], "https://a.example/x");
  EXPECT_EQ(post["facets"][2]["features"][0]["tag"], "Frühling");
}

TEST(BlueskyRecord, AHandleThatNobodyHasStaysText) {
  platform::PublishContent content;
  content.text = "hi @nobody.test";
  EXPECT_FALSE(MakePost(content, kAt, {}).contains("facets"));
  EXPECT_EQ(MentionedHandles(content), std::vector<std::string>{"nobody.test"});
}

TEST(BlueskyRecord, ALinkIsACardOrStandsInTheText) {
  platform::PublishContent content;
  content.text = "Spring";
  content.link = "https://a.example/spring";
  Json post = MakePost(content, kAt, {});
  EXPECT_EQ(post["text"], "Spring");
  EXPECT_EQ(post["embed"]["external"]["uri"], "https://a.example/spring");
  EXPECT_EQ(post["embed"]["external"]["title"], "a.example");
  content.media.push_back({"/x.png", "image/png", "A tree"});
  PostParts parts;
  parts.blobs.push_back({{"$type", "blob"}});
  post = MakePost(content, kAt, parts);
  EXPECT_EQ(post["text"], "Spring\n\nhttps://a.example/spring");
  EXPECT_EQ(post["embed"]["$type"], "app.bsky.embed.images");
  EXPECT_EQ(post["embed"]["images"][0]["alt"], "A tree");
  EXPECT_EQ(post["facets"].size(), 1u);
  content.media[0].mime_type = "video/mp4";
  EXPECT_EQ(MakePost(content, kAt, parts)["embed"]["$type"], "app.bsky.embed.video");
}

TEST(BlueskyRecord, AReplyNamesRootAndParent) {
  PostParts parts;
  parts.reply = ReplyTo{{"at://r", "cr"}, {"at://p", "cp"}};
  const Json post = MakePost({.text = "yes"}, kAt, parts);
  EXPECT_EQ(post["reply"]["root"]["uri"], "at://r");
  EXPECT_EQ(post["reply"]["parent"]["cid"], "cp");
}

TEST(BlueskyRecord, AQuoteStandsByItselfOrBesideMedia) {
  PostParts parts;
  parts.quoted = StrongRef{"at://q", "cq"};
  platform::PublishContent content{.text = "yes"};
  Json post = MakePost(content, kAt, parts);
  EXPECT_EQ(post["embed"], (Json{{"$type", "app.bsky.embed.record"}, {"record", {{"uri", "at://q"}, {"cid", "cq"}}}}));
  content.link = "https://a.example/spring";
  post = MakePost(content, kAt, parts);
  EXPECT_EQ(post["embed"]["$type"], "app.bsky.embed.recordWithMedia");
  EXPECT_EQ(post["embed"]["record"]["record"]["cid"], "cq");
  EXPECT_EQ(post["embed"]["media"]["$type"], "app.bsky.embed.external");
}

TEST(BlueskyRecord, LabelsAreItsContentWarning) {
  platform::PublishContent content{.text = "yes"};
  EXPECT_FALSE(MakePost(content, kAt, {}).contains("labels"));
  content.content_labels = {"nudity", "graphic-media"};
  EXPECT_EQ(MakePost(content, kAt, {})["labels"],
            (Json{{"$type", "com.atproto.label.defs#selfLabels"}, {"values", {{{"val", "nudity"}}, {{"val", "graphic-media"}}}}}));
}

TEST(BlueskyRecord, AGateSaysWhoMayReply) {
  const Json nobody = MakeGate({}, kAt, "at://p");
  EXPECT_EQ(nobody["post"], "at://p");
  EXPECT_EQ(nobody["createdAt"], "2027-01-15T08:00:00.123Z");
  EXPECT_EQ(nobody["allow"], Json::array()) << "without the member everybody might";
  using platform::ReplyGroup;
  const Json some = MakeGate({ReplyGroup::kMentioned, ReplyGroup::kFollowers, ReplyGroup::kFollowing}, kAt, "at://p");
  ASSERT_EQ(some["allow"].size(), 3u);
  EXPECT_EQ(some["allow"][0]["$type"], "app.bsky.feed.threadgate#mentionRule");
  EXPECT_EQ(some["allow"][1]["$type"], "app.bsky.feed.threadgate#followerRule");
  EXPECT_EQ(some["allow"][2]["$type"], "app.bsky.feed.threadgate#followingRule");
}

TEST(BlueskyRecord, WhatAQuoteMeans) {
  const std::string uri = "at://did:plc:abc/app.bsky.feed.post/3kabc";
  EXPECT_EQ(QuotedUri(uri), uri);
  EXPECT_EQ(QuotedUri("https://bsky.app/profile/did:plc:abc/post/3kabc"), uri);
  EXPECT_EQ(QuotedUri("https://bsky.app/profile/ann.test/post/3kabc?ref=x"), "at://ann.test/app.bsky.feed.post/3kabc");
  for (const char* none : {"", "3kabc", "at://did:plc:abc", "at://did:plc:abc/app.bsky.feed.post", "https://bsky.app/profile/ann.test",
                           "https://elsewhere.example/profile/ann.test/post/3kabc", "https://bsky.app/profile/ann.test/post/"}) {
    EXPECT_EQ(QuotedUri(none), "") << none;
  }
}

// The same delivery has the same key at each attempt; another has another, in the same millisecond too.
TEST(BlueskyRecord, TheKeyFollowsFromTheDelivery) {
  EXPECT_EQ(RecordKey(kAt, "dlv_1"), RecordKey(kAt, "dlv_1"));
  std::set<std::string> keys;
  for (int i = 0; i < 200; ++i) {
    const std::string key = RecordKey(kAt, "dlv_" + std::to_string(i));
    const auto tid = atproto_syntax::ParseTid(key);
    ASSERT_TRUE(tid) << key;
    EXPECT_EQ(tid->microseconds / 1000, absl::ToUnixMillis(kAt));
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 200u);
  EXPECT_LT(RecordKey(kAt, "dlv_1"), RecordKey(kAt + absl::Milliseconds(1), "dlv_1"));
}

// It is known without the time of its first attempt.
TEST(BlueskyRecord, AKeySaysWhoseItIs) {
  for (int hours = 0; hours < 50; ++hours) {
    EXPECT_TRUE(IsKeyOf(RecordKey(kAt + absl::Hours(hours), "dlv_1"), "dlv_1"));
    EXPECT_FALSE(IsKeyOf(RecordKey(kAt, "dlv_1"), "dlv_" + std::to_string(hours + 2)));
  }
  EXPECT_FALSE(IsKeyOf("self", "dlv_1"));
  EXPECT_FALSE(IsKeyOf("", "dlv_1"));
}

TEST(BlueskyRecord, TheWebAddress) {
  EXPECT_EQ(WebAddress("at://did:plc:abc/app.bsky.feed.post/3kabc", "brand.example"),
            "https://bsky.app/profile/brand.example/post/3kabc");
  EXPECT_EQ(WebAddress("at://did:plc:abc/app.bsky.feed.post/3kabc", ""),
            "https://bsky.app/profile/did:plc:abc/post/3kabc");
  EXPECT_EQ(WebAddress("https://elsewhere", "x"), "");
}

}  // namespace
}  // namespace carillon::bluesky
