// What of an upload comes into the store.
#include "services/scheduler/client/stored_media.h"

#include "common/media_probe/testing/fake_probe.h"
#include "common/media_store/folder_store.h"
#include "tests/support/child_process.h"
#include "tests/unit/media_store/store_files.h"

namespace carillon::scheduler {
namespace {

using media_store::kPng;
using media_store::NamesIn;

class StoredMediaTest : public ::testing::Test {
 protected:
  StoredMediaTest() { EXPECT_TRUE(store_.Prepare().ok()); }
  Result<publisher::v1::Media> Upload(const std::string& bytes) {
    ASSIGN_OR_RETURN(const auto upload, media_.Begin());
    RETURN_IF_ERROR(upload->Write(bytes));
    return upload->Finish();
  }

  testing::TempDir root_;
  const std::string work_ = root_.path() + "/work";
  media_store::FolderStore store_{root_.path() + "/media"};
  media_probe::testing::FakeProbe probe_;
  StoredMedia media_{store_, probe_, work_, 1'000};
};

TEST_F(StoredMediaTest, WhatIsCleanIsStoredToTheByte) {
  const auto media = Upload(kPng + "picture");
  ASSERT_TRUE(media.ok()) << ToString(media.status());
  EXPECT_EQ(media->sha256(), media_store::Sha256(kPng + "picture"));
  EXPECT_EQ(media->mime_type(), "image/png");
  EXPECT_EQ(media->size_bytes(), 15);
  EXPECT_EQ(media_.Find(media->sha256())->SerializeAsString(), media->SerializeAsString());
  EXPECT_TRUE(NamesIn(work_).empty());
}

TEST_F(StoredMediaTest, WhatIsPrivateNeverReachesTheStore) {
  const auto media = Upload(kPng + "private picture");
  ASSERT_TRUE(media.ok()) << ToString(media.status());
  EXPECT_EQ(media->sha256(), media_store::Sha256(kPng + "clean picture"));
  EXPECT_EQ(NamesIn(root_.path() + "/media"), std::vector<std::string>{media->sha256()});
  probe_.can_clean = false;
  EXPECT_EQ(ReasonOf(Upload(kPng + "another private one").status()), "BAD_MEDIA");
  EXPECT_EQ(NamesIn(root_.path() + "/media").size(), 1u);
}

TEST_F(StoredMediaTest, WhatIsRefusedLeavesNothing) {
  EXPECT_EQ(ReasonOf(Upload(kPng + "broken").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(Upload("<svg/>").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(Upload(kPng + std::string(1'000, 'x')).status()), "MEDIA_TOO_LARGE");
  { EXPECT_TRUE((*media_.Begin())->Write(kPng).ok()); }
  EXPECT_TRUE(NamesIn(root_.path() + "/media").empty());
  EXPECT_TRUE(NamesIn(work_).empty());
}

}  // namespace
}  // namespace carillon::scheduler
