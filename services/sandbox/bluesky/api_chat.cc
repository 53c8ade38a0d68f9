// chat.bsky.convo: direct messages.
#include "common/text/utf8.h"
#include "services/sandbox/bluesky/attempt.h"
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr size_t kTextBytesMax = 10'000, kLogPageMax = 100, kMembersMax = 10;
constexpr int64_t kGraphemesMax = 1000;

Viewer ViewerOf(State& state, const Call& call) {
  return {state, state.Find(call.viewer), call.base_url};
}

json MessageJson(const Viewer& viewer, const Convo& convo, const Message& message, bool with_reply) {
  json out = {{"$type", "chat.bsky.convo.defs#messageView"},
              {"id", message.id},
              {"rev", message.rev},
              {"text", message.text},
              {"sender", {{"did", message.sender}}},
              {"reactions", json::array()},
              {"sentAt", IsoTime(message.sent_at)}};
  if (!message.facets.empty()) out["facets"] = json::parse(message.facets);
  if (!message.embed.empty()) out["embed"] = RecordEmbedView(viewer, message.embed, 0);
  if (with_reply && !message.reply_to.empty()) {
    for (const Message& one : convo.messages) {
      if (one.id == message.reply_to) out["replyTo"] = MessageJson(viewer, convo, one, false);
    }
  }
  return out;
}

json MembersJson(const Viewer& viewer, const Convo& convo) {
  json members = json::array();
  for (const std::string& did : convo.members)
    members.push_back(ProfileBasic(viewer, *viewer.state.Find(did)));
  return members;
}

size_t Unread(const Convo& convo, const std::string& did) {
  const auto read = convo.read.find(did);
  size_t count = 0;
  for (size_t i = read == convo.read.end() ? 0 : read->second; i < convo.messages.size(); ++i)
    count += convo.messages[i].sender != did;
  return count;
}

const char* StatusOf(const Convo& convo, const std::string& did) {
  return convo.accepted.count(did) > 0 ? "accepted" : "request";
}

json ConvoJson(const Viewer& viewer, const Convo& convo) {
  const std::string& did = viewer.actor->did;
  json out = {{"id", convo.id},
              {"rev", convo.rev},
              {"members", MembersJson(viewer, convo)},
              {"muted", false},
              {"status", StatusOf(convo, did)},
              {"unreadCount", Unread(convo, did)},
              {"kind", {{"$type", "chat.bsky.convo.defs#directConvo"}}}};
  if (!convo.messages.empty())
    out["lastMessage"] = MessageJson(viewer, convo, convo.messages.back(), true);
  return out;
}

Result<Convo*> OwnConvo(State& state, const Call& call, const std::string& id) {
  Convo* convo = state.FindConvo(id);
  if (convo == nullptr || convo->members.count(call.viewer) == 0)
    return Invalid("Convo not found", "InvalidConvo");
  return convo;
}

Result<json> ListConvos(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(50));
  const std::string cursor = call.Get("cursor"), status = call.Get("status");
  const Viewer viewer = ViewerOf(state, call);
  json out = {{"convos", json::array()}};
  std::string last;
  for (const Convo* convo : state.ConvosOf(call.viewer)) {
    if (convo->messages.empty() || (!cursor.empty() && convo->rev >= cursor)) continue;
    if (!status.empty() && status != StatusOf(*convo, call.viewer)) continue;
    if (call.Get("readState") == "unread" && Unread(*convo, call.viewer) == 0) continue;
    if (out["convos"].size() == limit) {
      out["cursor"] = last;
      break;
    }
    out["convos"].push_back(ConvoJson(viewer, *convo));
    last = convo->rev;
  }
  return out;
}

Result<json> GetConvo(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.Need("convoId"));
  ASSIGN_OR_RETURN(const Convo* convo, OwnConvo(state, call, id));
  return json{{"convo", ConvoJson(ViewerOf(state, call), *convo)}};
}

