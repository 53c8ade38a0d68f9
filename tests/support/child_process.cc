#include "tests/support/child_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/check.h"

extern char** environ;

namespace carillon::testing {
namespace {

constexpr auto kStopGrace = std::chrono::seconds(10);

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& text : strings) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string Environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// In the child, where only async-signal-safe calls are allowed.
[[noreturn]] void Exec(char* const* argv, char* const* envp, int output, const char* error_file, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  dup2(output, STDOUT_FILENO);
  if (*error_file != '\0') {
    const int file = open(error_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0) dup2(file, STDERR_FILENO);
  }
  execve(argv[0], argv, envp);
  _exit(127);
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = Environment("TMPDIR", "/tmp") + "/carillon-test-XXXXXX";
  CARILLON_CHECK(mkdtemp(pattern.data()) != nullptr, "no temporary folder {}: {}", pattern, std::strerror(errno));
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::Write(const std::string& name, const std::string& content) const {
  const std::string path = path_ + "/" + name;
  std::ofstream file(path, std::ios::binary);
  file << content;
  CARILLON_CHECK(file.good(), "cannot write {}", path);
  return path;
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& command, Options options) {
  if (access(command[0].c_str(), X_OK) != 0) {
    return MakeStatus(Code::kNotFound, fmt::format("{} is not there: build it first", command[0]));
  }
  int ends[2];
  CARILLON_CHECK(pipe2(ends, O_CLOEXEC) == 0, "no pipe: {}", std::strerror(errno));
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(variables);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  CARILLON_CHECK(pid >= 0, "no fork: {}", std::strerror(errno));
  if (pid == 0) Exec(argv.data(), envp.data(), ends[1], options.error_file.c_str(), parent);
  close(ends[1]);
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, ends[0]));
}

bool ChildProcess::IsRunning() {
  if (!ended_ && waitpid(pid_, nullptr, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

ChildProcess::~ChildProcess() {
  if (IsRunning()) kill(pid_, SIGTERM);
  const auto end = std::chrono::steady_clock::now() + kStopGrace;
  while (IsRunning() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (IsRunning()) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(output_);
}

std::optional<std::string> ChildProcess::ReadLine(absl::Duration timeout) {
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
  while (true) {
    const size_t line_end = buffer_.find('\n');
    if (line_end != std::string::npos) {
      std::string line = buffer_.substr(0, line_end);
      buffer_.erase(0, line_end + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{output_, POLLIN, 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
    char bytes[4096];
    const ssize_t count = read(output_, bytes, sizeof(bytes));
    if (count <= 0) return std::nullopt;
    buffer_.append(bytes, static_cast<size_t>(count));
  }
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  CARILLON_CHECK(bound, "no free port: {}", std::strerror(errno));
  close(fd);
  return ntohs(address.sin_port);
}

std::string BinFolder() { return Environment("CARILLON_BIN", CARILLON_BIN_DEFAULT); }

std::string TestPython() {
  const std::string python =
      Environment("CARILLON_TEST_PYTHON", std::string(CARILLON_ROOT) + "/build/tools/venv/bin/python");
  return access(python.c_str(), X_OK) == 0 ? python : "";
}

}  // namespace carillon::testing
