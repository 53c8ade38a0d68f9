// POST /2/tweets, played with the faults.
#include "common/text/utf8.h"
#include "services/sandbox/x/attempt.h"

namespace carillon::sandbox::x {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr size_t kMediaMax = 4, kTextBytesMax = 16 << 10;

// What the request says of a post that has no effect here and is kept for the ground truth.
constexpr const char* kLabels[] = {
    "card_uri", "community_id",     "direct_message_deep_link", "for_super_followers_only", "geo",
    "nullcast", "made_with_ai", "paid_partnership",         "share_with_followers"};

Status CheckMembers(const json& input, std::initializer_list<const char*> known,
                    const std::string& prefix) {
  for (const auto& [name, value] : input.items()) {
    const bool is_label =
        prefix.empty() && std::any_of(std::begin(kLabels), std::end(kLabels),
                                      [&](const char* label) { return name == label; });
    const bool is_known = is_label || std::any_of(known.begin(), known.end(), [&](const char* one) {
                            return name == one;
                          });
    if (!is_known) return Invalid(prefix + name, Dump(value), fmt::format("[{}] is not known", name));
  }
  return Ok();
}

Result<std::vector<Id>> ReadMedia(const json& input) {
  std::vector<Id> out;
  const json* media = At(input, {"media"});
  if (media == nullptr) return out;
  if (!media->is_object()) return Invalid("media", Dump(*media), "media must be an object");
  RETURN_IF_ERROR(CheckMembers(*media, {"media_ids", "tagged_user_ids", "title", "description"}, "media."));
  const json* ids = At(*media, {"media_ids"});
  if (ids == nullptr || !ids->is_array() || ids->empty() || ids->size() > kMediaMax)
    return Invalid("media.media_ids", ids == nullptr ? "" : Dump(*ids), "media_ids has 1 to 4 ids");
  for (const json& id : *ids) {
    const Id value = id.is_string() ? ReadId(id.get_ref<const std::string&>()) : 0;
    if (value == 0) return Invalid("media.media_ids", Dump(id), "Your media IDs are invalid.");
    out.push_back(value);
  }
  return out;
}

Result<Poll> ReadPoll(const json& input) {
  const auto bad = [&](const char* what) { return Invalid("poll", Dump(input), what); };
  if (!input.is_object()) return bad("poll must be an object");
  RETURN_IF_ERROR(CheckMembers(input, {"options", "duration_minutes", "reply_settings"}, "poll."));
  Poll poll;
  const json* options = At(input, {"options"});
  if (options == nullptr || !options->is_array() || options->size() < 2 || options->size() > 4)
    return bad("poll.options has 2 to 4 texts");
  for (const json& option : *options) {
    if (!option.is_string()) return bad("poll.options has 2 to 4 texts");
    const int64_t characters = text::CountCodePoints(option.get_ref<const std::string&>());
    if (characters < 1 || characters > 25) return bad("an option has 1 to 25 characters");
    poll.options.push_back(option);
  }
  const json* minutes = At(input, {"duration_minutes"});
  if (minutes == nullptr || !minutes->is_number_integer() || *minutes < 5 || *minutes > 10080)
    return bad("poll.duration_minutes is 5 to 10080");
  poll.minutes = minutes->get<int64_t>();
  return poll;
}

Status ReadReply(const json& input, Draft* draft) {
  const json* reply = At(input, {"reply"});
  if (reply == nullptr) return Ok();
  if (!reply->is_object()) return Invalid("reply", Dump(*reply), "reply must be an object");
  RETURN_IF_ERROR(CheckMembers(
      *reply, {"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"},
      "reply."));
  ASSIGN_OR_RETURN(const auto target, InputId(*reply, "in_reply_to_tweet_id"));
  if (!target) return Invalid("reply.in_reply_to_tweet_id", "", "in_reply_to_tweet_id is needed");
  draft->reply_to = *target;
  return Ok();
}

Status ReadReplySettings(const json& input, Draft* draft) {
  const json* settings = At(input, {"reply_settings"});
  if (settings == nullptr) return Ok();
  for (const char* one : {"following", "mentionedUsers", "subscribers", "verified"}) {
    if (*settings == one) {
      draft->reply_settings = one;
      return Ok();
    }
  }
  return Invalid("reply_settings", Dump(*settings),
                 "reply_settings is following, mentionedUsers, subscribers or verified");
}

Result<Draft> ReadDraft(const json& input) {
  RETURN_IF_ERROR(CheckMembers(
      input, {"text", "reply", "quote_tweet_id", "media", "poll", "reply_settings", "edit_options"}, ""));
  Draft draft;
  if (const json* text = At(input, {"text"})) {
    if (!text->is_string() || text->get_ref<const std::string&>().size() > kTextBytesMax)
      return Invalid("text", "", "text must be a text, and not a long one");
    draft.text = *text;
  }
  RETURN_IF_ERROR(ReadReply(input, &draft));
  ASSIGN_OR_RETURN(const auto quoted, InputId(input, "quote_tweet_id"));
  draft.quoted = quoted.value_or(0);
  ASSIGN_OR_RETURN(draft.media, ReadMedia(input));
  if (const json* poll = At(input, {"poll"})) {
    ASSIGN_OR_RETURN(draft.poll, ReadPoll(*poll));
  }
  RETURN_IF_ERROR(ReadReplySettings(input, &draft));
  if (const json* edit = At(input, {"edit_options"})) {
    if (!edit->is_object()) return Invalid("edit_options", Dump(*edit), "edit_options must be an object");
    RETURN_IF_ERROR(CheckMembers(*edit, {"previous_post_id"}, "edit_options."));
    ASSIGN_OR_RETURN(const auto previous, InputId(*edit, "previous_post_id"));
    if (!previous) return Invalid("edit_options.previous_post_id", "", "previous_post_id is needed");
    draft.edit_of = *previous;
  }
  json labels = json::object();
  for (const char* label : kLabels) {
    if (const json* value = At(input, {label})) labels[label] = *value;
  }
  if (!labels.empty()) draft.labels = Dump(labels);
  return draft;
}

class PostAttempt : public XAttempt {
 public:
  PostAttempt(X* server, const Call& call, Draft draft)
      : XAttempt(server),
        draft_(std::move(draft)),
        user_(call.user),
        connection_(call.request.connection_id) {
    account = server->state.Lock()->FindUser(user_)->username;
    text = draft_.text;
    key = fmt::format("{} {} {} {}", user_, draft_.reply_to, draft_.quoted, draft_.text);
    request_number = call.request.request_number;
  }

