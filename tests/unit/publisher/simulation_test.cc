// Seeded runs against a platform that accepts, loses answers, accepts late and says nothing, and senders that die or come late.
// Oracle: the platform's own record.
#include <map>
#include <random>

#include "services/publisher/domain/attempts.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

struct Accepted {
  std::string remote_id;
  std::string delivery_id;
  std::string text_key;
  absl::Time at;
};

// One platform server for all accounts; "now" is the harness's clock.
class Platform {
 public:
  explicit Platform(bool keeps_keys) : keeps_keys_(keeps_keys) {}

  // Accepts now; the id that it answers.
  std::string Accept(const v1::Delivery& delivery, absl::Time now) {
    if (keeps_keys_) {
      for (const Accepted& post : posts_) {
        if (post.delivery_id == delivery.id()) return post.remote_id;
      }
    }
    posts_.push_back({fmt::format("r{}", ++count_), delivery.id(), delivery.text_key(), now});
    return posts_.back().remote_id;
  }
  v1::LookupResult Look(const LookupJob& job, absl::Time now, std::string* remote_id) const {
    int matches = 0;
    for (const Accepted& post : posts_) {
      const bool known = IsAnothers(job.account, job.delivery, post.remote_id);
      const bool own_account = RootOf(post.delivery_id) == job.account.id();
      if (known || !own_account || post.text_key != job.delivery.text_key()) continue;
      if (post.at < job.since - absl::Minutes(5) || post.at > now) continue;
      ++matches;
      *remote_id = post.remote_id;
    }
    if (matches == 1) return v1::LOOKUP_RESULT_FOUND;
    return matches == 0 ? v1::LOOKUP_RESULT_ABSENT : v1::LOOKUP_RESULT_AMBIGUOUS;
  }
  const std::vector<Accepted>& posts() const { return posts_; }

 private:
  const bool keeps_keys_;
  int count_ = 0;
  std::vector<Accepted> posts_;
};

class Scenario {
 public:
  Scenario(uint32_t seed, bool keeps_keys)
      : random_(seed), keeps_keys_(keeps_keys), platform_(keeps_keys) {
    for (int i = 0; i < 3; ++i) {
      accounts_.push_back(h_.Connect(fmt::format("a{}", i), keeps_keys ? 3600 : 0));
    }
  }

  void Play() {
    for (int i = 0; i < 40; ++i) {
      const std::string& account = accounts_[Pick(3)];
      ids_.push_back(h_.Publish(account, {.text = fmt::format("text {}", Pick(6)),
                                          .post = fmt::format("post_{}", i),
                                          .not_before = absl::Seconds(Pick(120)),
                                          .not_after = absl::Minutes(2 + Pick(20)),
                                          .hold_if_late = Pick(2) == 0}));
    }
    for (int tick = 0; tick < 4000; ++tick) Tick();
  }

  void Check() {
    std::map<std::string, int> effects;
    std::map<std::string, std::string> owner;
    for (const Accepted& post : platform_.posts()) {
      ++effects[post.delivery_id];
      owner[post.remote_id] = post.delivery_id;
    }
    for (const std::string& id : ids_) {
      const v1::Delivery delivery = h_.Delivery(id);
      EXPECT_TRUE(IsFinal(delivery.state())) << id << " " << StateName(delivery.state()) << " waits for "
                                             << delivery.waiting_for();
      EXPECT_LE(effects[id], 1) << id;
      EXPECT_FALSE(delivery.duplicate_suspected()) << id;
      if (delivery.state() == v1::DELIVERY_STATE_PUBLISHED) {
        EXPECT_EQ(owner[delivery.remote_id()], id);
        ++published;
      } else if (delivery.state() != v1::DELIVERY_STATE_UNCONFIRMED) {
        EXPECT_EQ(effects[id], 0) << id << " " << StateName(delivery.state());
      }
    }
    for (const std::string& account : accounts_) {
      EXPECT_EQ(h_.Account(account).account.sending(), 0);
    }
  }

  int published = 0;

