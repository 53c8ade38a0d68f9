// What a PDS does with records: keys, swaps, batches, and what it refuses.
#include "bluesky/fixture.h"
#include "services/sandbox/bluesky/cid.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;
using BlueskyRepo = BlueskyFixture;

TEST_F(BlueskyRepo, APutOfTheSameIsDoneOnce) {
  const json record = PostRecord("Guten Morgen ☀️");
  const json first = BodyOf(Put(kRkey, record));
  EXPECT_EQ(first["uri"], "at://" + one_.did + "/app.bsky.feed.post/" + kRkey);
  EXPECT_EQ(first["cid"], CidOfRecord(record).value_or(""));
  EXPECT_EQ(first["validationStatus"], "valid");
  EXPECT_TRUE(first.contains("commit"));
  for (const json& swap : {json(), json{{"swapRecord", nullptr}}}) {
    const json again = BodyOf(Put(kRkey, record, swap));
    EXPECT_EQ(again["uri"], first["uri"]);
    EXPECT_EQ(again["cid"], first["cid"]);
    EXPECT_FALSE(again.contains("commit")) << "nothing was done";
  }
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 1);
  EXPECT_EQ(Admin("GET", "/admin/stats")["replayed"], 2);
}

TEST_F(BlueskyRepo, SwapsSayWhatIsExpected) {
  const json none = {{"swapRecord", nullptr}};
  const std::string cid = BodyOf(Put(kRkey, PostRecord("a"), none))["cid"];
  const auto refused = Put(kRkey, PostRecord("b"), none);
  EXPECT_EQ(Said(refused), "400 InvalidSwap");
  EXPECT_EQ(BodyOf(refused)["message"], "Record was at " + cid);
  EXPECT_EQ(Said(Put(kRkey, PostRecord("b"), {{"swapRecord", CidOfRaw("")}})), "400 InvalidSwap");
  EXPECT_EQ(Said(Put("3jzfcijpj2z2b", PostRecord("b"), {{"swapRecord", cid}})), "400 InvalidSwap");
  EXPECT_EQ(Said(Put(kRkey, PostRecord("b"), {{"swapCommit", CidOfRaw("")}})), "400 InvalidSwap");
  EXPECT_EQ(Said(Put(kRkey, PostRecord("b"), {{"swapRecord", cid}})), "200");
  EXPECT_EQ(Said(Put(kRkey, PostRecord("c"))), "200") << "without a swap, anything goes";
  const json truth = Admin("GET", "/admin/posts")["posts"];
  ASSERT_EQ(truth.size(), 1U) << "an edit is no post of its own";
  EXPECT_EQ(truth[0]["text"], "c");
  EXPECT_EQ(truth[0]["edited"], true);
  EXPECT_EQ(truth[0]["platform"], "bluesky");
  EXPECT_EQ(truth[0]["idempotency_key"], kRkey);
}

TEST_F(BlueskyRepo, ACreateOnATakenKeyIsAnErrorWithoutAName) {
  const auto made = Create("app.bsky.feed.post", PostRecord("a"), one_, kRkey);
  EXPECT_EQ(Said(made), "200");
  const auto again = Create("app.bsky.feed.post", PostRecord("a"), one_, kRkey);
  EXPECT_EQ(Said(again), "500 InternalServerError");
  EXPECT_EQ(BodyOf(again)["message"], "Internal Server Error");
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 1);
}

