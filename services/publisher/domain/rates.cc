#include "services/publisher/domain/rates.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"

namespace carillon::publisher {
namespace {

constexpr int kWindowsMax = 16;
// What the platform said of the whole limit, and who uses an app's, is known so long after the window's end.
constexpr absl::Duration kWindowKept = absl::Hours(24);
// Headers tell times to the second, and of a server's clock.
constexpr absl::Duration kClockSlack = absl::Seconds(2);

const v1::RateWindow* Find(const v1::Account& account, const std::string& name) {
  for (const v1::RateWindow& window : account.rate_windows()) {
    if (window.name() == name) return &window;
  }
  return nullptr;
}

// The one that ended first gives way.
v1::RateWindow& Need(v1::Account& account, const RateCost& cost) {
  auto& windows = *account.mutable_rate_windows();
  for (v1::RateWindow& window : windows) {
    if (window.name() == cost.name) return window;
  }
  if (windows.size() >= kWindowsMax) {
    windows.erase(std::min_element(windows.begin(), windows.end(), [](const v1::RateWindow& a, const v1::RateWindow& b) {
      return FromProto(a.ends_at()) < FromProto(b.ends_at());
    }));
  }
  v1::RateWindow& window = *windows.Add();
  window.set_name(cost.name);
  window.set_of_app(cost.of_app);
  return window;
}

// A clock that went back does not make a window longer.
absl::Time EndOf(const v1::RateWindow& window, const RateCost& cost, absl::Time now) {
  return std::min(FromProto(window.ends_at()), now + cost.window + kClockSlack);
}

int64_t LimitOf(const v1::RateWindow* window, const RateCost& cost, int app_accounts) {
  const int64_t whole = window != nullptr && window->limit() > 0 ? window->limit() : cost.limit;
  return cost.of_app ? std::max<int64_t>(1, whole / app_accounts) : whole;
}

const RateCost* Named(const std::vector<RateCost>& costs, const std::string& name) {
  if (name.empty()) return costs.empty() ? nullptr : &costs.front();
  const auto found = std::find_if(costs.begin(), costs.end(), [&](const RateCost& cost) { return cost.name == name; });
  return found == costs.end() ? nullptr : &*found;
}

void CorrectOne(v1::RateWindow& window, const RateCost& cost, const v1::RateReading& reading, bool late, absl::Time now,
                int app_accounts) {
  const absl::Time reset = std::min(FromProto(reading.reset_at()), now + cost.window + kClockSlack);
  const absl::Time end = EndOf(window, cost, now);
  if (reset <= now || reading.remaining() < 0) return;
  if (late && reset + kClockSlack < end) return;  // of a window before this one
  if (reading.limit() > 0) window.set_limit(reading.limit());
  const int64_t left = cost.of_app ? reading.remaining() / app_accounts : reading.remaining();
  const int64_t used = std::max<int64_t>(0, LimitOf(&window, cost, app_accounts) - left);
  const int64_t known = end > now ? window.used() : 0;
  window.set_used(late ? std::max(known, used) : used);
  *window.mutable_ends_at() = ToProto(reset);
}

}  // namespace

std::string AppKey(const v1::Account& account) {
  if (!account.app_id().empty()) return HashText({"app", account.app_id()});
  return HashText({"given directly", account.org_id(), account.platform(), account.base_url()});
}

bool UsesAppLimits(const v1::Account& account) {
  return std::any_of(account.rate_windows().begin(), account.rate_windows().end(),
                     [](const v1::RateWindow& window) { return window.of_app(); });
}

RateState StateOf(const v1::Account& account, const RateCost& cost, absl::Time now, int app_accounts) {
  const v1::RateWindow* window = Find(account, cost.name);
  RateState state;
  state.limit = LimitOf(window, cost, app_accounts);
  if (window == nullptr || FromProto(window->ends_at()) <= now || window->used() <= 0) return state;
  state.used = window->used();
  state.ends_at = EndOf(*window, cost, now);
  return state;
}

std::optional<RateHold> HoldOf(const v1::Account& account, const std::vector<RateCost>& costs, absl::Time now, int app_accounts) {
  std::optional<RateHold> hold;
  for (const RateCost& cost : costs) {
    const RateState state = StateOf(account, cost, now, app_accounts);
    if (state.used == 0 || state.used + cost.cost <= state.limit) continue;
    if (!hold || state.ends_at > hold->until) hold = RateHold{&cost, state.ends_at};
  }
  return hold;
}

void Charge(v1::Account& account, const std::vector<RateCost>& costs, absl::Time at) {
  for (const RateCost& cost : costs) {
    v1::RateWindow& window = Need(account, cost);
    const bool begins = FromProto(window.ends_at()) <= at;
    *window.mutable_ends_at() = ToProto(begins ? at + cost.window : EndOf(window, cost, at));
    window.set_used((begins ? 0 : window.used()) + cost.cost);
    *window.mutable_charged_at() = ToProto(at);
  }
}

void Uncharge(v1::Account& account, const std::vector<RateCost>& costs, absl::Time at) {
  for (const RateCost& cost : costs) {
    if (Find(account, cost.name) == nullptr) continue;
    v1::RateWindow& window = Need(account, cost);
    if (FromProto(window.charged_at()) != at) continue;
    window.set_used(std::max<int64_t>(0, window.used() - cost.cost));
    // What is sent next begins it.
    if (window.used() == 0) *window.mutable_ends_at() = ToProto(at);
  }
}

bool Answered(v1::Account& account, const std::vector<RateCost>& costs, absl::Time at, absl::Time by) {
  bool moved = false;
  for (const RateCost& cost : costs) {
    const v1::RateWindow* window = Find(account, cost.name);
    const bool began = window != nullptr && window->used() <= cost.cost && FromProto(window->ends_at()) == at + cost.window;
    if (!began || by <= at) continue;
    *Need(account, cost).mutable_ends_at() = ToProto(by + cost.window);
    moved = true;
  }
  return moved;
}

void Correct(v1::Account& account, const std::vector<RateCost>& costs, const v1::PublishReport& report, absl::Time at, absl::Time now,
             int app_accounts) {
  for (const v1::RateReading& reading : report.rate_readings()) {
    const RateCost* cost = Named(costs, reading.name());
    if (cost == nullptr) continue;
    v1::RateWindow& window = Need(account, *cost);
    CorrectOne(window, *cost, reading, at < FromProto(window.charged_at()), now, app_accounts);
  }
}

void ForgetOldWindows(v1::Account& account, absl::Time now) {
  auto& windows = *account.mutable_rate_windows();
  windows.erase(std::remove_if(windows.begin(), windows.end(),
                               [&](const v1::RateWindow& window) { return FromProto(window.ends_at()) + kWindowKept < now; }),
                windows.end());
}

void ForgetAppWindows(v1::Account& account) {
  auto& windows = *account.mutable_rate_windows();
  windows.erase(std::remove_if(windows.begin(), windows.end(), [](const v1::RateWindow& window) { return window.of_app(); }),
                windows.end());
}

}  // namespace carillon::publisher