 private:
  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }
  void At(absl::Duration in, std::function<void()> what) {
    agenda_.emplace(h_.clock.Now() + in, std::move(what));
  }

  void Tick() {
    h_.clock.Advance(absl::Milliseconds(500));
    while (!agenda_.empty() && agenda_.begin()->first <= h_.clock.Now()) {
      auto what = std::move(agenda_.begin()->second);
      agenda_.erase(agenda_.begin());
      what();
    }
    if (Pick(50) == 0) h_.gates.kill_switch = Pick(3) == 0;
    if (Pick(400) == 0) h_.Cancel(ids_[Pick(40)]);
    h_.ledger.RunDue();
    for (const auto& job : std::exchange(h_.sends, {})) Send(job);
    for (const auto& job : std::exchange(h_.lookups, {})) Look(job);
  }

  void Send(const std::shared_ptr<const SendJob>& job) {
    // A sender that starts late: the guard lets nothing out at or after send_before.
    At(absl::Seconds(Pick(10) == 0 ? Pick(60) : 0), [this, job] {
      if (h_.clock.Now() >= job->send_before) {
        if (Pick(2) == 0) h_.NotSent(*job);
        return;
      }
      Deliver(job);
    });
  }

  void Deliver(const std::shared_ptr<const SendJob>& job) {
    const auto accept = [this, job] { return platform_.Accept(job->delivery, h_.clock.Now()); };
    switch (Pick(8)) {
      case 0:  // accepted, answer lost, the sender knows that
        accept();
        return At(absl::Seconds(Pick(15)), [this, job] { h_.Unknown(*job); });
      case 1:  // accepted, and the process dies
        accept();
        return;
      case 2:  // never got there, and the sender doesn't know
        return At(absl::Seconds(1), [this, job] { h_.Unknown(*job); });
      case 3:  // accepted late, but within what "settle" promises
        At(job->send_before - h_.clock.Now() + absl::Seconds(Pick(LateSecondsMax())),
           [accept] { accept(); });
        return h_.Unknown(*job);
      case 4:
        return h_.Refused(*job, v1::REFUSAL_CLASS_RETRYABLE);
      case 5: {  // the report comes late, and twice
        const auto report = h_.ReportOf(*job, v1::PUBLISH_RESULT_PUBLISHED, accept());
        At(absl::Seconds(Pick(70)), [this, report] { h_.Tell(report); });
        return At(absl::Seconds(Pick(70)), [this, report] { h_.Tell(report); });
      }
      default:
        return At(absl::Milliseconds(Pick(3000)), [this, job, accept] { h_.Published(*job, accept()); });
    }
  }

  void Look(const std::shared_ptr<const LookupJob>& job) {
    if (Pick(6) == 0) return;  // nobody answers
    if (Pick(6) == 0) return h_.Looked(*job, v1::LOOKUP_RESULT_UNAVAILABLE);
    std::string remote_id;
    const v1::LookupResult result = platform_.Look(*job, h_.clock.Now(), &remote_id);
    h_.Looked(*job, result, result == v1::LOOKUP_RESULT_FOUND ? remote_id : "");
  }

  // How late after send_before this platform may still accept.
  int LateSecondsMax() const {
    return static_cast<int>(
        absl::ToInt64Seconds(keeps_keys_ ? h_.rules.settle_idempotent : h_.rules.settle));
  }

  std::mt19937 random_;
  const bool keeps_keys_;
  Harness h_;
  Platform platform_;
  std::vector<std::string> accounts_;
  std::vector<std::string> ids_;
  std::multimap<absl::Time, std::function<void()>> agenda_;
};

TEST(PublisherSimulation, NeverTwoEffectsForOneTarget) {
  int published = 0;
  for (uint32_t seed = 1; seed <= 16; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Scenario run(seed, /*keeps_keys=*/seed % 2 == 0);
    run.Play();
    run.Check();
    published += run.published;
    if (::testing::Test::HasFailure()) break;
  }
  // The runs do reach the platform: most of 16 x 40 go out.
  EXPECT_GT(published, 250);
}

}  // namespace
}  // namespace carillon::publisher::testing
