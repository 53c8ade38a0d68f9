#include "common/media_store/folder_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/media_store/folder_upload.h"
#include "common/media_store/sniff.h"

namespace carillon::media_store {
namespace {

// A file descriptor that is closed.
class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : file_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (file_ >= 0) ::close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool ok() const { return file_ >= 0; }
  int get() const { return file_; }

 private:
  const int file_;
};

// The store's lock, shared by who keeps and alone by who removes. Held for two system calls at a time, and given back at death.
class StoreLock {
 public:
  StoreLock(const std::string& folder, int how) : file_(folder + "/.lock", O_RDWR | O_CREAT, 0660) {
    int result = file_.ok() ? -1 : 1;
    while (result < 0) {
      result = ::flock(file_.get(), how);
      if (result < 0 && errno != EINTR) break;
    }
    held_ = result == 0;
  }
  bool held() const { return held_; }

 private:
  const File file_;
  bool held_ = false;
};

Status NoLock() { return DiskError("its lock can't be taken"); }

Status SyncFolder(const std::string& folder) {
  const File file(folder, O_RDONLY | O_DIRECTORY);
  return file.ok() && ::fsync(file.get()) == 0 ? Ok() : DiskError("the folder can't be made durable");
}

absl::Time ModifiedAt(const struct stat& about) { return absl::TimeFromTimespec(about.st_mtim); }

class FolderReader : public MediaReader {
 public:
  FolderReader(int file, int64_t offset, int64_t size) : file_(file), at_(offset), left_(size) {}
  ~FolderReader() override { ::close(file_); }

  Result<size_t> Read(char* buffer, size_t size) override {
    const size_t wanted = static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(size), left_));
    ssize_t n = -1;
    do {
      n = ::pread(file_, buffer, wanted, at_);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return DiskError("a file can't be read");
    at_ += n;
    left_ -= n;
    return static_cast<size_t>(n);
  }

 private:
  const int file_;
  int64_t at_;
  int64_t left_;
};

}  // namespace

bool IsSha256(std::string_view text) {
  return text.size() == 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Status UnknownMedia(std::string_view sha256) {
  const std::string name(sha256.substr(0, 80));
  return Refuse(Code::kInvalidArgument, "UNKNOWN_MEDIA",
                fmt::format("there is no media file '{}'; upload it first", name),
                {{"sha256", name}});
}

Status FolderStore::Prepare() {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error || ::access(folder_.c_str(), R_OK | W_OK | X_OK) != 0) {
    return MakeStatus(Code::kFailedPrecondition,
                      fmt::format("the media folder {} can't be used: {}; set --media-dir", folder_,
                                  error ? error.message() : std::strerror(errno)));
  }
  return Ok();
}

Result<std::unique_ptr<MediaUpload>> FolderStore::Begin(int64_t bytes_max) {
  return FolderUpload::Create(folder_, bytes_max,
                              [this](const std::string& path, const StoredFile& file) {
                                return Place(path, file);
                              });
}

Status FolderStore::Place(const std::string& path, const StoredFile& file) {
  {
    const StoreLock lock(folder_, LOCK_SH);
    if (!lock.held()) return NoLock();
    // An upload may have taken longer than anything is kept: its time starts here.
    if (::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) != 0 ||
        ::rename(path.c_str(), PathOf(file.sha256).c_str()) != 0) {
      return DiskError("a file can't be moved into place");
    }
  }
  return SyncFolder(folder_);
}

Result<StoredFile> FolderStore::Find(const std::string& sha256) {
  if (!IsSha256(sha256)) return UnknownMedia(sha256);
  const File file(PathOf(sha256), O_RDONLY);
  if (!file.ok()) return errno == ENOENT ? UnknownMedia(sha256) : DiskError("a file can't be read");
  struct stat about {};
  std::array<char, kSniffBytes> first{};
  const ssize_t n = ::pread(file.get(), first.data(), first.size(), 0);
  if (n < 0 || ::fstat(file.get(), &about) != 0) return DiskError("a file can't be read");
  return StoredFile{sha256, about.st_size, SniffMimeType({first.data(), static_cast<size_t>(n)})};
}

