// Sessions, feeds, notifications, conversations, videos and limits, over HTTP.
#include "bluesky/fixture.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;
using BlueskyApi = BlueskyFixture;

const http::Headers kChat = {{"atproto-proxy", "did:web:api.bsky.chat#bsky_chat"}};

TEST_F(BlueskyApi, SessionsAreRefreshedAndEnded) {
  EXPECT_EQ(Said(Call("com.atproto.server.createSession", {{"identifier", "one.test"}, {"password", "x"}})),
            "401 AuthenticationRequired");
  EXPECT_EQ(Said(Query("com.atproto.server.getSession")), "401 AuthMissing");
  EXPECT_EQ(Said(Query("com.atproto.server.getSession", {}, "nonsense")), "400 InvalidToken");
  EXPECT_EQ(Said(Query("com.atproto.server.getSession", {}, one_.refresh)), "400 InvalidToken");
  EXPECT_EQ(Get("com.atproto.server.getSession")["did"], one_.did);
  const json next = BodyOf(Call("com.atproto.server.refreshSession", nullptr, one_.refresh));
  EXPECT_NE(next["refreshJwt"], one_.refresh);
  EXPECT_EQ(Said(Query("com.atproto.server.getSession", {}, next["accessJwt"])), "200");
  EXPECT_EQ(Said(Call("com.atproto.server.refreshSession", nullptr, one_.refresh)), "200")
      << "the old one is good for a while";
  EXPECT_EQ(Said(Call("com.atproto.server.refreshSession", nullptr, one_.access)), "400 InvalidToken");
  EXPECT_EQ(Said(Call("com.atproto.server.deleteSession", nullptr, next["refreshJwt"])), "200");
  EXPECT_EQ(Said(Call("com.atproto.server.refreshSession", nullptr, next["refreshJwt"])), "400 ExpiredToken");
}

TEST_F(BlueskyApi, AccessTokensExpire) {
  SandboxOptions options;
  options.bluesky.access_ttl = absl::ZeroDuration();
  Start(options);
  EXPECT_EQ(Said(Query("com.atproto.server.getSession", {}, one_.access)), "400 ExpiredToken");
  EXPECT_EQ(Said(Put(kRkey, PostRecord("a"))), "400 ExpiredToken");
}

TEST_F(BlueskyApi, NamesFollowFromTheSeed) {
  EXPECT_EQ(BodyOf(Query("com.atproto.identity.resolveHandle", {{"handle", "ONE.test"}}))["did"], one_.did);
  EXPECT_EQ(Said(Query("com.atproto.identity.resolveHandle", {{"handle", "nobody.test"}})),
            "400 HandleNotFound");
  const std::string did = one_.did;
  Start({});
  EXPECT_EQ(one_.did, did);
  SandboxOptions options;
  options.seed = 2;
  Start(options);
  EXPECT_NE(one_.did, did);
}

TEST_F(BlueskyApi, UnknownMethodsAndWrongVerbs) {
  EXPECT_EQ(Said(Query("app.bsky.feed.getFeedGenerators")), "501 MethodNotImplemented");
  EXPECT_EQ(Said(Query("com.atproto.repo.putRecord")), "400 InvalidRequest");
  EXPECT_EQ(Said(Query("com.atproto.repo.getRecord")), "400 InvalidRequest");
  EXPECT_EQ(Said(Query("app.bsky.feed.getAuthorFeed", {{"actor", one_.did}, {"limit", "101"}})),
            "400 InvalidRequest");
  EXPECT_EQ(Said(Query("app.bsky.feed.getAuthorFeed", {{"actor", one_.did}, {"cursor", "x"}})),
            "400 InvalidRequest");
}

TEST_F(BlueskyApi, PagesOfAFeedMeetWithoutGapOrRepeat) {
  std::set<std::string> seen;
  std::string cursor;
  do {
    http::FormFields page = {{"actor", "one.test"}, {"limit", "7"}};
    if (!cursor.empty()) page.emplace_back("cursor", cursor);
    const json answer = Get("app.bsky.feed.getAuthorFeed", page);
    cursor = answer.value("cursor", "");
    for (const json& item : answer["feed"]) EXPECT_TRUE(seen.insert(item["post"]["uri"]).second);
  } while (!cursor.empty());
  EXPECT_EQ(static_cast<int64_t>(seen.size()),
            Get("app.bsky.actor.getProfile", {{"actor", "one.test"}})["postsCount"].get<int64_t>());
  EXPECT_GT(seen.size(), 50U);
}

