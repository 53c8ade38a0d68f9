#include "common/platform/mastodon/capabilities.h"

namespace carillon::mastodon {

using platform::Capability;
using enum platform::Support;

const std::vector<Capability>& Capabilities() {
  static const auto* capabilities = new std::vector<Capability>{
      {"account.connect_token", kWorks,
       {"GET /api/v1/accounts/verify_credentials", "GET /api/v1/apps/verify_credentials", "GET /api/v2/instance"}, ""},
      {"account.connect_oauth", kWorks, {"POST /api/v1/apps", "GET /oauth/authorize", "POST /oauth/token"}, ""},
      {"account.read_profile", kWorks, {"GET /api/v1/accounts/verify_credentials"}, ""},
      {"account.update_profile", kWorks, {"GET /api/v1/accounts/verify_credentials", "PATCH /api/v1/accounts/update_credentials"}, ""},
      {"publish.text", kWorks, {"POST /api/v1/statuses"}, ""},
      {"publish.link_card", kWorks, {"POST /api/v1/statuses"}, "the server makes the card of the first link itself"},
      {"publish.image", kWorks, {"POST /api/v2/media", "GET /api/v1/media/{id}"}, ""},
      {"publish.video", kWorks, {"POST /api/v2/media", "GET /api/v1/media/{id}"}, ""},
      {"publish.thread", kWorks, {"POST /api/v1/statuses"}, ""},
      {"publish.first_comment", kWorks, {"POST /api/v1/statuses"}, ""},
      {"publish.poll", kWorks, {"POST /api/v1/statuses"}, ""},
      {"publish.quote", kWorks, {"POST /api/v1/statuses", "GET /api/v2/instance"}, "from Mastodon 4.5 on; its server says so"},
      {"publish.content_warning", kWorks, {"POST /api/v1/statuses"}, ""},
      {"publish.visibility", kWorks, {"POST /api/v1/statuses"}, ""},
      {"publish.reply_settings", kNotOffered, {}, "docs.joinmastodon.org/methods/statuses: visibility only"},
      {"publish.edit", kWorks, {"GET /api/v1/statuses/{id}", "PUT /api/v1/statuses/{id}"}, ""},
      {"publish.delete", kWorks, {"DELETE /api/v1/statuses/{id}"}, ""},
      {"engage.reply", kWorks, {"POST /api/v1/statuses"}, ""},
      {"engage.like", kWorks, {"POST /api/v1/statuses/{id}/favourite", "POST /api/v1/statuses/{id}/unfavourite"}, ""},
      {"engage.repost", kWorks, {"POST /api/v1/statuses/{id}/reblog", "POST /api/v1/statuses/{id}/unreblog"}, ""},
      {"engage.hide_reply", kNotOffered, {}, "docs.joinmastodon.org/methods/statuses: no such call"},
      {"inbox.mentions", kWorks, {"GET /api/v1/notifications"}, ""},
      {"inbox.replies", kWorks, {"GET /api/v1/notifications", "GET /api/v1/statuses/{id}/context"}, ""},
      {"inbox.messages", kWorks, {"GET /api/v1/notifications"}, "a direct message is a status that mentions"},
      {"inbox.answer_message", kWorks, {"POST /api/v1/statuses"}, ""},
      {"metrics.post", kWorks, {"GET /api/v1/statuses", "GET /api/v1/accounts/{id}/statuses"}, ""},
      {"metrics.account", kWorks, {"GET /api/v1/accounts/{id}"}, ""},
      {"metrics.impressions", kNotOffered, {}, "docs.joinmastodon.org/entities/Status: no such counts"},
      {"stream.account", kWorks, {"GET /api/v1/streaming/user/notification"}, "by WebSocket: docs.joinmastodon.org/methods/streaming"},
      {"stream.keywords", kWorks, {"GET /api/v1/streaming/hashtag"}, "hashtags; other words are asked for"},
      {"search.posts", kWorks, {"GET /api/v2/search", "GET /api/v1/timelines/tag/{hashtag}"},
       "words where the server has full-text search, and of authors who let themselves be found; hashtags everywhere"},
  };
  return *capabilities;
}

}  // namespace carillon::mastodon
