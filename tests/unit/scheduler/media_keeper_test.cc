// Which media files stay: those of posts that may still go out.
#include "services/scheduler/flow/media_keeper.h"

#include "common/media_probe/testing/fake_probe.h"
#include "common/media_store/folder_store.h"
#include "services/scheduler/client/stored_media.h"
#include "tests/support/child_process.h"
#include "tests/unit/media_store/store_files.h"
#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {
namespace {

using media_store::kPng;

class MediaKeeperTest : public ::testing::Test {
 protected:
  MediaKeeperTest() { EXPECT_TRUE(store_.Prepare().ok()); }

  std::string Store(const std::string& bytes) { return media_store::Put(store_, kPng + bytes)->sha256; }
  std::string PostWith(const std::string& sha) {
    v1::PostDraft draft = DraftAt(world_.clock.Now() + absl::Hours(24 * 60));
    draft.mutable_content()->add_media()->set_sha256(sha);
    draft.mutable_content()->mutable_media(0)->set_mime_type("image/png");
    return world_.Create(draft, true);
  }
  // The files as if they had been kept so long ago.
  void Age(absl::Duration age) {
    for (const std::string& name : media_store::NamesIn(root_.path())) {
      media_store::SetModified(root_.path() + "/" + name, SystemClock().Now() - age);
    }
  }
  bool Has(const std::string& sha) { return store_.Find(sha).ok(); }

  World world_;
  testing::TempDir root_;
  media_store::FolderStore store_{root_.path()};
  MediaKeeper keeper_{world_.ledger, store_, world_.clock};
};

TEST_F(MediaKeeperTest, WhatAPostNeedsStaysAndWhatNobodyNeedsGoes) {
  const std::string needed = Store("needed");
  const std::string unneeded = Store("unneeded");
  const std::string cancelled = Store("cancelled");
  PostWith(needed);
  ASSERT_TRUE(world_.Cancel(PostWith(cancelled)).ok());
  Age(absl::Hours(24 * 13));
  auto look = keeper_.LookOnce();
  ASSERT_TRUE(look.ok()) << ToString(look.status());
  EXPECT_EQ(look->kept, 1);
  EXPECT_EQ(look->sweep.removed, 0) << "nothing goes before its time";
  Age(absl::Hours(24 * 15));
  look = keeper_.LookOnce();
  ASSERT_TRUE(look.ok());
  EXPECT_EQ(look->sweep.removed, 2);
  EXPECT_EQ(look->sweep.files, 1);
  EXPECT_TRUE(Has(needed));
  EXPECT_FALSE(Has(unneeded));
  EXPECT_FALSE(Has(cancelled));
}

TEST_F(MediaKeeperTest, WhatFollowsAPostIsNeededToo) {
  const std::string part = Store("a part of the thread");
  const std::string comment = Store("the first comment");
  v1::PostDraft draft = DraftAt(world_.clock.Now() + absl::Hours(24 * 60));
  auto* of_part = draft.mutable_content()->add_thread()->add_media();
  auto* of_comment = draft.mutable_content()->mutable_first_comment()->add_media();
  of_part->set_sha256(part);
  of_part->set_mime_type("image/png");
  of_comment->set_sha256(comment);
  of_comment->set_mime_type("image/png");
  world_.Create(draft, true);
  Age(absl::Hours(24 * 15));
  const auto look = keeper_.LookOnce();
  ASSERT_TRUE(look.ok()) << ToString(look.status());
  EXPECT_EQ(look->kept, 2);
  EXPECT_TRUE(Has(part));
  EXPECT_TRUE(Has(comment));
}

TEST_F(MediaKeeperTest, TheDoorKeepsWhatAPostIsAboutToName) {
  const std::string sha = Store("soon");
  Age(absl::Hours(24 * 15));
  media_probe::testing::FakeProbe probe;
  StoredMedia door(store_, probe, root_.path() + "/.work", 1000);
  EXPECT_EQ(door.Find(sha)->mime_type(), "image/png");
  ASSERT_TRUE(keeper_.LookOnce().ok());
  EXPECT_TRUE(Has(sha));
}

TEST_F(MediaKeeperTest, AMissingFileIsCountedAndTheRestGoesOn) {
  const std::string needed = Store("needed");
  PostWith(std::string(64, 'a'));
  PostWith(needed);
  PostWith(needed);
  Age(absl::Hours(24 * 15));
  const auto look = keeper_.LookOnce();
  ASSERT_TRUE(look.ok());
  EXPECT_EQ(look->missing, 1);
  EXPECT_EQ(look->kept, 1);
  EXPECT_TRUE(Has(needed));
}

// A store that can't keep, or a look that did not see everything, removes nothing.
TEST_F(MediaKeeperTest, AnIncompleteLookRemovesNothing) {
  class Unkeeping : public media_store::FolderStore {
   public:
    using FolderStore::FolderStore;
    Status Keep(const std::string&) override { return MakeStatus(Code::kUnavailable, "the disk is away"); }
  };
  const std::string unneeded = Store("unneeded");
  PostWith(Store("needed"));
  Age(absl::Hours(24 * 15));
  Unkeeping store(root_.path());
  MediaKeeper keeper(world_.ledger, store, world_.clock);
  EXPECT_EQ(keeper.LookOnce().status().code(), Code::kUnavailable);
  EXPECT_TRUE(Has(unneeded));
}

}  // namespace
}  // namespace carillon::scheduler