TEST_F(BlueskyRepo, ABatchIsAllOrNothing) {
  const std::string prefix = "com.atproto.repo.applyWrites#";
  auto write = [&](const char* action, const std::string& rkey, const json& value) {
    json out = {{"$type", prefix + action}, {"collection", "app.bsky.feed.post"}, {"rkey", rkey}};
    if (!value.is_null()) out["value"] = value;
    return out;
  };
  auto apply = [&](const json& writes) {
    return Call("com.atproto.repo.applyWrites", {{"repo", one_.did}, {"writes", writes}}, one_.access);
  };
  const json two = json::array({write("create", kRkey, PostRecord("a")),
                                write("create", "3jzfcijpj2z2b", PostRecord("b"))});
  const json answer = BodyOf(apply(two));
  ASSERT_EQ(answer["results"].size(), 2U);
  EXPECT_EQ(answer["results"][1]["$type"], prefix + "createResult");
  EXPECT_EQ(Said(apply(json::array({write("delete", kRkey, nullptr),
                                    write("update", "3jzfcijpj2z2c", PostRecord("c"))}))),
            "500 InternalServerError");
  EXPECT_EQ(Said(apply(json::array({write("delete", kRkey, nullptr),
                                    write("create", "3jzfcijpj2z2c", PostRecord(""))}))),
            "200");
  const json truth = Admin("GET", "/admin/posts")["posts"];
  ASSERT_EQ(truth.size(), 3U);
  EXPECT_EQ(truth[0]["deleted"], true);
  EXPECT_EQ(Said(apply(json::array({{{"$type", "nonsense"}}}))), "400 InvalidRequest");
}

TEST_F(BlueskyRepo, RecordsAreListedByKeyAndDeletedOnce) {
  for (const char* rkey : {"3jzfcijpj2z2a", "3jzfcijpj2z2b", "3jzfcijpj2z2c"}) Put(rkey, PostRecord(rkey));
  const http::FormFields query = {{"repo", "one.test"}, {"collection", "app.bsky.feed.post"}};
  std::set<std::string> seen;
  std::string cursor, last = "~";
  do {
    http::FormFields page = query;
    page.emplace_back("limit", "7");
    if (!cursor.empty()) page.emplace_back("cursor", cursor);
    const json answer = BodyOf(Query("com.atproto.repo.listRecords", page));
    cursor = answer.value("cursor", "");
    for (const json& record : answer["records"]) {
      EXPECT_LT(record["uri"].get<std::string>(), last);
      last = record["uri"];
      EXPECT_TRUE(seen.insert(last).second);
    }
  } while (!cursor.empty());
  EXPECT_GT(seen.size(), 50U) << "eight weeks and three";
  const json input = {{"repo", one_.did}, {"collection", "app.bsky.feed.post"}, {"rkey", kRkey}};
  const http::FormFields get = {
      {"repo", one_.did}, {"collection", "app.bsky.feed.post"}, {"rkey", kRkey}};
  EXPECT_EQ(BodyOf(Query("com.atproto.repo.getRecord", get))["value"]["text"], kRkey);
  EXPECT_EQ(Said(Call("com.atproto.repo.deleteRecord", input, two_.access)), "401 AuthenticationRequired");
  EXPECT_TRUE(BodyOf(Call("com.atproto.repo.deleteRecord", input, one_.access)).contains("commit"));
  EXPECT_FALSE(BodyOf(Call("com.atproto.repo.deleteRecord", input, one_.access)).contains("commit"));
  EXPECT_EQ(Said(Query("com.atproto.repo.getRecord", get)), "400 RecordNotFound");
}

