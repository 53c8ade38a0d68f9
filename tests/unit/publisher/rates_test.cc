// The platform's limits as an account's windows: what a send uses, what headers correct, however late they come.
#include <random>

#include "common/base/clock.h"
#include "services/publisher/domain/rates.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

constexpr absl::Duration kWindow = absl::Minutes(15);

class RatesTest : public ::testing::Test {
 protected:
  RatesTest() {
    h.rules.rates_of = [this](const v1::Account&, const v1::Dispatch& dispatch) {
      return dispatch.action() == v1::ACTION_KIND_UNSPECIFIED ? costs : std::vector<RateCost>{{"delete", 2, kWindow}};
    };
    account = h.Connect();
  }

  std::string Post() {
    ++posts;
    return h.Publish(account, {.text = std::to_string(posts), .post = fmt::format("post_{}", posts), .not_after = absl::Hours(48)});
  }
  std::string Delete() {
    v1::PublisherMessage message = h.Dispatch(account, {.post = fmt::format("post_{}", ++posts), .not_after = absl::Hours(48)});
    v1::Dispatch& dispatch = *message.mutable_dispatch();
    dispatch.set_action(v1::ACTION_KIND_DELETE);
    dispatch.set_target_remote_id(fmt::format("old{}", posts));
    dispatch.clear_content();
    dispatch.set_content_hash(content::DispatchHash(dispatch));
    EXPECT_TRUE(h.ledger.Deliver(message)) << ToString(h.ledger.last_status());
    return dispatch.delivery_id();
  }
  static v1::RateReading Reading(int64_t limit, int64_t remaining, absl::Time reset, const std::string& name = "") {
    v1::RateReading reading;
    reading.set_name(name);
    reading.set_limit(limit);
    reading.set_remaining(remaining);
    *reading.mutable_reset_at() = ToProto(reset);
    return reading;
  }
  // Ends the latest send; with what the headers say.
  void Answer(const std::vector<v1::RateReading>& readings = {}) {
    v1::PublishReport report = h.ReportOf(*h.sends.back(), v1::PUBLISH_RESULT_PUBLISHED, fmt::format("r{}", h.sends.size()));
    for (const auto& reading : readings) *report.add_rate_readings() = reading;
    h.Tell(report);
    ++answered;
  }
  void AnswerAll() {
    while (answered < h.sends.size()) Answer();
  }
  RateState State(size_t i = 0) { return StateOf(h.Account(account).account, costs[i], h.clock.Now(), h.app_accounts); }

  Harness h;
  std::vector<RateCost> costs = {{"post", 3, kWindow}};
  std::string account;
  int posts = 0;
  size_t answered = 0;
};

TEST_F(RatesTest, WhatWouldExceedALimitWaitsUntilItsWindowEnds) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(Post());
    AnswerAll();
  }
  EXPECT_EQ(h.sends.size(), 3u);
  EXPECT_EQ(h.Delivery(ids[3]).waiting_for(), "RATE_LIMIT");
  EXPECT_EQ(FromProto(h.Delivery(ids[3]).next_at()), h.clock.Now() + kWindow);
  h.Pass(kWindow - absl::Seconds(1), absl::Seconds(1));
  EXPECT_EQ(h.sends.size(), 3u);
  h.Pass(absl::Seconds(2), absl::Seconds(1));
  AnswerAll();
  EXPECT_EQ(h.State(ids[3]), "PUBLISHED");
  EXPECT_EQ(h.State(ids[4]), "PUBLISHED");
  EXPECT_EQ(State().used, 2);
}

TEST_F(RatesTest, HeadersThatSayLessHoldEarlierAndUntilTheirOwnReset) {
  const std::string first = Post();
  Answer({Reading(3, 0, h.clock.Now() + absl::Minutes(4))});  // others post there, too
  const std::string second = Post();
  EXPECT_EQ(h.State(first), "PUBLISHED");
  EXPECT_EQ(h.Delivery(second).waiting_for(), "RATE_LIMIT");
  h.Pass(absl::Minutes(4) + absl::Seconds(1), absl::Seconds(1));
  EXPECT_EQ(h.sends.size(), 2u) << "the platform's window ends before ours";
}

TEST_F(RatesTest, HeadersThatSayMoreLetMoreGo) {
  for (int i = 0; i < 10; ++i) {
    Post();
    Answer({Reading(200, 199 - i, h.clock.Now() + kWindow)});
  }
  EXPECT_EQ(h.sends.size(), 10u);
  EXPECT_EQ(State().limit, 200) << "the page said less";
  EXPECT_EQ(State().used, 10);
  // The next window knows it still.
  h.Pass(kWindow + absl::Seconds(1), absl::Seconds(10));
  EXPECT_EQ(State().limit, 200);
  EXPECT_EQ(State().used, 0);
}

