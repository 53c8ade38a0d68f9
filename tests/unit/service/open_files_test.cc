// More connections than a shell allows at first.
#include "common/service/open_files.h"

#include <gtest/gtest.h>

namespace carillon::service::testing {
namespace {

rlimit Now() {
  rlimit limit{};
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  return limit;
}

TEST(OpenFilesTest, RaisedAsFarAsTheSystemLetsItAndNeverLowered) {
  const rlimit before = Now();
  const rlim_t wanted = std::min(before.rlim_max, kOpenFilesWanted);
  rlimit low = before;
  low.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  RaiseOpenFilesLimit();
  EXPECT_EQ(Now().rlim_cur, wanted);
  RaiseOpenFilesLimit();
  EXPECT_EQ(Now().rlim_cur, wanted);
  EXPECT_EQ(Now().rlim_max, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace carillon::service::testing
