#include "services/sandbox/x/views.h"

#include "services/sandbox/json_answer.h"
#include "services/sandbox/x/text.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

constexpr absl::Duration kPrivateFor = absl::Hours(30 * 24);

std::string IdText(Id id) { return std::to_string(id); }

std::string PostUrl(State& state, const Post& post) {
  return fmt::format("https://x.com/{}/status/{}", state.FindUser(post.author)->username, post.id);
}

// The links that stand at the end of a post's text: to its media, to what it quotes.
std::vector<std::string> AttachedTo(State& state, const Post& post) {
  std::vector<std::string> out;
  if (!post.media.empty()) {
    const bool is_photo = state.AnyMedia(post.media.front())->kind == Media::Kind::kPhoto;
    out.push_back(PostUrl(state, post) + (is_photo ? "/photo/1" : "/video/1"));
  }
  if (const Post* quoted = state.AnyPost(post.quoted)) out.push_back(PostUrl(state, *quoted));
  return out;
}

// The link to a post's media is listed once for each of them, with its key.
void NameMedia(State& state, const Post& post, json& urls) {
  const std::string page = AttachedTo(state, post).front();
  const auto link = std::find_if(urls.begin(), urls.end(), [&](const json& url) { return url["expanded_url"] == page; });
  if (link == urls.end()) return;
  const json shared = *link;
  (*link)["media_key"] = MediaKey(*state.AnyMedia(post.media.front()));
  for (size_t i = 1; i < post.media.size(); ++i) {
    urls.push_back(shared);
    urls.back()["media_key"] = MediaKey(*state.AnyMedia(post.media[i]));
  }
}

json EntitiesJson(State& state, const Post& post, json entities) {
  if (!post.media.empty() && entities.contains("urls")) NameMedia(state, post, entities["urls"]);
  if (!entities.contains("mentions")) return entities;
  for (json& mention : entities["mentions"]) {
    const User* user = state.FindByName(mention["username"].get_ref<const std::string&>());
    if (user != nullptr) mention["id"] = IdText(user->id);
  }
  return entities;
}

// How often it was seen is made up: more than those who reacted.
int64_t Impressions(const Post& post) {
  return 40 * (post.like_count() + post.repost_count() + post.reply_count()) + post.id % 97;
}

json PublicMetrics(const Viewer& viewer, const Post& post) {
  return {{viewer.fields.Name("retweet_count", "repost_count"), post.repost_count()},
          {"reply_count", post.reply_count()},
          {"like_count", post.like_count()},
          {"quote_count", post.quotes.size()},
          {"bookmark_count", 0},
          {"impression_count", Impressions(post)}};
}

json References(const Post& post) {
  json out = json::array();
  auto add = [&](const char* type, Id id) {
    if (id != 0) out.push_back({{"type", type}, {"id", IdText(id)}});
  };
  add("retweeted", post.repost_of);
  add("quoted", post.quoted);
  add("replied_to", post.reply_to);
  return out;
}

json Attachments(const Viewer& viewer, const Post& post) {
  json out = json::object();
  for (const Id id : post.media)
    out["media_keys"].push_back(MediaKey(*viewer.state.AnyMedia(id)));
  if (post.poll) out["poll_ids"].push_back(IdText(post.poll->id));
  return out;
}

json EditControls(State& state, const Post& post) {
  const Post& first = post.versions.empty() ? post : *state.AnyPost(post.versions.front());
  const int64_t edits = post.versions.empty() ? 0 : static_cast<int64_t>(post.versions.size()) - 1;
  return {{"edits_remaining", State::kEditsMax - edits},
          {"is_edit_eligible", state.IsEditable(post)},
          {"editable_until", IsoTime(first.at + State::kEditableFor)}};
}

json History(const Post& post) {
  json out = json::array();
  for (const Id id : post.versions) out.push_back(IdText(id));
  if (out.empty()) out.push_back(IdText(post.id));
  return out;
}

json MediaJson(const Viewer& viewer, const Media& media) {
  const bool is_photo = media.kind == Media::Kind::kPhoto;
  json out = {{"media_key", MediaKey(media)},
              {"type", is_photo                            ? "photo"
                       : media.kind == Media::Kind::kVideo ? "video"
                                                           : "animated_gif"}};
  const std::string url = fmt::format("{}/media/{}", viewer.base_url, media.id);
  const auto& wanted = viewer.fields.media;
  if (wanted.count("url") > 0 && is_photo) out["url"] = url;
  if (wanted.count("preview_image_url") > 0 && !is_photo) out["preview_image_url"] = url;
  if (wanted.count("alt_text") > 0 && !media.alt_text.empty()) out["alt_text"] = media.alt_text;
  return out;
}

json PollJson(const Viewer& viewer, const Poll& poll) {
  json options = json::array();
  for (const std::string& label : poll.options)
    options.push_back({{"position", options.size() + 1}, {"label", label}, {"votes", 0}});
  json out = {{"id", IdText(poll.id)}, {"options", std::move(options)}};
  const auto& wanted = viewer.fields.poll;
  if (wanted.count("duration_minutes") > 0) out["duration_minutes"] = poll.minutes;
  if (wanted.count("end_datetime") > 0) out["end_datetime"] = IsoTime(poll.ends_at);
  if (wanted.count("voting_status") > 0)
    out["voting_status"] = poll.ends_at > viewer.state.Now() ? "open" : "closed";
  return out;
}

class Includes {
 public:
  explicit Includes(const Viewer& viewer) : viewer_(viewer) {}

