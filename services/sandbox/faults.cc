#include "services/sandbox/faults.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace carillon::sandbox {
namespace {

constexpr std::array<std::string_view, 16> kKinds = {
    "drop_after_accept", "accept_late", "close_reused",           "rate_limit",  "error_before",
    "error_after",       "slow",        "ignore_idempotency_key", "lookup_down", "unauthorized",
    "refuse",            "withhold",    "stream_drop",            "stream_silence",
    "stream_duplicate",  "stream_late"};
constexpr size_t kActiveMax = 100;
constexpr absl::Duration kWaitMax = absl::Hours(24);
constexpr size_t kPostsPerKindMax = 100'000;
constexpr size_t kKeysPerKindMax = 100'000;

}  // namespace

Status Faults::Add(Fault fault) {
  if (std::find(kKinds.begin(), kKinds.end(), fault.kind) == kKinds.end()) {
    std::string all;
    for (const std::string_view kind : kKinds) all.append(all.empty() ? "" : ", ").append(kind);
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("'{}' is no kind of fault; there are: {}", fault.kind, all));
  }
  if (fault.count < -1 || fault.count == 0)
    return MakeStatus(Code::kInvalidArgument, "count is -1 (always) or above 0");
  if (fault.step != "publish" && fault.step != "upload" && fault.step != "act" && fault.step != "message")
    return MakeStatus(Code::kInvalidArgument, "step is publish, upload, act or message");
  if (fault.every < 1) return MakeStatus(Code::kInvalidArgument, "every is 1 or more");
  for (const absl::Duration one : {fault.delay, fault.reset}) {
    if (one < absl::ZeroDuration() || one > kWaitMax)
      return MakeStatus(Code::kInvalidArgument, "delay_ms and reset_s are 0 to a day");
  }
  std::lock_guard lock(mutex_);
  if (active_.size() >= kActiveMax)
    return MakeStatus(Code::kResourceExhausted, fmt::format("more than {} faults", kActiveMax));
  active_.insert(active_.begin(), std::move(fault));
  return Ok();
}

void Faults::Clear() {
  std::lock_guard lock(mutex_);
  active_.clear();
}

std::optional<Fault> Faults::Take(std::string_view kind, const Occasion& occasion) {
  std::lock_guard lock(mutex_);
  for (auto fault = active_.begin(); fault != active_.end(); ++fault) {
    if (fault->kind != kind || fault->step != occasion.step) continue;
    if (!fault->platform.empty() && fault->platform != occasion.platform) continue;
    if (!fault->account.empty() && fault->account != occasion.account) continue;
    if (occasion.text.find(fault->text) == std::string_view::npos) continue;
    if (++fault->occasions % fault->every != 0) continue;
    Fault fired = *fault;
    ++hits_[fault->kind].count;
    if (fault->count > 0 && --fault->count == 0) active_.erase(fault);
    return fired;
  }
  return std::nullopt;
}

void Faults::RecordPost(std::string_view kind, const std::string& post) {
  std::lock_guard lock(mutex_);
  Hits& hits = hits_[std::string(kind)];
  if (hits.posts.size() < kPostsPerKindMax) hits.posts.push_back(post);
}

bool Faults::RecordKey(std::string_view kind, const std::string& key) {
  std::lock_guard lock(mutex_);
  Hits& hits = hits_[std::string(kind)];
  return hits.keys.size() < kKeysPerKindMax && hits.keys.insert(key).second;
}

void Faults::Silence(std::string_view platform, std::string_view account) {
  std::lock_guard lock(mutex_);
  silent_.insert(fmt::format("{} {}", platform, account));
}

bool Faults::HidesReads(std::string_view platform, std::string_view account) {
  {
    std::lock_guard lock(mutex_);
    if (silent_.count(fmt::format("{} {}", platform, account)) > 0) return true;
  }
  return Take("lookup_down", {platform, account}).has_value();
}

nlohmann::json Faults::Report() const {
  std::lock_guard lock(mutex_);
  nlohmann::json active = nlohmann::json::array();
  for (const Fault& fault : active_) {
    active.push_back({{"kind", fault.kind},
                      {"count", fault.count},
                      {"platform", fault.platform},
                      {"account", fault.account},
                      {"step", fault.step},
                      {"text", fault.text},
                      {"every", fault.every},
                      {"occasions", fault.occasions},
                      {"reset_s", absl::ToInt64Seconds(fault.reset)},
                      {"delay_ms", absl::ToInt64Milliseconds(fault.delay)}});
  }
  nlohmann::json hits = nlohmann::json::object();
  for (const auto& [kind, hit] : hits_) {
    nlohmann::json posts = nlohmann::json::array();
    for (const std::string& post : hit.posts) posts.push_back(post);
    hits[kind] = {{"hits", hit.count}, {"posts", std::move(posts)}, {"keys", hit.keys}};
  }
  return {{"active", std::move(active)}, {"hits", std::move(hits)}};
}

}  // namespace carillon::sandbox
