#include "common/media_probe/work_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/child_process.h"

namespace carillon::media_probe {
namespace {

size_t EntriesIn(const std::string& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

TEST(WorkFolderTest, IsGoneWithItsOwnerAndSoIsWhatDeadOwnersLeft) {
  testing::TempDir root;
  const std::string path = root.path() + "/work";
  std::filesystem::create_directories(path + "/dead/inside");
  auto one = WorkFolder::Create(path);
  ASSERT_TRUE(one.ok()) << ToString(one.status());
  std::ofstream((*one)->path() + "/file") << "half";
  auto two = WorkFolder::Create(path);
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(EntriesIn(path), 2u) << "the dead one is gone, the living one stays";
  EXPECT_TRUE(std::filesystem::exists((*one)->path() + "/file"));
  one->reset();
  EXPECT_EQ(EntriesIn(path), 1u);
  two->reset();
  EXPECT_EQ(EntriesIn(path), 0u);
  EXPECT_EQ(WorkFolder::Create("/proc/nothing").status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace carillon::media_probe