TEST_F(BlueskyRepo, PostsAreHeldToTheirLexicon) {
  struct Case {
    const char* what;
    json change;
    std::string said;
  };
  const std::string family = "👨‍👩‍👧‍👦";
  auto times = [](int count, const std::string& text) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  auto facet = [](int begin, int end) {
    json one = {{"index", {{"byteStart", begin}, {"byteEnd", end}}}};
    one["features"].push_back({{"$type", "app.bsky.richtext.facet#tag"}, {"tag", "x"}});
    return json{{"facets", json::array({one})}};
  };
  const json ref = {{"uri", "at://did:plc:abc/app.bsky.feed.post/3jzfcijpj2z2a"}, {"cid", CidOfRaw("")}};
  const Case cases[] = {
      {"300 graphemes", {{"text", times(300, "é")}}, "200"},
      {"301 graphemes", {{"text", times(301, "é")}}, "400 InvalidRequest"},
      {"120 families are 120 graphemes and 3000 bytes", {{"text", times(120, family)}}, "200"},
      {"121 families are 3025 bytes", {{"text", times(121, family)}}, "400 InvalidRequest"},
      {"no text", {{"text", nullptr}}, "400 InvalidRequest"},
      {"a day is no time", {{"createdAt", "2026-01-02"}}, "400 InvalidRequest"},
      {"three languages", {{"langs", {"de", "en-GB", "ja"}}}, "200"},
      {"four languages", {{"langs", {"de", "en", "ja", "fr"}}}, "400 InvalidRequest"},
      {"no language", {{"langs", json::array({"?"})}}, "400 InvalidRequest"},
      {"a facet", facet(0, 4), "200"},
      {"a facet past the end", facet(0, 5), "400 InvalidRequest"},
      {"a facet within a character", facet(0, 2), "400 InvalidRequest"},
      {"an empty facet", facet(2, 2), "400 InvalidRequest"},
      {"a fraction", {{"extra", 1.5}}, "400 InvalidRequest"},
      {"another type", {{"$type", "app.bsky.feed.like"}}, "400 InvalidRequest"},
      {"a reply", {{"reply", {{"root", ref}, {"parent", ref}}}}, "200"},
      {"half a reply", {{"reply", {{"parent", ref}}}}, "400 InvalidRequest"},
      {"a quote", {{"embed", {{"$type", "app.bsky.embed.record"}, {"record", ref}}}}, "200"},
      {"an embed without a type", {{"embed", {{"record", ref}}}}, "400 InvalidRequest"},
  };
  for (const Case& one : cases) {
    json record = PostRecord("a€");
    record.update(one.change);
    EXPECT_EQ(Said(Create("app.bsky.feed.post", record, one_)), one.said) << one.what;
  }
  EXPECT_EQ(Said(Put("self", PostRecord("a"))), "400 InvalidRequest") << "a post's key is a TID";
  EXPECT_EQ(Said(Create("app.bsky.actor.profile", {{"displayName", times(65, "a")}}, one_)),
            "400 InvalidRequest");
  EXPECT_EQ(Said(Create("com.example.unknown", {{"a", 1}}, one_)), "200");
  EXPECT_EQ(Said(Create("nonsense", {{"a", 1}}, one_)), "400 InvalidRequest");
}

TEST_F(BlueskyRepo, BlobsMustHaveBeenUploaded) {
  const json blob = Upload("\x89PNG and so on", "image/jpeg");
  EXPECT_EQ(blob["mimeType"], "image/png") << "by its first bytes";
  EXPECT_EQ(blob["ref"]["$link"], CidOfRaw("\x89PNG and so on"));
  auto images = [&](const json& image, int count) {
    json record = PostRecord("with pictures");
    record["embed"] = {{"$type", "app.bsky.embed.images"}, {"images", json::array()}};
    for (int i = 0; i < count; ++i) record["embed"]["images"].push_back({{"image", image}, {"alt", "grey"}});
    return Create("app.bsky.feed.post", record, one_);
  };
  EXPECT_EQ(Said(images(blob, 4)), "200");
  EXPECT_EQ(Said(images(blob, 5)), "400 InvalidRequest");
  json other = blob;
  other["ref"]["$link"] = CidOfRaw("never uploaded");
  EXPECT_EQ(Said(images(other, 1)), "400 BlobNotFound");
  other = blob;
  other["size"] = 1;
  EXPECT_EQ(Said(images(other, 1)), "400 InvalidSize");
  other = blob;
  other["mimeType"] = "image/gif";
  EXPECT_EQ(Said(images(other, 1)), "400 InvalidMimeType");
  EXPECT_EQ(Said(images(Upload("text", "text/plain"), 1)), "400 InvalidMimeType");
  EXPECT_EQ(Said(images(Upload("\x89PNG" + std::string(2'000'001, 'x'), ""), 1)), "400 BlobTooLarge");
  json record = PostRecord("no alt");
  record["embed"] = {{"$type", "app.bsky.embed.images"}};
  record["embed"]["images"].push_back({{"image", blob}});
  EXPECT_EQ(Said(Create("app.bsky.feed.post", record, one_)), "400 InvalidRequest");
  const auto got = Query("com.atproto.sync.getBlob", {{"did", one_.did}, {"cid", blob["ref"]["$link"]}});
  EXPECT_EQ(got.response->body, "\x89PNG and so on");
  EXPECT_EQ(got.response->Header("content-type"), "image/png");
  EXPECT_EQ(Said(Query("com.atproto.sync.getBlob", {{"did", two_.did}, {"cid", blob["ref"]["$link"]}})),
            "400 BlobNotFound");
  const json truth = Admin("GET", "/admin/posts")["posts"][0];
  EXPECT_EQ(truth["media"].size(), 4U);
  EXPECT_EQ(truth["media"][0]["description"], "grey");
}

