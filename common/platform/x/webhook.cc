#include "common/platform/x/webhook.h"

#include <algorithm>

#include "common/base/hmac.h"
#include "common/platform/json.h"
#include "common/platform/x/api.h"
#include "common/platform/x/webhook_subscriptions.h"

namespace carillon::x {
namespace {

using platform::GetId;
using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr size_t kTokenSizeMax = 256;
constexpr char kSignatureHeader[] = "x-twitter-webhooks-signature";

bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

std::string Signature(std::string_view text, const std::string& secret) {
  return "sha256=" + Base64(HmacSha256(secret, text));
}

// One that another made: what the account does itself no poll brings.
bool IsOfOthers(const Json& post, const std::string& account) {
  const std::string author = GetMember(post, "user").is_object() ? GetId(GetMember(post, "user"), "id_str")
                                                                 : GetId(post, "author_id");
  return author != account;
}

// {"for_user_id": "1", "tweet_create_events": [...], "direct_message_events": [...], ...}
void ReadAccountActivity(const Json& body, const std::string& account, platform::PushedEvents& out) {
  for (const auto& [name, events] : body.items()) {
    if (!events.is_array()) continue;
    for (const Json& event : events) {
      const bool is_post = name == "tweet_create_events" && IsOfOthers(event, account);
      const bool is_message = name == "direct_message_events";
      if (is_post || is_message) {
        out.events.push_back({account, GetId(event, is_post ? "id_str" : "id")});
      } else {
        ++out.passed_over;
      }
    }
  }
}

// {"event_uuid": "...", "filter": {"user_id": "1"}, "event_type": "post.mention.create", "payload": {...}}
void ReadActivity(const Json& data, platform::PushedEvents& out) {
  const std::string account = GetId(GetMember(data, "filter"), "user_id");
  const std::string type = GetText(data, "event_type");
  const bool is_post = type.starts_with("post.") && type.ends_with(".create") &&
                       IsOfOthers(GetMember(data, "payload"), account);
  const bool is_message = type == "dm.received" || type == "chat.received";
  if (IsId(account) && (is_post || is_message)) {
    out.events.push_back({account, GetId(data, "event_uuid")});
  } else {
    ++out.passed_over;
  }
}

Access AccessOf(const platform::AppAccess& app) { return {app.base_url, app.token}; }

class XWebhook : public platform::Webhook {
 public:
  XWebhook(http::HttpClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  std::string Platform() const override { return "x"; }

  Result<platform::ChallengeAnswer> AnswerChallenge(const Fields& query, const std::string& secret) const override {
    const auto token = query.find("crc_token");
    if (token == query.end() || token->second.empty() || token->second.size() > kTokenSizeMax) {
      return platform::BadChallenge("crc_token is missing or too long");
    }
    if (!std::all_of(token->second.begin(), token->second.end(), IsTokenCharacter)) {
      return platform::BadChallenge("crc_token has characters that X's have not");
    }
    return platform::ChallengeAnswer{"application/json; charset=utf-8",
                                     Json{{"response_token", Signature(token->second, secret)}}.dump()};
  }

  Status CheckSignature(const Fields& headers, std::string_view body, const std::string& secret) const override {
    const auto given = headers.find(kSignatureHeader);
    // A body that a challenge could have been is never one of X's.
    const bool good = given != headers.end() && body.starts_with('{') &&
                      IsSameSecret(Signature(body, secret), given->second);
    return good ? Ok() : platform::BadSignature();
  }

  Result<platform::PushedEvents> Read(std::string_view body) const override {
    const std::optional<Json> json = platform::ParseJson(body);
    if (!json || !json->is_object()) {
      return Refuse(Code::kInvalidArgument, "BAD_EVENT", "this is no JSON object");
    }
    platform::PushedEvents out;
    const Json& data = GetMember(*json, "data");
    if (data.is_object()) ReadActivity(data, out);
    if (data.is_array()) {
      for (const Json& one : data) ReadActivity(one, out);
    }
    const std::string account = GetId(*json, "for_user_id");
    if (IsId(account)) ReadAccountActivity(*json, account, out);
    return out;
  }

  bool CanRegister() const override { return true; }

  Result<platform::Registration> Register(const platform::AppAccess& app, const std::string& url, absl::Duration timeout) const override {
    return RegisterWebhook(client_, clock_, AccessOf(app), url, timeout);
  }

  Status Subscribe(const platform::AppAccess& app, const platform::Registration& registration, const platform::CollectorAccess& account,
                   absl::Duration timeout) const override {
    return AddSubscription(client_, clock_, {app.base_url, account.access_token}, registration.webhook_id, timeout);
  }

  Status Unsubscribe(const platform::AppAccess& app, const platform::Registration& registration, const std::string& remote_account_id,
                     absl::Duration timeout) const override {
    return RemoveSubscription(client_, clock_, AccessOf(app), registration.webhook_id, remote_account_id, timeout);
  }

 private:
  http::HttpClient& client_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<platform::Webhook> MakeWebhook(http::HttpClient& client, const Clock& clock) {
  return std::make_unique<XWebhook>(client, clock);
}

}  // namespace carillon::x
