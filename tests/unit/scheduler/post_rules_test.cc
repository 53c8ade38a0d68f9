#include <gmock/gmock.h>

#include "services/scheduler/domain/post_state.h"
#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {
namespace {

using publisher::v1::DELIVERY_STATE_CANCELLED;
using publisher::v1::DELIVERY_STATE_EXPIRED;
using publisher::v1::DELIVERY_STATE_FAILED;
using publisher::v1::DELIVERY_STATE_HELD;
using publisher::v1::DELIVERY_STATE_PUBLISHED;
using publisher::v1::DELIVERY_STATE_QUEUED;
using publisher::v1::DELIVERY_STATE_SENDING;
using publisher::v1::DELIVERY_STATE_UNCONFIRMED;

constexpr absl::Duration kHour = absl::Hours(1);

// Brings a post into each state by the way people and services take.
std::string PostIn(World& world, const std::string& state) {
  const absl::Time due = world.clock.Now() + kHour;
  v1::PostDraft draft = DraftAt(due);
  if (state == "DRAFT") {
    draft.clear_due_at();
    return world.Create(draft, false);
  }
  if (state == "PENDING_APPROVAL") return world.Create(draft, false);
  if (state == "SCHEDULED") return world.Create(draft, true);
  if (state == "CANCELLED") {
    const std::string id = world.Create(draft, true);
    EXPECT_TRUE(world.Cancel(id).ok());
    return id;
  }
  if (state == "EXPIRED") {
    const std::string id = world.Create(draft, false);
    world.clock.Advance(kHour);
    world.ledger.RunDue();
    return id;
  }
  if (state == "HELD") return world.Create(DraftAt(world.clock.Now() - kHour), true);
  if (state == "PARTIALLY_PUBLISHED") draft = DraftAt(due, {kAccountA, kAccountB});
  const std::string id = world.Create(draft, true);
  world.clock.Advance(kHour);
  world.ledger.RunDue();
  if (state == "PUBLISHED") world.Outcome(id, DELIVERY_STATE_PUBLISHED, 3);
  if (state == "FAILED") world.Outcome(id, DELIVERY_STATE_FAILED, 3);
  if (state == "UNCONFIRMED") world.Outcome(id, DELIVERY_STATE_UNCONFIRMED, 3);
  if (state == "PARTIALLY_PUBLISHED") {
    world.Outcome(id, DELIVERY_STATE_PUBLISHED, 3, 0);
    world.Outcome(id, DELIVERY_STATE_FAILED, 3, 1);
  }
  if (state == "PUBLISHER_HELD") world.Outcome(id, DELIVERY_STATE_HELD, 3);
  return id;
}

// What each command does in each state: the state after it, or the refusal.
struct Case {
  const char* state;
  const char* approve;
  const char* edit;
  const char* reschedule;  // to an hour from now
  const char* cancel;
};

class LifeCycleTest : public ::testing::TestWithParam<Case> {
 protected:
  std::string Try(Status (*command)(World&, const std::string&)) {
    World world;
    const std::string id = PostIn(world, GetParam().state);
    const std::string was = GetParam().state;
    EXPECT_EQ(world.State(id), was == "PUBLISHER_HELD" ? "HELD" : was);
    const Status status = command(world, id);
    return status.ok() ? world.State(id) : ReasonOf(status);
  }
};

TEST_P(LifeCycleTest, Table) {
  EXPECT_EQ(Try([](World& w, const std::string& id) { return w.Approve(id); }),
            GetParam().approve);
  EXPECT_EQ(Try([](World& w, const std::string& id) { return w.Edit(id, "Other words"); }),
            GetParam().edit);
  EXPECT_EQ(Try([](World& w, const std::string& id) {
              return w.Reschedule(id, w.clock.Now() + kHour);
            }),
            GetParam().reschedule);
  EXPECT_EQ(Try([](World& w, const std::string& id) { return w.Cancel(id); }), GetParam().cancel);
}

INSTANTIATE_TEST_SUITE_P(
    All, LifeCycleTest,
    ::testing::Values(
        Case{"DRAFT", "DRAFT", "DRAFT", "PENDING_APPROVAL", "CANCELLED"},
        Case{"PENDING_APPROVAL", "SCHEDULED", "PENDING_APPROVAL", "PENDING_APPROVAL", "CANCELLED"},
        Case{"SCHEDULED", "SCHEDULED", "PENDING_APPROVAL", "SCHEDULED", "CANCELLED"},
        Case{"PUBLISHING", "PUBLISHING", "ALREADY_DISPATCHED", "ALREADY_DISPATCHED", "PUBLISHING"},
        Case{"PUBLISHED", "PUBLISHED", "PUBLISHED", "ALREADY_DISPATCHED", "TOO_LATE"},
        Case{"PARTIALLY_PUBLISHED", "PARTIALLY_PUBLISHED", "PARTIALLY_PUBLISHED", "SCHEDULED",
             "TOO_LATE"},
        Case{"FAILED", "FAILED", "ALREADY_DISPATCHED", "SCHEDULED", "TOO_LATE"},
        Case{"UNCONFIRMED", "UNCONFIRMED", "ALREADY_DISPATCHED", "ALREADY_DISPATCHED", "TOO_LATE"},
        Case{"EXPIRED", "EXPIRED", "EXPIRED", "PENDING_APPROVAL", "CANCELLED"},
        Case{"HELD", "HELD", "HELD", "SCHEDULED", "CANCELLED"},
        Case{"PUBLISHER_HELD", "HELD", "ALREADY_DISPATCHED", "SCHEDULED", "HELD"},
        Case{"CANCELLED", "POST_CANCELLED", "ALREADY_DISPATCHED", "POST_CANCELLED", "CANCELLED"}),
    [](const auto& info) { return std::string(info.param.state); });

TEST(PostRulesTest, PastDueIsHeldOrExpiredByPolicyApprovedOrNot) {
  for (const bool approve : {false, true}) {
    World world;
    v1::PostDraft draft = DraftAt(world.clock.Now() - absl::Minutes(16));
    EXPECT_EQ(world.State(world.Create(draft, approve)), "HELD");
    draft.set_stale_policy(v1::STALE_POLICY_EXPIRE);
    EXPECT_EQ(world.State(world.Create(draft, approve)), "EXPIRED");
    EXPECT_TRUE(world.Settle().dispatches.empty());
  }
}

TEST(PostRulesTest, ALittleLateAndApprovedStillGoesOut) {
  World world;
  const std::string id = world.Create(DraftAt(world.clock.Now() - absl::Minutes(14)), true);
  EXPECT_EQ(world.State(id), "SCHEDULED");
  EXPECT_EQ(world.Settle().dispatches.size(), 1u);
  const std::string late = world.Create(DraftAt(world.clock.Now() - absl::Minutes(14)), false);
  EXPECT_EQ(world.State(late), "EXPIRED");
}

TEST(PostRulesTest, DueWithoutApprovalExpiresAndALateApprovalDoesNotSend) {
  World world;
  const std::string id = world.Create(DraftAt(world.clock.Now() + kHour), false);
  world.clock.Advance(kHour);
  // The approval comes at the due time, before the due index was looked at.
  EXPECT_TRUE(world.Approve(id).ok());
  EXPECT_EQ(world.State(id), "EXPIRED");
  EXPECT_TRUE(world.Settle().dispatches.empty());
  EXPECT_TRUE(world.Reschedule(id, world.clock.Now() + kHour).ok());
  EXPECT_EQ(world.State(id), "SCHEDULED");
  EXPECT_EQ(world.Post(id).occurrence(), 0);
}

TEST(PostRulesTest, ServiceDownPastTheWindowHoldsWhatIsApproved) {
  World world;
  const std::string held = world.Create(DraftAt(world.clock.Now() + kHour), true);
  const std::string expired = world.Create(DraftAt(world.clock.Now() + kHour), false);
  world.clock.Advance(kHour * 2);
  EXPECT_TRUE(world.Settle().dispatches.empty());
  EXPECT_EQ(world.State(held), "HELD");
  EXPECT_EQ(world.State(expired), "EXPIRED");
}

TEST(PostRulesTest, AnApprovalHoldsForTheContentThatWasLookedAt) {
  World world;
  const std::string id = world.Create(DraftAt(world.clock.Now() + kHour), false);
  const std::string seen = world.Post(id).content_hash();
  EXPECT_TRUE(world.Edit(id, "Edited meanwhile").ok());
  EXPECT_EQ(ReasonOf(world.Approve(id, seen)), "CONTENT_CHANGED");
  EXPECT_TRUE(world.Approve(id, world.Post(id).content_hash()).ok());
  EXPECT_EQ(world.Post(id).approval().approved_by(), "tester");
  EXPECT_TRUE(world.Edit(id, "And again").ok());
  EXPECT_FALSE(world.Post(id).has_approval());
}

TEST(PostRulesTest, AnApprovalHoldsForWhatFollowsThePostToo) {
  World world;
  const std::string id = world.Create(DraftAt(world.clock.Now() + kHour), true);
  v1::EditPostRequest edit;
  *edit.mutable_content() = world.Post(id).draft().content();
  edit.mutable_content()->add_thread()->set_text("more");
  EXPECT_TRUE(world.Run(id, edit).status.ok());
  EXPECT_FALSE(world.Post(id).has_approval());
  EXPECT_TRUE(world.Approve(id).ok());
  edit.mutable_content()->mutable_first_comment()->set_text("and a comment");
  EXPECT_TRUE(world.Run(id, edit).status.ok());
  EXPECT_FALSE(world.Post(id).has_approval());
}

TEST(PostRulesTest, ARepeatedCommandChangesNothing) {
  World world;
  const std::string id = world.Create(DraftAt(world.clock.Now() + kHour), true);
  const v1::Post before = world.Post(id);
  world.TakeSent();
  EXPECT_TRUE(world.Approve(id).ok());
  EXPECT_EQ(world.Post(id).SerializeAsString(), before.SerializeAsString());
  EXPECT_TRUE(world.TakeSent().samples.empty());
}

TEST(PostRulesTest, UnknownPostsAreNamed) {
  World world;
  EXPECT_EQ(ReasonOf(world.Approve("post_nobody")), "UNKNOWN_POST");
  EXPECT_EQ(ReasonOf(world.Edit("post_nobody", "x")), "UNKNOWN_POST");
  EXPECT_EQ(ReasonOf(world.Cancel("post_nobody")), "UNKNOWN_POST");
}

TEST(PostRulesTest, DraftsAreCheckedByTheDomainToo) {
  World world;
  const auto refusal = [&](auto change) {
    v1::CreatePostRequest request;
    *request.mutable_draft() = DraftAt(world.clock.Now() + kHour);
    change(request.mutable_draft());
    return ReasonOf(world.Run("post_x", request, true).status);
  };
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->clear_account_ids(); }), "NO_TARGETS");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->set_account_ids(0, "?"); }), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->set_brand_id(""); }), "UNKNOWN_BRAND");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->mutable_content()->clear_text(); }),
            "EMPTY_CONTENT");
  EXPECT_EQ(refusal([](v1::PostDraft* d) {
              d->mutable_content()->set_text(std::string(100 * 1024 + 1, 'x'));
            }),
            "TEXT_TOO_LARGE");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->mutable_content()->add_media()->set_sha256("../x"); }),
            "BAD_MEDIA");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->mutable_content()->add_thread(); }), "EMPTY_CONTENT");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->mutable_content()->mutable_first_comment(); }), "EMPTY_CONTENT");
  EXPECT_EQ(refusal([](v1::PostDraft* d) {
              for (int i = 0; i < 25; ++i) d->mutable_content()->add_thread()->set_text("x");
            }),
            "THREAD_TOO_LONG");
  EXPECT_EQ(refusal([](v1::PostDraft* d) {
              for (int i = 0; i < 2; ++i) d->mutable_content()->add_thread()->set_text(std::string(60 * 1024, 'x'));
            }),
            "TEXT_TOO_LARGE");
  const auto poll = [](v1::PostDraft* d) { return d->mutable_content()->mutable_poll(); };
  EXPECT_EQ(refusal([&](v1::PostDraft* d) { poll(d)->add_options("only"); }), "BAD_POLL");
  EXPECT_EQ(refusal([&](v1::PostDraft* d) {
              for (int i = 0; i < 21; ++i) poll(d)->add_options(std::to_string(i));
              poll(d)->set_duration_s(60);
            }),
            "BAD_POLL");
  EXPECT_EQ(refusal([&](v1::PostDraft* d) {
              poll(d)->add_options("a");
              poll(d)->add_options(std::string(1025, 'b'));
              poll(d)->set_duration_s(60);
            }),
            "BAD_POLL");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->mutable_content()->set_content_warning(std::string(4097, 'w')); }), "TEXT_TOO_LARGE");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->mutable_content()->set_quoted_remote_id(std::string(2049, '1')); }), "BAD_QUOTE");
  EXPECT_EQ(refusal([](v1::PostDraft* d) {
              for (int i = 0; i < 11; ++i) d->mutable_content()->add_content_labels(publisher::v1::CONTENT_LABEL_PORN);
            }),
            "BAD_CONTENT");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->set_stale_after_s(-1); }), "BAD_TIME");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->mutable_due_at()->set_seconds(-1); }), "BAD_TIME");
  EXPECT_EQ(refusal([](v1::PostDraft* d) { d->mutable_due_at()->set_seconds(8'000'000'000); }),
            "BAD_TIME");
}

TEST(PostRulesTest, AnAccountNamedTwiceIsOneTarget) {
  World world;
  const std::string id =
      world.Create(DraftAt(world.clock.Now() + kHour, {kAccountA, kAccountB, kAccountA}), true);
  EXPECT_EQ(world.Post(id).targets_size(), 2);
}

TEST(PostStateTest, StateIsDerivedFromTargets) {
  using S = v1::TargetState;
  const auto derive = [](std::vector<S> states) {
    v1::Post post;
    for (S state : states) post.add_targets()->set_state(state);
    return v1::PostState_Name(DeriveState(post));
  };
  EXPECT_EQ(derive({S::TARGET_STATE_PUBLISHED, S::TARGET_STATE_DISPATCHED}),
            "POST_STATE_PUBLISHING");
  EXPECT_EQ(derive({S::TARGET_STATE_PUBLISHED, S::TARGET_STATE_UNCONFIRMED}),
            "POST_STATE_UNCONFIRMED");
  EXPECT_EQ(derive({S::TARGET_STATE_PUBLISHED, S::TARGET_STATE_EXPIRED}),
            "POST_STATE_PARTIALLY_PUBLISHED");
  EXPECT_EQ(derive({S::TARGET_STATE_FAILED, S::TARGET_STATE_EXPIRED}), "POST_STATE_FAILED");
  EXPECT_EQ(derive({S::TARGET_STATE_CANCELLED, S::TARGET_STATE_CANCELLED}),
            "POST_STATE_CANCELLED");
  EXPECT_EQ(derive({S::TARGET_STATE_CANCELLED, S::TARGET_STATE_HELD}), "POST_STATE_HELD");
  EXPECT_EQ(derive({S::TARGET_STATE_BLOCKED, S::TARGET_STATE_FAILED}), "POST_STATE_BLOCKED");
}

}  // namespace
}  // namespace carillon::scheduler
