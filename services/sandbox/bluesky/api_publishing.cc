// com.atproto.repo: writing records. Those that write posts are played with the faults.
#include "services/sandbox/bluesky/attempt.h"
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using http::ServerResponse;
using nlohmann::json;
using Action = State::Write::Action;

constexpr size_t kWritesMax = 200;

// What a request asks for, read from its body and not judged yet.
struct Job {
  enum class Kind { kCreate, kPut, kApply };
  Kind kind = Kind::kCreate;
  std::string did;
  std::vector<State::Write> writes;
  std::optional<bool> validate;
  std::optional<std::string> swap_commit;
  uint64_t connection = 0;

  const State::Write* first_post() const {
    for (const State::Write& write : writes) {
      if (write.collection == kPost && write.action != Action::kDelete) return &write;
    }
    return nullptr;
  }
};

struct Decided {
  json answer;
  Attempt::Kind kind = Attempt::Kind::kEdited;
  std::vector<std::string> posts;
};

std::string UriOf(const Actor& actor, const State::Write& write) {
  return RecordUri(actor.did, write.collection, write.rkey);
}

json ResultJson(const Actor& actor, const Job& job, const State::Write& write) {
  json out = {{"uri", UriOf(actor, write)}, {"cid", write.cid}};
  if (job.validate != false) out["validationStatus"] = write.is_known ? "valid" : "unknown";
  return out;
}

json CommitJson(const State::Commit& commit) {
  return {{"cid", commit.cid}, {"rev", commit.rev}};
}

void Remember(Bluesky* server, const Job& job, const Actor& actor, const Job& as_asked,
              Decided* decided) {
  for (size_t i = 0; i < job.writes.size(); ++i) {
    const State::Write& write = job.writes[i];
    if (write.collection != kPost || write.action == Action::kDelete) continue;
    decided->posts.push_back(UriOf(actor, write));
    if (write.action != Action::kCreate) continue;
    decided->kind = Attempt::Kind::kCreated;
    server->shared->truth.Append({"bluesky", decided->posts.back(), actor.did, actor.handle,
                                  as_asked.writes[i].rkey, server->shared->clock->Now(),
                                  job.connection});
  }
}

// createRecord: a second like, repost or follow of the same takes the place of the first.
Result<Decided> DecideCreate(State& state, Actor* actor, Job* job) {
  State::Write& write = job->writes.front();
  RETURN_IF_ERROR(state.Prepare(&write, job->validate));
  std::vector<State::Write> writes;
  if (const auto old = ParseRecordUri(state.ExistingReaction(*actor, write))) {
    State::Write removal;
    removal.action = Action::kDelete;
    removal.collection = old->collection;
    removal.rkey = old->record_key;
    if (removal.rkey != write.rkey) writes.push_back(removal);
  }
  writes.push_back(write);
  ASSIGN_OR_RETURN(const State::Commit commit, state.Apply(actor, writes, job->swap_commit));
  Decided decided;
  decided.answer = ResultJson(*actor, *job, write);
  decided.answer["commit"] = CommitJson(commit);
  return decided;
}

// putRecord: what is there already, byte for byte, is answered again and nothing is done.
Result<Decided> DecidePut(State& state, Actor* actor, Job* job) {
  State::Write& write = job->writes.front();
  const Record* current = state.FindRecord(*actor, write.collection, write.rkey);
  write.action = current == nullptr ? Action::kCreate : Action::kUpdate;
  RETURN_IF_ERROR(state.Prepare(&write, job->validate));
  Decided decided;
  decided.answer = ResultJson(*actor, *job, write);
  if (current != nullptr && current->cid == write.cid) {
    decided.kind = Attempt::Kind::kReplayed;
    if (write.collection == kPost) decided.posts = {UriOf(*actor, write)};
    return decided;
  }
  ASSIGN_OR_RETURN(const State::Commit commit, state.Apply(actor, {write}, job->swap_commit));
  decided.answer["commit"] = CommitJson(commit);
  return decided;
}

