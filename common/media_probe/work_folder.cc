#include "common/media_probe/work_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/base/ids.h"

namespace carillon::media_probe {
namespace {

namespace fs = std::filesystem;

// A folder is its own lock file. -1: it is locked, or gone.
int Lock(const std::string& folder) {
  const int lock = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  if (lock >= 0) ::close(lock);
  return -1;
}

Status DiskError(const std::string& root) {
  return MakeStatus(Code::kUnavailable,
                    fmt::format("no work folder in {}: {}", root, std::strerror(errno)));
}

// One at a time, under the root's lock; who makes a folder has locked it before he gives that back.
void RemoveDead(const std::string& root) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    const int lock = Lock(entry.path());
    if (lock < 0) continue;
    fs::remove_all(entry.path(), error);
    ::close(lock);
  }
}

}  // namespace

Result<std::unique_ptr<WorkFolder>> WorkFolder::Create(const std::string& root) {
  std::error_code error;
  fs::create_directories(root, error);
  const int root_lock = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root_lock < 0) return DiskError(root);
  while (::flock(root_lock, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    ::close(root_lock);
    return DiskError(root);
  }
  RemoveDead(root);
  std::string path = root + "/" + RandomText();
  const bool made = fs::create_directory(path, error);
  const int lock = made ? Lock(path) : -1;
  ::close(root_lock);
  if (lock < 0) return DiskError(root);
  return std::unique_ptr<WorkFolder>(new WorkFolder(std::move(path), lock));
}

WorkFolder::~WorkFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
  ::close(lock_);
}

}  // namespace carillon::media_probe