TEST_F(BlueskyApi, EngagementOnDemandIsCountedNotifiedAndThreaded) {
  const json post = BodyOf(Post("look"));
  const json made = Admin("POST", "/admin/engage",
                          {{"post", post["uri"]},
                           {"favourites", 3},
                           {"reblogs", 2},
                           {"texts", {"When?", "Where?"}},
                           {"follows", 1}});
  EXPECT_EQ(made["replies"].size(), 2U);
  EXPECT_EQ(Admin("POST", "/admin/engage", {{"post", post["uri"]}, {"quotes", 1}, {"first_user", 50}})["quotes"].size(), 1U);
  EXPECT_EQ(Admin("POST", "/admin/engage", {{"account", "one.test"}, {"mentions", 1}})["mentions"].size(), 1U);
  const json view = Get("app.bsky.feed.getPosts", {{"uris", post["uri"]}})["posts"][0];
  EXPECT_EQ(view["likeCount"], 3);
  EXPECT_EQ(view["repostCount"], 2);
  EXPECT_EQ(view["replyCount"], 2);
  EXPECT_EQ(view["quoteCount"], 1);
  EXPECT_EQ(Get("app.bsky.feed.getPostThread", {{"uri", post["uri"]}})["thread"]["replies"].size(), 2U);
  EXPECT_EQ(Get("app.bsky.feed.getLikes", {{"uri", post["uri"]}})["likes"].size(), 3U);
  EXPECT_EQ(Get("app.bsky.feed.getRepostedBy", {{"uri", post["uri"]}})["repostedBy"].size(), 2U);
  EXPECT_EQ(Get("app.bsky.feed.getQuotes", {{"uri", post["uri"]}})["posts"].size(), 1U);
  std::map<std::string, int> reasons;
  const json all = Get("app.bsky.notification.listNotifications");
  for (const json& one : all["notifications"]) ++reasons[one["reason"].get<std::string>()];
  EXPECT_EQ(reasons, (std::map<std::string, int>{{"like", 3}, {"repost", 2}, {"reply", 2},
                                                 {"follow", 1}, {"quote", 1}, {"mention", 1}}));
  EXPECT_EQ(Get("app.bsky.notification.getUnreadCount")["count"], 10);
  EXPECT_EQ(Get("app.bsky.notification.listNotifications", {{"reasons", "reply"}, {"reasons", "quote"}})
                ["notifications"].size(), 3U);
  const json first = Get("app.bsky.notification.listNotifications", {{"limit", "4"}});
  const json rest = Get("app.bsky.notification.listNotifications", {{"cursor", first["cursor"]}});
  EXPECT_EQ(rest["notifications"].size(), 6U);
  Call("app.bsky.notification.updateSeen", {{"seenAt", all["notifications"][0]["indexedAt"]}}, one_.access);
  EXPECT_EQ(Get("app.bsky.notification.getUnreadCount")["count"], 0);
  const json truth = Admin("GET", "/admin/engagement?platform=bluesky")["posts"][0];
  EXPECT_EQ(truth["favourites"], 3);
}

TEST_F(BlueskyApi, EngagementComesByItself) {
  keep_engagement_ = true;
  SandboxOptions options;
  options.engagement = {.scale = 4, .window = absl::Milliseconds(50)};
  Start(options);
  const json post = BodyOf(Post("the same text"));
  const EngagementEngine& engagement = sandbox_->shared.engagement;
  ASSERT_TRUE(Eventually([&] {
    return engagement.planned() > 0 && engagement.happened() == engagement.planned();
  }));
  const json view = Get("app.bsky.feed.getPosts", {{"uris", post["uri"]}})["posts"][0];
  EXPECT_GT(view["likeCount"].get<int>() + view["repostCount"].get<int>(), 5);
}

