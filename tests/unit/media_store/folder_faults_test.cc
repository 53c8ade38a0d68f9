// Processes that are killed, and threads that keep what others remove.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <barrier>
#include <random>
#include <thread>

#include "common/media_store/folder_store.h"
#include "tests/support/child_process.h"
#include "tests/unit/media_store/store_files.h"

namespace carillon::media_store {
namespace {

const SweepLimits kAllUploads{.unkept_for = absl::InfiniteDuration(), .abandoned_after = absl::ZeroDuration()};

// Writes files in small pieces for ever, and tells of each piece.
[[noreturn]] void WriteForEver(const std::string& folder, int tell, uint64_t seed) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  FolderStore store(folder);
  std::mt19937_64 random(seed);
  for (;;) {
    auto upload = store.Begin(1 << 20);
    if (!upload.ok() || !(*upload)->Write(kPng).ok()) ::_exit(1);
    for (int piece = 0; piece < 8; ++piece) {
      if (!(*upload)->Write(std::string(4096, static_cast<char>('a' + random() % 26))).ok()) ::_exit(1);
      if (::write(tell, ".", 1) != 1) ::_exit(1);
    }
    if (!(*upload)->Finish().ok()) ::_exit(1);
  }
}

TEST(FolderFaultsTest, KilledWritersLeaveNoHalfFileAndNoLeftover) {
  testing::TempDir root;
  FolderStore store(root.path());
  std::mt19937_64 random(7);
  int leftovers = 0;
  for (int round = 0; round < 12; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    pid_t writers[2];
    for (pid_t& writer : writers) {
      writer = ::fork();
      ASSERT_GE(writer, 0);
      if (writer == 0) WriteForEver(root.path(), pipe_ends[1], random());
      random();
    }
    ::close(pipe_ends[1]);
    for (uint64_t pieces = random() % 30; pieces > 0; --pieces) {
      char piece;
      ASSERT_EQ(::read(pipe_ends[0], &piece, 1), 1);
    }
    for (const pid_t writer : writers) {
      int status = 0;
      ASSERT_EQ(::kill(writer, SIGKILL), 0);
      ASSERT_EQ(::waitpid(writer, &status, 0), writer);
      ASSERT_TRUE(WIFSIGNALED(status)) << "a writer ended by itself";
    }
    ::close(pipe_ends[0]);
    const auto swept = store.Sweep(kAllUploads);
    ASSERT_TRUE(swept.ok());
    leftovers += swept->abandoned;
    for (const std::string& name : NamesIn(root.path())) {
      ASSERT_EQ(Sha256(ReadAll(root.path() + "/" + name)), name);
    }
  }
  EXPECT_GT(leftovers, 0) << "no writer was killed in the middle: the test shows nothing";
}

TEST(FolderFaultsTest, ASweepLeavesUploadsThatGoOnAndThoseThatAreYoung) {
  testing::TempDir root;
  FolderStore store(root.path());
  auto upload = *store.Begin(100);
  ASSERT_TRUE(upload->Write(kPng).ok());
  EXPECT_EQ(store.Sweep(kAllUploads)->abandoned, 0);  // its writer lives
  EXPECT_TRUE(upload->Finish().ok());
  root.Write(".upload-dead", "half");
  EXPECT_EQ(store.Sweep({absl::InfiniteDuration(), absl::Hours(1)})->abandoned, 0);
  EXPECT_EQ(store.Sweep(kAllUploads)->abandoned, 1);
  EXPECT_EQ(NamesIn(root.path()).size(), 1u);
}

TEST(FolderFaultsTest, WhatWasKeptIsNeverRemoved) {
  testing::TempDir root;
  const absl::Time old = absl::UnixEpoch() + absl::Hours(1);
  const std::string bytes = kPng + "one";
  const std::string sha = Sha256(bytes);
  constexpr int kRounds = 150;
  int removed = 0;
  int kept = 0;
  std::barrier<> step(3);
  Status keep = Ok();
  std::thread keeper([&] {
    FolderStore store(root.path());
    for (int round = 0; round < kRounds; ++round) {
      step.arrive_and_wait();
      keep = round % 2 == 0 ? store.Keep(sha) : Put(store, bytes).status();
      step.arrive_and_wait();
    }
  });
  std::thread sweeper([&] {
    FolderStore store(root.path());
    for (int round = 0; round < kRounds; ++round) {
      step.arrive_and_wait();
      const auto swept = store.Sweep({.unkept_for = absl::Hours(24), .abandoned_after = absl::InfiniteDuration()});
      removed += swept.ok() ? swept->removed : 0;
      step.arrive_and_wait();
    }
  });
  FolderStore store(root.path());
  for (int round = 0; round < kRounds; ++round) {
    if (Put(store, bytes).ok()) SetModified(root.path() + "/" + sha, old);
    step.arrive_and_wait();
    step.arrive_and_wait();
    if (keep.ok()) {
      ++kept;
      EXPECT_TRUE(store.Find(sha).ok()) << "round " << round;
    } else {
      EXPECT_EQ(ReasonOf(keep), "UNKNOWN_MEDIA");
      EXPECT_EQ(round % 2, 0) << "a file that was just stored is there";
    }
  }
  keeper.join();
  sweeper.join();
  EXPECT_GT(removed, 0);
  EXPECT_GT(kept, 0);
}

}  // namespace
}  // namespace carillon::media_store
