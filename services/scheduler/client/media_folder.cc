#include "services/scheduler/client/media_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "common/base/ids.h"

namespace carillon::scheduler {
namespace {

constexpr size_t kSniffBytes = 16;

Status DiskError(const std::string& what) {
  return MakeStatus(Code::kUnavailable,
                    fmt::format("the media store: {}: {}", what, std::strerror(errno)));
}

Status WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return DiskError("a file can't be written");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Ok();
}

class FolderUpload : public MediaUpload {
 public:
  FolderUpload(std::string folder, std::string path, int file)
      : folder_(std::move(folder)), path_(std::move(path)), file_(file) {
    crypto_hash_sha256_init(&hash_);
  }
  ~FolderUpload() override {
    if (file_ >= 0) ::close(file_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  Status Write(std::string_view bytes) override {
    size_ += static_cast<int64_t>(bytes.size());
    if (size_ > kMediaBytesMax) {
      return Refuse(Code::kInvalidArgument, "MEDIA_TOO_LARGE",
                    fmt::format("the file is larger than {} bytes", kMediaBytesMax));
    }
    if (first_.size() < kSniffBytes) first_ += bytes.substr(0, kSniffBytes - first_.size());
    crypto_hash_sha256_update(&hash_, reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size());
    return WriteAll(file_, bytes);
  }

  Result<publisher::v1::Media> Finish() override {
    publisher::v1::Media media;
    media.set_mime_type(SniffMimeType(first_));
    if (media.mime_type().empty()) {
      return Refuse(Code::kInvalidArgument, "BAD_MEDIA",
                    "the file is no PNG, JPEG, GIF, WebP or MP4");
    }
    media.set_size_bytes(size_);
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&hash_, digest.data());
    std::array<char, crypto_hash_sha256_BYTES * 2 + 1> hex{};
    sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
    media.set_sha256(hex.data());
    if (::fsync(file_) != 0) return DiskError("a file can't be made durable");
    if (::rename(path_.c_str(), (folder_ + "/" + media.sha256()).c_str()) != 0) {
      return DiskError("a file can't be moved into place");
    }
    path_.clear();
    const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool durable = folder >= 0 && ::fsync(folder) == 0;
    if (folder >= 0) ::close(folder);
    if (!durable) return DiskError("the folder can't be made durable");
    return media;
  }

 private:
  const std::string folder_;
  std::string path_;
  int file_;
  int64_t size_ = 0;
  std::string first_;
  crypto_hash_sha256_state hash_;
};

bool IsSha256(std::string_view text) {
  return text.size() == 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string SniffMimeType(std::string_view first) {
  if (first.substr(0, 8) == "\x89PNG\r\n\x1A\n") return "image/png";
  if (first.substr(0, 3) == "\xFF\xD8\xFF") return "image/jpeg";
  if (first.substr(0, 6) == "GIF87a" || first.substr(0, 6) == "GIF89a") return "image/gif";
  if (first.size() < 12) return "";
  if (first.substr(0, 4) == "RIFF" && first.substr(8, 4) == "WEBP") return "image/webp";
  // QuickTime files begin the same way; they are another format.
  if (first.substr(4, 4) == "ftyp" && first.substr(8, 4) != "qt  ") return "video/mp4";
  return "";
}

Status MediaFolder::Open() {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error || ::access(folder_.c_str(), R_OK | W_OK | X_OK) != 0) {
    return MakeStatus(Code::kFailedPrecondition,
                      fmt::format("the media folder {} can't be used: {}; set --media-dir", folder_,
                                  error ? error.message() : std::strerror(errno)));
  }
  return Ok();
}

Result<std::unique_ptr<MediaUpload>> MediaFolder::Begin() {
  const std::string path = folder_ + "/.upload-" + RandomText();
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (file < 0) return DiskError("a file can't be created");
  return std::make_unique<FolderUpload>(folder_, path, file);
}

Result<publisher::v1::Media> MediaFolder::Find(const std::string& sha256) {
  const Status unknown =
      Refuse(Code::kInvalidArgument, "UNKNOWN_MEDIA",
             fmt::format("there is no media file '{}'; upload it first", sha256.substr(0, 80)),
             {{"sha256", sha256.substr(0, 80)}});
  if (!IsSha256(sha256)) return unknown;
  const int file = ::open((folder_ + "/" + sha256).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? unknown : DiskError("a file can't be read");
  struct stat about {};
  std::array<char, kSniffBytes> first{};
  const ssize_t n = ::read(file, first.data(), first.size());
  const bool known = ::fstat(file, &about) == 0;
  ::close(file);
  if (!known || n < 0) return DiskError("a file can't be read");
  publisher::v1::Media media;
  media.set_sha256(sha256);
  media.set_size_bytes(about.st_size);
  media.set_mime_type(SniffMimeType({first.data(), static_cast<size_t>(n)}));
  return media;
}

}  // namespace carillon::scheduler