Result<json> ConvoForMembers(State& state, const Call& call) {
  std::set<std::string> members = {call.viewer};
  for (const std::string& did : call.All("members")) {
    if (!IsDid(did)) return Invalid("members must be a valid did");
    const Actor* actor = state.Find(did);
    if (actor == nullptr) return Invalid("Recipient not found", "RecipientNotFound");
    members.insert(actor->did);
  }
  if (members.size() < 2) return Invalid("Params must have the property \"members\"");
  if (members.size() > kMembersMax) return Invalid("members must not have more than 10 elements");
  ASSIGN_OR_RETURN(Convo * convo, state.ConvoOf(members));
  if (convo->messages.empty()) convo->accepted.insert(call.viewer);
  return json{{"convo", ConvoJson(ViewerOf(state, call), *convo)}};
}

// Newest first; the cursor is the last one's id.
Result<json> GetMessages(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.Need("convoId"));
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(50));
  ASSIGN_OR_RETURN(const Convo* convo, OwnConvo(state, call, id));
  const std::string cursor = call.Get("cursor");
  const Viewer viewer = ViewerOf(state, call);
  json out = {{"messages", json::array()}, {"relatedProfiles", MembersJson(viewer, *convo)}};
  std::string last;
  for (auto one = convo->messages.rbegin(); one != convo->messages.rend(); ++one) {
    if (!cursor.empty() && one->id >= cursor) continue;
    if (out["messages"].size() == limit) {
      out["cursor"] = last;
      break;
    }
    out["messages"].push_back(MessageJson(viewer, *convo, *one, true));
    last = one->id;
  }
  return out;
}

Result<Message> ReadMessage(const Call& call, const Convo& convo) {
  const json* input = At(call.input, {"message"});
  if (input == nullptr || At(*input, {"text"}) == nullptr)
    return Invalid("Input/message must have the property \"text\"");
  Message message;
  message.text = TextAt(*input, {"text"});
  if (message.text.size() > kTextBytesMax || text::CountGraphemes(message.text) > kGraphemesMax)
    return Invalid("Input/message/text must not be longer than 1000 graphemes");
  if (const json* facets = At(*input, {"facets"}); facets != nullptr) {
    const Status checked = CheckFacets(message.text, *facets, "Input/message/facets");
    if (!checked.ok()) return Invalid(carillon::Message(checked));
    message.facets = Dump(*facets);
  }
  message.embed = TextAt(*input, {"embed", "record", "uri"});
  if (message.text.empty() && message.embed.empty()) return Invalid("Message text is empty");
  message.reply_to = TextAt(*input, {"replyTo", "messageId"});
  const bool has_target = message.reply_to.empty() ||
                          std::any_of(convo.messages.begin(), convo.messages.end(),
                                      [&](const Message& one) { return one.id == message.reply_to; });
  if (!has_target) return Invalid("Reply target not found", "ReplyTargetNotFound");
  return message;
}

Result<json> SendMessage(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.NeedInput("convoId"));
  ASSIGN_OR_RETURN(Convo * convo, OwnConvo(state, call, id));
  ASSIGN_OR_RETURN(Message message, ReadMessage(call, *convo));
  ASSIGN_OR_RETURN(const Message* sent, state.Send(convo, call.viewer, std::move(message)));
  return MessageJson(ViewerOf(state, call), *convo, *sent, true);
}

// Played with the faults of messages. The truth is of posts alone.
class MessageAttempt : public BlueskyAttempt {
 public:
  MessageAttempt(Bluesky* server, const Call& call)
      : BlueskyAttempt(server), request_(call.request), call_{request_, call.base_url, call.service_did, call.viewer, call.input, call.rate} {
    account = server->state.Lock()->Find(call.viewer)->handle;
    text = TextAt(call.input, {"message", "text"});
    key = call.viewer + " " + TextAt(call.input, {"convoId"}) + " " + text;
    step = "message";
    request_number = call.request.request_number;
  }