TEST_F(BlueskyRepo, ASecondLikeTakesThePlaceOfTheFirst) {
  const json post = BodyOf(Post("like me"));
  const json like = {{"subject", {{"uri", post["uri"]}, {"cid", post["cid"]}}},
                     {"createdAt", "2026-01-02T03:04:05Z"}};
  const std::string first = BodyOf(Create("app.bsky.feed.like", like, two_))["uri"];
  const std::string second = BodyOf(Create("app.bsky.feed.like", like, two_))["uri"];
  EXPECT_NE(first, second);
  EXPECT_EQ(BodyOf(Query("com.atproto.repo.listRecords",
                         {{"repo", two_.did}, {"collection", "app.bsky.feed.like"}}))["records"]
                .size(),
            1U);
  EXPECT_EQ(Get("app.bsky.feed.getPosts", {{"uris", post["uri"]}})["posts"][0]["likeCount"], 1);
}

TEST_F(BlueskyRepo, AGateSaysWhoMayReply) {
  const std::string prefix = "com.atproto.repo.applyWrites#create";
  const std::string uri = "at://" + one_.did + "/app.bsky.feed.post/" + kRkey;
  const auto publish = [&](json allow) {
    const json gate = {{"$type", "app.bsky.feed.threadgate"}, {"post", uri}, {"allow", std::move(allow)}, {"createdAt", "2026-01-02T03:04:05.678Z"}};
    return Call("com.atproto.repo.applyWrites",
                {{"repo", one_.did},
                 {"writes",
                  {{{"$type", prefix}, {"collection", "app.bsky.feed.post"}, {"rkey", kRkey}, {"value", PostRecord("Hush")}},
                   {{"$type", prefix}, {"collection", "app.bsky.feed.threadgate"}, {"rkey", kRkey}, {"value", gate}}}}},
                one_.access);
  };
  EXPECT_EQ(Said(publish(json::array({json{{"$type", "app.bsky.feed.threadgate#listRule"}}}))), "400 InvalidRequest") << "which list?";
  EXPECT_EQ(Admin("GET", "/admin/posts")["count"], 0);
  ASSERT_EQ(Said(publish(json::array({json{{"$type", "app.bsky.feed.threadgate#followerRule"}}}))), "200");
  EXPECT_EQ(Said(publish(json::array())), "500 InternalServerError") << "there is one at each key";
  const auto reply = [&](const Session& session) {
    json record = PostRecord("a word");
    record["reply"] = {{"root", {{"uri", uri}, {"cid", Get("app.bsky.feed.getPosts", {{"uris", uri}})["posts"][0]["cid"]}}}};
    record["reply"]["parent"] = record["reply"]["root"];
    return Said(Create("app.bsky.feed.post", record, session));
  };
  const auto shown = [&] { return Get("app.bsky.feed.getPosts", {{"uris", uri}})["posts"][0]; };
  EXPECT_EQ(shown()["threadgate"]["record"]["post"], uri);
  EXPECT_EQ(reply(two_), "200") << "a repository takes anything";
  EXPECT_EQ(shown()["replyCount"], 0) << "and nobody sees it";
  EXPECT_EQ(reply(one_), "200");
  EXPECT_EQ(shown()["replyCount"], 1) << "its author always may";
  EXPECT_EQ(Said(Create("app.bsky.graph.follow", {{"subject", one_.did}, {"createdAt", "2026-01-02T03:04:05.678Z"}}, two_)), "200");
  EXPECT_EQ(reply(two_), "200");
  EXPECT_EQ(shown()["replyCount"], 2);
  EXPECT_EQ(Admin("GET", "/admin/posts")["posts"][0]["threadgate"]["allow"].size(), 1U);
}

}  // namespace
}  // namespace carillon::sandbox::bluesky