TEST_F(BlueskyApi, MessagesComeAndGo) {
  EXPECT_EQ(Said(Query("chat.bsky.convo.listConvos", {}, one_.access)), "501 MethodNotImplemented")
      << "the PDS does not know it; the header says who does";
  EXPECT_EQ(Admin("POST", "/admin/engage", {{"account", "one.test"}, {"messages", 2}, {"texts", {"Hi", "Ho"}}})["messages"].size(), 2U);
  const json convos = BodyOf(Query("chat.bsky.convo.listConvos", {}, one_.access, kChat))["convos"];
  ASSERT_EQ(convos.size(), 2U) << "from two people";
  EXPECT_EQ(convos[0]["status"], "request");
  EXPECT_EQ(convos[0]["unreadCount"], 1);
  EXPECT_EQ(convos[0]["lastMessage"]["text"], "Ho");
  const std::string id = convos[0]["id"];
  const std::string log = BodyOf(Query("chat.bsky.convo.getLog", {}, one_.access, kChat))["cursor"];
  const json sent = BodyOf(Call("chat.bsky.convo.sendMessage",
                                {{"convoId", id}, {"message", {{"text", "Hello"}}}}, one_.access, kChat));
  EXPECT_EQ(sent["text"], "Hello");
  const json convo = BodyOf(Query("chat.bsky.convo.getConvo", {{"convoId", id}}, one_.access, kChat))["convo"];
  EXPECT_EQ(convo["status"], "accepted");
  EXPECT_EQ(convo["unreadCount"], 0);
  const json messages = BodyOf(Query("chat.bsky.convo.getMessages", {{"convoId", id}}, one_.access, kChat))["messages"];
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0]["id"], sent["id"]);
  const json news = BodyOf(Query("chat.bsky.convo.getLog", {{"cursor", log}}, one_.access, kChat))["logs"];
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0]["$type"], "chat.bsky.convo.defs#logCreateMessage");
  EXPECT_EQ(Said(Query("chat.bsky.convo.getConvo", {{"convoId", id}}, two_.access, kChat)), "400 InvalidConvo");
  const http::FormFields members = {{"members", one_.did}, {"members", two_.did}};
  const std::string own = BodyOf(Query("chat.bsky.convo.getConvoForMembers", members, one_.access, kChat))["convo"]["id"];
  EXPECT_EQ(BodyOf(Query("chat.bsky.convo.getConvoForMembers", members, two_.access, kChat))["convo"]["id"], own);
}

TEST_F(BlueskyApi, VideosGoThroughTheirService) {
  SandboxOptions options;
  options.bluesky.video_processing = absl::Hours(1);
  Start(options);
  const std::string content = std::string("\0\0\0\x18", 4) + "ftypmp42 and frames";
  auto upload = [&](const std::string& token) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = "/xrpc/app.bsky.video.uploadVideo?did=" + one_.did + "&name=a.mp4";
    request.body = content;
    request.content_type = "video/mp4";
    return Send(request, token);
  };
  EXPECT_EQ(Said(upload(one_.access)), "401 BadJwt") << "the PDS' own token is none of the service";
  const json service = BodyOf(Query("com.atproto.server.describeServer"));
  auto token = [&](const std::string& audience, const std::string& method) {
    return Get("com.atproto.server.getServiceAuth", {{"aud", audience}, {"lxm", method}})["token"].get<std::string>();
  };
  const std::string good = token(service["did"], "com.atproto.repo.uploadBlob");
  EXPECT_EQ(Said(upload(token("did:web:other", "com.atproto.repo.uploadBlob"))), "401 BadJwtAudience");
  EXPECT_EQ(Said(upload(token(service["did"], "a.b.c"))), "401 BadJwtLexiconMethod");
  EXPECT_EQ(BodyOf(Query("app.bsky.video.getUploadLimits", {},
                         token("did:web:video.bsky.app", "app.bsky.video.getUploadLimits")))["canUpload"], true);
  const json job = BodyOf(upload(good))["jobStatus"];
  EXPECT_EQ(job["state"], "JOB_STATE_CREATED");
  EXPECT_FALSE(job.contains("blob"));
  EXPECT_EQ(StatusOf(upload(good)), 409);
  EXPECT_EQ(Get("app.bsky.video.getJobStatus", {{"jobId", job["jobId"]}})["jobStatus"]["jobId"], job["jobId"]);
}

