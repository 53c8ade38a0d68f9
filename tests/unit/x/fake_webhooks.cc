// The fake's webhooks and who is subscribed. Tokens: "bearer" is the app's, "a1" the account's, "a2" the other's.
#include "tests/unit/x/fake_x.h"

namespace carillon::x::testing {
namespace {

using platform::GetText;
using platform::Json;

constexpr char kHooks[] = "/2/webhooks";
constexpr std::string_view kOfHook = "/2/account_activity/webhooks/";

std::string Problem(int status, const std::string& title, const std::string& detail) {
  return Json{{"type", "about:blank"}, {"title", title}, {"detail", detail}, {"status", status}}.dump();
}

std::string TokenOf(const http::HttpRequest& request) {
  const auto header = request.headers.find("Authorization");
  return header == request.headers.end() ? "" : header->second.substr(std::string_view("Bearer ").size());
}

}  // namespace

http::HttpOutcome FakeX::ServeWebhooks(const http::HttpRequest& request, const std::string& path) {
  if (TokenOf(request) != "bearer") return Answer(401, Problem(401, "Unauthorized", "Unauthorized"));
  const auto show = [](const std::string& id, const FakeWebhook& hook) {
    return Json{{"id", id}, {"url", hook.url}, {"valid", hook.valid}, {"created_at", "2027-01-15T08:00:00.000Z"}};
  };
  if (request.method == "GET") {
    Json data = Json::array();
    for (const auto& [id, hook] : webhooks) data.push_back(show(id, hook));
    return Answer(200, Json{{"data", data}, {"meta", {{"result_count", data.size()}}}}.dump());
  }
  if (request.method == "POST") {
    const std::string url = GetText(*platform::ParseJson(request.body), "url");
    for (const auto& [id, hook] : webhooks) {
      if (hook.url == url) return Answer(400, Problem(400, "DuplicateUrlFailed", "registered already"));
    }
    if (!is_challenge_answered) return Answer(400, Problem(400, "CrcValidationFailed", "no good response_token"));
    const std::string id = std::to_string(++next_id_);
    webhooks[id] = {.url = url};
    return Answer(200, Json{{"data", show(id, webhooks[id])}}.dump());
  }
  const auto hook = webhooks.find(path.substr(std::min(path.size(), std::string_view(kHooks).size() + 1)));
  if (hook == webhooks.end()) return Answer(404, Problem(404, "WebhookIdInvalid", "there is no such webhook"));
  hook->second.valid = is_challenge_answered;
  return Answer(200, Json{{"data", {{"valid", true}}}}.dump());  // "was triggered"
}

http::HttpOutcome FakeX::ServeSubscriptions(const http::HttpRequest& request, const std::string& path) {
  const std::string rest = path.substr(kOfHook.size());
  const auto found = webhooks.find(rest.substr(0, rest.find('/')));
  if (found == webhooks.end()) return Answer(404, Problem(404, "WebhookIdInvalid", "there is no such webhook"));
  const std::string token = TokenOf(request);
  std::set<std::string>& users = found->second.users;
  if (request.method == "POST") {
    if (token != "a1" && token != "a2") return Answer(401, Problem(401, "Unauthorized", "Unauthorized"));
    if (users.size() >= subscriptions_max) return Answer(403, Problem(403, "SubscriptionLimitExceeded", "no more subscriptions"));
    if (!users.insert(token == "a1" ? kAccountId : kOtherId).second) {
      return Answer(400, Problem(400, "DuplicateSubscriptionFailed", "subscribed already"));
    }
    return Answer(200, R"({"data":{"subscribed":true}})");
  }
  if (token != "bearer") return Answer(401, Problem(401, "Unauthorized", "Unauthorized"));
  if (request.method == "DELETE") {
    const std::string user = rest.substr(rest.find("subscriptions/") + 14);
    if (users.erase(user.substr(0, user.find('/'))) > 0) return Answer(200, R"({"data":{"subscribed":false}})");
    return Answer(404, Problem(404, "SubscriptionNotFound", "nobody of that id"));
  }
  Json list = Json::array();
  for (const std::string& user : users) list.push_back({{"user_id", user}});
  return Answer(200, Json{{"data", {{"application_id", "12"}, {"webhook_id", found->first}, {"webhook_url", found->second.url},
                                    {"subscriptions", list}}}}.dump());
}

}  // namespace carillon::x::testing
