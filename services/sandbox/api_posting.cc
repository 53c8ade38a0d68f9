// POST and PUT of statuses: the only place where the faults around acceptance are played.
#include "services/sandbox/api.h"
#include "services/sandbox/random.h"

namespace carillon::sandbox {
namespace {

using http::ServerResponse;

// What is needed to accept a post, also later and without the request.
struct Submission {
  Profile account;
  Draft draft;
  std::string key;
  uint64_t connection = 0;
  int request_number = 0;
  std::string base_url;
};

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

Result<Draft> ReadDraft(const Fields& fields) {
  for (const char* absent : {"scheduled_at", "poll", "quoted_status_id"}) {
    if (!fields.Get(absent).empty()) {
      return MakeStatus(Code::kInvalidArgument,
                        fmt::format("{} is not supported by this server", absent));
    }
  }
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
  return draft;
}

ServerResponse Withheld(Sandbox* sandbox, const char* fault, int64_t post, bool replayed) {
  if (!replayed) sandbox->Hide(post);
  sandbox->faults.RecordPost(fault, post);
  ServerResponse response;
  response.close_without_answer = true;
  return response;
}

// Decides, and then plays the faults that come after the decision. `post` is told which post it became.
ServerResponse Accept(Sandbox* sandbox, const Submission& submission, int64_t* post = nullptr) {
  const std::string& username = submission.account.username;
  const bool honour_key = !sandbox->faults.Take("ignore_idempotency_key", username).has_value();
  const auto created = sandbox->store.CreatePost(submission.account.id, submission.draft,
                                                 submission.key, honour_key, submission.connection);
  if (!created.ok()) {
    ++sandbox->counts.refused_validation;
    return ErrorAnswer(HttpStatus(created.status()), Message(created.status()));
  }
  const int64_t id = created->post;
  if (post != nullptr) *post = id;
  if (!honour_key) sandbox->faults.RecordPost("ignore_idempotency_key", id);
  if (created->replayed) {
    ++sandbox->counts.replayed;
  } else {
    ++sandbox->counts.accepted;
    sandbox->engagement.OnPost(submission.account, id, submission.draft.text,
                               submission.draft.in_reply_to != 0);
  }
  if (sandbox->faults.Take("drop_after_accept", username))
    return Withheld(sandbox, "drop_after_accept", id, created->replayed);
  if (submission.request_number > 1 && sandbox->faults.Take("close_reused", username)) {
    return Withheld(sandbox, "close_reused", id, created->replayed);
  }
  if (sandbox->faults.Take("error_after", username)) {
    Withheld(sandbox, "error_after", id, created->replayed);
    return ErrorAnswer(503, "Service Unavailable");
  }
  sandbox->Show(id);
  return Answer(
      RenderStatus(*sandbox->store.FindStatus(id, submission.account.id), submission.base_url));
}

ServerResponse RateLimited(Sandbox* sandbox, const Fault& fault) {
  ++sandbox->counts.refused_rate_limit;
  ServerResponse response = ErrorAnswer(429, "Too many requests");
  response.headers.emplace_back("X-RateLimit-Limit", "300");
  response.headers.emplace_back("X-RateLimit-Remaining", "0");
  response.headers.emplace_back("X-RateLimit-Reset",
                                IsoTime(sandbox->store.clock().Now() + fault.reset));
  return response;
}

// Held and accepted after the delay; with `close`, the connection is closed at once and nobody hears of it.
ServerResponse AcceptLate(Sandbox* sandbox, const Fault& fault, const Submission& submission) {
  ServerResponse response;
  auto accept = [sandbox, submission, is_closed = fault.close] {
    int64_t post = 0;
    ServerResponse late = Accept(sandbox, submission, &post);
    if (post != 0) sandbox->faults.RecordPost("accept_late", post);
    if (post != 0 && is_closed) sandbox->Hide(post);
    return late;
  };
  if (fault.close) {
    response.close_without_answer = true;
    sandbox->timers.After(fault.delay, accept);
  } else {
    response.delay = fault.delay;
    response.then = accept;
  }
  return response;
}

// Whether it was accepted follows from seed and key, and no answer or look-up will ever tell.
ServerResponse Withhold(Sandbox* sandbox, const Submission& submission) {
  const std::string& username = submission.account.username;
  const bool is_new = sandbox->faults.RecordKey("withhold", submission.key);
  sandbox->faults.Silence(username);
  ServerResponse response;
  response.close_without_answer = true;
  Random coin(HashWords(sandbox->store.seed(), {submission.key}));
  if (!is_new || coin.Below(2) == 0) return response;
  const auto created = sandbox->store.CreatePost(submission.account.id, submission.draft,
                                                 submission.key, true, submission.connection);
  if (!created.ok()) return response;
  ++sandbox->counts.accepted;
  return Withheld(sandbox, "withhold", created->post, created->replayed);
}

ServerResponse PostStatus(Sandbox* sandbox, const Call& call) {
  Result<Draft> draft = ReadDraft(call.fields);
  if (!draft.ok()) {
    ++sandbox->counts.refused_validation;
    return ErrorAnswer(422, Message(draft.status()));
  }
  const Submission submission{*call.account,
                              *std::move(draft),
                              call.request.Header("Idempotency-Key"),
                              call.request.connection_id,
                              call.request.request_number,
                              call.base_url};
  const std::string& username = call.account->username;
  const std::string& text = submission.draft.text;
  if (sandbox->faults.Take("refuse", username, text)) {
    ++sandbox->counts.refused_validation;
    sandbox->faults.RecordKey("refuse", submission.key);
    return ErrorAnswer(422, "Validation failed: Text is not allowed here");
  }
  if (sandbox->faults.Take("withhold", username, text)) return Withhold(sandbox, submission);
  if (auto fault = sandbox->faults.Take("rate_limit", username))
    return RateLimited(sandbox, *fault);
  if (sandbox->faults.Take("unauthorized", username)) {
    ++sandbox->counts.refused_unauthorized;
    return ErrorAnswer(401, "The access token was revoked");
  }
  if (sandbox->faults.Take("error_before", username)) {
    ++sandbox->counts.refused_fault;
    return ErrorAnswer(503, "Service Unavailable");
  }
  if (auto fault = sandbox->faults.Take("accept_late", username))
    return AcceptLate(sandbox, *fault, submission);
  if (auto fault = sandbox->faults.Take("slow", username)) {
    ServerResponse response;
    response.delay = fault->delay;
    response.then = [sandbox, submission] { return Accept(sandbox, submission); };
    return response;
  }
  return Accept(sandbox, submission);
}

ServerResponse EditStatus(Sandbox* sandbox, const Call& call) {
  Result<Draft> draft = ReadDraft(call.fields);
  if (!draft.ok()) return ErrorAnswer(422, Message(draft.status()));
  const auto edited = sandbox->store.EditPost(call.viewer(), call.Id(), *draft);
  if (!edited.ok()) return ErrorAnswer(HttpStatus(edited.status()), Message(edited.status()));
  return Answer(RenderStatus(*sandbox->store.FindStatus(*edited, call.viewer()), call.base_url));
}

}  // namespace

void AddPostingRoutes(http::Router* router, Sandbox* sandbox) {
  AddRoute(router, sandbox, "POST /api/v1/statuses", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return PostStatus(sandbox, call); });
  AddRoute(router, sandbox, "PUT /api/v1/statuses/:id", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return EditStatus(sandbox, call); });
}

}  // namespace carillon::sandbox
