#include "services/sandbox/x/activity.h"

#include "common/base/ids.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

// "Fri Jan 15 08:00:00 +0000 2027": these events have the older API's times.
std::string OldTime(absl::Time time) { return absl::FormatTime("%a %b %d %H:%M:%S +0000 %Y", time, absl::UTCTimeZone()); }
std::string Millis(absl::Time time) { return std::to_string(absl::ToUnixMillis(time)); }

json UserJson(const User& user) {
  return {{"id", user.id}, {"id_str", std::to_string(user.id)}, {"name", user.name}, {"screen_name", user.username}};
}

json PostJson(State& state, const Post& post) {
  json out = {{"created_at", OldTime(post.at)},
              {"id", post.id},
              {"id_str", std::to_string(post.id)},
              {"text", post.text},
              {"timestamp_ms", Millis(post.at)},
              {"is_quote_status", post.quoted != 0}};
  if (const User* author = state.FindUser(post.author)) out["user"] = UserJson(*author);
  if (post.reply_to != 0) {
    out["in_reply_to_status_id_str"] = std::to_string(post.reply_to);
    out["in_reply_to_user_id_str"] = std::to_string(post.reply_to_user);
  }
  return out;
}

bool Concerns(State& state, Id user, const Post& post) {
  if (post.author == user || post.reply_to_user == user) return true;
  for (const Id id : {post.quoted, post.repost_of}) {
    const Post* other = state.AnyPost(id);
    if (other != nullptr && other->author == user) return true;
  }
  const User* found = state.FindUser(user);
  return found != nullptr && found->mentions.contains(post.id);
}

json EventOf(State& state, const Happening& happening) {
  const User* from = state.FindUser(happening.from);
  const User* to = state.FindUser(happening.to);
  if (from == nullptr || to == nullptr) return nullptr;
  const std::string now = Millis(state.Now());
  switch (happening.kind) {
    case Happening::Kind::kLike: {
      const Post* post = state.FindPost(happening.what);
      if (post == nullptr) return nullptr;
      const std::string id = HashText({"like", std::to_string(from->id), std::to_string(post->id)});
      return {{"favorite_events", json::array({{{"id", id},
                                                {"created_at", OldTime(state.Now())},
                                                {"timestamp_ms", now},
                                                {"favorited_status", PostJson(state, *post)},
                                                {"user", UserJson(*from)}}})}};
    }
    case Happening::Kind::kFollow:
      return {{"follow_events", json::array({{{"type", "follow"},
                                              {"created_timestamp", now},
                                              {"target", UserJson(*to)},
                                              {"source", UserJson(*from)}}})}};
    case Happening::Kind::kMessage: {
      const auto message = state.messages().find(happening.what);
      if (message == state.messages().end()) return nullptr;
      const json created = {{"target", {{"recipient_id", std::to_string(to->id)}}},
                            {"sender_id", std::to_string(from->id)},
                            {"message_data", {{"text", message->second.text}}}};
      return {{"direct_message_events", json::array({{{"type", "message_create"},
                                                      {"id", std::to_string(message->first)},
                                                      {"created_timestamp", Millis(message->second.at)},
                                                      {"message_create", created}}})}};
    }
  }
  return nullptr;
}

}  // namespace

void TellPost(State& state, const Post& post, Webhooks& webhooks) {
  json event;
  for (const Id user : webhooks.Subscribers()) {
    if (!Concerns(state, user, post)) continue;
    if (event.is_null()) event = {{"tweet_create_events", json::array({PostJson(state, post)})}};
    webhooks.Tell(user, event);
  }
}

void TellHappening(State& state, const Happening& happening, Webhooks& webhooks) {
  const std::set<Id> subscribers = webhooks.Subscribers();
  json event;
  for (const Id user : std::set<Id>{happening.from, happening.to}) {
    if (!subscribers.contains(user)) continue;
    if (event.is_null()) event = EventOf(state, happening);
    if (!event.is_null()) webhooks.Tell(user, event);
  }
}

}  // namespace carillon::sandbox::x
