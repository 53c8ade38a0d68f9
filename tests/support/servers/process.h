// A program started by a test; killed (SIGKILL, by pid) and reaped when the object goes. Its output goes to a file.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace carillon::test {

class Process {
 public:
  Process() = default;
  // `environment`: NAME=value, added to this process's.
  Process(const std::vector<std::string>& command, const std::string& log_path,
          const std::vector<std::string>& environment = {});
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t pid() const { return pid_; }
  bool running();
  void Signal(int signal);
  // Sends the signal and waits for the end; the exit status as waitpid gives it.
  int Stop(int signal);

 private:
  pid_t pid_ = -1;
};

// A port nobody listens on now.
int FreePort();
// A new folder under $TMPDIR; removed with everything in it when the object goes.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace carillon::test
