#include "common/confined/walls.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace carillon::confined {
namespace {

// Of the first version, which every kernel with Landlock has; the later rights (moving between folders, cutting files) stay inside the
// same folders anyway.
constexpr uint64_t kReading = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                              LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kWriting = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                              LANDLOCK_ACCESS_FS_MAKE_REG;
constexpr uint64_t kNever = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                            LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                            LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                            LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                              LANDLOCK_ACCESS_FS_WRITE_FILE;

int CreateRuleset(const landlock_ruleset_attr* attributes, size_t size, uint32_t flags) {
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, attributes, size, flags));
}

// A path that is not there needs no permission.
void Allow(int ruleset, const std::string& path, uint64_t access, bool is_folder) {
  const int file = ::open(path.c_str(), O_PATH | O_CLOEXEC | (is_folder ? O_DIRECTORY : 0));
  if (file < 0) return;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = is_folder ? access : access & kOfFiles;
  rule.parent_fd = file;
  ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  ::close(file);
}

bool SetLimit(__rlimit_resource what, uint64_t soft, uint64_t hard) {
  const rlimit limit{soft, hard};
  return ::setrlimit(what, &limit) == 0;
}

}  // namespace

bool HasFileWall() { return CreateRuleset(nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1; }

int MakeFileWall(const Program& program) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kReading | kWriting | kNever;
  const int ruleset = CreateRuleset(&attributes, sizeof attributes.handled_access_fs, 0);
  if (ruleset < 0) return -1;
  ::fcntl(ruleset, F_SETFD, FD_CLOEXEC);
  for (const char* folder : {"/usr", "/lib", "/lib64", "/bin"}) Allow(ruleset, folder, kReading, true);
  for (const char* file : {"/etc/ld.so.cache", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo"}) {
    Allow(ruleset, file, LANDLOCK_ACCESS_FS_READ_FILE, false);
  }
  Allow(ruleset, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE, false);
  Allow(ruleset, program.work_folder, (kReading | kWriting) & ~LANDLOCK_ACCESS_FS_EXECUTE, true);
  if (!program.input_file.empty()) {
    Allow(ruleset, program.input_file, LANDLOCK_ACCESS_FS_READ_FILE, false);
  }
  return ruleset;
}

std::vector<sock_filter> MakeCallFilter() {
#if defined(__x86_64__)
  constexpr uint32_t kArch = AUDIT_ARCH_X86_64;
  constexpr uint32_t kForeignCalls = 0x40000000;  // x32
#elif defined(__aarch64__)
  constexpr uint32_t kArch = AUDIT_ARCH_AARCH64;
  constexpr uint32_t kForeignCalls = 0xffffffff;
#else
  return {};
#endif
  constexpr uint32_t kDeny = SECCOMP_RET_ERRNO | 1;  // EPERM
  std::vector<sock_filter> filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArch, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kForeignCalls, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kDeny),
  };
  for (const int call : {SYS_socket, SYS_io_uring_setup, SYS_ptrace, SYS_process_vm_readv,
                         SYS_process_vm_writev, SYS_kill, SYS_bpf, SYS_keyctl, SYS_add_key,
                         SYS_request_key, SYS_mount, SYS_unshare, SYS_setns}) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, kDeny));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

bool PutUpWalls(const Program& program, int file_wall, const std::vector<sock_filter>& filter) {
  const auto cpu_s = static_cast<uint64_t>(absl::ToInt64Seconds(program.cpu_time_max));
  const auto memory = static_cast<uint64_t>(program.memory_bytes_max);
  const auto file = static_cast<uint64_t>(program.file_bytes_max);
  constexpr uint64_t kFilesMax = 64;
  bool up = SetLimit(RLIMIT_CPU, cpu_s, cpu_s + 1) && SetLimit(RLIMIT_AS, memory, memory) &&
            SetLimit(RLIMIT_FSIZE, file, file) && SetLimit(RLIMIT_CORE, 0, 0) &&
            SetLimit(RLIMIT_NOFILE, kFilesMax, kFilesMax) &&
            ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (up && file_wall >= 0) up = ::syscall(SYS_landlock_restrict_self, file_wall, 0) == 0;
  if (up && !filter.empty()) {
    const sock_fprog program_of_filter{static_cast<unsigned short>(filter.size()),
                                       const_cast<sock_filter*>(filter.data())};
    up = ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program_of_filter) == 0;
  }
  return up;
}

}  // namespace carillon::confined
