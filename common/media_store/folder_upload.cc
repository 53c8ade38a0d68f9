#include "common/media_store/folder_upload.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/base/ids.h"
#include "common/media_store/sniff.h"

namespace carillon::media_store {
namespace {

Status WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return DiskError("a file can't be written");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Ok();
}

}  // namespace

Status DiskError(std::string_view what) {
  const int error = errno;
  const std::string message = fmt::format("the media store: {}: {}", what, std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) {
    return Refuse(Code::kResourceExhausted, "MEDIA_STORE_FULL", message);
  }
  return MakeStatus(Code::kUnavailable, message);
}

Result<std::unique_ptr<FolderUpload>> FolderUpload::Create(const std::string& folder,
                                                           int64_t bytes_max, Place place) {
  std::string path = folder + "/" + std::string(kUploadPrefix) + RandomText();
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (file < 0) return DiskError("a file can't be created");
  // Nobody else knows the name; a sweep leaves what is this young.
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    const Status error = DiskError("a new file can't be locked");
    ::unlink(path.c_str());
    ::close(file);
    return error;
  }
  return std::unique_ptr<FolderUpload>(
      new FolderUpload(std::move(path), file, bytes_max, std::move(place)));
}

FolderUpload::FolderUpload(std::string path, int file, int64_t bytes_max, Place place)
    : path_(std::move(path)), file_(file), bytes_max_(bytes_max), place_(std::move(place)) {
  crypto_hash_sha256_init(&hash_);
}

FolderUpload::~FolderUpload() {
  if (!placed_) ::unlink(path_.c_str());
  ::close(file_);
}

Status FolderUpload::Write(std::string_view bytes) {
  if (static_cast<int64_t>(bytes.size()) > bytes_max_ - size_) {
    return Refuse(Code::kInvalidArgument, "MEDIA_TOO_LARGE",
                  fmt::format("the file is larger than {} bytes", bytes_max_),
                  {{"max", std::to_string(bytes_max_)}});
  }
  size_ += static_cast<int64_t>(bytes.size());
  if (first_.size() < kSniffBytes) first_ += bytes.substr(0, kSniffBytes - first_.size());
  crypto_hash_sha256_update(&hash_, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
  return WriteAll(file_, bytes);
}

Result<StoredFile> FolderUpload::Finish() {
  StoredFile file;
  file.mime_type = SniffMimeType(first_);
  if (file.mime_type.empty()) {
    return Refuse(Code::kInvalidArgument, "BAD_MEDIA",
                  "the file is no PNG, JPEG, GIF, WebP or MP4");
  }
  file.size_bytes = size_;
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&hash_, digest.data());
  std::array<char, crypto_hash_sha256_BYTES * 2 + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  file.sha256 = hex.data();
  if (::fsync(file_) != 0) return DiskError("a file can't be made durable");
  RETURN_IF_ERROR(place_(path_, file));
  placed_ = true;
  return file;
}

}  // namespace carillon::media_store
