// /2/webhooks with an app's own token, and /2/account_activity: who is subscribed (docs.x.com/x-api/webhooks/quickstart,
// docs.x.com/x-api/account-activity/quickstart). Addresses on this machine may be without TLS and with a port; X's own rules hold for others.
#include "common/http/url_guard.h"
#include "services/sandbox/x/api.h"
#include "services/sandbox/x/webhooks.h"

namespace carillon::sandbox::x {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr size_t kUrlSizeMax = 200;
constexpr char kHook[] = "webhook_id";

json HookJson(const Hook& hook) {
  return {{"id", std::to_string(hook.id)}, {"url", hook.url}, {"valid", hook.is_valid}, {"created_at", IsoTime(hook.created_at)}};
}

Status CheckAddress(const std::string& url) {
  const auto parts = http::CheckUrl(url, /*allow_private_addresses=*/true);
  const bool is_here = parts.ok() && (parts->host == "localhost" || parts->host == "127.0.0.1");
  const bool is_good = is_here || (parts.ok() && parts->scheme == "https" && parts->port == 443);
  if (is_good && url.size() <= kUrlSizeMax) return Ok();
  return Invalid("url", url, "UrlValidationFailed: the URL has to be https, without a port");
}

Status NoHook(const Call& call) { return Invalid(kHook, call.Param(kHook), "WebhookIdInvalid: there is no such webhook of the app"); }

// Of the app whose token it is.
Result<Hook> OwnHook(X* server, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId(kHook));
  auto hook = server->webhooks.Find(id);
  if (!hook || hook->app != call.app) return NoHook(call);
  return *std::move(hook);
}

Result<json> List(X* server, const Call& call) {
  json data = json::array();
  for (const Hook& hook : server->webhooks.Of(call.app)) data.push_back(HookJson(hook));
  const size_t count = data.size();
  return json{{"data", std::move(data)}, {"meta", {{"result_count", count}}}};
}

// The answer waits for the address's own.
ServerResponse AfterChallenge(X* server, const Hook& hook, std::function<ServerResponse(bool is_good)> then) {
  ServerResponse response;
  response.later = [=](std::function<void(ServerResponse)> answer) {
    server->webhooks.Challenge(hook.url, hook.secret, [=](bool is_good) { answer(then(is_good)); });
  };
  return response;
}

ServerResponse NotAnswered(const Hook& hook) {
  return ProblemAnswer(Invalid("url", hook.url, "CrcValidationFailed: the URL did not answer the challenge as it has to"));
}

ServerResponse Create(X* server, const Call& call) {
  Hook hook;
  hook.url = TextAt(call.input, {"url"});
  if (const Status good = CheckAddress(hook.url); !good.ok()) return ProblemAnswer(good);
  for (const Hook& other : server->webhooks.Of(call.app)) {
    if (other.url == hook.url) return ProblemAnswer(Invalid("url", hook.url, "DuplicateUrlFailed: the app has it already"));
  }
  if (!server->webhooks.HasRoom(call.app)) return ProblemAnswer(Forbidden("WebhookLimitExceeded: the app has as many as it may"));
  hook.id = server->state.Lock()->NextId();
  hook.app = call.app;
  hook.secret = server->grants.SecretOf(call.app).value_or("");
  hook.created_at = server->shared->clock->Now();
  return AfterChallenge(server, hook, [=](bool is_good) {
    if (!is_good) return NotAnswered(hook);
    if (!server->webhooks.Add(hook)) return ProblemAnswer(Invalid("url", hook.url, "DuplicateUrlFailed: the app has it already"));
    return Answer({{"data", HookJson(hook)}});
  });
}

ServerResponse Validate(X* server, const Call& call) {
  const auto hook = OwnHook(server, call);
  if (!hook.ok()) return ProblemAnswer(hook.status());
  return AfterChallenge(server, *hook, [=, hook = *hook](bool is_good) {
    server->webhooks.SetValid(hook.id, is_good);
    return is_good ? Answer({{"data", {{"valid", true}}}}) : NotAnswered(hook);
  });
}

Result<json> Remove(X* server, const Call& call) {
  ASSIGN_OR_RETURN(const Hook hook, OwnHook(server, call));
  return json{{"data", {{"deleted", server->webhooks.Remove(call.app, hook.id)}}}};
}

Result<json> Subscribe(X* server, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId(kHook));
  switch (server->webhooks.Subscribe(id, call.user)) {
    case Webhooks::Outcome::kDone: return json{{"data", {{"subscribed", true}}}};
    case Webhooks::Outcome::kKnown: return Invalid(kHook, call.Param(kHook), "DuplicateSubscriptionFailed: the user is subscribed already");
    case Webhooks::Outcome::kFull: return Forbidden("SubscriptionLimitExceeded: the app has as many as it may");
    case Webhooks::Outcome::kNoHook: break;
  }
  return NoHook(call);
}

Result<json> IsSubscribed(X* server, const Call& call) {
  ASSIGN_OR_RETURN(const Id id, call.PathId(kHook));
  const auto hook = server->webhooks.Find(id);
  if (!hook) return NoHook(call);
  return json{{"data", {{"subscribed", hook->users.contains(call.user)}}}};
}

Result<json> ListSubscribed(X* server, const Call& call) {
  ASSIGN_OR_RETURN(const Hook hook, OwnHook(server, call));
  json users = json::array();
  for (const Id user : hook.users) users.push_back({{"user_id", std::to_string(user)}});
  return json{{"data", {{"application_id", call.app},
                        {"webhook_id", std::to_string(hook.id)},
                        {"webhook_url", hook.url},
                        {"subscriptions", std::move(users)}}}};
}

Result<json> Unsubscribe(X* server, const Call& call) {
  ASSIGN_OR_RETURN(const Hook hook, OwnHook(server, call));
  ASSIGN_OR_RETURN(const Id user, call.PathId("user_id"));
  if (server->webhooks.Unsubscribe(hook.id, user)) return json{{"data", {{"subscribed", false}}}};
  return Invalid("user_id", call.Param("user_id"), "SubscriptionNotFound: the user is not subscribed");
}

}  // namespace

// How often each may be asked X does not say in what we have: 450 a quarter of an hour.
void AddWebhookRoutes(Api* api) {
  X* const server = api->server();
  const auto of_app = [](std::string method_and_path, bool takes_json = false) {
    Route route{std::move(method_and_path), "", 450, false, takes_json};
    route.of_app = true;
    return route;
  };
  const std::string subscriptions = "/2/account_activity/webhooks/:webhook_id/subscriptions/";
  api->Add(of_app("GET /2/webhooks"), [=](State&, const Call& call) { return List(server, call); });
  api->AddRaw(of_app("POST /2/webhooks", true), [=](Call& call) { return Create(server, call); });
  api->AddRaw(of_app("PUT /2/webhooks/:webhook_id"), [=](Call& call) { return Validate(server, call); });
  api->Add(of_app("DELETE /2/webhooks/:webhook_id"), [=](State&, const Call& call) { return Remove(server, call); });
  api->Add({"POST " + subscriptions + "all", "dm.read", 450}, [=](State&, const Call& call) { return Subscribe(server, call); });
  api->Add({"GET " + subscriptions + "all", "dm.read", 450}, [=](State&, const Call& call) { return IsSubscribed(server, call); });
  api->Add(of_app("GET " + subscriptions + "all/list"), [=](State&, const Call& call) { return ListSubscribed(server, call); });
  api->Add(of_app("DELETE " + subscriptions + ":user_id/all"), [=](State&, const Call& call) { return Unsubscribe(server, call); });
}

}  // namespace carillon::sandbox::x
