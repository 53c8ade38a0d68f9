#include "common/platform/bluesky/rates.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>

#include "common/platform/charge.h"

namespace carillon::bluesky {
namespace {

using platform::Action;

constexpr char kHour[] = "points_of_hour";
constexpr char kDay[] = "points_of_day";
constexpr int64_t kEpochMax = 1LL << 36;

// As connector.cc and act.cc write: a post or a like is put under its key, who may reply and its post are created together.
int64_t PointsOf(const platform::Facts& facts, const platform::PublishContent& content, std::optional<Action> action) {
  const int64_t create = facts.Number("points.create"), update = facts.Number("points.update"), gone = facts.Number("points.delete");
  if (!action) return content.reply_groups ? 2 * create : update;
  switch (*action) {
    case Action::kDelete: return 2 * gone;  // with who may reply to it, at most
    case Action::kUnlike:
    case Action::kUnrepost: return gone;
    default: return update;
  }
}

}  // namespace

std::vector<platform::RateCharge> RateCharges(const platform::Facts& facts, const platform::PublishContent& content,
                                              std::optional<Action> action) {
  if (!action && !content.conversation_remote_id.empty()) return {};
  const int64_t points = PointsOf(facts, content, action);
  return {platform::ChargeOf(facts, kHour, points), platform::ChargeOf(facts, kDay, points)};
}

std::vector<platform::RateReading> ReadRates(const http::HttpResponse& response) {
  platform::RateReading reading;
  const std::string policy = response.Header("ratelimit-policy");  // "5000;w=3600"
  if (absl::EndsWith(policy, ";w=3600")) reading.name = kHour;
  if (absl::EndsWith(policy, ";w=86400")) reading.name = kDay;
  int64_t limit = 0, reset_s = 0;
  if (reading.name.empty() || !absl::SimpleAtoi(response.Header("ratelimit-remaining"), &reading.remaining) ||
      !absl::SimpleAtoi(response.Header("ratelimit-reset"), &reset_s) || reset_s <= 0 || reset_s > kEpochMax) {
    return {};
  }
  if (absl::SimpleAtoi(response.Header("ratelimit-limit"), &limit)) reading.limit = limit;
  reading.reset = absl::FromUnixSeconds(reset_s);
  return {reading};
}

}  // namespace carillon::bluesky
