#include "common/platform/bluesky/capabilities.h"

namespace carillon::bluesky {

using platform::Capability;
using enum platform::Support;

const std::vector<Capability>& Capabilities() {
  static const auto* capabilities = new std::vector<Capability>{
      {"account.connect_token", kWorks, {"com.atproto.server.createSession", "com.atproto.server.refreshSession"}, "an app password"},
      {"account.connect_oauth", kWorks, {"com.atproto.server.getSession"}, "atproto.com/specs/oauth"},
      {"account.read_profile", kWorks, {"app.bsky.actor.getProfile"}, ""},
      {"account.update_profile", kWorks, {"com.atproto.repo.getRecord", "com.atproto.repo.putRecord", "com.atproto.repo.uploadBlob"},
       "record app.bsky.actor.profile"},
      {"publish.text", kWorks,
       {"com.atproto.repo.putRecord", "com.atproto.identity.resolveHandle", "com.atproto.repo.getRecord", "com.atproto.repo.listRecords"}, ""},
      {"publish.link_card", kWorks, {"com.atproto.repo.putRecord"}, "the address alone: the page is not read for a title or a picture"},
      {"publish.image", kWorks, {"com.atproto.repo.uploadBlob", "com.atproto.repo.putRecord"}, ""},
      {"publish.video", kWorks, {"com.atproto.repo.uploadBlob", "com.atproto.repo.putRecord"},
       "docs.bsky.app/docs/tutorials/video: the simple method"},
      {"publish.thread", kWorks, {"com.atproto.repo.putRecord"}, ""},
      {"publish.first_comment", kWorks, {"com.atproto.repo.putRecord"}, ""},
      {"publish.poll", kNotOffered, {}, "lexicon app.bsky.feed.post: no such embed"},
      {"publish.quote", kWorks, {"com.atproto.repo.putRecord", "app.bsky.feed.getPosts"}, "lexicon app.bsky.embed.record"},
      {"publish.content_warning", kWorks, {"com.atproto.repo.putRecord"}, "lexicon com.atproto.label.defs#selfLabels"},
      {"publish.visibility", kNotOffered, {}, "atproto.com/guides/overview: repositories are public"},
      {"publish.reply_settings", kWorks, {"com.atproto.repo.applyWrites"}, "record app.bsky.feed.threadgate"},
      {"publish.edit", kNotOffered, {}, "docs.bsky.app: an AppView shows a post as it was first indexed"},
      {"publish.delete", kWorks, {"com.atproto.repo.deleteRecord", "com.atproto.repo.getRecord", "com.atproto.repo.applyWrites"}, ""},
      {"engage.reply", kWorks, {"com.atproto.repo.putRecord", "app.bsky.feed.getPosts"}, ""},
      {"engage.like", kWorks,
       {"com.atproto.repo.putRecord", "com.atproto.repo.deleteRecord", "app.bsky.feed.getPosts"}, "record app.bsky.feed.like"},
      {"engage.repost", kWorks,
       {"com.atproto.repo.putRecord", "com.atproto.repo.deleteRecord", "app.bsky.feed.getPosts"}, "record app.bsky.feed.repost"},
      {"engage.hide_reply", kWorks, {"com.atproto.repo.getRecord", "com.atproto.repo.putRecord"}, "record app.bsky.feed.threadgate, hiddenReplies"},
      {"inbox.mentions", kWorks, {"app.bsky.notification.listNotifications"}, ""},
      {"inbox.replies", kWorks, {"app.bsky.notification.listNotifications", "app.bsky.feed.getPostThread"}, ""},
      {"inbox.messages", kWorks, {"chat.bsky.convo.getLog"}, "an app password that may read messages"},
      {"inbox.answer_message", kWorks, {"chat.bsky.convo.sendMessage", "chat.bsky.convo.getMessages"}, ""},
      {"metrics.post", kWorks, {"app.bsky.feed.getPosts", "app.bsky.feed.getAuthorFeed"}, ""},
      {"metrics.account", kWorks, {"app.bsky.actor.getProfile"}, ""},
      {"metrics.impressions", kNotOffered, {}, "lexicon app.bsky.feed.defs#postView: no such counts"},
      {"stream.account", kWorks, {"com.atproto.sync.subscribeRepos"}, "as a Jetstream tells it: github.com/bluesky-social/jetstream"},
      {"stream.keywords", kWorks, {"com.atproto.sync.subscribeRepos"}, "as a Jetstream tells it: github.com/bluesky-social/jetstream"},
      {"search.posts", kWorks, {"app.bsky.feed.searchPosts"}, ""},
  };
  return *capabilities;
}

}  // namespace carillon::bluesky
