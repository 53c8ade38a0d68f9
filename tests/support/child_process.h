// A program that a test starts and that ends with it: by its id, and by the kernel should the test die first.
#pragma once

#include <absl/time/time.h>
#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace carillon::testing {

// A folder of its own under $TMPDIR, removed with what is in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  // Writes a file into it; its path.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

class ChildProcess {
 public:
  struct Options {
    std::map<std::string, std::string> environment;  // beside the test's own
    std::string error_file;                          // where standard error goes; empty: the test's own
  };
  // `command[0]` is a path. Its standard output is read by ReadLine().
  static Result<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& command, Options options);
  ~ChildProcess();  // SIGTERM, and SIGKILL after ten seconds

  // The next line of standard output; nothing when it ended or after `timeout`.
  std::optional<std::string> ReadLine(absl::Duration timeout);
  pid_t pid() const { return pid_; }
  bool IsRunning();

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}
  pid_t pid_;
  int output_;
  bool ended_ = false;
  std::string buffer_;
};

// A TCP port that was free a moment ago, for programs that cannot take one themselves.
int FreePort();

// The folder of the built programs: $CARILLON_BIN, else this build's bin/.
std::string BinFolder();
// A Python with tests/requirements.txt installed: $CARILLON_TEST_PYTHON, else the clone's own; empty if there is none.
std::string TestPython();

}  // namespace carillon::testing