// The answer to an attempt that was given up comes after another was sent: it does not know of that one.
TEST_F(RatesTest, HeadersThatComeLateCanOnlyTakeAway) {
  Post();
  const SendJob lost = *h.sends.back();
  ++answered;
  const std::string id = lost.delivery.id();
  h.Pass(absl::Seconds(26));  // judged lost; looked up and absent
  ASSERT_FALSE(h.lookups.empty());
  h.Looked(*h.lookups.back(), v1::LOOKUP_RESULT_FOUND, "r1");
  Post();
  Answer();
  EXPECT_EQ(State().used, 2);
  v1::PublishReport late = h.ReportOf(lost, v1::PUBLISH_RESULT_PUBLISHED, "r1");
  *late.add_rate_readings() = Reading(3, 2, FromProto(late.answered_at()) + kWindow - absl::Minutes(1));
  h.Tell(late);
  EXPECT_EQ(State().used, 2) << "one of three, it says, but there was one more";
  EXPECT_EQ(h.State(id), "PUBLISHED");

  // And pure: the later word of a full window counts, the word of a window before this one does not.
  v1::Account copy = h.Account(account).account;
  const absl::Time now = h.clock.Now(), before = now - absl::Minutes(1);
  v1::PublishReport full;
  *full.add_rate_readings() = Reading(3, 0, StateOf(copy, costs[0], now, 1).ends_at);
  Correct(copy, costs, full, before, now, 1);
  EXPECT_EQ(StateOf(copy, costs[0], now, 1).used, 3);
  v1::PublishReport old;
  *old.add_rate_readings() = Reading(3, 0, now + absl::Seconds(30));
  copy = h.Account(account).account;
  Correct(copy, costs, old, before, now, 1);
  EXPECT_EQ(StateOf(copy, costs[0], now, 1).used, 2);
}

TEST_F(RatesTest, WhatWasNotSentUsesNothing) {
  for (int i = 0; i < 6; ++i) {
    const std::string id = Post();
    h.NotSent(*h.sends.back());
    ++answered;
    EXPECT_EQ(State().used, 0);
    EXPECT_TRUE(h.Cancel(id));
  }
  EXPECT_EQ(h.sends.size(), 6u);
}

TEST_F(RatesTest, AWindowLastsFromTheAnswerToTheRequestThatBeganIt) {
  Post();
  h.Pass(absl::Seconds(4));
  Answer();
  const absl::Time first = h.clock.Now();
  EXPECT_EQ(State().ends_at, first + kWindow) << "the request may have arrived as late";
  Post();
  h.Pass(absl::Seconds(3));
  Answer();
  EXPECT_EQ(State().ends_at, first + kWindow) << "the second one began nothing";
  EXPECT_EQ(State().used, 2);
}

TEST_F(RatesTest, WhatWasNotSentBeginsNoWindow) {
  const std::string id = Post();
  h.NotSent(*h.sends.back());
  ++answered;
  ASSERT_TRUE(h.Cancel(id));
  h.Pass(kWindow / 2);
  Post();
  Answer();
  EXPECT_GE(State().ends_at, h.clock.Now() + kWindow);
}

TEST_F(RatesTest, ALostAnswerStaysCounted) {
  costs[0].limit = 1;
  Post();
  h.Unknown(*h.sends.back());
  EXPECT_EQ(State().used, 1);
  const std::string second = Post();
  EXPECT_EQ(h.Delivery(second).waiting_for(), "RATE_LIMIT");
}

TEST_F(RatesTest, ActionsCountByThemselves) {
  std::vector<std::string> deletions;
  for (int i = 0; i < 3; ++i) {
    deletions.push_back(Delete());
    if (answered < h.sends.size()) {
      h.Published(*h.sends.back(), "old");
      ++answered;
    }
  }
  EXPECT_EQ(h.Delivery(deletions[2]).waiting_for(), "RATE_LIMIT");
  const std::string post = Post();
  EXPECT_EQ(h.State(post), "SENDING") << "posts do not wait for deletions";
}

TEST_F(RatesTest, OneThatCostsMoreThanThereIsGoesAlone) {
  costs = {{"points", 5, kWindow, false, 6}};
  Post();
  Answer();
  EXPECT_EQ(h.sends.size(), 1u);
  const std::string next = Post();
  EXPECT_EQ(h.Delivery(next).waiting_for(), "RATE_LIMIT");
}

TEST_F(RatesTest, OfSeveralLimitsTheOneThatEndsLastHolds) {
  costs = {{"hour", 2, absl::Hours(1)}, {"day", 2, absl::Hours(24)}};
  for (int i = 0; i < 2; ++i) {
    Post();
    Answer();
  }
  const std::string third = Post();
  EXPECT_EQ(FromProto(h.Delivery(third).next_at()), h.clock.Now() + absl::Hours(24));
}

TEST_F(RatesTest, AnAppsLimitIsSharedByItsAccounts) {
  costs = {{"post", 100, kWindow}, {"post_of_app", 8, absl::Hours(24), true}};
  h.app_accounts = 4;
  for (int i = 0; i < 3; ++i) {
    Post();
    AnswerAll();
  }
  EXPECT_EQ(h.sends.size(), 2u) << "a quarter of 8";
  EXPECT_EQ(State(1).limit, 2);
  const auto users = static_cast<ledger::Reader&>(h.ledger).Count(kAppUsersIndex, AppKey(h.Account(account).account) + "|");
  EXPECT_EQ(*users, 1);
}

