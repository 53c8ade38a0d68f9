#include "common/confined/confined.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "common/confined/walls.h"

namespace carillon::confined {
namespace {

constexpr size_t kErrorBytesMax = 4 << 10;
constexpr int kNotStarted = 127;

using Steady = std::chrono::steady_clock;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  void Set(int number) {
    Close();
    number_ = number;
  }
  void Close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

struct Pipe {
  Descriptor read, write;
  bool Open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read.Set(ends[0]);
    write.Set(ends[1]);
    return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
  }
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// Everything that the child needs, so that it makes nothing itself.
struct Start {
  const Program& program;
  std::vector<char*> command;
  std::vector<char*> environment;
  std::vector<sock_filter> filter;
  int file_wall;
  int null;
  int output;
  int errors;
};

// Between fork and exec: only system calls.
[[noreturn]] void BeChild(const Start& start) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setsid();
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (const int signal : {SIGPIPE, SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGXFSZ}) {
    ::sigaction(signal, &standard, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool ready = ::dup2(start.null, 0) == 0 && ::dup2(start.output, 1) == 1 &&
                     ::dup2(start.errors, 2) == 2 &&
                     ::chdir(start.program.work_folder.c_str()) == 0 &&
                     PutUpWalls(start.program, start.file_wall, start.filter) &&
                     ::syscall(SYS_close_range, 3U, ~0U, 0U) == 0;
  if (ready) ::execve(start.command[0], start.command.data(), start.environment.data());
  ::_exit(kNotStarted);
}

// False at its end.
bool Drain(Descriptor& pipe, size_t bytes_max, std::string* out, bool* too_much) {
  std::array<char, 16 << 10> buffer;
  for (;;) {
    const ssize_t n = ::read(pipe.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) return false;
    const size_t room = bytes_max - std::min(bytes_max, out->size());
    *too_much = *too_much || static_cast<size_t>(n) > room;
    out->append(buffer.data(), std::min(room, static_cast<size_t>(n)));
  }
}

class Watch {
 public:
  Watch(const Program& program, pid_t pid, Pipe& output, Pipe& errors)
      : program_(program), pid_(pid), output_(output.read), errors_(errors.read) {
    child_.Set(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  }

  Ended Run() {
    const auto end = Steady::now() + absl::ToChronoMilliseconds(program_.wall_time_max);
    bool running = child_.get() >= 0;
    while (running) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now()).count();
      if (left <= 0) return Kill(Ended::How::kWallTime);
      pollfd ready[3] = {{child_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}};
      if (::poll(ready, 3, static_cast<int>(std::min<int64_t>(left, 60'000))) < 0 && errno != EINTR) break;
      running = (ready[0].revents & POLLIN) == 0;
      if (!TakeOutput()) return Kill(Ended::How::kOutput);
    }
    return Wait();
  }

 private:
  bool TakeOutput() {
    bool too_much = false;
    bool cut = false;
    if (!Drain(output_, program_.output_bytes_max, &ended_.output, &too_much)) output_.Close();
    if (!Drain(errors_, kErrorBytesMax, &ended_.errors, &cut)) errors_.Close();
    return !too_much;
  }

  Ended Kill(Ended::How how) {
    ::kill(-pid_, SIGKILL);  // its session, children included
    ::kill(pid_, SIGKILL);   // should it not have come so far
    Ended ended = Wait();
    ended.how = how;
    return ended;
  }

  Ended Wait() {
    int status = 0;
    siginfo_t ended{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    ::kill(-pid_, SIGKILL);  // what it left behind, while its id is still its own
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) {
      ended_.code = WEXITSTATUS(status);
    } else {
      ended_.code = WTERMSIG(status);
      ended_.how = ended_.code == SIGXCPU ? Ended::How::kCpuTime : Ended::How::kSignal;
    }
    return std::move(ended_);
  }

  const Program& program_;
  const pid_t pid_;
  Descriptor& output_;
  Descriptor& errors_;
  Descriptor child_;
  Ended ended_;
};

Status NoProcess() {
  return MakeStatus(Code::kResourceExhausted,
                    fmt::format("no process can be made: {}", std::strerror(errno)));
}

}  // namespace

Result<Ended> Run(const Program& program) {
  struct stat about {};
  if (::access(program.command[0].c_str(), X_OK) != 0) {
    return MakeStatus(Code::kFailedPrecondition,
                      fmt::format("{} is not there: install it (deploy/packages.txt)", program.command[0]));
  }
  if (::stat(program.work_folder.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) {
    return MakeStatus(Code::kFailedPrecondition,
                      fmt::format("the folder {} is not there", program.work_folder));
  }
  Pipe output, errors;
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!output.Open() || !errors.Open() || null.get() < 0) return NoProcess();
  const Descriptor file_wall(MakeFileWall(program));
  const Start start{program,          Pointers(program.command), Pointers(program.environment),
                    MakeCallFilter(), file_wall.get(),           null.get(),
                    output.write.get(), errors.write.get()};
  const pid_t pid = ::_Fork();
  if (pid < 0) return NoProcess();
  if (pid == 0) BeChild(start);
  output.write.Close();
  errors.write.Close();
  Ended ended = Watch(program, pid, output, errors).Run();
  if (ended.how == Ended::How::kExited && ended.code == kNotStarted) {
    return MakeStatus(Code::kFailedPrecondition,
                      fmt::format("{} could not be started confined", program.command[0]));
  }
  return ended;
}

}  // namespace carillon::confined
