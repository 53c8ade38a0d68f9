// com.atproto.repo: reading records, and deleting one.
#include "services/sandbox/bluesky/attempt.h"
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using http::ServerResponse;
using nlohmann::json;

Result<Actor*> FindRepo(State& state, const std::string& identifier) {
  if (!IsDid(identifier) && !IsHandle(identifier))
    return Invalid("repo must be a valid did or a handle");
  Actor* actor = state.Find(identifier);
  if (actor == nullptr) return Invalid(fmt::format("Could not find repo: {}", identifier));
  return actor;
}

json RecordJson(const std::string& uri, const Record& record) {
  return {{"uri", uri}, {"cid", record.cid}, {"value", json::parse(*record.value)}};
}

Result<json> GetRecord(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string repo, call.Need("repo"));
  ASSIGN_OR_RETURN(const std::string collection, call.Need("collection"));
  ASSIGN_OR_RETURN(const std::string rkey, call.Need("rkey"));
  if (!IsNsid(collection)) return Invalid("collection must be a valid nsid");
  if (!IsRecordKey(rkey)) return Invalid("rkey must be a valid Record Key");
  ASSIGN_OR_RETURN(const Actor* actor, FindRepo(state, repo));
  const std::string uri = RecordUri(actor->did, collection, rkey), cid = call.Get("cid");
  const Record* record = state.FindRecord(*actor, collection, rkey);
  if (record == nullptr || (!cid.empty() && cid != record->cid))
    return Invalid("Could not locate record: " + uri, "RecordNotFound");
  return RecordJson(uri, *record);
}

// Newest record keys first; the cursor is the last record's key, also on the last page.
Result<json> ListRecords(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string repo, call.Need("repo"));
  ASSIGN_OR_RETURN(const std::string collection, call.Need("collection"));
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(50));
  if (!IsNsid(collection)) return Invalid("collection must be a valid nsid");
  ASSIGN_OR_RETURN(const Actor* actor, FindRepo(state, repo));
  const std::string cursor = call.Get("cursor");
  json records = json::array();
  std::string last;
  auto add = [&](const auto& entry) {
    last = entry.first;
    records.push_back(
        RecordJson(RecordUri(actor->did, collection, entry.first), entry.second));
  };
  const auto found = actor->repo.collections.find(collection);
  if (found != actor->repo.collections.end()) {
    const auto& all = found->second;
    if (call.Flag("reverse")) {
      for (auto one = cursor.empty() ? all.begin() : all.upper_bound(cursor);
           one != all.end() && records.size() < limit; ++one)
        add(*one);
    } else {
      auto one = cursor.empty() ? all.end() : all.lower_bound(cursor);
      while (one != all.begin() && records.size() < limit) add(*--one);
    }
  }
  json out = {{"records", std::move(records)}};
  if (!last.empty()) out["cursor"] = last;
  return out;
}

Result<json> DescribeRepo(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string repo, call.Need("repo"));
  ASSIGN_OR_RETURN(const Actor* actor, FindRepo(state, repo));
  json collections = json::array();
  for (const auto& [collection, records] : actor->repo.collections) collections.push_back(collection);
  return json{{"handle", actor->handle},
              {"did", actor->did},
              {"didDoc", DidDocument(*actor, call.base_url)},
              {"collections", std::move(collections)},
              {"handleIsCorrect", true}};
}

struct Deletion {
  State::Write write;
  std::optional<std::string> swap_commit;
};

Result<Deletion> ReadDeletion(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string repo, call.NeedInput("repo"));
  ASSIGN_OR_RETURN(const Actor* actor, FindRepo(state, repo));
  if (actor->did != call.viewer) return AuthRequired();
  Deletion deletion;
  State::Write& write = deletion.write;
  write.action = State::Write::Action::kDelete;
  ASSIGN_OR_RETURN(write.collection, call.NeedInput("collection"));
  ASSIGN_OR_RETURN(write.rkey, call.NeedInput("rkey"));
  RETURN_IF_ERROR(state.Prepare(&write, std::nullopt));
  if (const std::string swap = TextAt(call.input, {"swapRecord"}); !swap.empty()) write.swap = swap;
  if (const std::string swap = TextAt(call.input, {"swapCommit"}); !swap.empty()) deletion.swap_commit = swap;
  return deletion;
}

// A record that is not there any more is no error.
Result<json> DeleteRecord(State& state, Actor* actor, const Deletion& deletion) {
  const State::Write& write = deletion.write;
  if (state.FindRecord(*actor, write.collection, write.rkey) == nullptr) return json::object();
  ASSIGN_OR_RETURN(const State::Commit commit, state.Apply(actor, {write}, deletion.swap_commit));
  return json{{"commit", {{"cid", commit.cid}, {"rev", commit.rev}}}};
}

ServerResponse Delete(Bluesky* server, const Call& call) {
  Result<Deletion> deletion = Deletion();
  std::string handle, name, subject;
  {
    const auto state = server->state.Lock();
    deletion = ReadDeletion(*state, call);
    if (!deletion.ok()) return ErrorAnswer(deletion.status());
    const State::Write& write = deletion->write;
    const Actor* actor = state->Find(call.viewer);
    handle = actor->handle;
    name = ActionOf(write.collection, /*is_delete=*/true);
    subject = RecordUri(actor->did, write.collection, write.rkey);
    const Record* record = state->FindRecord(*actor, write.collection, write.rkey);
    if (record != nullptr && write.collection != kPost) subject = SubjectOf(json::parse(*record->value), subject);
  }
  return Act<BlueskyAttempt>(server, {handle, name, subject, "", call.request.request_number,
                                      [server, did = call.viewer, deletion = *deletion] {
                                        const auto state = server->state.Lock();
                                        const auto answer = DeleteRecord(*state, state->Find(did), deletion);
                                        return answer.ok() ? Answer(*answer) : ErrorAnswer(answer.status());
                                      }});
}

}  // namespace

void AddRepoMethods(Xrpc* xrpc) {
  xrpc->Query("com.atproto.repo.getRecord", Auth::kNone, Reads::kTimeline, &GetRecord);
  xrpc->Query("com.atproto.repo.listRecords", Auth::kNone, Reads::kTimeline, &ListRecords);
  xrpc->Query("com.atproto.repo.describeRepo", Auth::kNone, Reads::kNo, &DescribeRepo);
  xrpc->Raw({"com.atproto.repo.deleteRecord", Auth::kUser, Reads::kNo, true, Input::kJson},
            [server = xrpc->server()](Call& call) {
              if (!CountPoints(server, &call, 1)) {
                ++server->counts.refused_rate_limit;
                return RateLimited(call.rate);
              }
              return Delete(server, call);
            });
}

}  // namespace carillon::sandbox::bluesky