Result<Decided> DecideApply(State& state, Actor* actor, Job* job) {
  for (State::Write& write : job->writes) RETURN_IF_ERROR(state.Prepare(&write, job->validate));
  ASSIGN_OR_RETURN(const State::Commit commit, state.Apply(actor, job->writes, job->swap_commit));
  json results = json::array();
  for (const State::Write& write : job->writes) {
    const bool is_delete = write.action == Action::kDelete;
    json result = is_delete ? json::object() : ResultJson(*actor, *job, write);
    result["$type"] = std::string("com.atproto.repo.applyWrites#") +
                      (is_delete                          ? "deleteResult"
                       : write.action == Action::kCreate ? "createResult"
                                                         : "updateResult");
    results.push_back(std::move(result));
  }
  Decided decided;
  decided.answer = {{"commit", CommitJson(commit)}, {"results", std::move(results)}};
  return decided;
}

Result<Decided> Decide(Bluesky* server, const Job& as_asked) {
  const auto state = server->state.Lock();
  Actor* actor = state->Find(as_asked.did);
  Job job = as_asked;
  Result<Decided> decided = job.kind == Job::Kind::kCreate ? DecideCreate(*state, actor, &job)
                            : job.kind == Job::Kind::kPut  ? DecidePut(*state, actor, &job)
                                                           : DecideApply(*state, actor, &job);
  if (decided.ok() && decided->posts.empty()) Remember(server, job, *actor, as_asked, &*decided);
  return decided;
}

class WriteAttempt : public BlueskyAttempt {
 public:
  WriteAttempt(Bluesky* server, const Call& call, const std::string& handle, Job job)
      : BlueskyAttempt(server), job_(std::move(job)) {
    const State::Write& post = *job_.first_post();
    account = handle;
    text = TextAt(post.value, {"text"});
    key = post.rkey.empty() ? TextAt(post.value, {"createdAt"}) + text : post.rkey;
    request_number = call.request.request_number;
  }

  Outcome Accept(bool) override {
    Result<Decided> decided = Decide(server_, job_);
    if (!decided.ok()) return {Kind::kRefused, {}, ErrorAnswer(decided.status())};
    return {decided->kind, decided->posts, Answer(decided->answer)};
  }
  void Engage(const std::string& uri) override {
    const auto state = server_->state.Lock();
    const Actor* actor = state->Find(job_.did);
    const Post* post = state->AnyPost(uri);
    server_->shared->engagement.OnPost(server_, {actor->did, actor->handle, actor->zone}, uri,
                                       post->text, !post->parent.empty());
  }

 private:
  const Job job_;
};

Status ReadShared(const Call& call, Job* job) {
  const json* validate = At(call.input, {"validate"});
  if (validate != nullptr && !validate->is_boolean())
    return Invalid("Input/validate must be a boolean");
  if (validate != nullptr) job->validate = validate->get<bool>();
  if (const json* swap = At(call.input, {"swapCommit"}); swap != nullptr && !swap->is_null()) {
    ASSIGN_OR_RETURN(job->swap_commit, call.NeedInput("swapCommit"));
  }
  return Ok();
}

Result<State::Write> ReadWrite(const Call& call, bool is_put) {
  State::Write write;
  ASSIGN_OR_RETURN(write.collection, call.NeedInput("collection"));
  if (is_put || call.input.contains("rkey")) {
    ASSIGN_OR_RETURN(write.rkey, call.NeedInput("rkey"));
    if (write.rkey.empty()) return Invalid("Input/rkey must be a valid Record Key");
  }
  const json* record = At(call.input, {"record"});
  if (record == nullptr) return Invalid("Input must have the property \"record\"");
  write.value = *record;
  if (const json* swap = At(call.input, {"swapRecord"}); is_put && swap != nullptr) {
    write.swap.emplace();  // null: nothing is expected to be there
    if (!swap->is_null()) {
      ASSIGN_OR_RETURN(*write.swap, call.NeedInput("swapRecord"));
    }
  }
  return write;
}

