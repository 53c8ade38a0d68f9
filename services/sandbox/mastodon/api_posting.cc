// POST and PUT of statuses.
#include "services/sandbox/mastodon/api.h"
#include "services/sandbox/publishing.h"

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

class StatusAttempt : public Attempt {
 public:
  StatusAttempt(Mastodon* server, const Call& call, Draft draft)
      : server_(server),
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

  ServerResponse Refused() override {
    return ErrorAnswer(422, "Validation failed: Text is not allowed here");
  }
  ServerResponse Unauthorized(const Fault&) override {
    return ErrorAnswer(401, "The access token was revoked");
  }
  ServerResponse Unavailable() override { return ErrorAnswer(503, "Service Unavailable"); }
  ServerResponse RateLimited(absl::Time reset) override {
    ServerResponse response = ErrorAnswer(429, "Too many requests");
    response.headers.emplace_back("X-RateLimit-Limit", "300");
    response.headers.emplace_back("X-RateLimit-Remaining", "0");
    response.headers.emplace_back("X-RateLimit-Reset", IsoTime(reset));
    return response;
  }

 private:
  Mastodon* const server_;
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
  const auto edited = server->store.EditPost(call.viewer(), call.Id(), *draft);
  if (!edited.ok()) return ErrorAnswer(HttpStatus(edited.status()), Message(edited.status()));
  return Answer(RenderStatus(*server->store.FindStatus(*edited, call.viewer()), call.base_url));
}

}  // namespace

void AddPostingRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "POST /api/v1/statuses", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return PostStatus(server, call); });
  AddRoute(router, server, "PUT /api/v1/statuses/:id", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return EditStatus(server, call); });
}

}  // namespace carillon::sandbox::mastodon
