#include "services/listener/stream/webhook_keeper.h"

#include <algorithm>
#include <utility>

#include "carillon/listener/v1/internal.pb.h"
#include "carillon/listener/v1/listener.pb.h"
#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/http/url_guard.h"
#include "common/observe/log.h"
#include "common/platform/account_id.h"
#include "services/listener/stream/stream_metrics.h"

namespace carillon::listener {
namespace {

constexpr int kFailuresShown = 5;  // of one visit, in the log
constexpr absl::Duration kScanAgain = absl::Seconds(5);  // after one that failed

}  // namespace

// One look at one app that is due.
struct WebhookKeeper::Visit {
  const std::string& key;
  const Wish& wish;
  Link& link;
  platform::AppAccess app;
  absl::Duration end;  // boot time
  platform::Registration registration;
  int refused = 0;
  bool is_whole = true;  // false: time ran out, the next scan goes on
};

WebhookKeeper::WebhookKeeper(const WebhookOptions& options, const platform::Registry& platforms, const Clock& clock, Runtime& runtime)
    : options_(options),
      platforms_(platforms),
      clock_(clock),
      runtime_(runtime),
      wake_(runtime.MakeWakeup()),
      random_(static_cast<unsigned>(Murmur2(runtime.UniqueText()))) {}

WebhookKeeper::~WebhookKeeper() { Stop(); }

void WebhookKeeper::Bind(ledger::Ledger& ledger, ledger::Reader& reader, AccessSource& access, AppSource& apps) {
  ledger_ = &ledger;
  reader_ = &reader;
  access_ = &access;
  apps_ = &apps;
}

void WebhookKeeper::Start() {
  CARILLON_CHECK(ledger_ != nullptr, "WebhookKeeper::Bind comes before Start");
  if (options_.public_url.empty()) return;
  if (const auto url = http::CheckUrl(options_.public_url, options_.allow_private_addresses); !url.ok()) {
    observe::Warn("no platform reaches the public URL; webhooks are not registered", {{"error", ToString(url.status())}});
    return;
  }
  keeper_ = runtime_.Start([this] { Keep(); });
}

void WebhookKeeper::Stop() {
  stopping_ = true;
  wake_->Notify();
  if (keeper_) keeper_->Join();
}

void WebhookKeeper::Keep() {
  while (!stopping_) {
    const Status status = Scan();
    if (!status.ok()) observe::Warn("accounts to subscribe are not known now", {{"error", ToString(status)}});
    wake_->WaitFor(status.ok() ? options_.scan_interval : std::min(options_.scan_interval, kScanAgain));
  }
}

Status WebhookKeeper::ReadWishes(std::map<std::string, Wish>& wishes) {
  return reader_->Each({.index = "collection"}, [&](const ledger::Proto& record) -> Status {
    const v1::Collection& collection = static_cast<const v1::ListenerRecord&>(record).collection();
    const auto entry = platforms_.entries().find(collection.platform());
    if (entry == platforms_.entries().end() || entry->second.webhook == nullptr || !entry->second.webhook->CanRegister()) return Ok();
    const std::string key = collection.platform() + "|" + collection.org_id();
    if (!ledger_->Owns(PartitionOf(key, ledger_->shards()))) return Ok();
    Wish& wish = wishes[key];
    wish.webhook = entry->second.webhook.get();
    wish.org_id = collection.org_id();
    if (collection.connected()) wish.accounts.insert(collection.account_id());
    return Ok();
  });
}

Status WebhookKeeper::Scan() {
  std::map<std::string, Wish> wishes;
  RETURN_IF_ERROR(ReadWishes(wishes));
  std::erase_if(links_, [&](const auto& one) { return !wishes.contains(one.first); });
  for (const auto& [key, wish] : wishes) {
    if (stopping_) break;
    if (!wish.accounts.empty() || links_.contains(key)) Look(key, wish, links_[key]);
  }
  std::erase_if(links_, [](const auto& one) { return one.second.app_id.empty() && one.second.failures == 0; });
  ShowMetrics();
  return Ok();
}

absl::Duration WebhookKeeper::Spread(absl::Duration wait) { return wait * (0.75 + static_cast<double>(random_() % 1000) / 2000.0); }

absl::Duration WebhookKeeper::WaitAfter(const Link& link) {
  absl::Duration wait = options_.backoff_min;
  for (int i = 1; i < link.failures && wait < options_.backoff_max; ++i) wait *= 2;
  return Spread(std::min(wait, options_.backoff_max));
}

// Where the app has no token or no secret nobody wants it registered: the link is as if it had never been.
void WebhookKeeper::Look(const std::string& key, const Wish& wish, Link& link) {
  const absl::Duration now = clock_.BootTime();
  if (now < link.blocked_until) return;
  const std::string platform = wish.webhook->Platform();
  auto app = access_->LendApp(wish.org_id, platform);
  if (ReasonOf(app.status()) == "NO_APP_TOKEN") {
    link = Link();
    return;
  }
  const bool is_done = now < link.next_at && link.accounts == wish.accounts;
  if (is_done && (!app.ok() || link.app_id == app->app_id)) return;
  Status status = app.status();
  if (app.ok()) {
    const auto has_secret = apps_->HasWebhookSecret(wish.org_id, app->app_id);
    if (has_secret.ok() && !*has_secret) {
      link = Link();
      return;
    }
    status = has_secret.status();
  }
  Visit visit{.key = key, .wish = wish, .link = link, .app = app.ok() ? *std::move(app) : platform::AppAccess()};
  visit.end = now + options_.visit_time_max;
  if (status.ok()) status = Reconcile(visit);
  if (status.ok() && link.failed == 0) {
    link.failures = 0;
    link.next_at = visit.is_whole ? clock_.BootTime() + Spread(options_.check_interval) : now;
    return;
  }
  ++link.failures;
  absl::Duration wait = WaitAfter(link);
  if (status.code() == Code::kResourceExhausted) wait = std::max(wait, Spread(options_.backoff_refused));
  link.next_at = clock_.BootTime() + wait;
  if (status.ok()) {  // accounts alone: a new one need not wait for that
    observe::Warn("an app's webhook does not serve its accounts alone and all; those that it does not are polled",
                  {{"app", key}, {"subscribed", std::to_string(link.subscribed)}, {"failed", std::to_string(link.failed)}});
    return;
  }
  link.blocked_until = link.next_at;
  observe::Warn("an app's webhook is not registered or not valid; its accounts are polled alone", {{"app", key}, {"error", ToString(status)}});
}

bool WebhookKeeper::IsOver(const Visit& visit) const {
  return stopping_ || visit.refused >= options_.failures_max || clock_.BootTime() >= visit.end;
}

// An error ends the visit; what fails of single accounts is counted in the link.
Status WebhookKeeper::Reconcile(Visit& visit) {
  const Wish& wish = visit.wish;
  const platform::AppAccess& app = visit.app;
  const std::string platform = wish.webhook->Platform();
  visit.link.app_id = app.app_id;
  visit.link.accounts = wish.accounts;
  visit.link.is_invalid = true;
  const std::string url = platform::WebhookUrl(options_.public_url, platform, app.app_id);
  auto registration = wish.webhook->Register(app, url, options_.call_time_max);
  if (registration.status().code() == Code::kUnauthenticated) access_->DropApp(wish.org_id, platform);
  RETURN_IF_ERROR(registration.status());
  if (!registration->is_valid) {
    return MakeStatus(Code::kUnavailable, platform + " does not hold the address for ours: is the gateway reached there?");
  }
  visit.registration = *std::move(registration);
  visit.link.is_invalid = false;
  visit.link.subscribed = visit.link.failed = 0;

  std::set<std::string> missing = wish.accounts;
  std::vector<std::string> unwanted;
  for (const std::string& remote_id : visit.registration.remote_account_ids) {
    const bool is_wanted = missing.erase(platform::AccountId(wish.org_id, platform, app.base_url, remote_id)) > 0;
    if (is_wanted) {
      ++visit.link.subscribed;
    } else {
      unwanted.push_back(remote_id);
    }
  }
  for (const std::string& remote_id : unwanted) {
    visit.is_whole = !IsOver(visit);
    if (!visit.is_whole) return Ok();
    const Status status = wish.webhook->Unsubscribe(app, visit.registration, remote_id, options_.call_time_max);
    if (status.code() == Code::kResourceExhausted) return status;
    if (!status.ok()) CountFailed(visit, remote_id, status);
  }
  // From anywhere on, so that the same few that fail hold up nobody else.
  std::vector<std::string> order(missing.begin(), missing.end());
  if (!order.empty()) std::rotate(order.begin(), order.begin() + static_cast<long>(random_() % order.size()), order.end());
  for (size_t i = 0; i < order.size(); ++i) {
    if (IsOver(visit)) {
      visit.is_whole = false;
      if (visit.refused >= options_.failures_max) visit.link.failed += static_cast<int>(order.size() - i);
      break;
    }
    RETURN_IF_ERROR(Subscribe(visit, order[i]));
  }
  return Ok();
}

// An error only where the next account would meet the same.
Status WebhookKeeper::Subscribe(Visit& visit, const std::string& account_id) {
  const auto access = access_->Lend(account_id);
  const Code code = access.status().code();
  if (code == Code::kUnavailable || code == Code::kDeadlineExceeded) return access.status();  // the publisher is away
  if (access.ok() && access->base_url != visit.app.base_url) return Ok();  // of another server than the app
  Status status = access.status();
  if (access.ok()) {
    status = visit.wish.webhook->Subscribe(visit.app, visit.registration, *access, options_.call_time_max);
    if (status.code() == Code::kUnauthenticated) access_->Drop(account_id);
    if (status.ok()) {
      ++visit.link.subscribed;
      return Ok();
    }
    if (status.code() == Code::kResourceExhausted) return status;
    ++visit.refused;
  }
  CountFailed(visit, account_id, status);
  return Ok();
}

void WebhookKeeper::CountFailed(Visit& visit, const std::string& account, const Status& why) {
  if (++visit.link.failed > kFailuresShown) return;
  observe::Warn("an account's subscription to its app's webhook is not as it should be",
                {{"app", visit.key}, {"account", account}, {"error", ToString(why)}});
}

void WebhookKeeper::ShowMetrics() const {
  int subscribed = 0, failed = 0, invalid = 0;
  for (const auto& [key, link] : links_) {
    subscribed += link.subscribed;
    failed += link.failed;
    invalid += link.is_invalid ? 1 : 0;
  }
  WebhookAccountsSubscribed().Set(subscribed);
  WebhookAccountsFailed().Set(failed);
  WebhooksInvalid().Set(invalid);
}

}  // namespace carillon::listener
