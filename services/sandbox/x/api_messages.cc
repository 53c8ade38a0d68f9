// Direct messages: GET /2/dm_events, and of one conversation; POST /2/dm_conversations/:id/messages.
#include "services/sandbox/x/attempt.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

constexpr int64_t kPageMax = 100;
constexpr int64_t kSendsPerWindow = 15;
constexpr size_t kTextBytesMax = 40'000;

json EventJson(const DirectMessage& message) {
  return {{"id", std::to_string(message.id)},
          {"event_type", "MessageCreate"},
          {"text", message.text},
          {"sender_id", std::to_string(message.sender)},
          {"dm_conversation_id", message.conversation},
          {"created_at", IsoTime(message.at)}};
}

// Of `conversation`, or of all; newest first. The token is the last one's id.
Result<json> Events(State& state, const Call& call, const std::string& conversation) {
  ASSIGN_OR_RETURN(const size_t limit, call.MaxResults(100, 1, kPageMax));
  const Viewer viewer = call.ViewerOf(state);
  const std::string token = call.Query("pagination_token");
  const Id before = token.empty() ? INT64_MAX : ReadId(token);
  if (before == 0) return Invalid("pagination_token", token, "The token is not valid");
  json data = json::array(), users = json::array();
  std::set<Id> senders;
  std::string next;
  const auto& all = state.messages();
  for (auto it = all.lower_bound(before); it != all.begin();) {
    const DirectMessage& message = (--it)->second;
    if (state.OtherOf(*viewer.user, message.conversation) == 0) continue;
    if (!conversation.empty() && message.conversation != conversation) continue;
    if (data.size() == limit) {
      next = data.back()["id"];
      break;
    }
    data.push_back(EventJson(message));
    if (senders.insert(message.sender).second) users.push_back(UserJson(viewer, *state.FindUser(message.sender)));
  }
  json meta = {{"result_count", data.size()}};
  if (!next.empty()) meta["next_token"] = next;
  if (data.empty()) return json{{"meta", meta}};
  json out = {{"data", std::move(data)}, {"meta", std::move(meta)}};
  if (call.Query("expansions").find("sender_id") != std::string::npos) out["includes"]["users"] = std::move(users);
  return out;
}

class MessageAttempt : public XAttempt {
 public:
  MessageAttempt(X* server, const Call& call) : XAttempt(server), user_(call.user), conversation_(call.Param("id")) {
    account = server->state.Lock()->FindUser(user_)->username;
    text = TextAt(call.input, {"text"});
    key = fmt::format("{} {} {}", user_, conversation_, text);
    step = "message";
    request_number = call.request.request_number;
  }

  Outcome Accept(bool) override {
    const auto state = server_->state.Lock();
    if (text.size() > kTextBytesMax) return {Kind::kRefused, {}, ProblemAnswer(Invalid("text", "", "too long"))};
    const auto sent = state->Send(*state->FindUser(user_), conversation_, text);
    if (!sent.ok()) return {Kind::kRefused, {}, ProblemAnswer(sent.status())};
    return {Kind::kCreated,
            {},
            Answer({{"data",
                     {{"dm_conversation_id", conversation_}, {"dm_event_id", std::to_string((*sent)->id)}}}},
                   201)};
  }

 private:
  const Id user_;
  const std::string conversation_;
};

}  // namespace

void AddMessageRoutes(Api* api) {
  X* const server = api->server();
  api->Add({"GET /2/dm_events", "dm.read", 15, false},
           [](State& state, const Call& call) { return Events(state, call, ""); });
  api->Add({"GET /2/dm_conversations/:id/dm_events", "dm.read", 15, false},
           [](State& state, const Call& call) { return Events(state, call, call.Param("id")); });
  api->AddRaw({"POST /2/dm_conversations/:id/messages", "dm.write", kSendsPerWindow, false, true},
              [=](Call& call) {
                return Publish(server, server->shared, std::make_shared<MessageAttempt>(server, call));
              });
}

}  // namespace carillon::sandbox::x