Result<std::unique_ptr<MediaReader>> FolderStore::Open(const std::string& sha256, int64_t offset,
                                                       int64_t size) {
  if (!IsSha256(sha256)) return UnknownMedia(sha256);
  if (offset < 0 || size < 0) return MakeStatus(Code::kInvalidArgument, "a range is not negative");
  const int file = ::open(PathOf(sha256).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? UnknownMedia(sha256) : DiskError("a file can't be read");
  return std::make_unique<FolderReader>(file, offset, size);
}

Result<std::shared_ptr<const LocalFile>> FolderStore::Local(const std::string& sha256) {
  // It stays because whoever asks for it needs it, and so has it kept.
  struct stat about {};
  if (!IsSha256(sha256)) return UnknownMedia(sha256);
  if (::stat(PathOf(sha256).c_str(), &about) == 0 && S_ISREG(about.st_mode)) {
    return std::make_shared<const LocalFile>(PathOf(sha256));
  }
  return errno == ENOENT ? UnknownMedia(sha256) : DiskError("a file can't be read");
}

Status FolderStore::Keep(const std::string& sha256) {
  if (!IsSha256(sha256)) return UnknownMedia(sha256);
  const StoreLock lock(folder_, LOCK_SH);
  if (!lock.held()) return NoLock();
  if (::utimensat(AT_FDCWD, PathOf(sha256).c_str(), nullptr, 0) == 0) return Ok();
  return errno == ENOENT ? UnknownMedia(sha256) : DiskError("a file can't be kept");
}

// As the file system sees it, which also gives the files their times.
Result<absl::Time> FolderStore::Now() const {
  const File lock(PathOf(".lock"), O_RDWR | O_CREAT, 0660);
  struct stat about {};
  if (lock.ok() && ::futimens(lock.get(), nullptr) == 0 && ::fstat(lock.get(), &about) == 0) {
    return ModifiedAt(about);
  }
  return DiskError("it does not say what time it is");
}

Result<SweepResult> FolderStore::Sweep(const SweepLimits& limits) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(folder_.c_str()), &::closedir);
  if (folder == nullptr) return DiskError("the folder can't be read");
  const Result<absl::Time> now = Now();
  if (!now.ok()) return now.status();
  SweepResult result;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (IsSha256(name)) {
      RETURN_IF_ERROR(SweepFile(name, *now - limits.unkept_for, &result));
    } else if (name.starts_with(kUploadPrefix)) {
      RETURN_IF_ERROR(SweepUpload(name, *now - limits.abandoned_after, &result));
    }
  }
  return result;
}

Result<std::string> FolderStore::PublicUrl(const std::string& sha256, absl::Duration lifetime) {
  if (urls_ == nullptr) {
    return Refuse(Code::kFailedPrecondition, "NO_PUBLIC_URL",
                  "media in a folder have no public URL without a gateway; set --public-url and --media-url-key-file");
  }
  RETURN_IF_ERROR(Find(sha256).status());
  return urls_->Make(sha256, lifetime);
}

Status FolderStore::SweepFile(const std::string& name, absl::Time kept_before,
                              SweepResult* result) {
  const std::string path = PathOf(name);
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) {
    return errno == ENOENT ? Ok() : DiskError("a file can't be looked at");
  }
  if (ModifiedAt(about) < kept_before) {
    // Again, while nobody can keep it.
    const StoreLock lock(folder_, LOCK_EX);
    if (!lock.held()) return NoLock();
    if (::stat(path.c_str(), &about) != 0) {
      return errno == ENOENT ? Ok() : DiskError("a file can't be looked at");
    }
    if (ModifiedAt(about) < kept_before) {
      if (::unlink(path.c_str()) != 0) return DiskError("a file can't be removed");
      ++result->removed;
      return Ok();
    }
  }
  ++result->files;
  result->bytes += about.st_size;
  return Ok();
}

Status FolderStore::SweepUpload(const std::string& name, absl::Time touched_before,
                                SweepResult* result) {
  const std::string path = PathOf(name);
  const File file(path, O_RDWR);
  struct stat about {};
  if (!file.ok() || ::fstat(file.get(), &about) != 0) {
    return errno == ENOENT ? Ok() : DiskError("an upload can't be looked at");
  }
  if (ModifiedAt(about) > touched_before || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return Ok();
  // Its writer is dead; or it has just been moved into place, and then this name is gone.
  if (::unlink(path.c_str()) == 0) ++result->abandoned;
  return Ok();
}

}  // namespace carillon::media_store
