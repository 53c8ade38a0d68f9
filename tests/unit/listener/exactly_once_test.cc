// Seeded runs of a whole listener over a platform in memory, with everything that goes wrong
// between the two: polls lost before and after their report, answers lost after the commit, pages
// that overlap, faults, reconnects, messages delivered twice.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "services/listener/poll/collect.h"
#include "tests/unit/listener/fake_collector.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::FakeAccess;
using testing::FakeCollector;
using testing::Harness;
using testing::kAccount;

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    auto collector = std::make_unique<FakeCollector>();
    platform_ = collector.get();
    platforms_.Add(std::move(collector));
    platform_->fault = [this](const std::string&) {
      return Chance(8) ? MakeStatus(Code::kUnavailable, "away") : Ok();
    };
    harness_.Connect(++account_version_);
  }

  void Step() {
    Happen();
    harness_.clock.Advance(absl::Seconds(Pick(40)));
    if (Chance(30)) {
      harness_.Connect(++account_version_, false);
      harness_.Connect(++account_version_, true);
    }
    const auto job = harness_.StartPoll();
    if (job != nullptr) HandleJob(*job);
    CheckCursor();
    Count();
  }

  void Settle() {
    platform_->fault = nullptr;
    for (int i = 0; i < 200; ++i) {
      harness_.clock.Advance(absl::Seconds(61));
      if (const auto job = harness_.StartPoll()) HandIn(collector_.Poll(*job));
      Count();
    }
  }

  void CheckEverySignalOnce() {
    std::map<std::string, int> wanted;
    for (const platform::Signal& signal : platform_->signals) {
      wanted[SignalId(kAccount, KindOf(signal.kind), signal.remote_id)] = 1;
    }
    EXPECT_GT(wanted.size(), 100u);
    EXPECT_EQ(counted_, wanted);
    for (const platform::Signal& signal : platform_->signals) {
      if (signal.status_remote_id.empty()) continue;
      EXPECT_EQ(harness_.Item(signal.status_remote_id).status_remote_id(), signal.status_remote_id);
    }
  }

  // The last sample of each post has the platform's numbers, and no sample is older than the one
  // before it.
  void CheckSamples() {
    for (const platform::MetricSnapshot& post : platform_->posts) {
      ASSERT_TRUE(last_sample_.contains(post.post_remote_id)) << post.post_remote_id;
      EXPECT_EQ(last_sample_[post.post_remote_id].favourites(), post.favourites);
    }
  }

 private:
  int Pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool Chance(int one_in) { return Pick(one_in) == 0; }

  static v1::SignalKind KindOf(platform::SignalKind kind) {
    switch (kind) {
      case platform::SignalKind::kMention: return v1::SIGNAL_KIND_MENTION;
      case platform::SignalKind::kReply: return v1::SIGNAL_KIND_REPLY;
      case platform::SignalKind::kFavourite: return v1::SIGNAL_KIND_FAVOURITE;
      case platform::SignalKind::kBoost: return v1::SIGNAL_KIND_BOOST;
      default: return v1::SIGNAL_KIND_FOLLOW;
    }
  }

  void Happen() {
    for (int i = Pick(12); i > 0; --i) {
      const std::string id = std::to_string(1000 + platform_->signals.size());
      const platform::SignalKind kind = static_cast<platform::SignalKind>(Pick(5));
      const bool talks = kind == platform::SignalKind::kMention || kind == platform::SignalKind::kReply;
      platform_->signals.push_back(testing::MakeSignal(kind, id, talks ? id : ""));
      // A reply stands below a post, too.
      if (kind == platform::SignalKind::kReply && !platform_->posts.empty()) {
        platform::MetricSnapshot& post = platform_->posts[static_cast<size_t>(
            Pick(static_cast<int>(platform_->posts.size())))];
        ++post.replies;
        platform_->replies[post.post_remote_id].push_back(platform_->signals.back());
      }
    }
    if (Chance(4)) {
      const std::string id = "p" + std::to_string(platform_->posts.size());
      platform_->posts.insert(platform_->posts.begin(),
                              testing::MakePost(id, harness_.clock.Now()));
      for (int i = 1 + Pick(2); i > 0; --i) harness_.Published("post_" + id, id);
    }
    for (platform::MetricSnapshot& post : platform_->posts) post.favourites += Pick(2);
    platform_->overlap = Pick(15);
  }

  void HandleJob(const PollJob& job) {
    if (Chance(6)) return;  // lost before it began
    const v1::PollReport report = collector_.Poll(job);
    if (Chance(6)) return;  // crashed between report and commit
    if (Chance(6)) harness_.clock.Advance(absl::Seconds(90));
    if (Chance(6)) harness_.StartPoll();  // may be given up for another poll, which is lost
    HandIn(report);
    if (Chance(4)) HandIn(report);  // the answer was lost
  }

  void HandIn(const v1::PollReport& report) {
    const Status status = harness_.HandIn(report);
    EXPECT_TRUE(status.ok() || ReasonOf(status) == "STALE_POLL") << ToString(status);
  }

  void Count() {
    for (const ledger::OutMessage& message : harness_.ledger.TakeMessages()) {
      if (const auto* event = dynamic_cast<const v1::SignalEvent*>(message.body.get())) {
        ++counted_[event->id()];
      }
      const auto* sample = dynamic_cast<const analytics::v1::AnalyticsMessage*>(message.body.get());
      if (sample == nullptr || !sample->has_metric()) continue;
      const auto& metric = sample->metric();
      EXPECT_TRUE(message_ids_.insert(message.id).second) << message.id << " twice";
      EXPECT_GT(FromProto(metric.sampled_at()),
                FromProto(last_sample_[metric.remote_id()].sampled_at()));
      last_sample_[metric.remote_id()] = metric;
    }
  }

  // What the cursor has passed is in the log.
  void CheckCursor() {
    Count();
    const std::string cursor = harness_.Collection().cursor();
    const size_t passed = cursor.empty() ? 0 : std::stoul(cursor);
    for (size_t i = 0; i < passed; ++i) {
      const platform::Signal& signal = platform_->signals[i];
      ASSERT_EQ(counted_[SignalId(kAccount, KindOf(signal.kind), signal.remote_id)], 1) << i;
    }
  }

  std::mt19937 random_;
  Harness harness_;
  FakeCollector* platform_ = nullptr;
  platform::Registry platforms_;
  FakeAccess access_;
  std::atomic<bool> stopping_{false};
  PollCollector collector_{platforms_, access_, harness_.ledger, harness_.clock, stopping_};
  uint64_t account_version_ = 0;
  std::map<std::string, int> counted_;
  std::map<std::string, analytics::v1::MetricSample> last_sample_;
  std::set<std::string> message_ids_;
};

class ExactlyOnceTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(ExactlyOnceTest, EverySignalOnceWhateverIsLost) {
  World world(GetParam());
  for (int i = 0; i < 120; ++i) {
    world.Step();
    if (::testing::Test::HasFatalFailure()) return;
  }
  world.Settle();
  world.CheckEverySignalOnce();
  world.CheckSamples();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ExactlyOnceTest, ::testing::Range(1u, 7u));

}  // namespace
}  // namespace carillon::listener
