// POST and PUT of statuses.
#include "services/sandbox/acting.h"
#include "services/sandbox/mastodon/attempt.h"

namespace carillon::sandbox::mastodon {
namespace {

using http::ServerResponse;

int HttpStatus(const Status& refusal) {
  switch (refusal.code()) {
    case Code::kNotFound:
      return 404;
    case Code::kResourceExhausted:
      return 503;
    default:
      return 422;
  }
}

std::optional<Poll> ReadPoll(const Fields& fields) {
  Poll poll;
  poll.options = fields.All("poll[options]");
  const std::string expires_in = fields.Get("poll[expires_in]");
  if (poll.options.empty() && expires_in.empty()) return std::nullopt;
  poll.expires_in_s = std::strtoll(expires_in.c_str(), nullptr, 10);
  poll.multiple = fields.Flag("poll[multiple]");
  poll.hide_totals = fields.Flag("poll[hide_totals]");
  return poll;
}

Result<Draft> ReadDraft(const Fields& fields) {
  if (!fields.Get("scheduled_at").empty())
    return MakeStatus(Code::kInvalidArgument, "scheduled_at is not supported by this server");
  Draft draft;
  draft.text = fields.Get("status");
  draft.spoiler_text = fields.Get("spoiler_text");
  draft.language = fields.Get("language");
  draft.sensitive = fields.Flag("sensitive") || !draft.spoiler_text.empty();
  if (const std::string visibility = fields.Get("visibility"); !visibility.empty())
    draft.visibility = visibility;
  if (const std::string parent = fields.Get("in_reply_to_id"); !parent.empty()) {
    draft.in_reply_to = std::strtoll(parent.c_str(), nullptr, 10);
    if (draft.in_reply_to <= 0) draft.in_reply_to = -1;
  }
  for (const std::string& id : fields.All("media_ids"))
    draft.media.push_back(std::strtoll(id.c_str(), nullptr, 10));
  if (const std::string quoted = fields.Get("quoted_status_id"); !quoted.empty()) {
    draft.quoted = std::strtoll(quoted.c_str(), nullptr, 10);
    if (draft.quoted <= 0) draft.quoted = -1;
  }
  draft.poll = ReadPoll(fields);
  return draft;
}

class StatusAttempt : public MastodonAttempt {
 public:
  StatusAttempt(Mastodon* server, const Call& call, Draft draft)
      : MastodonAttempt(server),
        profile_(*call.account),
        draft_(std::move(draft)),
        connection_(call.request.connection_id),
        base_url_(call.base_url) {
    account = profile_.username;
    text = draft_.text;
    key = call.request.Header("Idempotency-Key");
    request_number = call.request.request_number;
  }

  Outcome Accept(bool honour_key) override {
    const auto created =
        server_->store.CreatePost(profile_.id, draft_, key, honour_key, connection_);
    if (!created.ok()) {
      return {Kind::kRefused,
              {},
              ErrorAnswer(HttpStatus(created.status()), Message(created.status()))};
    }
    return {created->replayed ? Kind::kReplayed : Kind::kCreated,
            {std::to_string(created->post)},
            Answer(RenderStatus(*server_->store.FindStatus(created->post, profile_.id),
                                base_url_))};
  }
  void Engage(const std::string& post) override {
    server_->shared->engagement.OnPost(
        server_, {std::to_string(profile_.id), profile_.username, profile_.zone}, post, draft_.text,
        draft_.in_reply_to != 0);
  }

 private:
  const Profile profile_;
  const Draft draft_;
  const uint64_t connection_;
  const std::string base_url_;
};

ServerResponse PostStatus(Mastodon* server, const Call& call) {
  Result<Draft> draft = ReadDraft(call.fields);
  if (!draft.ok()) {
    ++server->counts.refused_validation;
    return ErrorAnswer(422, Message(draft.status()));
  }
  return Publish(server, server->shared,
                 std::make_shared<StatusAttempt>(server, call, *std::move(draft)));
}

ServerResponse EditStatus(Mastodon* server, const Call& call) {
  Result<Draft> draft = ReadDraft(call.fields);
  if (!draft.ok()) return ErrorAnswer(422, Message(draft.status()));
  auto decide = [server, draft = *draft, viewer = call.viewer(), id = call.Id(), base_url = call.base_url] {
    const auto edited = server->store.EditPost(viewer, id, draft);
    if (!edited.ok()) return ErrorAnswer(HttpStatus(edited.status()), Message(edited.status()));
    return Answer(RenderStatus(*server->store.FindStatus(*edited, viewer), base_url));
  };
  return Act<MastodonAttempt>(server, {call.account->username, "edit", std::to_string(call.Id()), draft->text,
                                       call.request.request_number, std::move(decide)});
}

}  // namespace

void AddPostingRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "POST /api/v1/statuses", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return PostStatus(server, call); });
  AddRoute(router, server, "PUT /api/v1/statuses/:id", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return EditStatus(server, call); });
}

}  // namespace carillon::sandbox::mastodon
