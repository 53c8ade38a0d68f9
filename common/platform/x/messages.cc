#include "common/platform/x/messages.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/platform/back_walk.h"
#include "common/platform/x/headers.h"
#include "common/platform/x/match.h"
#include "common/platform/x/post.h"
#include "common/platform/x/post_view.h"
#include "common/platform/x/signals.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr int kPageMax = 100;
constexpr int kLookupPagesMax = 10;

struct MessageView {
  std::string id, sender_id, conversation_id;
  absl::Time created_at;
  PostView post;  // text and links, as a post has them
};

Result<MessageView> ReadMessage(const Json& event) {
  MessageView view;
  view.id = platform::GetId(event, "id");
  view.sender_id = platform::GetId(event, "sender_id");
  view.conversation_id = platform::GetId(event, "dm_conversation_id");
  const auto at = ParseTime(GetText(event, "created_at"));
  if (!IsId(view.id) || view.sender_id.empty() || !at) {
    return MakeStatus(Code::kUnavailable, "X sent a message without id, sender or time");
  }
  view.created_at = *at;
  view.post.raw_text = GetText(event, "text");
  for (const Json& url : GetMember(GetMember(event, "entities"), "urls")) {
    view.post.links.push_back({GetText(url, "url"), GetText(url, "expanded_url"), url.contains("media_key")});
  }
  return view;
}

http::FormFields Fields(int count_max) {
  return {{"max_results", std::to_string(std::clamp(count_max, 1, kPageMax))},
          {"event_types", "MessageCreate"},
          {"dm_event.fields", "created_at,dm_conversation_id,entities,event_type,id,text"},
          {"expansions", "sender_id"},
          {"user.fields", "name,username"}};
}

// Without `unreadable` one that cannot be read is an error.
Result<std::vector<MessageView>> ReadEvents(const Json& body, platform::Unreadable* unreadable) {
  const Json& events = GetMember(body, "data");
  if (!events.is_array()) {
    // With none there X leaves the list out.
    if (platform::GetInteger(GetMember(body, "meta"), "result_count", -1) == 0) return std::vector<MessageView>();
    return MakeStatus(Code::kUnavailable, "X sent no list of messages");
  }
  std::vector<const Json*> created;
  for (const Json& event : events) {
    if (GetText(event, "event_type") == "MessageCreate") created.push_back(&event);
  }
  return platform::ReadEach(created, unreadable, [](const Json* event) { return ReadMessage(*event); });
}

platform::Signal SignalOf(const MessageView& message, const std::map<std::string, Author>& authors) {
  platform::Signal signal;
  signal.kind = platform::SignalKind::kDirectMessage;
  signal.remote_id = message.id;
  signal.created_at = message.created_at;
  const auto author = authors.find(message.sender_id);
  const bool known = author != authors.end() && !author->second.username.empty();
  signal.author = known ? author->second.username : message.sender_id;
  if (known) signal.author_name = author->second.name;
  signal.status_remote_id = message.id;
  signal.status_url = "https://x.com/messages/" + message.conversation_id;
  signal.text = PlainText(message.post);
  signal.conversation_remote_id = message.conversation_id;
  return signal;
}

std::string ConversationPath(const platform::PublishContent& content, std::string_view rest) {
  return fmt::format("/2/dm_conversations/{}/{}", http::EncodeComponent(content.conversation_remote_id), rest);
}

}  // namespace