  void Add(const Post& post, bool with_references) {
    const Fields& fields = viewer_.fields;
    if (fields.Expands("author_id")) AddUser(post.author);
    if (fields.Expands("in_reply_to_user_id")) AddUser(post.reply_to_user);
    if (fields.Expands("entities.mentions.username")) {
      for (const std::string& name : MentionedIn(post.text)) {
        if (const User* user = viewer_.state.FindByName(name)) AddUser(user->id);
      }
    }
    if (fields.Expands("attachments.media_keys")) {
      for (const Id id : post.media) media_.insert(id);
    }
    if (fields.Expands("attachments.poll_ids") && post.poll) polls_[post.poll->id] = &*post.poll;
    if (!with_references) return;
    for (const Id id : {post.repost_of, post.quoted, post.reply_to}) {
      const Post* other = viewer_.state.FindPost(id);
      if (other == nullptr) continue;
      if (fields.Expands(fields.Name("referenced_tweets.id", "referenced_posts"))) {
        posts_[id] = other;
        Add(*other, false);
      }
      if (fields.Expands("referenced_tweets.id.author_id")) AddUser(other->author);
    }
  }

  json Take() const {
    json out = json::object();
    const char* posts = viewer_.fields.Name("tweets", "posts");
    for (const Id id : users_)
      out["users"].push_back(UserJson(viewer_, *viewer_.state.FindUser(id)));
    for (const auto& [id, post] : posts_) out[posts].push_back(PostJson(viewer_, *post));
    for (const Id id : media_) out["media"].push_back(MediaJson(viewer_, *viewer_.state.AnyMedia(id)));
    for (const auto& [id, poll] : polls_) out["polls"].push_back(PollJson(viewer_, *poll));
    return out;
  }

 private:
  void AddUser(Id id) {
    if (id != 0) users_.insert(id);
  }

  const Viewer& viewer_;
  std::set<Id> users_, media_;
  std::map<Id, const Post*> posts_;
  std::map<Id, const Poll*> polls_;
};

}  // namespace

std::string MediaKey(const Media& media) {
  const int kind = media.kind == Media::Kind::kPhoto ? 3 : media.kind == Media::Kind::kVideo ? 7 : 16;
  return fmt::format("{}_{}", kind, media.id);
}

std::string ShownText(State& state, const Post& post) {
  return Show(post.text, AttachedTo(state, post)).text;
}

json PostJson(const Viewer& viewer, const Post& post) {
  const Fields& fields = viewer.fields;
  Shown shown = Show(post.text, AttachedTo(viewer.state, post));
  json out = {{"id", IdText(post.id)},
              {"text", std::move(shown.text)},
              {fields.Name("edit_history_tweet_ids", "edit_history_post_ids"),
               History(post)}};
  const bool is_own = viewer.user != nullptr && viewer.user->id == post.author;
  auto add = [&](const char* name, auto make) {
    if (fields.post.count(name) == 0) return;
    json value = make();
    if (!value.is_null() && (!value.is_structured() || !value.empty())) out[name] = std::move(value);
  };
  add("created_at", [&] { return json(IsoTime(post.at)); });
  add("author_id", [&] { return json(IdText(post.author)); });
  add("conversation_id", [&] { return json(IdText(post.conversation)); });
  add("in_reply_to_user_id",
      [&] { return post.reply_to_user == 0 ? json() : json(IdText(post.reply_to_user)); });
  add(fields.Name("referenced_tweets", "referenced_posts"), [&] { return References(post); });
  add("attachments", [&] { return Attachments(viewer, post); });
  add("entities", [&] { return EntitiesJson(viewer.state, post, std::move(shown.entities)); });
  add("public_metrics", [&] { return PublicMetrics(viewer, post); });
  add("non_public_metrics", [&] {
    if (!is_own || post.at + kPrivateFor <= viewer.state.Now()) return json();
    return json{{"impression_count", Impressions(post)},
                {"engagements", post.like_count() + post.repost_count() + post.reply_count()},
                {"user_profile_clicks", post.reply_count()},
                {"url_link_clicks", 2 * post.like_count()}};
  });
  add("edit_controls", [&] { return EditControls(viewer.state, post); });
  add("lang", [] { return json("und"); });
  add("possibly_sensitive", [] { return json(false); });
  add("reply_settings", [&] { return json(post.reply_settings); });
  add("source", [] { return json("Carillon sandbox"); });
  return out;
}

json UserJson(const Viewer& viewer, const User& user) {
  json out = {{"id", IdText(user.id)}, {"name", user.name}, {"username", user.username}};
  auto add = [&](const char* name, auto make) {
    if (viewer.fields.user.count(name) > 0) out[name] = make();
  };
  add("created_at", [&] { return IsoTime(user.created_at); });
  add("description", [&] { return user.description; });
  add("protected", [] { return false; });
  add("verified", [] { return false; });
  add("verified_type", [] { return "none"; });
  add("profile_image_url",
      [&] { return fmt::format("{}/media/profile_{}", viewer.base_url, user.id); });
  add("public_metrics", [&] {
    return json{{"followers_count", user.past_followers + static_cast<int64_t>(user.followers.size())},
                {"following_count", user.past_following + static_cast<int64_t>(user.following.size())},
                {viewer.fields.Name("tweet_count", "post_count"),
                 user.past_posts + static_cast<int64_t>(user.posts.size())},
                {"listed_count", 0},
                {"like_count", 0},
                {"media_count", 0}};
  });
  return out;
}

json WithIncludes(const Viewer& viewer, json data, const std::vector<const Post*>& posts) {
  Includes includes(viewer);
  for (const Post* post : posts) includes.Add(*post, true);
  json out = {{"data", std::move(data)}};
  json taken = includes.Take();
  if (!taken.empty()) out["includes"] = std::move(taken);
  return out;
}

}  // namespace carillon::sandbox::x