TEST_F(BlueskyApi, AVideoThatIsDoneCanBePosted) {
  SandboxOptions options;
  options.bluesky.video_processing = absl::Milliseconds(50);
  Start(options);
  const std::string audience = BodyOf(Query("com.atproto.server.describeServer"))["did"];
  http::HttpRequest request;
  request.method = "POST";
  request.url = "/xrpc/app.bsky.video.uploadVideo";
  request.body = std::string("\0\0\0\x18", 4) + "ftypmp42 and frames";
  request.content_type = "video/mp4";
  const std::string token = Get("com.atproto.server.getServiceAuth",
                                {{"aud", audience}, {"lxm", "com.atproto.repo.uploadBlob"}})["token"];
  json job = BodyOf(Send(request, token))["jobStatus"];
  ASSERT_TRUE(Eventually([&] {
    job = Get("app.bsky.video.getJobStatus", {{"jobId", job["jobId"]}})["jobStatus"];
    return job["state"] == "JOB_STATE_COMPLETED";
  }));
  json record = PostRecord("moving");
  record["embed"] = {{"$type", "app.bsky.embed.video"}, {"video", job["blob"]}, {"alt", "frames"}};
  const json post = BodyOf(Create("app.bsky.feed.post", record, one_));
  const json view = Get("app.bsky.feed.getPosts", {{"uris", post["uri"]}})["posts"][0];
  EXPECT_EQ(view["embed"]["$type"], "app.bsky.embed.video#view");
  EXPECT_EQ(Get("app.bsky.feed.getAuthorFeed", {{"actor", one_.did}, {"filter", "posts_with_video"}})["feed"].size(), 1U);
}

TEST_F(BlueskyApi, PointsAreCountedPerAccount) {
  SandboxOptions options;
  options.bluesky.points_per_hour = 7;
  Start(options);
  EXPECT_EQ(Post("a").response->Header("RateLimit-Remaining"), "4") << "a create is 3 points";
  EXPECT_EQ(Put(kRkey, PostRecord("b")).response->Header("ratelimit-remaining"), "2") << "a put 2";
  EXPECT_EQ(Said(Post("c")), "429 RateLimitExceeded");
  EXPECT_EQ(Said(Create("app.bsky.feed.post", PostRecord("d"), two_)), "200");
  options.bluesky.rate_limit = 10;
  Start(options);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Said(Query("com.atproto.server.describeServer")), "200");
  EXPECT_EQ(Said(Query("com.atproto.server.describeServer")), "429 RateLimitExceeded")
      << "of the address, with two logins before";
}

TEST_F(BlueskyApi, SessionsAreLimited) {
  for (int i = 0; i < 29; ++i) Login("one.test");
  EXPECT_EQ(Said(Call("com.atproto.server.createSession",
                      {{"identifier", "one.test"}, {"password", "password-one.test"}})),
            "429 RateLimitExceeded");
}

TEST_F(BlueskyApi, SearchFindsWords) {
  json record = PostRecord("Grüße aus dem HAFEN #glocken");
  json facet = {{"index", {{"byteStart", 22}, {"byteEnd", 30}}}};
  facet["features"].push_back({{"$type", "app.bsky.richtext.facet#tag"}, {"tag", "Glocken"}});
  record["facets"] = json::array({facet});
  ASSERT_EQ(Said(Create("app.bsky.feed.post", record, one_)), "200");
  auto found = [&](http::FormFields params) {
    return Get("app.bsky.feed.searchPosts", std::move(params))["posts"].size();
  };
  EXPECT_EQ(found({{"q", "grüsse hafen"}}), 1U) << "ß folds to ss";
  EXPECT_EQ(found({{"q", "hafen from:two.test"}}), 0U);
  EXPECT_EQ(found({{"q", "*"}, {"tag", "glocken"}, {"author", "one.test"}}), 1U);
  EXPECT_EQ(found({{"q", "hafen"}, {"until", "2020-01-01"}}), 0U);
}

TEST_F(BlueskyApi, TimelinesFollow) {
  Create("app.bsky.graph.follow", {{"subject", two_.did}, {"createdAt", "2026-01-02T03:04:05Z"}}, one_);
  json record = PostRecord("hello followers");
  record["createdAt"] = "2999-01-01T00:00:00Z";
  Create("app.bsky.feed.post", record, two_);
  const json feed = Get("app.bsky.feed.getTimeline", {{"limit", "1"}})["feed"];
  EXPECT_EQ(feed[0]["post"]["record"]["text"], "hello followers");
  EXPECT_EQ(BodyOf(Query("app.bsky.notification.listNotifications", {}, two_.access))["notifications"][0]["reason"],
            "follow");
}

}  // namespace
}  // namespace carillon::sandbox::bluesky