Result<platform::SignalPage> ReadMessages(http::HttpClient& client, const Clock& clock,
                                          const platform::CollectorAccess& account,
                                          const std::string& cursor, int count_max,
                                          absl::Duration timeout) {
  std::optional<platform::BackWalk> walk = platform::ReadBackWalk(cursor);
  if (!walk) return MakeStatus(Code::kInternal, "the cursor is not one of messages");
  const bool is_first = walk->IsFirst();
  http::FormFields query = Fields(count_max);
  if (!walk->page.empty()) query.emplace_back("pagination_token", walk->page);
  const Access access{account.base_url, account.access_token};
  ASSIGN_OR_RETURN(const Answer answer, Get(client, clock, access, "/2/dm_events", query, timeout));
  platform::Unreadable unreadable("x");
  ASSIGN_OR_RETURN(const std::vector<MessageView> messages, ReadEvents(answer.body, &unreadable));
  const std::map<std::string, Author> authors = ReadAuthors(answer.body);
  platform::SignalPage page;
  bool met_since = false;
  for (const MessageView& message : messages) {
    if (!walk->since.empty() && !IdLess(walk->since, message.id)) {
      met_since = true;
      continue;
    }
    if (walk->high.empty() || IdLess(walk->high, message.id)) walk->high = message.id;
    if (message.sender_id != account.remote_account_id) page.signals.push_back(SignalOf(message, authors));
  }
  std::reverse(page.signals.begin(), page.signals.end());
  if (is_first && walk->high.empty()) walk->high = std::string("0");  // not of a literal: GCC bug 105329 warns
  const std::string next = GetText(GetMember(answer.body, "meta"), "next_token");
  page.more = walk->Advance(met_since, is_first || next == walk->page ? "" : next);
  page.cursor = platform::ToCursor(*walk);
  return page;
}

http::HttpRequest MakeMessage(const Access& access, const platform::PublishContent& content) {
  return MakeJsonRequest(access, ConversationPath(content, "messages"), {{"text", PostText(content)}});
}

platform::LookupOutcome LookUpMessage(http::HttpClient& client, const Clock& clock, const Access& access,
                                      const platform::LookupRequest& request) {
  using Kind = platform::LookupOutcome::Kind;
  platform::LookupOutcome out;
  const absl::Duration end = clock.BootTime() + request.timeout;
  const Wanted wanted = MakeWanted(request.content, request.since, request.known_remote_ids);
  int certain = 0, doubtful = 0;
  auto judged = [&] {
    const bool found = certain == 1 && doubtful == 0;
    out.kind = found ? Kind::kFound : certain + doubtful == 0 ? Kind::kAbsent : Kind::kAmbiguous;
    if (!found) out.remote_id.clear();
    if (out.kind == Kind::kAmbiguous) out.error = fmt::format("{} messages match exactly and {} nearly", certain, doubtful);
    return out;
  };
  std::string token;
  for (int page = 0; page < kLookupPagesMax; ++page) {
    http::FormFields query = Fields(kPageMax);
    if (!token.empty()) query.emplace_back("pagination_token", token);
    const auto answer = Get(client, clock, access, ConversationPath(request.content, "dm_events"), query,
                            end - clock.BootTime());
    const auto messages = answer.ok() ? ReadEvents(answer->body, nullptr) : Result<std::vector<MessageView>>(answer.status());
    if (!messages.ok()) {
      out.error = Message(messages.status());
      return out;
    }
    for (const MessageView& message : *messages) {
      if (message.created_at < request.since - kClockMargin) return judged();
      const auto& known = wanted.known_ids;
      if (message.sender_id != request.access.remote_account_id ||
          std::find(known.begin(), known.end(), message.id) != known.end()) {
        continue;
      }
      const Match match = MatchText(message.post, wanted.text, /*is_reply=*/false);
      const bool in_time = message.created_at >= request.since - kClockSkewMax;
      if (match == Match::kYes && in_time) {
        ++certain;
        out.remote_id = message.id;
      } else if (match != Match::kNo) {
        ++doubtful;
      }
    }
    const std::string next = GetText(GetMember(answer->body, "meta"), "next_token");
    if (next.empty() || next == token) return judged();
    token = next;
  }
  out.remote_id.clear();
  out.error = fmt::format("more than {} pages of messages since the first attempt", kLookupPagesMax);
  return out;
}

}  // namespace carillon::x