Result<std::vector<State::Write>> ReadWrites(const Call& call) {
  const json* list = At(call.input, {"writes"});
  if (list == nullptr || !list->is_array()) return Invalid("Input must have the property \"writes\"");
  if (list->size() > kWritesMax) return Invalid("Too many writes. Max: 200");
  std::vector<State::Write> writes;
  for (const json& item : *list) {
    const std::string type = TextAt(item, {"$type"}), prefix = "com.atproto.repo.applyWrites#";
    State::Write write;
    write.collection = TextAt(item, {"collection"});
    write.rkey = TextAt(item, {"rkey"});
    if (type == prefix + "create")
      write.action = Action::kCreate;
    else if (type == prefix + "update")
      write.action = Action::kUpdate;
    else if (type == prefix + "delete")
      write.action = Action::kDelete;
    else
      return Invalid("Action not supported: " + type);
    if (write.action != Action::kCreate && write.rkey.empty())
      return Invalid("Input/writes must have the property \"rkey\"");
    if (const json* value = At(item, {"value"})) write.value = *value;
    writes.push_back(std::move(write));
  }
  return writes;
}

Result<Job> ReadJob(State& state, const Call& call, Job::Kind kind) {
  Job job;
  job.kind = kind;
  job.connection = call.request.connection_id;
  ASSIGN_OR_RETURN(const std::string repo, call.NeedInput("repo"));
  const Actor* actor = state.Find(repo);
  if (actor == nullptr) return Invalid(fmt::format("Could not find repo: {}", repo));
  if (actor->did != call.viewer) return AuthRequired();
  job.did = actor->did;
  RETURN_IF_ERROR(ReadShared(call, &job));
  if (kind == Job::Kind::kApply) {
    ASSIGN_OR_RETURN(job.writes, ReadWrites(call));
  } else {
    ASSIGN_OR_RETURN(State::Write write, ReadWrite(call, kind == Job::Kind::kPut));
    job.writes.push_back(std::move(write));
  }
  return job;
}

int64_t PointsOf(const Job& job) {
  if (job.kind == Job::Kind::kPut) return 2;
  int64_t points = 0;
  for (const State::Write& write : job.writes) {
    points += write.action == Action::kCreate ? 3 : write.action == Action::kUpdate ? 2 : 1;
  }
  return points;
}

ServerResponse Write(Bluesky* server, Call& call, Job::Kind kind) {
  Result<Job> job = Internal();
  std::string handle;
  {
    const auto state = server->state.Lock();
    job = ReadJob(*state, call, kind);
    handle = state->Find(call.viewer)->handle;
  }
  if (!job.ok()) {
    ++server->counts.refused_validation;
    return ErrorAnswer(job.status());
  }
  if (!CountPoints(server, &call, PointsOf(*job))) {
    ++server->counts.refused_rate_limit;
    return RateLimited(call.rate);
  }
  if (job->first_post() != nullptr) {
    return Publish(server, server->shared,
                   std::make_shared<WriteAttempt>(server, call, handle, *std::move(job)));
  }
  const State::Write first = job->writes.empty() ? State::Write() : job->writes.front();
  return Act<BlueskyAttempt>(
      server, {handle, ActionOf(first.collection, first.action == Action::kDelete && kind == Job::Kind::kApply),
               SubjectOf(first.value, RecordUri(job->did, first.collection, first.rkey)), Dump(first.value),
               call.request.request_number, [server, job = *job] {
                 const Result<Decided> decided = Decide(server, job);
                 return decided.ok() ? Answer(decided->answer) : ErrorAnswer(decided.status());
               }});
}

}  // namespace

void AddPublishingMethods(Xrpc* xrpc) {
  Bluesky* const server = xrpc->server();
  auto add = [&](const char* nsid, Job::Kind kind) {
    xrpc->Raw({nsid, Auth::kUser, Reads::kNo, true, Input::kJson},
              [=](Call& call) { return Write(server, call, kind); });
  };
  add("com.atproto.repo.createRecord", Job::Kind::kCreate);
  add("com.atproto.repo.putRecord", Job::Kind::kPut);
  add("com.atproto.repo.applyWrites", Job::Kind::kApply);
}

}  // namespace carillon::sandbox::bluesky
