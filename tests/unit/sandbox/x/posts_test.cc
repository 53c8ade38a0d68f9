// What is accepted as a post, what is refused and how, and how posts are read.
#include "x/fixture.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;
using XPosts = XFixture;

std::string Times(int count, const std::string& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST_F(XPosts, APostIsShownWithShortLinksAndEntities) {
  const auto made = Post({{"text", "Tea & <cake> at https://example.com/a?b=1 with @two #tea"}});
  EXPECT_EQ(made.response->status, 201);
  const json data = BodyOf(made)["data"];
  const std::string text = data["text"], id = data["id"];
  EXPECT_TRUE(text.starts_with("Tea &amp; &lt;cake&gt; at https://t.co/")) << text;
  const json post = Get("/2/tweets/" + id +
                        "?tweet.fields=entities,author_id,public_metrics,conversation_id&"
                        "expansions=author_id,entities.mentions.username&user.fields=public_metrics");
  EXPECT_EQ(post["data"]["text"], text);
  EXPECT_EQ(post["data"]["author_id"], one_);
  EXPECT_EQ(post["data"]["conversation_id"], id);
  const json entities = post["data"]["entities"];
  EXPECT_EQ(entities["urls"][0]["expanded_url"], "https://example.com/a?b=1");
  EXPECT_EQ(entities["urls"][0]["display_url"], "example.com/a?b=1");
  EXPECT_EQ(entities["mentions"][0]["id"], two_);
  const size_t start = entities["hashtags"][0]["start"];
  EXPECT_EQ(text.substr(start), "#tea") << "all of it is ASCII";
  EXPECT_EQ(post["includes"]["users"].size(), 2U);
  EXPECT_EQ(post["data"]["public_metrics"]["retweet_count"], 0);
  const json truth = Admin("GET", "/admin/posts?platform=x")["posts"][0];
  EXPECT_EQ(truth["text"], "Tea & <cake> at https://example.com/a?b=1 with @two #tea");
  EXPECT_EQ(truth["id"], id);
  EXPECT_EQ(truth["account"], "one");
}

TEST_F(XPosts, TheNewVocabularyIsAnotherOne) {
  const std::string id = Posted("hello");
  const json old = Get("/2/tweets/" + id + "?tweet.fields=author_id,public_metrics")["data"],
             renewed = Get("/2/tweets/" + id + "?post.fields=author_id,public_metrics")["data"];
  EXPECT_TRUE(old.contains("edit_history_tweet_ids"));
  EXPECT_TRUE(renewed.contains("edit_history_post_ids"));
  EXPECT_TRUE(old["public_metrics"].contains("retweet_count"));
  EXPECT_TRUE(renewed["public_metrics"].contains("repost_count"));
  EXPECT_TRUE(old.contains("author_id"));
  EXPECT_FALSE(renewed.contains("author_id")) << "it is an expansion there";
  const json expanded = Get("/2/tweets/" + id + "?post.fields=lang&expansions=author_id");
  EXPECT_EQ(expanded["data"]["author_id"], one_);
  EXPECT_FALSE(Get("/2/tweets/" + id + "?tweet.fields=nonsense").contains("errors"));
}

TEST_F(XPosts, TextIsWeighed) {
  EXPECT_EQ(Said(Post({{"text", Times(280, "a")}})), "201");
  EXPECT_EQ(Said(Post({{"text", Times(281, "a")}})), "403 You are not permitted to perform this action.");
  EXPECT_EQ(Said(Post({{"text", Times(140, "鐘")}})), "201");
  EXPECT_EQ(Said(Post({{"text", Times(141, "鐘")}})), "403 You are not permitted to perform this action.");
  EXPECT_EQ(Said(Post({{"text", Times(256, "b") + " https://example.com/" + Times(200, "c")}})), "201")
      << "a link weighs 23";
  EXPECT_EQ(Said(Post({{"text", "$AAA and $BBB"}})), "403 Posts are limited to a maximum of one cashtag");
  EXPECT_EQ(Said(Post({{"text", ""}})), "400 Required unless media is provided");
  EXPECT_EQ(Said(Post(json::object())), "400 Required unless media is provided");
  EXPECT_EQ(Said(Post({{"text", "a"}, {"nonsense", 1}})), "400 [nonsense] is not known");
  EXPECT_EQ(Said(Post(json::array())), "400 Request body must be a JSON object.");
  EXPECT_EQ(Said(Post({{"text", "a"}}, "wrong")), "401 Unauthorized");
}

TEST_F(XPosts, TheSameAgainIsRefused) {
  const std::string id = Posted("good morning");
  const auto again = Post({{"text", "good morning"}});
  EXPECT_EQ(BodyOf(again), (json{{"detail", "You are not allowed to create a Tweet with duplicate content."},
                                 {"type", "about:blank"},
                                 {"title", "Forbidden"},
                                 {"status", 403}}));
  EXPECT_EQ(Said(Post({{"text", "good morning"}}, "token-two")), "201") << "of another account";
  EXPECT_EQ(Said(Send("DELETE", "/2/tweets/" + id, nullptr, "token-two")),
            "403 You are not authorized to delete this Tweet.");
  EXPECT_EQ(Said(Send("DELETE", "/2/tweets/" + id)), "200");
  EXPECT_EQ(Said(Post({{"text", "good morning"}})), "201") << "the first one is gone";
  const json gone = Get("/2/tweets?ids=" + id + ",123");
  EXPECT_FALSE(gone.contains("data"));
  EXPECT_EQ(gone["errors"].size(), 2U);
  EXPECT_EQ(gone["errors"][0]["type"], "https://api.x.com/2/problems/resource-not-found");
  EXPECT_EQ(Admin("GET", "/admin/posts?platform=x")["posts"][0]["deleted"], true);
}

TEST_F(XPosts, RepliesAreForThoseWhoWereCalled) {
  const std::string theirs = Posted("nobody is called", "token-two");
  auto reply = [&](const std::string& to, const std::string& text) {
    return Said(Post({{"text", text}, {"reply", {{"in_reply_to_tweet_id", to}}}}));
  };
  EXPECT_EQ(reply(theirs, "hi"),
            "403 Reply to this conversation is not allowed because you have not been mentioned or"
            " otherwise engaged by the author of the post you are replying to.");
  const std::string called = Posted("what do you say, @One?", "token-two");
  EXPECT_EQ(reply(called, "hi"), "201") << "names have no case";
  const std::string own = Posted("a thread");
  EXPECT_EQ(reply(own, "goes on"), "201");
  EXPECT_EQ(reply("123", "hi"),
            "403 You attempted to reply to a Tweet that is deleted or not visible to you.");
  EXPECT_EQ(Said(Post({{"text", "look"}, {"quote_tweet_id", theirs}})).substr(0, 11), "403 Quoting");
  const json mention = Admin("POST", "/admin/engage", {{"account", "one"}, {"platform", "x"}, {"mentions", 1}});
  EXPECT_EQ(reply(mention["mentions"][0], "thank you"), "201");
  SandboxOptions options;
  options.x.is_enterprise = true;
  Start(options);
  const std::string open = Posted("nobody is called", "token-two");
  EXPECT_EQ(reply(open, "hi"), "201");
  const json quote = BodyOf(Post({{"text", "look"}, {"quote_tweet_id", open}}))["data"];
  const json shown = Get("/2/tweets/" + quote["id"].get<std::string>() +
                         "?tweet.fields=referenced_tweets,entities&expansions=referenced_tweets.id");
  EXPECT_EQ(shown["data"]["referenced_tweets"][0]["type"], "quoted");
  EXPECT_EQ(shown["includes"]["tweets"][0]["id"], open);
  EXPECT_EQ(shown["data"]["entities"]["urls"][0]["expanded_url"], "https://x.com/two/status/" + open);
}

TEST_F(XPosts, ReplySettingsAreHeld) {
  SandboxOptions options;
  options.x.is_enterprise = true;
  Start(options);
  const json closed = BodyOf(Post({{"text", "for few"}, {"reply_settings", "mentionedUsers"}}, "token-two"));
  EXPECT_EQ(Said(Post({{"text", "hi"}, {"reply", {{"in_reply_to_tweet_id", closed["data"]["id"]}}}})),
            "403 The original Tweet author restricted who can reply to this Tweet.");
  EXPECT_EQ(Said(Post({{"text", "a"}, {"reply_settings", "nobody"}})).substr(0, 3), "400");
}

TEST_F(XPosts, PollsAndTheirBounds) {
  auto poll = [&](json options, int minutes) {
    return Post({{"text", "which?"}, {"poll", {{"options", options}, {"duration_minutes", minutes}}}});
  };
  EXPECT_EQ(Said(poll({"a"}, 60)).substr(0, 3), "400");
  EXPECT_EQ(Said(poll({"a", std::string(26, 'b')}, 60)).substr(0, 3), "400");
  EXPECT_EQ(Said(poll({"a", "b"}, 4)).substr(0, 3), "400");
  EXPECT_EQ(Said(poll({"a", "b"}, 10081)).substr(0, 3), "400");
  const std::string id = BodyOf(poll({"a", "b"}, 60))["data"]["id"];
  const json shown = Get("/2/tweets/" + id + "?tweet.fields=attachments&expansions=attachments.poll_ids&poll.fields=voting_status");
  ASSERT_EQ(shown["includes"]["polls"].size(), 1U);
  EXPECT_EQ(shown["includes"]["polls"][0]["options"][1]["label"], "b");
  EXPECT_EQ(shown["includes"]["polls"][0]["voting_status"], "open");
}

TEST_F(XPosts, PagesOfATimelineMeetWithoutGapOrRepeat) {
  std::set<std::string> seen;
  std::string token, last = "~";
  do {
    const json page = Get("/2/users/" + one_ + "/tweets?max_results=7" +
                          (token.empty() ? "" : "&pagination_token=" + token));
    token = page["meta"].value("next_token", "");
    for (const json& post : page["data"]) {
      EXPECT_LT(post["id"].get<std::string>(), last);
      last = post["id"];
      EXPECT_TRUE(seen.insert(last).second);
    }
  } while (!token.empty());
  EXPECT_GT(seen.size(), 50U) << "eight weeks";
  const std::string newest = Posted("news");
  const json since = Get("/2/users/" + one_ + "/tweets?since_id=" + std::to_string(std::stoll(newest) - 1));
  ASSERT_EQ(since["meta"]["result_count"], 1);
  EXPECT_EQ(since["data"][0]["id"], newest);
  const json none = Get("/2/users/" + one_ + "/tweets?since_id=" + newest);
  EXPECT_EQ(none, (json{{"meta", {{"result_count", 0}}}}));
  const json second = Get("/2/users/" + one_ + "/tweets?max_results=5&until_id=" + newest);
  const json third = Get("/2/users/" + one_ + "/tweets?max_results=5&pagination_token=" +
                         second["meta"]["next_token"].get<std::string>());
  const json back = Get("/2/users/" + one_ + "/tweets?max_results=5&until_id=" + newest + "&pagination_token=" +
                        third["meta"]["previous_token"].get<std::string>());
  EXPECT_EQ(back["data"], second["data"]);
  EXPECT_EQ(Said(Send("GET", "/2/users/" + one_ + "/tweets?pagination_token=x")).substr(0, 3), "400");
  EXPECT_EQ(Said(Send("GET", "/2/users/" + one_ + "/tweets?max_results=4")).substr(0, 3), "400");
}

TEST_F(XPosts, EngagementIsCountedAndListed) {
  const std::string id = Posted("look");
  const json made = Admin("POST", "/admin/engage",
                          {{"post", id}, {"favourites", 3}, {"reblogs", 2}, {"texts", {"When?", "Where?"}}, {"follows", 1}});
  EXPECT_EQ(made["replies"].size(), 2U);
  Admin("POST", "/admin/engage", {{"post", id}, {"quotes", 1}, {"first_user", 50}});
  const json metrics = Get("/2/tweets/" + id + "?tweet.fields=public_metrics")["data"]["public_metrics"];
  EXPECT_EQ(metrics["like_count"], 3);
  EXPECT_EQ(metrics["retweet_count"], 2);
  EXPECT_EQ(metrics["reply_count"], 2);
  EXPECT_EQ(metrics["quote_count"], 1);
  EXPECT_EQ(Get("/2/tweets/" + id + "/liking_users")["data"].size(), 3U);
  EXPECT_EQ(Get("/2/tweets/" + id + "/retweeted_by")["data"].size(), 2U);
  EXPECT_EQ(Get("/2/tweets/" + id + "/quote_tweets")["data"].size(), 1U);
  EXPECT_EQ(Get("/2/users/" + one_ + "/mentions")["meta"]["result_count"], 2) << "the replies";
  EXPECT_EQ(Get("/2/users/" + one_ + "/followers")["data"].size(), 1U);
  EXPECT_EQ(Get("/2/tweets/search/recent?query=conversation_id:" + id + "%20is:reply")["meta"]["result_count"], 2);
  EXPECT_EQ(Get("/2/tweets/search/recent?query=conversation_id:" + id + "%20-is:reply%20LOOK")["meta"]["result_count"], 1);
  const std::string reply = made["replies"][0];
  EXPECT_EQ(Said(Send("PUT", "/2/tweets/" + reply + "/hidden", {{"hidden", true}})), "200");
  EXPECT_EQ(Said(Send("PUT", "/2/tweets/" + reply + "/hidden", {{"hidden", true}}, "token-two")).substr(0, 3), "403");
  EXPECT_EQ(Admin("POST", "/admin/engage", {{"account", "one"}, {"platform", "x"}, {"messages", 1}})["messages"].size(), 1U);
  const json events = Get("/2/dm_events");
  EXPECT_EQ(events["meta"]["result_count"], 1);
  const std::string conversation = events["data"][0]["dm_conversation_id"];
  EXPECT_EQ(Said(Send("POST", "/2/dm_conversations/" + conversation + "/messages", {{"text", "Ten."}})), "201");
  EXPECT_EQ(Get("/2/dm_conversations/" + conversation + "/dm_events")["data"][0]["text"], "Ten.");
  EXPECT_EQ(Said(Send("POST", "/2/dm_conversations/" + conversation + "/messages", {{"text", "no"}}, "token-two")).substr(0, 3), "403");
  EXPECT_EQ(Admin("GET", "/admin/engagement?platform=x")["posts"][0]["favourites"], 3);
}

TEST_F(XPosts, LikesAreClosedToSelfServeAndRepostsAreNot) {
  const std::string id = Posted("look", "token-two");
  const std::string own = "/2/users/" + one_;
  EXPECT_EQ(Said(Send("POST", own + "/likes", {{"tweet_id", id}})).substr(0, 3), "403");
  EXPECT_EQ(Said(Send("POST", own + "/retweets", {{"tweet_id", id}})), "200");
  EXPECT_EQ(Said(Send("POST", own + "/retweets", {{"tweet_id", id}})), "200");
  EXPECT_EQ(Said(Send("POST", "/2/users/" + two_ + "/retweets", {{"tweet_id", id}})).substr(0, 3), "400");
  const json timeline = Get(own + "/tweets?tweet.fields=referenced_tweets&max_results=5")["data"];
  EXPECT_EQ(timeline[0]["referenced_tweets"][0], (json{{"type", "retweeted"}, {"id", id}}));
  EXPECT_EQ(Get(own + "/tweets?exclude=retweets&max_results=5")["data"][0]["id"], timeline[1]["id"]);
  EXPECT_EQ(Said(Send("DELETE", own + "/retweets/" + id)), "200");
  EXPECT_EQ(Get("/2/tweets/" + id + "?tweet.fields=public_metrics")["data"]["public_metrics"]["retweet_count"], 0);
  SandboxOptions options;
  options.x.is_enterprise = true;
  Start(options);
  const std::string open = Posted("look", "token-two");
  EXPECT_EQ(Said(Send("POST", "/2/users/" + one_ + "/likes", {{"tweet_id", open}})), "200");
  EXPECT_EQ(Said(Send("DELETE", "/2/users/" + one_ + "/likes/" + open)), "200");
}

}  // namespace
}  // namespace carillon::sandbox::x
