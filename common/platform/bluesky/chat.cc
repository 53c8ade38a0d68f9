#include "common/platform/bluesky/chat.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/atproto_syntax/datetime.h"
#include "common/platform/bluesky/errors.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/session.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr const char* kService = "did:web:api.bsky.chat#bsky_chat";
constexpr const char* kPageSize = "100";  // of the lexicon
constexpr int kPagesMax = 10;
constexpr absl::Duration kClockMargin = absl::Minutes(1);
constexpr absl::Duration kClockSkewMax = absl::Seconds(5);

http::HttpRequest ForChat(http::HttpRequest request) {
  request.headers["atproto-proxy"] = kService;
  return request;
}

class Chat {
 public:
  Chat(http::HttpClient& client, const Clock& clock, Access access, absl::Duration timeout)
      : client_(client), clock_(clock), access_(std::move(access)), end_(clock.BootTime() + timeout) {}

  Result<Json> Ask(std::string_view method, const http::FormFields& query) {
    http::HttpRequest request =
        ForChat(MakeQuery(access_, fmt::format("chat.bsky.convo.{}", method), query));
    request.deadline = end_ - clock_.BootTime();
    if (request.deadline <= absl::ZeroDuration()) {
      return MakeStatus(Code::kDeadlineExceeded, "no time left to ask the server");
    }
    const http::HttpOutcome outcome = Exchange(client_, clock_, access_, std::move(request));
    if (!outcome.ok()) return StatusOfFailure(outcome, access_);
    if (!outcome.response->ok() && SaysNoMessages(ReadError(*outcome.response))) {
      return Refuse(Code::kPermissionDenied, "NO_MESSAGES",
                    "the app password, or what was agreed to, may not read direct messages; make one that may, or agree to it",
                    {{"host", platform::HostOf(access_.base_url)}});
    }
    RETURN_IF_ERROR(StatusOfResponse(*outcome.response, access_, clock_.Now()));
    auto body = platform::ParseJson(outcome.response->body);
    if (body && body->is_object()) return *std::move(body);
    return MakeStatus(Code::kUnavailable, "the chat answered without JSON");
  }

 private:
  http::HttpClient& client_;
  const Clock& clock_;
  const Access access_;
  const absl::Duration end_;
};

using Names = std::map<std::string, std::pair<std::string, std::string>>;  // did -> handle, display name

void AddNames(const Json& profiles, Names& names) {
  if (!profiles.is_array()) return;
  for (const Json& profile : profiles) {
    names[GetText(profile, "did")] = {GetText(profile, "handle"), GetText(profile, "displayName")};
  }
}

// Nothing for one's own, and for what is no text of somebody's (deleted ones, notices).
std::optional<platform::Signal> SignalOf(const Json& message, const std::string& convo_id,
                                         const Names& names, const std::string& own_did) {
  const std::string sender = GetText(GetMember(message, "sender"), "did");
  const std::string id = GetText(message, "id");
  const auto at = atproto_syntax::ParseDatetime(GetText(message, "sentAt"));
  if (sender.empty() || sender == own_did || id.empty() || !at || !message.contains("text")) return std::nullopt;
  platform::Signal signal;
  signal.kind = platform::SignalKind::kDirectMessage;
  signal.remote_id = id;
  signal.created_at = *at;
  const auto name = names.find(sender);
  signal.author = name == names.end() || name->second.first.empty() ? sender : name->second.first;
  if (name != names.end()) signal.author_name = name->second.second;
  signal.status_remote_id = id;
  signal.status_url = "https://bsky.app/messages/" + convo_id;
  signal.text = GetText(message, "text");
  signal.conversation_remote_id = convo_id;
  return signal;
}

// The last message of each conversation with unread ones.
Status AddUnread(Chat& chat, const std::string& own_did, int count_max, platform::SignalPage& page) {
  ASSIGN_OR_RETURN(const Json body, chat.Ask("listConvos", {{"readState", "unread"},
                                                            {"limit", std::to_string(std::clamp(count_max, 1, 100))}}));
  const Json& convos = GetMember(body, "convos");
  if (!convos.is_array()) return MakeStatus(Code::kUnavailable, "the chat sent no list of conversations");
  for (const Json& convo : convos) {
    Names names;
    AddNames(GetMember(convo, "members"), names);
    auto signal = SignalOf(GetMember(convo, "lastMessage"), GetText(convo, "id"), names, own_did);
    if (signal) page.signals.push_back(*std::move(signal));
  }
  return Ok();
}

}  // namespace

