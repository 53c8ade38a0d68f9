#include "common/platform/x/webhook_subscriptions.h"

#include <fmt/format.h>

#include <optional>

#include "common/platform/json.h"

namespace carillon::x {
namespace {

using platform::GetBool;
using platform::GetId;
using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr char kWebhooks[] = "/2/webhooks";

struct Config {
  std::string id;
  bool is_valid = false;
};

Result<Config> ReadConfig(const Json& config) {
  Config out{GetId(config, "id"), GetBool(config, "valid")};
  if (IsId(out.id)) return out;
  return MakeStatus(Code::kUnavailable, "X says of a webhook no id");
}

std::string SubscriptionsPath(const std::string& webhook_id) {
  return fmt::format("/2/account_activity/webhooks/{}/subscriptions", webhook_id);
}

// X names its reason in the text of the problem alone.
bool Says(const Status& status, std::string_view reason) {
  return !ReasonOf(status).empty() && Message(status).find(reason) != std::string::npos;
}

class Registrar {
 public:
  Registrar(http::HttpClient& client, const Clock& clock, const Access& app, absl::Duration timeout)
      : client_(client), clock_(clock), app_(app), end_(clock.BootTime() + timeout) {}

  Result<platform::Registration> Run(const std::string& url) {
    ASSIGN_OR_RETURN(std::optional<Config> config, Find(url));
    if (!config) {
      ASSIGN_OR_RETURN(config, Create(url));
    } else if (!config->is_valid) {
      const http::HttpRequest check = MakeRequest(app_, "PUT", fmt::format("{}/{}", kWebhooks, config->id));
      RETURN_IF_ERROR(Call(client_, clock_, app_, check, Left()).status());
      ASSIGN_OR_RETURN(config, Find(url));  // whether it holds now
    }
    if (!config) return MakeStatus(Code::kUnavailable, "the webhook was taken away from X meanwhile");
    platform::Registration out{.webhook_id = config->id, .is_valid = config->is_valid};
    if (!out.is_valid) return out;
    ASSIGN_OR_RETURN(const Answer list, Get(client_, clock_, app_, SubscriptionsPath(out.webhook_id) + "/all/list", {}, Left()));
    const Json& subscriptions = GetMember(GetMember(list.body, "data"), "subscriptions");
    if (!subscriptions.is_array()) return out;
    for (const Json& one : subscriptions) {
      if (std::string user = GetId(one, "user_id"); IsId(user)) out.remote_account_ids.insert(std::move(user));
    }
    return out;
  }

 private:
  Result<std::optional<Config>> Find(const std::string& url) {
    const http::FormFields query = {{"webhook_config.fields", "id,url,valid"}};
    ASSIGN_OR_RETURN(const Answer answer, Get(client_, clock_, app_, kWebhooks, query, Left()));
    const Json& data = GetMember(answer.body, "data");
    for (const Json& config : data.is_array() ? data : Json::array()) {
      if (GetText(config, "url") != url) continue;
      ASSIGN_OR_RETURN(const Config found, ReadConfig(config));
      return std::optional<Config>(found);
    }
    return std::optional<Config>();
  }

  Result<std::optional<Config>> Create(const std::string& url) {
    ASSIGN_OR_RETURN(const Answer answer, Call(client_, clock_, app_, MakeJsonRequest(app_, kWebhooks, {{"url", url}}), Left()));
    ASSIGN_OR_RETURN(const Config made, ReadConfig(GetMember(answer.body, "data")));
    return std::optional<Config>(made);
  }

  absl::Duration Left() const { return end_ - clock_.BootTime(); }

  http::HttpClient& client_;
  const Clock& clock_;
  const Access& app_;
  const absl::Duration end_;  // boot time
};

}  // namespace

Result<platform::Registration> RegisterWebhook(http::HttpClient& client, const Clock& clock, const Access& app, const std::string& url,
                                               absl::Duration timeout) {
  return Registrar(client, clock, app, timeout).Run(url);
}

Status AddSubscription(http::HttpClient& client, const Clock& clock, const Access& account, const std::string& webhook_id,
                       absl::Duration timeout) {
  const auto request = MakeJsonRequest(account, SubscriptionsPath(webhook_id) + "/all", Json::object());
  const Result<Answer> answer = Call(client, clock, account, request, timeout);
  if (Says(answer.status(), "DuplicateSubscriptionFailed")) return Ok();
  RETURN_IF_ERROR(answer.status());
  if (GetBool(GetMember(answer->body, "data"), "subscribed")) return Ok();
  return MakeStatus(Code::kUnavailable, "X took the subscription and says that there is none");
}

Status RemoveSubscription(http::HttpClient& client, const Clock& clock, const Access& app, const std::string& webhook_id,
                          const std::string& user_id, absl::Duration timeout) {
  if (!IsId(user_id)) return MakeStatus(Code::kInvalidArgument, "this is no id of an account of X");
  const auto request = MakeRequest(app, "DELETE", fmt::format("{}/{}/all", SubscriptionsPath(webhook_id), user_id));
  const Status removed = Call(client, clock, app, request, timeout).status();
  return Says(removed, "SubscriptionNotFound") ? Ok() : removed;
}

}  // namespace carillon::x
