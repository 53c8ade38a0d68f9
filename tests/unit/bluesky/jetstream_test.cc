// The Jetstream's reader, judged by lines that another implementation made of real frames, and what it makes of each.
#include "common/platform/bluesky/jetstream.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "common/base/testing/fake_clock.h"
#include "common/platform/bluesky/reply_kind.h"
#include "common/platform/bluesky/streamer.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::bluesky {
namespace {

using platform::Json;
using platform::SignalKind;

platform::StreamAudience AudienceOf(const std::vector<std::string>& dids) {
  platform::StreamAudience audience;
  for (const std::string& did : dids) audience.Add({"acct_" + did, "https://pds.example", did, "token"});
  return audience;
}

std::string Commit(const std::string& did, const std::string& collection, const Json& record,
                   const std::string& operation = "create") {
  return Json{{"did", did},
              {"time_us", 1'800'000'000'000'000},
              {"kind", "commit"},
              {"commit",
               {{"rev", "3"}, {"operation", operation}, {"collection", collection}, {"rkey", "k1"},
                {"cid", "bafy"}, {"record", record}}}}
      .dump();
}

std::vector<platform::Pushed> Push(const std::string& line, const platform::StreamAudience& audience) {
  const auto event = ReadJetstream(line);
  EXPECT_TRUE(event.ok()) << event.status();
  return event.ok() ? PushedBy(*event, audience).pushed : std::vector<platform::Pushed>();
}

TEST(JetstreamTest, ReadsWhatAnotherImplementationWrote) {
  const char* data = std::getenv("CARILLON_CONFORMANCE_DATA");
  if (data == nullptr) GTEST_SKIP() << "CARILLON_CONFORMANCE_DATA is not set";
  std::ifstream file(std::string(data) + "/jetstream/expected_v1.jsonl");
  ASSERT_TRUE(file) << data;
  std::map<std::string, int> kinds;
  std::map<std::string, std::vector<std::string>> reacted;  // whose, by whom
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    const auto event = ReadJetstream(line);
    ASSERT_TRUE(event.ok()) << event.status() << "\n" << line;
    // All that the line has is in the event: it can be written again.
    const Json expected = Json::parse(line);
    EXPECT_EQ(event->did, expected["did"]);
    EXPECT_EQ(event->time_us, expected["time_us"]);
    if (expected["kind"] != "commit") {
      ++kinds[expected["kind"]];
      continue;
    }
    const Json& commit = expected["commit"];
    ++kinds[commit["operation"].get<std::string>() + " " + commit["collection"].get<std::string>()];
    EXPECT_EQ(event->collection, commit["collection"]);
    EXPECT_EQ(event->rkey, commit["rkey"]);
    if (commit["operation"] != "delete") {
      EXPECT_EQ(event->cid, commit["cid"]);
      EXPECT_EQ(event->record, commit["record"]);
    }
    if (commit["operation"] == "create" && (commit["collection"] == "app.bsky.feed.like" ||
                                            commit["collection"] == "app.bsky.feed.repost")) {
      const std::string uri = commit["record"]["subject"]["uri"];
      // Who likes his own post hears nothing of it.
      if (uri.find("/app.bsky.feed.post/") != std::string::npos && AuthorityOf(uri) != event->did) {
        reacted[std::string(AuthorityOf(uri))].push_back(event->Uri());
      }
    }
    lines.push_back(line);
  }
  EXPECT_EQ(kinds["create app.bsky.feed.like"], 105);
  EXPECT_EQ(kinds["create app.bsky.feed.post"], 17);
  EXPECT_EQ(kinds["create app.bsky.feed.repost"], 15);
  EXPECT_EQ(kinds["delete app.bsky.graph.follow"], 3);
  EXPECT_EQ(kinds["identity"], 1);
  EXPECT_EQ(kinds["account"], 1);
  // Whoever was reacted to hears of each of it, once, and nobody else does.
  ASSERT_GT(reacted.size(), 50U);
  for (const auto& [did, uris] : reacted) {
    const platform::StreamAudience audience = AudienceOf({did});
    std::vector<std::string> heard;
    for (const std::string& line : lines) {
      for (const platform::Pushed& one : Push(line, audience)) {
        if (one.signal.kind == SignalKind::kFavourite || one.signal.kind == SignalKind::kBoost) {
          heard.push_back(one.signal.remote_id);
        }
      }
    }
    EXPECT_EQ(heard, uris) << did;
  }
}

TEST(JetstreamTest, FindsTermsInRealPosts) {
  const char* data = std::getenv("CARILLON_CONFORMANCE_DATA");
  if (data == nullptr) GTEST_SKIP() << "CARILLON_CONFORMANCE_DATA is not set";
  std::ifstream file(std::string(data) + "/jetstream/expected_v1.jsonl");
  platform::StreamAudience audience = AudienceOf({"did:plc:listener"});
  audience.queries = {{"acct_did:plc:listener", "ジャードゥーガル"}, {"acct_did:plc:listener", "www youtube com"}};
  std::multiset<std::string> terms;
  for (std::string line; std::getline(file, line);) {
    for (const platform::Pushed& one : Push(line, audience)) {
      EXPECT_EQ(one.signal.kind, SignalKind::kKeyword);
      EXPECT_FALSE(one.signal.text.empty());
      terms.insert(one.terms.begin(), one.terms.end());
    }
  }
  EXPECT_EQ(terms.count("ジャードゥーガル"), 1U);
  EXPECT_GE(terms.count("www youtube com"), 1U);
}

TEST(JetstreamTest, APostIsWhatItsNotificationWouldBe) {
  const std::string ours = "did:plc:us";
  const platform::StreamAudience audience = AudienceOf({ours});
  const std::string our_post = "at://did:plc:us/app.bsky.feed.post/p1";
  const Json mention = {{"text", "@us hi"},
                        {"facets", {{{"features", {{{"$type", "app.bsky.richtext.facet#mention"}, {"did", ours}}}}}}}};
  const Json reply = {{"text", "yes"}, {"reply", {{"parent", {{"uri", our_post}}}, {"root", {{"uri", our_post}}}}}};
  const Json quote = {{"text", "look"}, {"embed", {{"$type", "app.bsky.embed.record"}, {"record", {{"uri", our_post}}}}}};
  auto one = Push(Commit("did:plc:ann", "app.bsky.feed.post", mention), audience);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].signal.kind, SignalKind::kMention);
  EXPECT_EQ(one[0].signal.remote_id, "at://did:plc:ann/app.bsky.feed.post/k1");
  EXPECT_EQ(one[0].signal.status_remote_id, one[0].signal.remote_id);
  EXPECT_EQ(one[0].signal.text, "@us hi");
  EXPECT_EQ(one[0].author_id, "did:plc:ann");
  EXPECT_EQ(one[0].account_id, "acct_did:plc:us");
  one = Push(Commit("did:plc:ann", "app.bsky.feed.post", reply), audience);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].signal.kind, SignalKind::kReply);
  EXPECT_EQ(one[0].signal.post_remote_id, our_post);
  one = Push(Commit("did:plc:ann", "app.bsky.feed.post", quote), audience);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].signal.kind, SignalKind::kMention);
  EXPECT_EQ(one[0].signal.post_remote_id, our_post);
  // Ours, somebody else's, an edit, a deletion.
  EXPECT_TRUE(Push(Commit(ours, "app.bsky.feed.post", reply), audience).empty());
  EXPECT_TRUE(Push(Commit("did:plc:ann", "app.bsky.feed.post", {{"text", "hi"}}), audience).empty());
  EXPECT_TRUE(Push(Commit("did:plc:ann", "app.bsky.feed.post", reply, "update"), audience).empty());
  EXPECT_TRUE(Push(Commit("did:plc:ann", "app.bsky.feed.like", reply, "delete"), audience).empty());
  // A like of a feed of ours is no like of a post.
  EXPECT_TRUE(Push(Commit("did:plc:ann", "app.bsky.feed.like",
                          {{"subject", {{"uri", "at://did:plc:us/app.bsky.feed.generator/x"}}}}),
                   audience).empty());
  EXPECT_EQ(Push(Commit("did:plc:ann", "app.bsky.graph.follow", {{"subject", ours}}), audience).size(), 1U);
}

