#include <gmock/gmock.h>

#include <set>

#include "common/content/content.h"
#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {
namespace {

using namespace publisher::v1;  // NOLINT: DELIVERY_STATE_...
using ::testing::ElementsAre;

constexpr absl::Duration kHour = absl::Hours(1);

struct Dispatched {
  World world;
  std::string id;
  World::Sent sent;

  explicit Dispatched(std::vector<std::string> accounts = {kAccountA}) {
    id = world.Create(DraftAt(world.clock.Now() + kHour, std::move(accounts)), true);
    world.TakeSent();
    world.clock.Advance(kHour);
    world.ledger.RunDue();
    sent = world.TakeSent();
  }
};

TEST(DispatchTest, NothingLeavesBeforeItIsDue) {
  World world;
  world.Create(DraftAt(world.clock.Now() + kHour), true);
  world.clock.Advance(kHour - absl::Milliseconds(1));
  EXPECT_TRUE(world.Settle().dispatches.empty());
  world.clock.Advance(absl::Milliseconds(1));
  EXPECT_EQ(world.Settle().dispatches.size(), 1u);
}

TEST(DispatchTest, TheOrderCarriesTheApprovalAndItsWindow) {
  Dispatched d({kAccountA, kAccountB});
  ASSERT_EQ(d.sent.dispatches.size(), 2u);
  const Dispatch& order = d.sent.dispatches[0];
  const v1::Post post = d.world.Post(d.id);
  EXPECT_EQ(order.delivery_id(), post.targets(0).id());
  EXPECT_EQ(order.delivery_id(), MakeId("dlv", {d.id, kAccountA, "0"}, kAccountA));
  EXPECT_EQ(RootOf(order.delivery_id()), kAccountA);
  EXPECT_EQ(order.content_hash(), content::ContentHash(order.content()));
  EXPECT_EQ(order.approved_by(), "tester");
  EXPECT_EQ(FromProto(order.not_before()), d.world.clock.Now());
  EXPECT_EQ(FromProto(order.not_after()), d.world.clock.Now() + absl::Minutes(15));
  EXPECT_TRUE(order.hold_if_late());
  EXPECT_EQ(order.answer_to(), "scheduler");
  EXPECT_EQ(order.zone(), "Europe/Paris");
  EXPECT_EQ(d.world.State(d.id), "PUBLISHING");
}

TEST(DispatchTest, HundredsOfDuePostsAndABrokenOneStarvesNobody) {
  World world;
  std::set<std::string> ids;
  for (int i = 0; i < 400; ++i) {
    v1::PostDraft draft = DraftAt(world.clock.Now() + kHour);
    draft.mutable_content()->set_text("Post " + std::to_string(i));
    ids.insert(world.Create(draft, true));
  }
  // A post that an older program stored with a hash that does not fit: nothing must go out under that approval.
  const std::string broken = *ids.begin();
  v1::Post post = world.Post(broken);
  post.set_content_hash("0000");
  post.mutable_approval()->set_content_hash("0000");
  struct Patched : SchedulerDomain {
    v1::Post post;
    Result<ledger::Decision> Decide(const ledger::Input& input, ledger::StateView& states,
                                    const ledger::DecideContext& context) const override {
      if (input.envelope.request_id().rfind("patch", 0) != 0) {
        return SchedulerDomain::Decide(input, states, context);
      }
      ledger::Decision decision;
      decision.changes.push_back(ChangeOf("patched", post));
      return decision;
    }
  } patched;
  patched.post = post;
  ledger::testing::FakeLedger other(patched, world.clock);
  for (const auto& record : world.ledger.log()) {
    const auto& stored = static_cast<const v1::SchedulerRecord&>(*record);
    if (!stored.has_post()) continue;
    patched.post = stored.post().id() == broken ? post : stored.post();
    other.Command(kOrg, "patch " + stored.post().id(), stored.post().id(), v1::CancelPostRequest());
  }
  world.clock.Advance(kHour);
  other.RunDue();
  int dispatched = 0;
  for (const auto& message : other.TakeMessages()) {
    const auto* m = dynamic_cast<const PublisherMessage*>(message.body.get());
    if (m != nullptr && m->has_dispatch()) {
      ++dispatched;
      EXPECT_NE(m->dispatch().post_id(), broken);
    }
  }
  EXPECT_EQ(dispatched, 399);
  const auto record = *static_cast<ledger::Reader&>(other).Get(std::string_view(broken));
  const v1::Post& blocked = static_cast<const v1::SchedulerRecord&>(*record).post();
  EXPECT_EQ(blocked.state(), v1::POST_STATE_BLOCKED);
  EXPECT_EQ(blocked.blocked_reason(), "CONTENT_HASH_MISMATCH");
  EXPECT_FALSE(blocked.has_next_at());
}

TEST(DispatchTest, AnOrderWithoutAnswerIsSentAgainWithTheSameId) {
  Dispatched d;
  const std::string first = d.sent.dispatches.at(0).delivery_id();
  std::vector<int> seconds;
  int waited = 0;
  for (int i = 0; i < 3000; ++i) {
    d.world.clock.Advance(absl::Seconds(1));
    ++waited;
    d.world.ledger.RunDue();
    const auto sent = d.world.TakeSent();
    for (const Dispatch& again : sent.dispatches) {
      EXPECT_EQ(again.delivery_id(), first);
      EXPECT_THAT(sent.ids, ::testing::Contains(first + ":dispatch"));
      seconds.push_back(std::exchange(waited, 0));
    }
  }
  EXPECT_THAT(seconds, ElementsAre(60, 120, 240, 480, 600, 600, 600));
  EXPECT_TRUE(d.world.Outcome(d.id, DELIVERY_STATE_PUBLISHED, 4));
  EXPECT_FALSE(d.world.Post(d.id).has_next_at());
  d.world.clock.Advance(kHour);
  EXPECT_TRUE(d.world.Settle().dispatches.empty());
}

TEST(OutcomeTest, NewerVersionsReplaceOlderOnesAndNeverTheOtherWay) {
  Dispatched d;
  d.world.Outcome(d.id, DELIVERY_STATE_UNCONFIRMED, 5);
  EXPECT_EQ(d.world.State(d.id), "UNCONFIRMED");
  d.world.Outcome(d.id, DELIVERY_STATE_FAILED, 4);
  d.world.Outcome(d.id, DELIVERY_STATE_FAILED, 5);
  EXPECT_EQ(d.world.State(d.id), "UNCONFIRMED");
  // A person tries again.
  d.world.Outcome(d.id, DELIVERY_STATE_QUEUED, 6);
  EXPECT_EQ(d.world.State(d.id), "PUBLISHING");
  d.world.Outcome(d.id, DELIVERY_STATE_PUBLISHED, 8);
  EXPECT_EQ(d.world.State(d.id), "PUBLISHED");
  EXPECT_EQ(d.world.Post(d.id).targets(0).remote_id(), "remote");
  d.world.Outcome(d.id, DELIVERY_STATE_FAILED, 9);
  d.world.Outcome(d.id, DELIVERY_STATE_QUEUED, 10);
  EXPECT_EQ(d.world.State(d.id), "PUBLISHED");
}

// What follows a post ends by itself; the post stays what it is.
TEST(OutcomeTest, APartIsKeptBesideItsTarget) {
  Dispatched d;
  d.world.Outcome(d.id, DELIVERY_STATE_PUBLISHED, 3);
  const v1::Target target = d.world.Post(d.id).targets(0);
  const auto part = [&](int number, publisher::v1::DeliveryState state, uint64_t version) {
    v1::SchedulerMessage message;
    message.mutable_header()->set_to(d.id);
    message.mutable_header()->set_message_id(fmt::format("part-{}-{}", number, version));
    auto* outcome = message.mutable_outcome();
    outcome->set_delivery_id(fmt::format("dlv_part{}~{}", number, target.account_id()));
    outcome->set_account_id(target.account_id());
    outcome->set_post_id(d.id);
    outcome->set_state(state);
    outcome->set_version(version);
    outcome->set_part(number);
    outcome->set_thread_id(target.id());
    outcome->set_error_reason(state == DELIVERY_STATE_PUBLISHED ? "" : "REFUSED");
    if (state == DELIVERY_STATE_PUBLISHED) {
      outcome->mutable_cost()->set_currency("USD");
      outcome->mutable_cost()->set_micros(15'000);
    }
    return d.world.ledger.Deliver(message);
  };
  EXPECT_TRUE(part(2, DELIVERY_STATE_UNCONFIRMED, 4));
  EXPECT_TRUE(part(1, DELIVERY_STATE_PUBLISHED, 4));
  EXPECT_TRUE(part(2, DELIVERY_STATE_FAILED, 3));  // older
  const v1::Target after = d.world.Post(d.id).targets(0);
  EXPECT_EQ(d.world.State(d.id), "PUBLISHED");
  EXPECT_EQ(after.id(), target.id());
  EXPECT_EQ(after.error_reason(), "");
  ASSERT_EQ(after.parts_size(), 2);
  EXPECT_EQ(after.parts(0).number(), 1);
  EXPECT_EQ(after.parts(0).state(), v1::TARGET_STATE_PUBLISHED);
  EXPECT_EQ(after.parts(1).number(), 2);
  EXPECT_EQ(after.parts(1).state(), v1::TARGET_STATE_UNCONFIRMED);
  EXPECT_EQ(after.parts(1).error_reason(), "REFUSED");
  d.world.TakeSent();
  EXPECT_TRUE(part(2, DELIVERY_STATE_PUBLISHED, 6));
  EXPECT_EQ(after.parts(0).cost().micros(), 15'000);
  const auto sent = d.world.TakeSent();
  ASSERT_EQ(sent.samples.size(), 1u);
  EXPECT_EQ(sent.samples[0].cost().micros(), 30'000) << "of all parts";
  EXPECT_EQ(sent.samples[0].cost().currency(), "USD");
  EXPECT_TRUE(part(2, DELIVERY_STATE_FAILED, 7));
  EXPECT_EQ(d.world.Post(d.id).targets(0).parts(1).state(), v1::TARGET_STATE_PUBLISHED);
}

TEST(OutcomeTest, AnOutcomeForNoPostIsADeadLetter) {
  World world;
  EXPECT_FALSE(world.Outcome("post_nobody", "dlv_x~acct_a", kAccountA, DELIVERY_STATE_FAILED, 1));
  EXPECT_EQ(ReasonOf(world.ledger.last_status()), "UNKNOWN_POST");
}

TEST(CancelTest, AfterTheDispatchTheAccountsShardDecides) {
  Dispatched d({kAccountA, kAccountB});
  EXPECT_TRUE(d.world.Cancel(d.id).ok());
  const auto sent = d.world.TakeSent();
  ASSERT_EQ(sent.cancels.size(), 2u);
  EXPECT_EQ(sent.cancels[0].delivery_id(), d.world.Post(d.id).targets(0).id());
  EXPECT_EQ(d.world.State(d.id), "PUBLISHING");
  d.world.Outcome(d.id, DELIVERY_STATE_CANCELLED, 2, 0);
  EXPECT_EQ(d.world.TargetStateOf(d.id, 0), "CANCELLED");
  const v1::Target late = d.world.Post(d.id).targets(1);
  d.world.Outcome(d.id, late.id(), kAccountB, DELIVERY_STATE_SENDING, 2, /*too_late=*/true);
  EXPECT_EQ(d.world.Post(d.id).targets(1).error_reason(), "TOO_LATE");
  EXPECT_FALSE(d.world.Post(d.id).targets(1).cancel_requested());
  d.world.Outcome(d.id, DELIVERY_STATE_PUBLISHED, 3, 1);
  EXPECT_EQ(d.world.State(d.id), "PARTIALLY_PUBLISHED");
  EXPECT_EQ(ReasonOf(d.world.Cancel(d.id)), "TOO_LATE");
}

TEST(CancelTest, IsSentAgainUntilItIsAnswered) {
  Dispatched d;
  EXPECT_TRUE(d.world.Cancel(d.id).ok());
  d.world.TakeSent();
  d.world.clock.Advance(absl::Seconds(60));
  d.world.ledger.RunDue();
  const auto sent = d.world.TakeSent();
  EXPECT_EQ(sent.cancels.size(), 1u);
  // The order itself is not repeated: that could send what is to be withdrawn.
  EXPECT_TRUE(sent.dispatches.empty());
}

TEST(RoundTest, AFailedTargetGetsANewRoundAndAPublishedOneNever) {
  Dispatched d({kAccountA, kAccountB});
  const std::string old_id = d.world.Post(d.id).targets(1).id();
  d.world.Outcome(d.id, DELIVERY_STATE_PUBLISHED, 3, 0);
  d.world.Outcome(d.id, DELIVERY_STATE_FAILED, 3, 1);
  EXPECT_TRUE(d.world.Reschedule(d.id, d.world.clock.Now() + kHour).ok());
  EXPECT_EQ(d.world.Post(d.id).occurrence(), 1);
  EXPECT_NE(d.world.Post(d.id).targets(1).id(), old_id);
  d.world.TakeSent();
  d.world.clock.Advance(kHour);
  const auto sent = d.world.Settle();
  ASSERT_EQ(sent.dispatches.size(), 1u);
  EXPECT_EQ(sent.dispatches[0].account_id(), kAccountB);
  d.world.Outcome(d.id, DELIVERY_STATE_PUBLISHED, 2, 1);
  EXPECT_EQ(d.world.State(d.id), "PUBLISHED");
}

TEST(RoundTest, WhatThePublisherHoldsIsWithdrawnBeforeTheNewRoundGoesOut) {
  Dispatched d;
  const std::string old_id = d.world.Post(d.id).targets(0).id();
  d.world.Outcome(d.id, DELIVERY_STATE_HELD, 3);
  EXPECT_TRUE(d.world.Reschedule(d.id, d.world.clock.Now() + kHour).ok());
  auto sent = d.world.TakeSent();
  ASSERT_EQ(sent.cancels.size(), 1u);
  EXPECT_EQ(sent.cancels[0].delivery_id(), old_id);
  d.world.clock.Advance(kHour);
  EXPECT_TRUE(d.world.Settle().dispatches.empty());
  d.world.Outcome(d.id, old_id, kAccountA, DELIVERY_STATE_CANCELLED, 4);
  EXPECT_EQ(d.world.Settle().dispatches.size(), 1u);
}

TEST(RoundTest, AHeldDeliveryThatWentOutAfterAllIsTheOneThatCounts) {
  Dispatched d;
  const std::string old_id = d.world.Post(d.id).targets(0).id();
  d.world.Outcome(d.id, DELIVERY_STATE_HELD, 3);
  EXPECT_TRUE(d.world.Reschedule(d.id, d.world.clock.Now() + kHour).ok());
  d.world.Outcome(d.id, old_id, kAccountA, DELIVERY_STATE_PUBLISHED, 6);
  EXPECT_EQ(d.world.State(d.id), "PUBLISHED");
  d.world.clock.Advance(kHour);
  EXPECT_TRUE(d.world.Settle().dispatches.empty());
}

TEST(RoundTest, AnEarlierRoundThatWasPublishedAfterAllStopsTheNewOne) {
  Dispatched d;
  const std::string old_id = d.world.Post(d.id).targets(0).id();
  d.world.Outcome(d.id, DELIVERY_STATE_FAILED, 3);
  EXPECT_TRUE(d.world.Reschedule(d.id, d.world.clock.Now() + kHour).ok());
  d.world.clock.Advance(kHour);
  d.world.ledger.RunDue();
  d.world.TakeSent();
  d.world.Outcome(d.id, old_id, kAccountA, DELIVERY_STATE_PUBLISHED, 9);
  EXPECT_EQ(d.world.Post(d.id).targets(0).error_reason(), "DUPLICATE_SUSPECTED");
  EXPECT_EQ(d.world.TakeSent().cancels.size(), 1u);
}

TEST(SampleTest, EachChangeOfATargetIsTold) {
  World world;
  const std::string id = world.Create(DraftAt(world.clock.Now() + kHour), false);
  std::vector<std::string> seen;
  uint64_t version = 0;
  std::set<std::string> target_ids;
  const auto take = [&] {
    for (const auto& sample : world.TakeSent().samples) {
      seen.push_back(sample.state() + (sample.approved() ? "+" : "-"));
      EXPECT_GT(sample.version(), version);
      version = sample.version();
      target_ids.insert(sample.target_id());
    }
  };
  take();
  EXPECT_TRUE(world.Approve(id).ok());
  take();
  EXPECT_TRUE(world.Reschedule(id, world.clock.Now() + kHour * 2).ok());
  take();
  world.clock.Advance(kHour * 2);
  world.ledger.RunDue();
  take();
  world.Outcome(id, DELIVERY_STATE_FAILED, 3);
  take();
  EXPECT_TRUE(world.Reschedule(id, world.clock.Now() + kHour).ok());
  take();
  EXPECT_THAT(seen, ElementsAre("PENDING-", "PENDING+", "PENDING+", "DISPATCHED+", "FAILED+",
                                "PENDING+"));
  // A later round is the same planned thing, not a second one.
  EXPECT_EQ(target_ids.size(), 1u);
}

}  // namespace
}  // namespace carillon::scheduler
