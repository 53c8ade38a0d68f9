#include "common/platform/x/capabilities.h"

namespace carillon::x {

using platform::Capability;
using enum platform::Support;

const std::vector<Capability>& Capabilities() {
  static const auto* capabilities = new std::vector<Capability>{
      {"account.connect_token", kWorks, {"GET /2/users/me"}, ""},
      {"account.connect_oauth", kWorks, {"GET /2/users/me"},
       "docs.x.com/fundamentals/authentication/oauth-2-0: the token calls are not in the OpenAPI"},
      {"account.read_profile", kWorks, {"GET /2/users/me"}, ""},
      {"account.update_profile", kNotOffered, {}, "X API OpenAPI 2.167: no such call"},
      {"publish.text", kWorks, {"POST /2/tweets"}, ""},
      {"publish.link_card", kWorks, {"POST /2/tweets"}, "X makes the card of a link itself"},
      {"publish.image",
       kWorks,
       {"POST /2/media/upload/initialize", "POST /2/media/upload/{id}/append",
        "POST /2/media/upload/{id}/finalize", "POST /2/media/metadata"},
       ""},
      {"publish.video",
       kWorks,
       {"POST /2/media/upload/initialize", "POST /2/media/upload/{id}/append",
        "POST /2/media/upload/{id}/finalize", "GET /2/media/upload"},
       ""},
      {"publish.thread", kWorks, {"POST /2/tweets"}, ""},
      {"publish.first_comment", kWorks, {"POST /2/tweets"}, ""},
      {"publish.poll", kWorks, {"POST /2/tweets"}, ""},
      {"publish.quote", kNeedsApproval, {"POST /2/tweets"}, "X changelog 2026-04-20: not for self-serve apps; Enterprise is exempt"},
      {"publish.content_warning", kWorks, {"POST /2/media/metadata"}, "of media only, by labels: X has no text for it"},
      {"publish.visibility", kNotOffered, {}, "X API OpenAPI 2.167, CreatePostsRequest: no such field"},
      {"publish.reply_settings", kWorks, {"POST /2/tweets"}, ""},
      {"publish.edit", kWorks, {"POST /2/tweets", "GET /2/tweets"},
       "docs.x.com/x-api/fundamentals/edit-posts: within 30 minutes, five times at most, no polls; of accounts that may edit (X Premium)"},
      {"publish.delete", kWorks, {"DELETE /2/tweets/{id}"}, ""},
      {"engage.reply", kWorks, {"POST /2/tweets"},
       "X changelog 2026-02-23: only to who mentioned or quoted the account; Enterprise is exempt"},
      {"engage.like", kNeedsApproval, {"POST /2/users/{id}/likes", "DELETE /2/users/{id}/likes/{tweet_id}"},
       "X changelog 2026-04-20: not for self-serve apps"},
      {"engage.repost", kWorks, {"POST /2/users/{id}/retweets", "DELETE /2/users/{id}/retweets/{source_tweet_id}"}, ""},
      {"engage.hide_reply", kWorks, {"PUT /2/tweets/{tweet_id}/hidden"}, ""},
      {"inbox.mentions", kWorks, {"GET /2/users/{id}/mentions"}, ""},
      {"inbox.replies", kWorks, {"GET /2/users/{id}/mentions", "GET /2/tweets/search/recent"}, ""},
      {"inbox.messages", kWorks, {"GET /2/dm_events"}, ""},
      {"inbox.answer_message", kWorks,
       {"POST /2/dm_conversations/{dm_conversation_id}/messages", "GET /2/dm_conversations/{id}/dm_events"}, ""},
      {"metrics.post", kWorks, {"GET /2/tweets", "GET /2/users/{id}/tweets"}, ""},
      {"metrics.account", kWorks, {"GET /2/users/{id}"}, ""},
      {"metrics.impressions", kWorks, {"GET /2/tweets", "GET /2/users/{id}/tweets"},
       "docs.x.com/x-api/fundamentals/metrics: clicks to the author alone, of posts of the last 30 days"},
      {"stream.account", kWorks,
       {"GET /2/webhooks", "POST /2/webhooks", "PUT /2/webhooks/{webhook_id}",
        "GET /2/account_activity/webhooks/{webhook_id}/subscriptions/all/list",
        "POST /2/account_activity/webhooks/{webhook_id}/subscriptions/all",
        "DELETE /2/account_activity/webhooks/{webhook_id}/subscriptions/{user_id}/all"},
       "docs.x.com/x-api/account-activity/quickstart: by webhooks, with a token and the consumer secret of the app (`carillon app create`) that has "
       "access to it; X wants to replace it by the X Activity API, whose events are read too"},
      {"stream.keywords", kWorks,
       {"GET /2/tweets/search/stream", "GET /2/tweets/search/stream/rules", "POST /2/tweets/search/stream/rules"},
       "docs.x.com/x-api/posts/filtered-stream: with a token of the app (`carillon app create`); each post that comes is billed"},
      {"search.posts", kWorks, {"GET /2/tweets/search/recent"}, "the last seven days, in plans with search"},
  };
  return *capabilities;
}

}  // namespace carillon::x
