// Conversations, as the chat service keeps them.
#include "services/sandbox/bluesky/errors.h"
#include "services/sandbox/bluesky/state.h"

namespace carillon::sandbox::bluesky {

Convo* State::FindConvo(const std::string& id) {
  const auto found = convos_.find(id);
  return found == convos_.end() ? nullptr : &found->second;
}

Result<Convo*> State::ConvoOf(const std::set<std::string>& members) {
  const auto known = convo_by_members_.find(members);
  if (known != convo_by_members_.end()) return &convos_.at(known->second);
  if (convos_.size() >= limits_.convos_max) return Full();
  Convo convo;
  convo.id = NextTid();
  convo.rev = NextTid();
  convo.members = members;
  convo_by_members_[members] = convo.id;
  chat_log_.push_back({convo.rev, convo.id, "logBeginConvo", 0, ""});
  const std::string id = convo.id;
  return &convos_.emplace(id, std::move(convo)).first->second;
}

Result<const Message*> State::Send(Convo* convo, const std::string& sender, Message message) {
  if (messages_ >= limits_.messages_max) return Full();
  ++messages_;
  message.id = NextTid();
  message.rev = NextTid();
  message.sender = sender;
  message.sent_at = Now();
  convo->rev = message.rev;
  convo->messages.push_back(std::move(message));
  chat_log_.push_back({convo->rev, convo->id, "logCreateMessage", convo->messages.size() - 1, ""});
  // Who answers has accepted, and has read what was there. Whom one follows, one hears.
  convo->accepted.insert(sender);
  convo->read[sender] = convo->messages.size();
  for (const std::string& member : convo->members) {
    if (actors_.at(member).following.count(sender) > 0) convo->accepted.insert(member);
  }
  return &convo->messages.back();
}

void State::MarkRead(Convo* convo, const std::string& did, size_t count) {
  size_t& read = convo->read[did];
  if (count <= read) return;
  read = count;
  convo->rev = NextTid();
  chat_log_.push_back({convo->rev, convo->id, "logReadMessage", count - 1, did});
}

void State::Accept(Convo* convo, const std::string& did) {
  if (!convo->accepted.insert(did).second) return;
  convo->rev = NextTid();
  chat_log_.push_back({convo->rev, convo->id, "logAcceptConvo", 0, did});
}

std::vector<Convo*> State::ConvosOf(const std::string& did) {
  std::vector<Convo*> out;
  for (auto& [id, convo] : convos_) {
    if (convo.members.count(did) > 0) out.push_back(&convo);
  }
  std::sort(out.begin(), out.end(), [](const Convo* a, const Convo* b) { return a->rev > b->rev; });
  return out;
}

}  // namespace carillon::sandbox::bluesky
