// Direct messages between two.
#include "services/sandbox/x/api.h"
#include "services/sandbox/x/problems.h"
#include "services/sandbox/x/state.h"

namespace carillon::sandbox::x {

constexpr size_t kMessagesMax = 200'000;

std::string State::ConversationOf(Id a, Id b) {
  return fmt::format("{}-{}", std::min(a, b), std::max(a, b));
}

Id State::OtherOf(const User& user, const std::string& conversation) const {
  const size_t dash = conversation.find('-');
  if (dash == std::string::npos) return 0;
  const Id first = ReadId(std::string_view(conversation).substr(0, dash)),
           second = ReadId(std::string_view(conversation).substr(dash + 1));
  if (first >= second || users_.count(first) == 0 || users_.count(second) == 0) return 0;
  return first == user.id ? second : second == user.id ? first : 0;
}

Result<const DirectMessage*> State::Send(const User& sender, const std::string& conversation,
                                         const std::string& text) {
  const Id other = OtherOf(sender, conversation);
  if (other == 0) return NotPermitted();
  if (text.empty()) return Invalid("text", text, "The message has no text");
  if (messages_.size() >= kMessagesMax) return Full();
  const Id id = NextId();
  const DirectMessage* sent = &messages_.emplace(id, DirectMessage{id, sender.id, conversation, text, Now()}).first->second;
  Happen({Happening::Kind::kMessage, sender.id, other, id});
  return sent;
}

}  // namespace carillon::sandbox::x
