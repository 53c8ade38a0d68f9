#include "services/listener/stream/stream_keeper.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <utility>

#include "carillon/listener/v1/listener.pb.h"
#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/observe/log.h"
#include "services/listener/domain/ids.h"
#include "services/listener/stream/stream_metrics.h"

namespace carillon::listener {
namespace {

constexpr absl::Duration kPlanTimeMax = absl::Seconds(5);
constexpr absl::Duration kOpeningTimeMax = absl::Seconds(20);  // of one scan
constexpr absl::Duration kGoodLife = absl::Seconds(30);        // a connection that lived so long was a good one
constexpr absl::Duration kScanAgain = absl::Seconds(1);        // after a scan that failed
constexpr absl::Duration kLookMin = absl::Milliseconds(20);

}  // namespace

StreamKeeper::StreamKeeper(const StreamOptions& options, const platform::Registry& platforms,
                           http::WebSocketClient& sockets, http::WebSocketClient& lines, const Clock& clock, Runtime& runtime)
    : options_(options),
      platforms_(platforms),
      sockets_(sockets),
      lines_(lines),
      clock_(clock),
      runtime_(runtime),
      wake_(runtime.MakeWakeup()),
      queue_(static_cast<size_t>(options.queue_max)),
      random_(static_cast<unsigned>(Murmur2(runtime.UniqueText()))) {}

StreamKeeper::~StreamKeeper() { Stop(); }

void StreamKeeper::Bind(ledger::Ledger& ledger, ledger::Reader& reader, AccessSource& access, SubmitElsewhere elsewhere) {
  ledger_ = &ledger;
  reader_ = &reader;
  access_ = &access;
  elsewhere_ = std::move(elsewhere);
}

void StreamKeeper::Start() {
  CARILLON_CHECK(ledger_ != nullptr, "StreamKeeper::Bind comes before Start");
  if (!options_.enabled) return;
  worker_ = runtime_.Start([this] { Work(); });
  keeper_ = runtime_.Start([this] { Keep(); });
}

void StreamKeeper::Stop() {
  stopping_ = true;
  wake_->Notify();
  if (keeper_) keeper_->Join();
  for (auto& [key, link] : links_) link->socket.reset();
  queue_.Close();
  if (worker_) worker_->Join();
  links_.clear();
}

bool StreamKeeper::IsStreamed(const std::string& account_id) const {
  std::lock_guard lock(mutex_);
  const auto found = by_account_.find(account_id);
  return found != by_account_.end() && found->second->is_open();
}

void StreamKeeper::Keep() {
  absl::Duration next_scan = clock_.BootTime();
  while (!stopping_) {
    if (clock_.BootTime() >= next_scan) {
      const Status status = Scan();
      if (!status.ok()) observe::Warn("accounts to stream are not known now", {{"error", ToString(status)}});
      next_scan = clock_.BootTime() + (status.ok() ? options_.scan_interval : kScanAgain);
    }
    PayOwed();
    wake_->WaitFor(std::clamp(next_scan - clock_.BootTime(), kLookMin, kScanAgain));
    // Sooner where a connection ended, or is to be opened again.
    const absl::Duration now = clock_.BootTime();
    const bool is_due = std::any_of(links_.begin(), links_.end(), [&](const auto& one) {
      return one.second->has_ended || (one.second->socket == nullptr && one.second->retry_at <= now);
    });
    if (is_due) next_scan = std::min(next_scan, now + std::min(options_.scan_interval, kScanAgain) / 2);
  }
}

bool StreamKeeper::Owns(const std::string& id) const { return ledger_->Owns(PartitionOf(id, ledger_->shards())); }

std::string StreamKeeper::LinkKeyOf(const v1::Collection& collection) const {
  platform::Streamer* const streamer = platforms_.FindStreamer(collection.platform());
  if (!collection.connected() || streamer == nullptr) return "";
  const bool is_mine = Owns(collection.account_id());
  if (!streamer->IsOfApp()) return !is_mine ? "" : streamer->IsShared() ? collection.platform() : collection.account_id();
  const std::string key = collection.platform() + "|" + collection.org_id();
  if (collection.queries().empty() || !Owns(key)) return "";
  return is_mine || elsewhere_ ? key : "";
}

Status StreamKeeper::Scan() {
  std::map<std::string, Wish> wishes;
  std::vector<std::string> not_streamed;
  int links = 0;
  std::set<std::string> wanted;
  RETURN_IF_ERROR(reader_->Each({.index = "collection"}, [&](const ledger::Proto& record) -> Status {
    const v1::Collection& collection = static_cast<const v1::ListenerRecord&>(record).collection();
    const std::string key = LinkKeyOf(collection);
    if (key.empty()) return Ok();
    wanted.insert(collection.account_id());
    platform::Streamer* const streamer = platforms_.FindStreamer(collection.platform());
    if (collection.streamed() && !IsStreamed(collection.account_id())) {
      not_streamed.push_back(collection.account_id());
    }
    if (!streamer->IsShared() && ++links > options_.connections_max) return Ok();
    Wish& wish = wishes[key];
    wish.streamer = streamer;
    if (streamer->IsOfApp()) wish.org_id = collection.org_id();
    std::vector<std::string>& terms = wish.terms[collection.account_id()];
    for (const v1::ListeningQuery& query : collection.queries()) {
      if (streamer->CanPush(query.term())) terms.push_back(query.term());
    }
    const std::string& cursor = collection.stream_cursor();
    if (std::pair(cursor.size(), cursor) > std::pair(wish.cursor.size(), wish.cursor)) wish.cursor = cursor;
    return Ok();
  }));
  {
    std::lock_guard lock(mutex_);
    std::erase_if(owed_, [&](const std::string& account_id) { return !wanted.contains(account_id); });
    std::erase_if(owed_searches_, [&](const auto& owed) { return !wanted.contains(owed.first); });
  }
  // It is polled as one whose stream stands, and it does not stand here.
  for (const std::string& account_id : not_streamed) OwePoll(account_id);
  Reconcile(std::move(wishes));
  return Ok();
}

void StreamKeeper::Reconcile(std::map<std::string, Wish> wishes) {
  for (auto it = links_.begin(); it != links_.end();) {
    if (wishes.contains(it->first)) {
      ++it;
      continue;
    }
    it->second->socket.reset();
    it = links_.erase(it);
  }
  const absl::Duration end = clock_.BootTime() + kOpeningTimeMax;
  for (const auto& [key, wish] : wishes) {
    if (stopping_ || clock_.BootTime() > end) break;
    Open(key, wish);
  }
  std::lock_guard lock(mutex_);
  by_account_.clear();
  for (const auto& [key, link] : links_) {
    const auto audience = link->audience();
    if (audience == nullptr || link->streamer().IsOfApp()) continue;  // the app's says nothing of the account itself
    for (const auto& account : audience->accounts) by_account_[account.account_id] = link;
  }
  StreamsOpen().Set(static_cast<double>(std::count_if(
      links_.begin(), links_.end(), [](const auto& one) { return one.second->is_open(); })));
}

namespace {

std::string FingerprintOf(const std::map<std::string, std::vector<std::string>>& terms) {
  std::string out;
  for (const auto& [account_id, of_account] : terms) {
    out += account_id;
    for (const std::string& term : of_account) out += '\n' + term;
    out += '\0';
  }
  return out;
}

}  // namespace

// After an end: when to connect again.
void StreamKeeper::BackOff(StreamLink& link, const Wish& wish) {
  const absl::Duration now = clock_.BootTime();
  link.socket.reset();
  link.has_ended = false;
  if (link.token_refused.exchange(false)) {
    if (wish.streamer->IsOfApp()) {
      access_->DropApp(wish.org_id, wish.streamer->Platform());
    } else {
      access_->Drop(link.key());
    }
  }
  link.failures = now - link.opened_at > kGoodLife ? 0 : link.failures + 1;
  absl::Duration wait = link.too_many.exchange(false) ? options_.backoff_refused : options_.backoff_min;
  for (int i = 0; i < link.failures && wait < options_.backoff_max; ++i) wait *= 2;
  const double spread = 0.5 + static_cast<double>(random_() % 1000) / 1000.0;
  link.retry_at = now + std::min(wait, options_.backoff_max) * spread;
  if (!link.spent.exchange(false)) return;
  const absl::Time today = clock_.Now();
  const absl::Time tomorrow = absl::FromCivil(absl::ToCivilDay(today, absl::UTCTimeZone()) + 1, absl::UTCTimeZone());
  link.retry_at = now + (tomorrow - today) + absl::Seconds(1);
  observe::Warn("an app's stream brought as many posts as it may on a day; its terms are searched for alone until the next",
                {{"stream", link.key()}, {"posts", std::to_string(options_.app_posts_per_day_max)}});
}

bool StreamKeeper::HasRoom(const std::string& server) const {
  const auto there = std::count_if(links_.begin(), links_.end(), [&](const auto& one) {
    return one.second->socket != nullptr && !one.second->streamer().IsShared() && one.second->server == server;
  });
  return there < options_.connections_per_server_max;
}

// Opens the link if it is not there, or closed and due; tells it whom it is for if that changed.
void StreamKeeper::Open(const std::string& key, const Wish& wish) {
  LinkPtr& link = links_[key];
  if (link == nullptr) link = std::make_shared<StreamLink>(key, wish.streamer);
  if (link->has_ended) BackOff(*link, wish);
  const absl::Duration now = clock_.BootTime();
  const bool is_of_app = wish.streamer->IsOfApp();
  if (is_of_app && ReasonOf(access_->LendApp(wish.org_id, wish.streamer->Platform()).status()) == "NO_APP_TOKEN") {
    link->socket.reset();  // the terms are searched for alone
    link->SetOpen(false);
    return;
  }
  const std::string fingerprint = FingerprintOf(wish.terms);
  const bool changed = fingerprint != link->fingerprint;
  if (link->socket != nullptr && !changed) return;
  if (now < link->retry_at && (is_of_app || (link->socket == nullptr && !changed))) return;
  auto audience = AudienceOf(wish);
  if (!audience.ok()) {
    link->retry_at = now + options_.backoff_min;
    observe::Warn("a stream has nobody to ask as", {{"stream", key}, {"error", ToString(audience.status())}});
    return;
  }
  if (link->socket != nullptr && wish.streamer->IsShared()) {
    const Status served = Serve(link, *audience);
    if (served.ok()) {
      link->fingerprint = fingerprint;
      return;
    }
    const bool too_many = served.code() == Code::kResourceExhausted;
    link->retry_at = now + (too_many ? options_.backoff_refused : options_.scan_interval);
    observe::Warn("a stream does not yet serve what changed", {{"stream", key}, {"error", ToString(served)}});
    return;
  }
  link->SetAudience(*audience);
  link->fingerprint = fingerprint;
  link->socket.reset();
  link->SetOpen(false);
  if (now < link->retry_at) return;
  link->server = is_of_app ? (*audience)->app.base_url : (*audience)->accounts.front().base_url;
  if (!wish.streamer->IsShared() && !HasRoom(link->server)) {
    link->retry_at = now + options_.backoff_max;
    return;
  }
  const bool goes_on = !link->cursor().empty();
  std::string cursor = goes_on ? link->cursor() : wish.cursor;
  int64_t cursor_us = 0;
  if (!absl::SimpleAtoi(cursor, &cursor_us) ||
      clock_.Now() - absl::FromUnixMicros(cursor_us) > options_.replay_max) {
    cursor.clear();
  }
  link->resumed = goes_on && !cursor.empty();
  const auto plan = wish.streamer->Plan(**audience, cursor, kPlanTimeMax);
  if (!plan.ok()) {
    link->opened_at = clock_.BootTime();
    OnEnd(*link, plan.status());
    return;
  }
  Connect(link, *plan);
}

// The same connection serves them; what happened to the new ones before, polling tells.
Status StreamKeeper::Serve(const LinkPtr& link, const std::shared_ptr<const platform::StreamAudience>& audience) {
  const auto before = link->audience();
  // First, so that nothing comes that nobody is known for.
  link->SetAudience(audience);
  RETURN_IF_ERROR(link->streamer().Serve(*audience, kPlanTimeMax));
  if (link->streamer().IsOfApp()) return Ok();  // a new term is searched for anyway
  std::set<std::string> known;
  for (const auto& account : before->accounts) known.insert(account.account_id);
  for (const auto& account : audience->accounts) {
    if (!known.contains(account.account_id)) OwePoll(account.account_id);
  }
  return Ok();
}

Result<std::shared_ptr<const platform::StreamAudience>> StreamKeeper::AudienceOf(const Wish& wish) {
  auto audience = std::make_shared<platform::StreamAudience>();
  if (wish.streamer->IsOfApp()) {
    ASSIGN_OR_RETURN(audience->app, access_->LendApp(wish.org_id, wish.streamer->Platform()));
  }
  Status last = MakeStatus(Code::kUnavailable, "there is no account");
  for (const auto& [account_id, terms] : wish.terms) {
    auto access = access_->Lend(account_id);
    const Code code = access.status().code();
    if (code == Code::kUnavailable || code == Code::kDeadlineExceeded) return access.status();
    if (!access.ok()) {  // this one is not to be had: it has to be connected again
      last = access.status();
      continue;
    }
    if (wish.streamer->IsOfApp() && access->base_url != audience->app.base_url) continue;  // of another server than the app
    audience->Add(*std::move(access));
    for (const std::string& term : terms) audience->queries.push_back({account_id, term});
  }
  if (audience->accounts.empty()) return last;
  return std::shared_ptr<const platform::StreamAudience>(std::move(audience));
}

void StreamKeeper::Connect(const LinkPtr& link, const platform::StreamPlan& plan) {
  http::WebSocketRequest request;
  request.url = plan.url;
  request.headers = plan.headers;
  request.hello = plan.hello;
  request.silence_max = options_.silence_max;
  // The link outlives its socket, which is its own.
  StreamLink* const raw = link.get();
  link->opened_at = clock_.BootTime();
  request.on_open = [this, raw] {
    raw->SetOpen(true);
    const auto audience = raw->audience();
    if (raw->streamer().IsOfApp()) {
      for (const auto& query : audience->queries) OweSearch(query.account_id, query.term);
    } else if (!raw->resumed) {
      for (const auto& account : audience->accounts) OwePoll(account.account_id);
    }
    wake_->Notify();
  };
  request.on_text = [this, raw](std::string_view text) { OnText(*raw, text); };
  request.on_end = [this, raw](const Status& why) { OnEnd(*raw, why); };
  auto socket = (plan.is_lines ? lines_ : sockets_).Open(std::move(request));
  if (socket.ok()) {
    link->socket = *std::move(socket);
  } else {
    OnEnd(*link, socket.status());
  }
}

void StreamKeeper::OnEnd(StreamLink& link, const Status& why) {
  StreamsEnded().Increment();
  observe::Info("a stream ended", {{"stream", link.key()}, {"why", why.ok() ? "closed" : ToString(why)}});
  if (why.code() == Code::kUnauthenticated) link.token_refused = true;
  if (why.code() == Code::kResourceExhausted) link.too_many = true;
  link.SetOpen(false);
  link.has_ended = true;
  wake_->Notify();
}

void StreamKeeper::OnText(StreamLink& link, std::string_view text) {
  const auto audience = link.audience();
  auto event = link.streamer().Read(*audience, text);
  if (!event.ok()) {
    StreamTextsBad().Increment();
    return;
  }
  if (link.streamer().IsOfApp() && !event->cursor.empty()) CountPost(link);
  if (!event->pushed.empty()) {
    // The cursor of an app's stream is not kept: after a restart its terms are searched for.
    StreamItem item{&link.streamer(), std::move(event->pushed), link.streamer().IsOfApp() ? "" : event->cursor};
    if (!queue_.Push(std::move(item))) {
      StreamTextsDropped().Increment();
      OweFor(*item.streamer, item.pushed);
      wake_->Notify();
    }
  }
  if (!event->cursor.empty()) link.SetCursor(std::move(event->cursor));
}

void StreamKeeper::CountPost(StreamLink& link) {
  const absl::CivilDay today = absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone());
  if (std::exchange(link.day, today) != today) link.posts_of_day = 0;
  if (++link.posts_of_day < options_.app_posts_per_day_max) return;
  link.spent = true;
  link.SetOpen(false);
  link.has_ended = true;
  wake_->Notify();
}

}  // namespace carillon::listener
