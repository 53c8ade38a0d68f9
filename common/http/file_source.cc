#include "common/http/file_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace carillon::http {

Result<std::unique_ptr<FileSource>> FileSource::Open(const FileRange& range, const std::string& name) {
  const int file = ::open(range.path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about {};
  const bool readable = file >= 0 && ::fstat(file, &about) == 0 && S_ISREG(about.st_mode);
  const int64_t rest = readable ? int64_t{about.st_size} - range.offset : -1;
  if (range.offset < 0 || rest < 0 || range.size > rest) {
    if (file >= 0) ::close(file);
    return Refuse(Code::kFailedPrecondition, "UNREADABLE_FILE",
                  fmt::format("the file for '{}' cannot be read{}: {}", name,
                              readable ? " so far" : "", range.path),
                  {{"part", name}});
  }
  return std::unique_ptr<FileSource>(
      new FileSource(file, range.offset, range.size < 0 ? rest : range.size));
}

FileSource::~FileSource() { ::close(file_); }

size_t FileSource::Read(char* buffer, size_t size, size_t count, void* source) {
  auto* self = static_cast<FileSource*>(source);
  const auto wanted = std::min<int64_t>(static_cast<int64_t>(size * count), self->size_ - self->at_);
  if (wanted <= 0) return 0;
  ssize_t n = -1;
  do {
    n = ::pread(self->file_, buffer, static_cast<size_t>(wanted), self->begin_ + self->at_);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) {
    self->failed_ = true;
    return CURL_READFUNC_ABORT;
  }
  self->at_ += n;
  return static_cast<size_t>(n);
}

int FileSource::Seek(void* source, curl_off_t offset, int origin) {
  auto* self = static_cast<FileSource*>(source);
  if (origin != SEEK_SET || offset < 0 || offset > self->size_) return CURL_SEEKFUNC_FAIL;
  self->at_ = offset;
  return CURL_SEEKFUNC_OK;
}

}  // namespace carillon::http
