#include "services/analytics/domain/analytics_domain.h"

#include <limits>

#include "common/base/testing/fake_clock.h"
#include "common/ledger/testing/fake_ledger.h"
#include "services/analytics/domain/ids.h"
#include "tests/unit/analytics/samples.h"

namespace carillon::analytics {
namespace {

class DomainTest : public ::testing::Test {
 protected:
  template <typename Sample>
  bool Deliver(const Sample& sample) {
    v1::AnalyticsMessage message;
    message.mutable_header()->set_to(sample.account_id());
    message.mutable_header()->set_message_id("m" + std::to_string(++messages_));
    Set(message, sample);
    return ledger_.Deliver(message);
  }

  v1::AnalyticsRecord Get(const std::string& id) {
    const auto record = ledger_.Get(id);
    return record.ok() && *record ? static_cast<const v1::AnalyticsRecord&>(**record)
                                  : v1::AnalyticsRecord();
  }

  size_t Listed(const char* index, const std::string& prefix, const std::string& from = "") {
    ledger::ListQuery query;
    query.index = index;
    query.prefix = prefix;
    query.from = from;
    const auto page = ledger_.List(query);
    return page.ok() ? page->records.size() : 999;
  }

  carillon::testing::FakeClock clock_;
  AnalyticsDomain domain_;
  ledger::testing::FakeLedger ledger_{domain_, clock_};
  int messages_ = 0;

 private:
  static void Set(v1::AnalyticsMessage& m, const v1::TargetSample& s) { *m.mutable_target() = s; }
  static void Set(v1::AnalyticsMessage& m, const v1::MetricSample& s) { *m.mutable_metric() = s; }
  static void Set(v1::AnalyticsMessage& m, const v1::AccountSample& s) { *m.mutable_account() = s; }
};

TEST_F(DomainTest, EachSampleGoesIntoItsRollup) {
  EXPECT_TRUE(Deliver(Metric("acct_1", "77", "2026-11-23T09:00:00Z", 4)));
  EXPECT_TRUE(Deliver(Target("dlv_1~acct_1", "acct_1", "PENDING", 1)));
  EXPECT_TRUE(Deliver(Followers("acct_1", "2026-11-23T09:00:00Z", 10)));
  EXPECT_EQ(Get(PostStatsId("acct_1", "77")).post().buckets_size(), 1);
  EXPECT_EQ(Get(TargetStatsId("dlv_1~acct_1", "acct_1")).target().last().state(), "PENDING");
  EXPECT_EQ(Get(AccountStatsId("acct_1")).account().followers(), 10);
}

TEST_F(DomainTest, ARepeatWritesNoRecord) {
  Deliver(Metric("acct_1", "77", "2026-11-23T09:00:00Z", 4));
  const size_t records = ledger_.log().size();
  EXPECT_TRUE(Deliver(Metric("acct_1", "77", "2026-11-23T09:00:00Z", 4)));
  EXPECT_EQ(ledger_.log().size(), records);
}

TEST_F(DomainTest, IndexesLetAReportReadOnlyItsOwn) {
  Deliver(Metric("acct_1", "77", "2026-11-23T09:00:00Z", 4));
  auto history = Metric("acct_1", "78", "2026-11-23T09:00:00Z", 4);
  history.set_history(true);
  Deliver(history);
  auto draft = Target("dlv_2~acct_1", "acct_1", "PENDING", 1);
  draft.clear_due_at();
  Deliver(draft);
  Deliver(Target("dlv_1~acct_1", "acct_1", "PENDING", 1));
  EXPECT_EQ(Listed(kPostsByPosted, "brand_1|"), 2u);
  EXPECT_EQ(Listed(kPostsByActive, "brand_1|"), 1u);
  EXPECT_EQ(Listed(kPostsByActive, "brand_1|", ledger::TimeKey(At("2026-11-23T09:15:00Z"))), 0u);
  EXPECT_EQ(Listed(kTargetsByDue, "brand_1|"), 1u);
  EXPECT_EQ(Listed(kTargetsByDue, "brand_2|"), 0u);
}

TEST_F(DomainTest, CountsThatCannotBeAddedAreRefused) {
  for (const int64_t count : {int64_t{-1}, std::numeric_limits<int64_t>::max()}) {
    v1::MetricSample sample;
    sample.set_account_id("acct_1");
    sample.set_remote_id("1");
    sample.set_boosts(count);
    EXPECT_FALSE(Deliver(sample));
    v1::AccountSample account;
    account.set_account_id("acct_1");
    account.set_followers(count);
    EXPECT_FALSE(Deliver(account));
    EXPECT_EQ(ReasonOf(ledger_.last_status()), "BAD_SAMPLE");
  }
}

// Whatever a record holds, it can be indexed.
TEST_F(DomainTest, ABucketBeyondAllTimeIsIndexed) {
  v1::AnalyticsRecord record;
  record.mutable_post()->add_buckets()->set_quarter(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(domain_.Indexes(record).size(), 2u);
}

TEST_F(DomainTest, AnEmptyMessageIsRefused) {
  v1::AnalyticsMessage message;
  message.mutable_header()->set_to("acct_1");
  message.mutable_header()->set_message_id("m");
  EXPECT_FALSE(ledger_.Deliver(message));
  EXPECT_EQ(ReasonOf(ledger_.last_status()), "BAD_SAMPLE");
}

}  // namespace
}  // namespace carillon::analytics