  // X knows no keys: where they are not honoured, it does not notice that a post is there already.
  Outcome Accept(bool honour_key) override {
    const auto state = server_->state.Lock();
    User* const user = state->FindUser(user_);
    const auto post = draft_.edit_of != 0 ? state->EditPost(user, draft_, honour_key)
                                          : state->CreatePost(user, draft_, honour_key, connection_);
    if (!post.ok()) return {Kind::kRefused, {}, ProblemAnswer(post.status())};
    const std::string id = std::to_string((*post)->id);
    json history = json::array();
    for (const Id version : (*post)->versions) history.push_back(std::to_string(version));
    if (history.empty()) history.push_back(id);
    return {Kind::kCreated,
            {id},
            Answer({{"data", {{"id", id}, {"text", ShownText(*state, **post)}, {"edit_history_tweet_ids", std::move(history)}}}}, 201)};
  }
  void Engage(const std::string& id) override {
    if (draft_.edit_of != 0) return;
    AccountInfo info;
    {
      const auto state = server_->state.Lock();
      const User* user = state->FindUser(user_);
      info = {std::to_string(user->id), user->username, user->zone};
    }
    server_->shared->engagement.OnPost(server_, info, id, draft_.text, draft_.reply_to != 0);
  }

 private:
  const Draft draft_;
  const Id user_;
  const uint64_t connection_;
};

ServerResponse Create(X* server, Call& call) {
  auto draft = ReadDraft(call.input);
  if (!draft.ok()) {
    ++server->counts.refused_validation;
    return ProblemAnswer(draft.status());
  }
  return Publish(server, server->shared,
                 std::make_shared<PostAttempt>(server, call, *std::move(draft)));
}

}  // namespace

void AddPublishingRoutes(Api* api) {
  X* const server = api->server();
  api->AddRaw({"POST /2/tweets", "tweet.write", XAttempt::kPostsPerWindow, false, true},
              [=](Call& call) { return Create(server, call); });
}

}  // namespace carillon::sandbox::x
