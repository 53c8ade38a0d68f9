#include "services/scheduler/client/media_folder.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace carillon::scheduler {
namespace {

class MediaFolderTest : public ::testing::Test {
 protected:
  MediaFolderTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "media-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    EXPECT_TRUE(folder().Open().ok());
  }
  ~MediaFolderTest() override { std::filesystem::remove_all(root_); }
  MediaFolder folder() { return MediaFolder(root_ + "/media"); }
  size_t Files() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(root_ + "/media")) {
      ++count;
    }
    return count;
  }
  std::string root_;
};

TEST_F(MediaFolderTest, AFileIsFoundByItsSumAndKindTwiceIsOne) {
  MediaFolder media = folder();
  for (int i = 0; i < 2; ++i) {
    auto upload = *media.Begin();
    EXPECT_TRUE(upload->Write("\x89PNG\r").ok());
    EXPECT_TRUE(upload->Write("\n\x1A\nrest").ok());
    const auto stored = *upload->Finish();
    // echo -ne '\x89PNG\r\n\x1A\nrest' | sha256sum
    EXPECT_EQ(stored.sha256(), "f02a830cf03a1cf756c0461481db682bc9254a5a399f847494d33850c3ff7156");
    EXPECT_EQ(stored.mime_type(), "image/png");
    EXPECT_EQ(stored.size_bytes(), 12);
    EXPECT_EQ(media.Find(stored.sha256())->SerializeAsString(), stored.SerializeAsString());
  }
  EXPECT_EQ(Files(), 1u);
}

TEST_F(MediaFolderTest, WhatIsNotFinishedOrNotTakenLeavesNothing) {
  MediaFolder media = folder();
  { EXPECT_TRUE((*media.Begin())->Write("\x89PNG\r\n\x1A\nrest").ok()); }
  {
    auto upload = *media.Begin();
    EXPECT_TRUE(upload->Write("<svg onload=...>").ok());
    EXPECT_EQ(ReasonOf(upload->Finish().status()), "BAD_MEDIA");
  }
  EXPECT_EQ(Files(), 0u);
}

TEST_F(MediaFolderTest, TooLargeIsSaidWhileItComes) {
  auto upload = *folder().Begin();
  const std::string chunk(10'000'000, 'x');
  Status status;
  int chunks = 0;
  while (status.ok() && chunks < 20) {
    status = upload->Write(chunk);
    ++chunks;
  }
  EXPECT_EQ(ReasonOf(status), "MEDIA_TOO_LARGE");
  EXPECT_EQ(chunks, 11);
}

TEST_F(MediaFolderTest, NamesThatAreNoSumsAreUnknownNotPaths) {
  for (const std::string& name : {std::string("../secret"), std::string(64, '/'), std::string(),
                                  std::string(64, 'a')}) {
    EXPECT_EQ(ReasonOf(folder().Find(name).status()), "UNKNOWN_MEDIA") << name;
  }
}

TEST_F(MediaFolderTest, AFolderThatCannotBeIsSaid) {
  EXPECT_EQ(MediaFolder("/proc/nothing/here").Open().code(), Code::kFailedPrecondition);
}

TEST(SniffTest, KnowsItsKinds) {
  EXPECT_EQ(SniffMimeType("\xFF\xD8\xFF\xE0 JFIF"), "image/jpeg");
  EXPECT_EQ(SniffMimeType("GIF89a"), "image/gif");
  EXPECT_EQ(SniffMimeType("RIFF....WEBPVP8 "), "image/webp");
  EXPECT_EQ(SniffMimeType(std::string("\0\0\0\x18", 4) + "ftypisom"), "video/mp4");
  EXPECT_EQ(SniffMimeType(std::string("\0\0\0\x18", 4) + "ftypqt  "), "");
  EXPECT_EQ(SniffMimeType(""), "");
}

}  // namespace
}  // namespace carillon::scheduler
