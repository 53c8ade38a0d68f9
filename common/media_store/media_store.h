// The media store: files by the SHA-256 of their bytes. What it holds never changes; the same bytes twice are one file.
//
// Who needs a file says so with Keep(), again and again while he needs it; Sweep() removes what nobody has asked to keep for long.
// README.md argues why this never removes a file that is needed. Thread-safe, and safe between processes that share the store.
// Calls block on the disk, or on the network up to the store's own timeouts; memory is bounded by the chunk, never by the file.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::media_store {

struct StoredFile {
  std::string sha256;  // lower-case hex
  int64_t size_bytes = 0;
  std::string mime_type;  // by its first bytes (sniff.h); never what somebody said
};

// One file on its way in. Its hash is known only at the end. Dropped without Finish(), nothing of it becomes visible.
class MediaUpload {
 public:
  virtual ~MediaUpload() = default;
  // INVALID_ARGUMENT with MEDIA_TOO_LARGE; RESOURCE_EXHAUSTED with MEDIA_STORE_FULL.
  virtual Status Write(std::string_view bytes) = 0;
  // Whole and durable when it returns, and kept as if Keep() had been called. INVALID_ARGUMENT with BAD_MEDIA if it is none of the
  // kinds that are taken.
  virtual Result<StoredFile> Finish() = 0;
};

// A stretch of a file, read from its begin to its end.
class MediaReader {
 public:
  virtual ~MediaReader() = default;
  // At most `size` bytes into `buffer`; 0 at the end.
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;
};

// The file on the local disk. It stays there while this lives, if it is kept (by whoever needs it) in the meantime.
class LocalFile {
 public:
  explicit LocalFile(std::string path) : path_(std::move(path)) {}
  virtual ~LocalFile() = default;
  LocalFile(const LocalFile&) = delete;
  LocalFile& operator=(const LocalFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

// By the store's own clock alone, which also says when a file was kept: nobody's clock has to agree with it.
struct SweepLimits {
  absl::Duration unkept_for;       // a file that was not kept for so long goes
  absl::Duration abandoned_after;  // an upload that nobody has touched for so long, and whose writer is gone, goes
};
struct SweepResult {
  int64_t files = 0;    // that are in the store afterwards
  int64_t bytes = 0;    // of these
  int removed = 0;      // files that nobody needed
  int abandoned = 0;    // leftovers of uploads that died
};

// A file that is not there is INVALID_ARGUMENT with UNKNOWN_MEDIA; what is no SHA-256 is never there.
class MediaStore {
 public:
  virtual ~MediaStore() = default;

  // More than `bytes_max` is refused while it comes.
  virtual Result<std::unique_ptr<MediaUpload>> Begin(int64_t bytes_max) = 0;
  virtual Result<StoredFile> Find(const std::string& sha256) = 0;
  // `size` bytes from `offset` on; less if the file ends before.
  virtual Result<std::unique_ptr<MediaReader>> Open(const std::string& sha256, int64_t offset,
                                                    int64_t size) = 0;
  virtual Result<std::shared_ptr<const LocalFile>> Local(const std::string& sha256) = 0;

  // The file is needed now. When it returns OK the file is there, and no Sweep() removes it before its time.
  virtual Status Keep(const std::string& sha256) = 0;
  virtual Result<SweepResult> Sweep(const SweepLimits& limits) = 0;

  // A URL by which anybody can fetch the file until `lifetime` is over, for platforms that fetch media themselves.
  // FAILED_PRECONDITION with NO_PUBLIC_URL where the store has none.
  virtual Result<std::string> PublicUrl(const std::string& sha256, absl::Duration lifetime) = 0;
};

bool IsSha256(std::string_view text);
Status UnknownMedia(std::string_view sha256);

}  // namespace carillon::media_store