  Outcome Accept(bool) override {
    const auto state = server_->state.Lock();
    const auto sent = SendMessage(*state, call_);
    if (!sent.ok()) return {Kind::kRefused, {}, ErrorAnswer(sent.status())};
    return {Kind::kCreated, {}, Answer(*sent)};
  }

 private:
  const http::ServerRequest request_;
  const Call call_;
};

json EventJson(const Viewer& viewer, const Convo& convo, const ChatEvent& event) {
  json out = {{"$type", "chat.bsky.convo.defs#" + event.kind},
              {"rev", event.rev},
              {"convoId", event.convo}};
  if (event.kind == "logCreateMessage" || event.kind == "logReadMessage")
    out["message"] = MessageJson(viewer, convo, convo.messages[event.message], true);
  if (event.kind == "logCreateMessage") out["relatedProfiles"] = MembersJson(viewer, convo);
  return out;
}

// What came after the cursor, oldest first; without one, from the beginning.
Result<json> GetLog(State& state, const Call& call) {
  const std::string cursor = call.Get("cursor");
  const Viewer viewer = ViewerOf(state, call);
  json out = {{"logs", json::array()}};
  if (!cursor.empty()) out["cursor"] = cursor;
  const auto& all = state.chat_log();
  auto event = std::upper_bound(
      all.begin(), all.end(), cursor,
      [](const std::string& rev, const ChatEvent& one) { return rev < one.rev; });
  for (; event != all.end() && out["logs"].size() < kLogPageMax; ++event) {
    const Convo& convo = *state.FindConvo(event->convo);
    if (convo.members.count(call.viewer) == 0) continue;
    if (!event->only.empty() && event->only != call.viewer) continue;
    out["logs"].push_back(EventJson(viewer, convo, *event));
    out["cursor"] = event->rev;
  }
  return out;
}

Result<json> UpdateRead(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.NeedInput("convoId"));
  ASSIGN_OR_RETURN(Convo * convo, OwnConvo(state, call, id));
  const std::string message = TextAt(call.input, {"messageId"});
  size_t count = convo->messages.size();
  for (size_t i = 0; !message.empty() && i < convo->messages.size(); ++i) {
    if (convo->messages[i].id == message) count = i + 1;
  }
  state.MarkRead(convo, call.viewer, count);
  return json{{"convo", ConvoJson(ViewerOf(state, call), *convo)}};
}

Result<json> AcceptConvo(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string id, call.NeedInput("convoId"));
  ASSIGN_OR_RETURN(Convo * convo, OwnConvo(state, call, id));
  const bool was_request = convo->accepted.count(call.viewer) == 0;
  state.Accept(convo, call.viewer);
  return was_request ? json{{"rev", convo->rev}} : json::object();
}

}  // namespace

void AddChatMethods(Xrpc* xrpc) {
  xrpc->Query("chat.bsky.convo.listConvos", Auth::kChat, Reads::kNo, &ListConvos);
  xrpc->Query("chat.bsky.convo.getConvo", Auth::kChat, Reads::kNo, &GetConvo);
  xrpc->Query("chat.bsky.convo.getConvoForMembers", Auth::kChat, Reads::kNo, &ConvoForMembers);
  xrpc->Query("chat.bsky.convo.getMessages", Auth::kChat, Reads::kNo, &GetMessages);
  xrpc->Query("chat.bsky.convo.getLog", Auth::kChat, Reads::kNo, &GetLog);
  Bluesky* const server = xrpc->server();
  xrpc->Raw({"chat.bsky.convo.sendMessage", Auth::kChat, Reads::kNo, true, Input::kJson}, [=](Call& call) {
    return Publish(server, server->shared, std::make_shared<MessageAttempt>(server, call));
  });
  xrpc->Procedure("chat.bsky.convo.updateRead", Auth::kChat, Input::kJson, &UpdateRead);
  xrpc->Procedure("chat.bsky.convo.acceptConvo", Auth::kChat, Input::kJson, &AcceptConvo);
}

}  // namespace carillon::sandbox::bluesky