Result<platform::SignalPage> ReadMessages(http::HttpClient& client, const Clock& clock,
                                          const platform::CollectorAccess& account,
                                          const std::string& cursor, int count_max,
                                          absl::Duration timeout) {
  Chat chat(client, clock, ReadLent(account.base_url, account.access_token), timeout);
  const bool is_first = cursor.empty();
  http::FormFields query;
  if (!is_first) query.emplace_back("cursor", cursor);
  ASSIGN_OR_RETURN(const Json body, chat.Ask("getLog", query));
  const Json& logs = GetMember(body, "logs");
  if (!logs.is_array()) return MakeStatus(Code::kUnavailable, "the chat sent no log");
  platform::SignalPage page;
  page.cursor = GetText(body, "cursor");
  if (page.cursor.empty()) page.cursor = cursor;
  // What was there before the account was connected is told by its conversations; the log begins from here.
  if (is_first) {
    RETURN_IF_ERROR(AddUnread(chat, account.remote_account_id, count_max, page));
    page.more = !logs.empty() && page.cursor != cursor;
    return page;
  }
  for (const Json& event : logs) {
    if (static_cast<int>(page.signals.size()) >= count_max) {
      page.more = true;
      break;
    }
    const std::string rev = GetText(event, "rev");
    if (!rev.empty()) page.cursor = rev;
    if (!GetText(event, "$type").ends_with("#logCreateMessage")) continue;
    Names names;
    AddNames(GetMember(event, "relatedProfiles"), names);
    auto signal =
        SignalOf(GetMember(event, "message"), GetText(event, "convoId"), names, account.remote_account_id);
    if (signal) page.signals.push_back(*std::move(signal));
  }
  page.more = page.more || (!logs.empty() && page.cursor != cursor);
  return page;
}

http::HttpRequest MakeMessage(const Access& access, const platform::PublishContent& content) {
  const Json input = {{"convoId", content.conversation_remote_id}, {"message", {{"text", PostText(content)}}}};
  return ForChat(MakeProcedure(access, "chat.bsky.convo.sendMessage", input));
}

platform::LookupOutcome LookUpMessage(http::HttpClient& client, const Clock& clock,
                                      const platform::LookupRequest& request) {
  using Kind = platform::LookupOutcome::Kind;
  platform::LookupOutcome out;
  const auto session = ReadSession(request.access.access_token);
  if (!session.ok()) {
    out.error = Message(session.status());
    return out;
  }
  Chat chat(client, clock, AccessOf(request.access.base_url, *session), request.timeout);
  const std::string wanted = PostText(request.content);
  const auto& known = request.known_remote_ids;
  std::string cursor;
  int matches = 0;
  auto judged = [&] {
    out.kind = matches == 0 ? Kind::kAbsent : matches == 1 ? Kind::kFound : Kind::kAmbiguous;
    if (matches > 1) out.error = fmt::format("{} messages say the same: which one is it?", matches);
    if (matches != 1) out.remote_id.clear();
    return out;
  };
  for (int page = 0; page < kPagesMax; ++page) {
    http::FormFields query = {{"convoId", request.content.conversation_remote_id}, {"limit", kPageSize}};
    if (!cursor.empty()) query.emplace_back("cursor", cursor);
    const auto body = chat.Ask("getMessages", query);
    const Json& messages = body.ok() ? GetMember(*body, "messages") : GetMember(Json(), "");
    if (!body.ok() || !messages.is_array()) {
      out.error = body.ok() ? "the chat sent no list of messages" : Message(body.status());
      return out;
    }
    for (const Json& message : messages) {
      const auto at = atproto_syntax::ParseDatetime(GetText(message, "sentAt"));
      if (at && *at < request.since - kClockMargin) return judged();
      const bool is_ours = GetText(GetMember(message, "sender"), "did") == session->did;
      const std::string id = GetText(message, "id");
      if (!at || !is_ours || *at < request.since - kClockSkewMax || GetText(message, "text") != wanted ||
          std::find(known.begin(), known.end(), id) != known.end()) {
        continue;
      }
      ++matches;
      out.remote_id = id;
    }
    cursor = GetText(*body, "cursor");
    if (cursor.empty() || messages.empty()) return judged();
  }
  out.remote_id.clear();
  out.error = fmt::format("more than {} pages of messages since the first attempt", kPagesMax);
  return out;
}

}  // namespace carillon::bluesky