TEST(JetstreamTest, HalfALineIsAnErrorAndNotAGuess) {
  const std::string whole = Commit("did:plc:ann", "app.bsky.feed.like", {{"subject", {{"uri", "at://x"}}}});
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ReadJetstream(std::string_view(whole).substr(0, size)).ok()) << size;
  }
  for (const char* odd : {"[]", "{}", R"({"did":"did:plc:a","time_us":1,"kind":"new"})",
                          R"({"did":"did:plc:a","time_us":1,"kind":"commit","commit":{}})",
                          R"({"did":"x","time_us":1,"kind":"account"})"}) {
    EXPECT_FALSE(ReadJetstream(odd).ok()) << odd;
  }
}

class BlueskyStreamerTest : public ::testing::Test {
 protected:
  http::testing::FakeHttpClient client_;
  carillon::testing::FakeClock clock_;
  const std::unique_ptr<platform::Streamer> streamer_ =
      MakeStreamer(client_, clock_, "wss://jetstream.example/subscribe");
};

TEST_F(BlueskyStreamerTest, GoesALittleBackFromItsCursor) {
  const auto live = streamer_->Plan({}, "", absl::Seconds(1));
  ASSERT_TRUE(live.ok());
  EXPECT_TRUE(live->url.starts_with("wss://jetstream.example/subscribe?wantedCollections=app.bsky.feed.post&"));
  EXPECT_EQ(live->url.find("cursor"), std::string::npos);
  EXPECT_TRUE(live->headers.empty()) << "no token is shown to a server that needs none";
  const auto resumed = streamer_->Plan({}, "1800000000000000", absl::Seconds(1));
  EXPECT_NE(resumed->url.find("cursor=1799999995000000"), std::string::npos) << resumed->url;
}

TEST_F(BlueskyStreamerTest, NamesAreAskedForAndWhoHasNoneIsAHint) {
  client_.Handle([](const http::HttpRequest& request) {
    EXPECT_NE(request.url.find("app.bsky.actor.getProfiles?actors=did%3Aplc%3Aann&actors=did%3Aplc%3Agone"),
              std::string::npos) << request.url;
    return http::testing::FakeHttpClient::Response(
        200, R"({"profiles":[{"did":"did:plc:ann","handle":"ann.example","displayName":"Ann"}]})");
  });
  std::vector<platform::Pushed> pushed(2);
  pushed[0].author_id = "did:plc:ann";
  pushed[0].signal.status_remote_id = "at://did:plc:ann/app.bsky.feed.post/k1";
  pushed[1].author_id = "did:plc:gone";
  streamer_->Complete({"acct_1", "https://pds.example", "did:plc:us", "token"}, pushed, absl::Seconds(1));
  EXPECT_FALSE(pushed[0].is_hint);
  EXPECT_EQ(pushed[0].signal.author, "ann.example");
  EXPECT_EQ(pushed[0].signal.author_name, "Ann");
  EXPECT_EQ(pushed[0].signal.status_url, "https://bsky.app/profile/ann.example/post/k1");
  EXPECT_TRUE(pushed[1].is_hint);
}

}  // namespace
}  // namespace carillon::bluesky
