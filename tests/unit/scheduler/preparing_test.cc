// The publisher is told of media ahead of their post's time, once, and when they are not needed any more.
#include <gmock/gmock.h>

#include "services/scheduler/domain/post_state.h"
#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kLead = absl::Minutes(10);

publisher::v1::Media File(char name) {
  publisher::v1::Media media;
  media.set_sha256(std::string(64, name));
  media.set_size_bytes(100);
  media.set_mime_type("image/png");
  return media;
}

class PreparingTest : public ::testing::Test {
 protected:
  v1::PostDraft Draft(absl::Duration due_in = absl::Hours(1)) {
    v1::PostDraft draft = DraftAt(w.clock.Now() + due_in, {kAccountA, kAccountB});
    *draft.mutable_content()->add_media() = File('a');
    return draft;
  }
  // To its due time less the lead.
  World::Sent GoToLead() {
    w.TakeSent();
    w.clock.Advance(absl::Hours(1) - kLead - absl::Seconds(1));
    w.ledger.RunDue();
    EXPECT_THAT(w.TakeSent().prepares, IsEmpty()) << "too early";
    w.clock.Advance(absl::Seconds(1));
    w.ledger.RunDue();
    return w.TakeSent();
  }

  World w{kLead};
};

TEST_F(PreparingTest, EachAccountIsToldOnceAheadOfTheTime) {
  const std::string id = w.Create(Draft(), true);
  const v1::Post post = w.Post(id);
  const World::Sent sent = GoToLead();
  ASSERT_THAT(sent.prepares, SizeIs(2));
  const publisher::v1::Prepare& prepare = sent.prepares[0];
  EXPECT_EQ(prepare.delivery_id(), post.targets(0).id());
  EXPECT_EQ(prepare.account_id(), kAccountA);
  EXPECT_EQ(prepare.org_id(), kOrg);
  EXPECT_EQ(prepare.content_hash(), post.content_hash());
  EXPECT_EQ(FromProto(prepare.due_at()), w.clock.Now() + kLead);
  EXPECT_EQ(FromProto(prepare.not_after()), w.clock.Now() + kLead + kStaleAfterDefault);
  ASSERT_EQ(prepare.parts_size(), 1);
  EXPECT_EQ(prepare.parts(0).part(), 0);
  EXPECT_EQ(prepare.parts(0).media(0).sha256(), std::string(64, 'a'));
  w.clock.Advance(kLead - absl::Seconds(1));
  w.ledger.RunDue();
  EXPECT_THAT(w.TakeSent().ids, IsEmpty());
  w.clock.Advance(absl::Seconds(1));
  w.ledger.RunDue();
  const World::Sent due = w.TakeSent();
  EXPECT_THAT(due.dispatches, SizeIs(2));
  EXPECT_THAT(due.prepares, IsEmpty());
  EXPECT_THAT(due.ends, IsEmpty()) << "a delivery ends its uploads by itself";
  EXPECT_EQ(w.Post(id).prepared_hash(), "");
}

TEST_F(PreparingTest, PartsOfAThreadAreCountedAsThePublisherDoes) {
  v1::PostDraft draft = Draft();
  draft.mutable_content()->clear_media();
  draft.mutable_content()->add_thread()->set_text("no media");
  *draft.mutable_content()->add_thread()->add_media() = File('b');
  *draft.mutable_content()->mutable_first_comment()->add_media() = File('c');
  w.Create(draft, true);
  const World::Sent sent = GoToLead();
  ASSERT_THAT(sent.prepares, SizeIs(2));
  ASSERT_EQ(sent.prepares[0].parts_size(), 2);
  EXPECT_EQ(sent.prepares[0].parts(0).part(), 2);
  EXPECT_EQ(sent.prepares[0].parts(1).part(), 3);
  EXPECT_EQ(sent.prepares[0].parts(1).media(0).sha256(), std::string(64, 'c'));
}

TEST_F(PreparingTest, OnlyWhatIsApprovedAndHasMedia) {
  w.Create(DraftAt(w.clock.Now() + absl::Hours(1)), true);
  const std::string id = w.Create(Draft(), false);
  EXPECT_THAT(GoToLead().prepares, IsEmpty());
  ASSERT_TRUE(w.Approve(id).ok());
  EXPECT_THAT(w.TakeSent().prepares, SizeIs(2)) << "at once, the time has come";
}

TEST_F(PreparingTest, WhatIsDueNowIsOnlyDispatched) {
  w.Create(Draft(absl::ZeroDuration()), true);
  w.ledger.RunDue();
  const World::Sent sent = w.TakeSent();
  EXPECT_THAT(sent.prepares, IsEmpty());
  EXPECT_THAT(sent.dispatches, SizeIs(2));
}

TEST_F(PreparingTest, AnEditEndsItUntilTheNextApproval) {
  const std::string id = w.Create(Draft(), true);
  GoToLead();
  v1::EditPostRequest request;
  *request.mutable_content() = w.Post(id).draft().content();
  request.mutable_content()->set_text("Summer is here");
  *request.mutable_content()->add_media() = File('b');
  ASSERT_TRUE(w.Run(id, request).status.ok());
  World::Sent sent = w.TakeSent();
  ASSERT_THAT(sent.ends, SizeIs(2));
  EXPECT_EQ(sent.ends[0].delivery_id(), w.Post(id).targets(0).id());
  EXPECT_THAT(sent.ends[0].parts(), ElementsAre(0));
  EXPECT_THAT(sent.prepares, IsEmpty());
  ASSERT_TRUE(w.Approve(id).ok());
  sent = w.TakeSent();
  ASSERT_THAT(sent.prepares, SizeIs(2));
  EXPECT_EQ(sent.prepares[0].parts(0).media_size(), 2);
}

TEST_F(PreparingTest, ACancelledPostEndsIt) {
  const std::string id = w.Create(Draft(), true);
  GoToLead();
  ASSERT_TRUE(w.Cancel(id).ok());
  EXPECT_THAT(w.TakeSent().ends, SizeIs(2));
  EXPECT_EQ(w.Post(id).prepared_hash(), "");
}

TEST_F(PreparingTest, AnotherTimeIsToldAnew) {
  const std::string id = w.Create(Draft(), true);
  GoToLead();
  ASSERT_TRUE(w.Reschedule(id, w.clock.Now() + absl::Hours(2)).ok());
  World::Sent sent = w.TakeSent();
  EXPECT_THAT(sent.ends, SizeIs(2));
  EXPECT_THAT(sent.prepares, IsEmpty());
  ASSERT_TRUE(w.Reschedule(id, w.clock.Now() + absl::Minutes(5)).ok());
  sent = w.TakeSent();
  EXPECT_THAT(sent.ends, IsEmpty());
  ASSERT_THAT(sent.prepares, SizeIs(2));
  EXPECT_EQ(FromProto(sent.prepares[0].due_at()), w.clock.Now() + absl::Minutes(5));
}

TEST(PreparingWithoutALeadTest, NobodyIsTold) {
  World w;
  v1::PostDraft draft = DraftAt(w.clock.Now() + absl::Hours(1));
  *draft.mutable_content()->add_media() = File('a');
  w.Create(draft, true);
  w.clock.Advance(absl::Hours(1));
  w.ledger.RunDue();
  const World::Sent sent = w.TakeSent();
  EXPECT_THAT(sent.prepares, IsEmpty());
  EXPECT_THAT(sent.dispatches, SizeIs(1));
}

}  // namespace
}  // namespace carillon::scheduler
