#include "services/sandbox/x/webhooks.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <chrono>

#include "common/base/hmac.h"
#include "common/base/ids.h"
#include "services/sandbox/json_answer.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::x {
namespace {

constexpr absl::Duration kAnswerTimeMax = absl::Seconds(10);  // X's own
constexpr int kTries = 3;
constexpr std::chrono::milliseconds kBetweenTries(500);
constexpr int64_t kAnswerBytesMax = 64 << 10;

std::string Signed(const std::string& secret, std::string_view text) { return "sha256=" + Base64(HmacSha256(secret, text)); }

}  // namespace

Webhooks::Webhooks()
    : client_(http::MakeHttpClient({.allow_private_addresses = true})), jobs_(kWaitingMax), thread_([this] { Work(); }) {}

Webhooks::~Webhooks() { Stop(); }

void Webhooks::Stop() {
  {
    std::lock_guard lock(wait_mutex_);
    is_stopped_ = true;
  }
  wait_.notify_all();
  jobs_.Close();
  if (thread_.joinable()) thread_.join();
  jobs_.Drain(kWaitingMax);
}

void Webhooks::Work() {
  while (auto job = jobs_.Pop()) {
    if (is_stopped_) return;
    (*job)();
  }
}

std::vector<Hook> Webhooks::Of(const std::string& app) const {
  std::lock_guard lock(mutex_);
  std::vector<Hook> out;
  for (const auto& [id, hook] : hooks_) {
    if (hook.app == app) out.push_back(hook);
  }
  return out;
}

std::optional<Hook> Webhooks::Find(Id id) const {
  std::lock_guard lock(mutex_);
  const auto found = hooks_.find(id);
  return found == hooks_.end() ? std::nullopt : std::optional<Hook>(found->second);
}

bool Webhooks::HasRoom(const std::string& app) const {
  std::lock_guard lock(mutex_);
  const auto is_its = [&](const auto& one) { return one.second.app == app; };
  return hooks_.size() < kHooksMax * kAppsMax && std::count_if(hooks_.begin(), hooks_.end(), is_its) < static_cast<int64_t>(kHooksMax);
}

bool Webhooks::Add(Hook hook) {
  if (!HasRoom(hook.app)) return false;
  std::lock_guard lock(mutex_);
  const bool is_there = std::any_of(hooks_.begin(), hooks_.end(), [&](const auto& one) {
    return one.second.app == hook.app && one.second.url == hook.url;
  });
  return !is_there && hooks_.emplace(hook.id, std::move(hook)).second;
}

bool Webhooks::Remove(const std::string& app, Id id) {
  std::lock_guard lock(mutex_);
  const auto found = hooks_.find(id);
  if (found == hooks_.end() || found->second.app != app) return false;
  hooks_.erase(found);
  return true;
}

void Webhooks::SetValid(Id id, bool is_valid) {
  std::lock_guard lock(mutex_);
  if (const auto found = hooks_.find(id); found != hooks_.end()) found->second.is_valid = is_valid;
}

Webhooks::Outcome Webhooks::Subscribe(Id id, Id user) {
  std::lock_guard lock(mutex_);
  const auto found = hooks_.find(id);
  if (found == hooks_.end()) return Outcome::kNoHook;
  if (found->second.users.contains(user)) return Outcome::kKnown;
  size_t of_app = 0;
  for (const auto& [other_id, hook] : hooks_) of_app += hook.app == found->second.app ? hook.users.size() : 0;
  if (of_app >= kSubscriptionsMax) return Outcome::kFull;
  found->second.users.insert(user);
  return Outcome::kDone;
}

bool Webhooks::Unsubscribe(Id id, Id user) {
  std::lock_guard lock(mutex_);
  const auto found = hooks_.find(id);
  return found != hooks_.end() && found->second.users.erase(user) > 0;
}

std::set<Id> Webhooks::Subscribers() const {
  std::lock_guard lock(mutex_);
  std::set<Id> out;
  for (const auto& [id, hook] : hooks_) {
    if (hook.is_valid) out.insert(hook.users.begin(), hook.users.end());
  }
  return out;
}

void Webhooks::Challenge(const std::string& url, const std::string& secret, std::function<void(bool)> tell) {
  if (!Push([=, this] { tell(IsAnswered(url, secret)); })) tell(false);
}

void Webhooks::Tell(Id user, nlohmann::json event) {
  event["for_user_id"] = std::to_string(user);
  const std::string body = Dump(event);
  std::lock_guard lock(mutex_);
  for (const auto& [id, hook] : hooks_) {
    if (!hook.is_valid || !hook.users.contains(user)) continue;
    if (!Push([this, url = hook.url, secret = hook.secret, body] { Deliver(url, secret, body); })) return;
  }
}

bool Webhooks::IsAnswered(const std::string& url, const std::string& secret) {
  const std::string token = HashText({"challenge", std::to_string(absl::ToUnixNanos(absl::Now())), std::to_string(++challenges_)});
  http::HttpRequest request;
  request.url = url + (url.find('?') == std::string::npos ? "?" : "&") + http::EncodeForm({{"crc_token", token}, {"nonce", "sandbox"}});
  request.deadline = kAnswerTimeMax;
  request.response_bytes_max = kAnswerBytesMax;
  const http::HttpOutcome outcome = client_->Send(request);
  if (!outcome.ok() || outcome.response->status != 200) return false;
  return TextAt(ReadJson(outcome.response->body), {"response_token"}) == Signed(secret, token);
}

void Webhooks::Deliver(const std::string& url, const std::string& secret, const std::string& body) {
  http::HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers["x-twitter-webhooks-signature"] = Signed(secret, body);
  request.body = body;
  request.content_type = "application/json";
  request.deadline = kAnswerTimeMax;
  request.response_bytes_max = kAnswerBytesMax;
  for (int i = 0; i < kTries && !is_stopped_; ++i) {
    const http::HttpOutcome outcome = client_->Send(request);
    if (outcome.ok() && outcome.response->ok()) return;
    std::unique_lock lock(wait_mutex_);
    wait_.wait_for(lock, kBetweenTries, [this] { return is_stopped_.load(); });
  }
}

}  // namespace carillon::sandbox::x
