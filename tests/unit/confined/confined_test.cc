#include "common/confined/confined.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "common/http/server.h"
#include "tests/support/child_process.h"

namespace carillon::confined {
namespace {

using How = Ended::How;

class ConfinedTest : public ::testing::Test {
 protected:
  Program Shell(const std::string& script) const {
    Program program;
    program.command = {"/bin/bash", "-c", script};
    program.environment = {"PATH=/usr/bin:/bin"};
    program.work_folder = work_.path();
    program.wall_time_max = absl::Minutes(10);  // this machine may be busy
    return program;
  }
  Ended Must(const Program& program) const {
    const auto ended = confined::Run(program);
    EXPECT_TRUE(ended.ok()) << ToString(ended.status());
    return ended.ok() ? *ended : Ended{};
  }

  testing::TempDir work_;
  testing::TempDir outside_;
};

TEST_F(ConfinedTest, SaysWhatItSaysAndHowItEnds) {
  const Ended ended = Must(Shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(ended.how, How::kExited);
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(ended.output, "out\n");
  EXPECT_EQ(ended.errors, "err\n");
  EXPECT_TRUE(Must(Shell("exec true")).ok());
  EXPECT_EQ(Must(Shell("kill -SEGV $$; ulimit -c; exec false")).output, "0\n") << "kill is refused, cores are off";
}

TEST_F(ConfinedTest, TheEnvironmentAndOpenFilesStayHere) {
  ASSERT_EQ(::setenv("CARILLON_VAULT_KEY", "secret", 1), 0);
  Program program = Shell("");
  program.command = {"/usr/bin/env"};
  program.environment = {"A=b"};
  EXPECT_EQ(Must(program).output, "A=b\n");
  ::unsetenv("CARILLON_VAULT_KEY");
  const std::string path = outside_.Write("secret", "secret");
  const int file = ::open(path.c_str(), O_RDONLY);  // without CLOEXEC
  ASSERT_GE(file, 3);
  const Ended ended = Must(Shell("cat <&" + std::to_string(file)));
  ::close(file);
  EXPECT_FALSE(ended.ok());
  EXPECT_EQ(ended.output, "");
}

TEST_F(ConfinedTest, ReadsItsInputAndWritesItsFolderAndNothingElse) {
  Program program = Shell("cat " + outside_.path() + "/input; echo done > made; cat made");
  program.input_file = outside_.Write("input", "picture\n");
  EXPECT_EQ(Must(program).output, "picture\ndone\n");
  if (!HasFileWall()) GTEST_SKIP() << "this kernel has no Landlock";
  outside_.Write("key", "secret");
  for (const char* what : {"cat %/key", "ls %", "echo x > %/new", "echo x >> %/key", "cat /etc/passwd",
                           "mv made %/made", "rm %/key", "cat /proc/$PPID/environ", "ln -s / link"}) {
    std::string script = what;
    for (size_t at = script.find('%'); at != std::string::npos; at = script.find('%')) {
      script.replace(at, 1, outside_.path());
    }
    program = Shell(script);
    const Ended ended = Must(program);
    EXPECT_EQ(ended.output, "") << script;
    EXPECT_NE(ended.code, 0) << script;
  }
  EXPECT_FALSE(std::ifstream(outside_.path() + "/new").good());
  EXPECT_TRUE(std::ifstream(outside_.path() + "/key").good());
}

TEST_F(ConfinedTest, ThereIsNoNetworkAndNobodyElse) {
  const auto server = *http::HttpServer::Start({}, [](const http::ServerRequest&) { return http::ServerResponse{}; });
  const std::string connect = fmt::format("exec 3<>/dev/tcp/127.0.0.1/{} && echo through", server->port());
  // The same script goes through without the walls.
  EXPECT_EQ(::system(("bash -c '" + connect + "' > /dev/null").c_str()), 0);
  EXPECT_EQ(Must(Shell(connect)).output, "");
  EXPECT_EQ(Must(Shell(fmt::format("kill -0 {} && echo through", ::getpid()))).output, "");
}

TEST_F(ConfinedTest, EveryLimitEnds) {
  Program program = Shell("while :; do :; done");
  program.cpu_time_max = absl::Seconds(1);
  EXPECT_EQ(Must(program).how, How::kCpuTime);

  program = Shell("exec sleep 10000");
  program.wall_time_max = absl::Milliseconds(300);
  EXPECT_EQ(Must(program).how, How::kWallTime);

  program = Shell("exec yes");
  program.output_bytes_max = 100'000;
  Ended ended = Must(program);
  EXPECT_EQ(ended.how, How::kOutput);
  EXPECT_EQ(ended.output.size(), 100'000u);

  program = Shell("exec yes > large");
  program.file_bytes_max = 100'000;
  ended = Must(program);
  EXPECT_EQ(ended.how, How::kSignal);
  EXPECT_EQ(ended.code, SIGXFSZ);

  program = Shell("a=x; for i in {1..40}; do a=$a$a; done; echo through");
  program.memory_bytes_max = 200 << 20;
  EXPECT_EQ(Must(program).output, "");
}

// True when there is no such process any more, or only its shell.
bool IsGone(const std::string& pid) {
  std::ostringstream text;
  text << std::ifstream("/proc/" + pid + "/stat").rdbuf();
  const std::string stat = text.str();
  return stat.empty() || stat.find(") Z ") != std::string::npos;
}

TEST_F(ConfinedTest, NothingStaysBehind) {
  const Ended ended = Must(Shell("sleep 10000 > /dev/null 2>&1 & echo $!"));
  const std::string pid = ended.output.substr(0, ended.output.find('\n'));
  ASSERT_FALSE(pid.empty());
  const absl::Time end = absl::Now() + absl::Minutes(1);
  while (!IsGone(pid) && absl::Now() < end) sched_yield();
  EXPECT_TRUE(IsGone(pid));
}

TEST_F(ConfinedTest, WhatIsNotThereIsSaid) {
  Program program = Shell("true");
  program.command[0] = "/nowhere/program";
  EXPECT_EQ(confined::Run(program).status().code(), Code::kFailedPrecondition);
  program = Shell("true");
  program.work_folder = "/nowhere";
  EXPECT_EQ(confined::Run(program).status().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace carillon::confined
