// One listener over the ledger in memory, for tests: messages in, decisions, and what they sent.
// Used by one thread.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "carillon/analytics/v1/analytics.pb.h"
#include "carillon/listener/v1/internal.pb.h"
#include "carillon/listener/v1/listener.pb.h"
#include "carillon/listener/v1/listener_api.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/testing/fake_clock.h"
#include "common/ledger/testing/fake_ledger.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/listener_domain.h"
#include "services/listener/domain/poll_job.h"

namespace carillon::listener::testing {

inline const std::string kAccount = MakeId("acct", {"acme", "mastodon", "1"});

// Keeps the polls that were handed out.
struct JobKeeper : ledger::EffectRunner {
  void Run(std::shared_ptr<const ledger::Effect> effect) override {
    jobs.push_back(std::dynamic_pointer_cast<const PollJob>(effect));
  }
  std::vector<std::shared_ptr<const PollJob>> jobs;
};

class Harness {
 public:
  explicit Harness(DomainOptions domain_options = {}, ledger::EffectRunner* effects = nullptr)
      : options(domain_options),
        domain(domain_options),
        ledger(domain, clock, effects == nullptr ? &keeper : effects) {}

  bool Connect(uint64_t version = 1, bool connected = true, const std::string& account = kAccount) {
    v1::ListenerMessage message;
    message.mutable_header()->set_to(CollectionId(account));
    v1::AccountChanged& changed = *message.mutable_account_changed();
    changed.set_account_id(account);
    changed.set_org_id("acme");
    changed.set_brand_id("brand_1");
    changed.set_platform("mastodon");
    changed.set_zone("Europe/Paris");
    changed.set_connected(connected);
    changed.set_version(version);
    return ledger.Deliver(message);
  }

  bool Published(const std::string& post_id, const std::string& remote_id,
                 const std::string& campaign_id = "") {
    v1::ListenerMessage message;
    message.mutable_header()->set_to(CollectionId(kAccount));
    v1::PostPublished& published = *message.mutable_post_published();
    published.set_account_id(kAccount);
    published.set_post_id(post_id);
    published.set_remote_id(remote_id);
    published.set_campaign_id(campaign_id);
    *published.mutable_published_at() = ToProto(clock.Now());
    return ledger.Deliver(message);
  }

  // Starts what is due; the newest poll that was handed out, null if none was.
  std::shared_ptr<const PollJob> StartPoll() {
    keeper.jobs.clear();
    ledger.RunDue();
    return keeper.jobs.empty() ? nullptr : keeper.jobs.back();
  }

  // A report of the given poll, which read signals up to `cursor`.
  v1::PollReport Report(const PollJob& job, const std::string& cursor = "") {
    v1::PollReport report;
    report.set_account_id(job.account_id);
    report.set_poll_number(job.poll_number);
    *report.mutable_polled_at() = ToProto(clock.Now());
    report.set_signals_read(true);
    report.set_cursor(cursor.empty() ? job.cursor : cursor);
    return report;
  }

  Status HandIn(const v1::PollReport& report) {
    return ledger.Command("", "", CollectionId(report.account_id()), report).status;
  }

  v1::Collection Collection(const std::string& account = kAccount) {
    return Record(CollectionId(account)).collection();
  }
  v1::TrackedPost Tracked(const std::string& remote_id) {
    return Record(TrackedPostId(kAccount, remote_id)).tracked_post();
  }
  v1::InboxItem Item(const std::string& status_remote_id) {
    return Record(InboxItemId(kAccount, status_remote_id)).inbox_item();
  }
  v1::ListenerRecord Record(const std::string& id) {
    const ledger::ProtoPtr record = *static_cast<ledger::Reader&>(ledger).Get(id);
    return record ? static_cast<const v1::ListenerRecord&>(*record) : v1::ListenerRecord();
  }

  // The bodies of one type among what was sent since the last call of Sent; the others are dropped.
  template <typename T>
  std::vector<T> Sent() {
    std::vector<T> out;
    for (const ledger::OutMessage& message : ledger.TakeMessages()) {
      if (const T* body = dynamic_cast<const T*>(message.body.get())) out.push_back(*body);
    }
    return out;
  }

  const DomainOptions options;
  carillon::testing::FakeClock clock;
  JobKeeper keeper;
  ListenerDomain domain;
  ledger::testing::FakeLedger ledger;
};

inline void AddSignal(v1::PollReport& report, v1::SignalKind kind, const std::string& remote_id,
                      const std::string& status = "") {
  v1::Signal& signal = *report.add_signals();
  signal.set_kind(kind);
  signal.set_remote_id(remote_id);
  signal.mutable_created_at()->set_seconds(1'799'999'000);
  signal.set_author("ann@a.example");
  signal.set_author_name("Ann");
  signal.set_status_remote_id(status);
  if (!status.empty()) signal.set_text("How much is it?");
}

inline v1::PostSample& AddSample(v1::PollReport& report, const std::string& remote_id,
                                 absl::Time posted_at, int64_t favourites) {
  v1::PostSample& sample = *report.add_samples();
  sample.set_remote_id(remote_id);
  sample.set_url("https://a.example/" + remote_id);
  *sample.mutable_posted_at() = ToProto(posted_at);
  sample.mutable_metrics()->set_favourites(favourites);
  return sample;
}

}  // namespace carillon::listener::testing
