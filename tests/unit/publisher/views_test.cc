// The control board, and the kernel's timer that ends a frozen sender.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "common/base/testing/fake_clock.h"
#include "services/publisher/client/control_board.h"
#include "services/publisher/effects/deadline_guard.h"

namespace carillon::publisher {
namespace {

constexpr char kOrg[] = "org_one";
constexpr char kBrand[] = "brand_one";

TEST(ControlBoardTest, IsFreshForThreeSecondsAndBlocksWhatItNames) {
  carillon::testing::FakeClock clock;
  ControlBoard board(clock);
  EXPECT_FALSE(board.Fresh());
  EXPECT_TRUE(board.Blocked(kOrg, kBrand));
  scheduler::v1::ControlRecord record;
  record.add_active()->set_org_id("org_two");
  board.Take(record.SerializeAsString(), clock.Now());
  EXPECT_TRUE(board.Fresh());
  EXPECT_TRUE(board.ClockOk());
  EXPECT_FALSE(board.Blocked(kOrg, kBrand));
  EXPECT_TRUE(board.Blocked("org_two", "any"));
  board.Take("\xff garbage", clock.Now());
  clock.Advance(absl::Milliseconds(2'999));
  EXPECT_TRUE(board.Fresh());
  clock.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(board.Fresh());
  // An old heartbeat that is read late is not fresh, and a clock 2 s off is not right.
  board.Take(record.SerializeAsString(), clock.Now() - absl::Seconds(4));
  EXPECT_FALSE(board.Fresh());
  board.Take(record.SerializeAsString(), clock.Now() + absl::Seconds(2));
  EXPECT_FALSE(board.ClockOk());
  // One that is set after the heartbeat was read is wrong from that moment.
  board.Take(record.SerializeAsString(), clock.Now());
  EXPECT_TRUE(board.ClockOk());
  clock.JumpWall(absl::Seconds(3));
  EXPECT_FALSE(board.ClockOk());
}

// In a process of its own, which is really stopped: the kernel ends it although it can't run.
TEST(DeadlineGuardTest, EndsAStoppedProcessBeforeItCanWrite) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(pipe_ends[0]);
    KernelDeadlineGuard guard;
    const auto armed = guard.Arm(SystemClock().BootTime() + absl::Milliseconds(300));
    if (armed == nullptr) _exit(3);
    raise(SIGSTOP);
    const ssize_t written = write(pipe_ends[1], "x", 1);
    _exit(written == 1 ? 1 : 2);
  }
  close(pipe_ends[1]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  char byte = 0;
  EXPECT_EQ(read(pipe_ends[0], &byte, 1), 0);
  close(pipe_ends[0]);
}

TEST(DeadlineGuardTest, DisarmedItDoesNothing) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    KernelDeadlineGuard guard;
    guard.Arm(SystemClock().BootTime() + absl::Milliseconds(30)).reset();
    sigset_t none;
    sigemptyset(&none);
    const timespec wait{0, 100'000'000};
    sigtimedwait(&none, nullptr, &wait);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace carillon::publisher
