#include "common/media_store/folder_store.h"

#include <map>
#include <random>

#include "common/base/clock.h"
#include "common/media_store/sniff.h"
#include "tests/support/child_process.h"
#include "tests/unit/media_store/store_files.h"

namespace carillon::media_store {
namespace {

class FolderStoreTest : public ::testing::Test {
 protected:
  FolderStoreTest() { EXPECT_TRUE(store_.Prepare().ok()); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  testing::TempDir root_;
  const std::string folder_ = root_.path() + "/media";
  FolderStore store_{folder_};
};

TEST_F(FolderStoreTest, AFileIsFoundByItsSumAndKindTwiceIsOne) {
  for (int i = 0; i < 2; ++i) {
    auto upload = *store_.Begin(100);
    EXPECT_TRUE(upload->Write("\x89PNG\r").ok());
    EXPECT_TRUE(upload->Write("\n\x1A\nrest").ok());
    const auto stored = *upload->Finish();
    // echo -ne '\x89PNG\r\n\x1A\nrest' | sha256sum
    EXPECT_EQ(stored.sha256, "f02a830cf03a1cf756c0461481db682bc9254a5a399f847494d33850c3ff7156");
    EXPECT_EQ(stored.mime_type, "image/png");
    EXPECT_EQ(stored.size_bytes, 12);
    const auto found = *store_.Find(stored.sha256);
    EXPECT_EQ(found.size_bytes, 12);
    EXPECT_EQ(found.mime_type, "image/png");
    EXPECT_EQ(ReadAll((*store_.Local(stored.sha256))->path()), kPng + "rest");
  }
  EXPECT_EQ(NamesIn(folder_).size(), 1u);
}

TEST_F(FolderStoreTest, WhatIsNotFinishedOrNotTakenLeavesNothing) {
  { EXPECT_TRUE((*store_.Begin(100))->Write(kPng + "rest").ok()); }
  EXPECT_EQ(ReasonOf(Put(store_, "<svg onload=...>").status()), "BAD_MEDIA");
  EXPECT_EQ(NamesIn(folder_).size(), 0u);
}

TEST_F(FolderStoreTest, TooLargeIsSaidWhileItComes) {
  auto upload = *store_.Begin(25);
  EXPECT_TRUE(upload->Write(std::string(20, 'x')).ok());
  EXPECT_EQ(ReasonOf(upload->Write(std::string(6, 'x'))), "MEDIA_TOO_LARGE");
  EXPECT_TRUE(upload->Write(std::string(5, 'x')).ok());
}

TEST_F(FolderStoreTest, NamesThatAreNoSumsAreUnknownNotPaths) {
  for (const std::string& name :
       {std::string("../secret"), std::string(64, '/'), std::string(), std::string(64, 'a')}) {
    EXPECT_EQ(ReasonOf(store_.Find(name).status()), "UNKNOWN_MEDIA") << name;
    EXPECT_EQ(ReasonOf(store_.Open(name, 0, 1).status()), "UNKNOWN_MEDIA") << name;
    EXPECT_EQ(ReasonOf(store_.Local(name).status()), "UNKNOWN_MEDIA") << name;
    EXPECT_EQ(ReasonOf(store_.Keep(name)), "UNKNOWN_MEDIA") << name;
  }
}

TEST_F(FolderStoreTest, RangesAreReadInChunks) {
  const std::string bytes = kPng + "0123456789";
  const std::string sha = Put(store_, bytes)->sha256;
  for (const auto& [offset, size] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 100}, {0, 0}, {8, 4}, {17, 100}, {18, 1}, {500, 1}}) {
    auto reader = *store_.Open(sha, offset, size);
    std::string got;
    char chunk[3];
    for (size_t n = *reader->Read(chunk, sizeof chunk); n > 0; n = *reader->Read(chunk, sizeof chunk)) {
      got.append(chunk, n);
    }
    const size_t from = std::min<size_t>(static_cast<size_t>(offset), bytes.size());
    EXPECT_EQ(got, bytes.substr(from, static_cast<size_t>(size)));
  }
  EXPECT_FALSE(store_.Open(sha, -1, 1).ok());
}

TEST_F(FolderStoreTest, AFolderThatCannotBeIsSaid) {
  EXPECT_EQ(FolderStore("/proc/nothing/here").Prepare().code(), Code::kFailedPrecondition);
}

// Whatever is put, kept and swept in any order: exactly what the model says is there, with its bytes.
TEST_F(FolderStoreTest, HoldsWhatWasKeptAndNothingElse) {
  constexpr int kSteps = 120;
  const absl::Time start = SystemClock().Now() - absl::Hours(kSteps);
  for (const uint64_t seed : {1, 2, 3}) {
    std::mt19937_64 random(seed);
    auto below = [&](int limit) { return static_cast<int>(random() % static_cast<uint64_t>(limit)); };
    std::map<std::string, absl::Time> kept;  // what has to be there, and when it was last kept
    const auto bytes_of = [&](int i) { return kPng + std::to_string(seed) + std::string(static_cast<size_t>(i * 1000), 'x'); };
    for (int step = 0; step < kSteps; ++step) {
      const absl::Time now = start + absl::Hours(step);
      const std::string bytes = bytes_of(below(12));
      const std::string sha = Sha256(bytes);
      switch (below(4)) {
        case 0:
          ASSERT_EQ(Put(store_, bytes)->sha256, sha);
          SetModified(Path(sha), now);
          kept[sha] = now;
          break;
        case 1:
        case 2:
          ASSERT_EQ(store_.Keep(sha).ok(), kept.contains(sha)) << "seed " << seed << " step " << step;
          if (kept.contains(sha)) {
            SetModified(Path(sha), now);
            kept[sha] = now;
          }
          break;
        default: {
          // Between two hours, so that it does not matter how long the test takes.
          const int age = below(60);
          const absl::Time cut = now - absl::Hours(age) - absl::Minutes(30);
          const auto swept = store_.Sweep({.unkept_for = absl::Hours(kSteps - step + age) + absl::Minutes(30),
                                           .abandoned_after = absl::ZeroDuration()});
          ASSERT_TRUE(swept.ok());
          const auto gone = std::erase_if(kept, [&](const auto& file) { return file.second < cut; });
          EXPECT_EQ(swept->removed, static_cast<int>(gone));
          EXPECT_EQ(swept->files, static_cast<int64_t>(kept.size()));
        }
      }
      ASSERT_EQ(NamesIn(folder_).size(), kept.size()) << "seed " << seed << " step " << step;
    }
    for (const auto& [sha, time] : kept) EXPECT_EQ(Sha256(ReadAll(Path(sha))), sha);
    ASSERT_TRUE(store_.Sweep({absl::Hours(-1), absl::ZeroDuration()}).ok());
  }
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
}  // namespace carillon::media_store
