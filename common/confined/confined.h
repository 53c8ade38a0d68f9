// Runs one program over one file, confined (README.md). Thread-safe; blocks until the program has ended, at most `wall_time_max`.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace carillon::confined {

struct Program {
  std::vector<std::string> command;      // [0] is a path
  std::vector<std::string> environment;  // "NAME=value", and nothing beside these
  std::string input_file;                // the one file it may read; may be empty
  std::string work_folder;               // where it runs and may write; must be there

  absl::Duration cpu_time_max = absl::Seconds(30);
  absl::Duration wall_time_max = absl::Minutes(2);
  int64_t memory_bytes_max = int64_t{2} << 30;  // of address space
  int64_t file_bytes_max = 64 << 20;            // of each file it writes
  size_t output_bytes_max = 1 << 20;            // of what it says; standard error is cut at 4 KB
};

struct Ended {
  // kCpuTime, kWallTime, kOutput (it said too much): a limit was hit and the program killed. A file that grew too large is the signal SIGXFSZ.
  enum class How { kExited, kSignal, kCpuTime, kWallTime, kOutput };
  How how = How::kExited;
  int code = 0;  // the exit code or the signal
  std::string output;
  std::string errors;
  bool ok() const { return how == How::kExited && code == 0; }
};

// FAILED_PRECONDITION if the program or the work folder is not there; RESOURCE_EXHAUSTED if no process can be made.
Result<Ended> Run(const Program& program);

// Whether this kernel lets a process give up its right to open files (Landlock).
bool HasFileWall();

}  // namespace carillon::confined