TEST_F(RatesTest, WhatOthersLeaveOfAnAppsLimitGoesToThoseWhoSend) {
  costs = {{"post", 100, kWindow}, {"post_of_app", 8, absl::Hours(24), true}};
  h.app_accounts = 4;
  int left = 8;
  for (int i = 0; i < 8; ++i) {
    Post();
    if (answered < h.sends.size()) Answer({Reading(8, --left, h.clock.Now() + absl::Hours(24), "post_of_app")});
  }
  EXPECT_EQ(h.sends.size(), 5u) << "what is left is shared anew after each: with 3 for 4 accounts none is sure of one";
  EXPECT_EQ(State(1).used, State(1).limit);
}

TEST_F(RatesTest, AClockThatWentBackMakesNoWindowLonger) {
  v1::Account one;
  const absl::Time now = h.clock.Now();
  Charge(one, costs, now);
  EXPECT_EQ(StateOf(one, costs[0], now, 1).ends_at, now + kWindow);
  const absl::Time earlier = now - absl::Hours(5);
  EXPECT_LE(StateOf(one, costs[0], earlier, 1).ends_at, earlier + kWindow + absl::Seconds(2));
  v1::PublishReport report;
  *report.add_rate_readings() = Reading(3, 0, now + absl::Hours(1'000));  // a server whose clock is wrong
  Correct(one, costs, report, now, now, 1);
  EXPECT_LE(StateOf(one, costs[0], now, 1).ends_at, now + kWindow + absl::Seconds(2));
}

TEST_F(RatesTest, WindowsAreInTheLogAndBounded) {
  Post();
  Answer();
  v1::Account after_restart;
  ASSERT_TRUE(after_restart.ParseFromString(h.Account(account).account.SerializeAsString()));
  EXPECT_EQ(StateOf(after_restart, costs[0], h.clock.Now(), 1).used, 1);
  for (int i = 0; i < 100; ++i) Charge(after_restart, {{fmt::format("limit{}", i), 1, kWindow}}, h.clock.Now());
  EXPECT_LE(after_restart.rate_windows_size(), 16);
  ForgetOldWindows(after_restart, h.clock.Now() + absl::Hours(48));
  EXPECT_EQ(after_restart.rate_windows_size(), 0);
}

TEST_F(RatesTest, WithoutPublishedLimitsOnlyAnswersHold) {
  h.rules.rates_of = nullptr;
  for (int i = 0; i < 10; ++i) {
    Post();
    Answer({Reading(3, 0, h.clock.Now() + kWindow)});
  }
  EXPECT_EQ(h.sends.size(), 10u);
  EXPECT_EQ(h.Account(account).account.rate_windows_size(), 0);
}

// A server whose fixed windows begin where they like, and whose headers get lost now and then.
class Server {
 public:
  Server(int64_t limit, absl::Duration ahead) : limit_(limit), ahead_(ahead) {}

  v1::PublishReport Answer(absl::Time now) {
    const int64_t window = absl::ToUnixSeconds(now + ahead_) / absl::ToInt64Seconds(kWindow);
    if (window != window_) used_ = 0;
    window_ = window;
    if (used_ == limit_) ++refused;
    used_ = std::min(used_ + 1, limit_);
    v1::PublishReport report;
    v1::RateReading& reading = *report.add_rate_readings();
    reading.set_limit(limit_);
    reading.set_remaining(limit_ - used_);
    *reading.mutable_reset_at() = ToProto(absl::UnixEpoch() + (window + 1) * kWindow - ahead_);
    return report;
  }
  int refused = 0;

 private:
  const int64_t limit_;
  const absl::Duration ahead_;
  int64_t window_ = -1;
  int64_t used_ = 0;
};

TEST(RatesAgainstAServer, NothingIsRefusedAndNoRoomIsWasted) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const bool loses_headers = seed % 3 == 0;
    const int64_t limit = 1 + random() % 20, published = 1 + random() % 40;
    Server server(limit, absl::Seconds(random() % 900));
    const std::vector<RateCost> costs = {{"post", published, kWindow}};
    v1::Account account;
    const absl::Time began = absl::FromUnixSeconds(1'800'000'000 + random() % 900);
    absl::Time now = began;
    int64_t sent = 0;
    while (now < began + 20 * kWindow) {
      if (const auto hold = HoldOf(account, costs, now, 1)) {
        ASSERT_GT(hold->until, now) << seed;
        now = hold->until;
        continue;
      }
      Charge(account, costs, now);
      const v1::PublishReport report = server.Answer(now);
      ++sent;
      if (!loses_headers || random() % 4 != 0) Correct(account, costs, report, now, now + absl::Milliseconds(50), 1);
      now += absl::Milliseconds(100 + random() % 2'000);
    }
    if (!loses_headers) {
      EXPECT_EQ(server.refused, 0) << seed;
      EXPECT_GE(sent, 19 * limit) << seed << ": each window is used as a whole";
    }
    EXPECT_GE(sent, 10 * std::min(limit, published)) << seed;
    EXPECT_LE(server.refused, 20) << seed;
  }
}

}  // namespace
}  // namespace carillon::publisher::testing
