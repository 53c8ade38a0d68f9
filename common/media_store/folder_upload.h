// A file that is written beside the store's files, hashed as it comes. Its writer holds a lock on it for life, which the kernel gives
// back however the writer ends: an upload without a lock is a leftover.
#pragma once

#include <sodium.h>

#include <functional>
#include <memory>
#include <string>

#include "common/media_store/media_store.h"

namespace carillon::media_store {

inline constexpr std::string_view kUploadPrefix = ".upload-";

// errno as a status: a full disk is RESOURCE_EXHAUSTED with MEDIA_STORE_FULL, all else UNAVAILABLE.
Status DiskError(std::string_view what);

class FolderUpload : public MediaUpload {
 public:
  // Moves the finished file at `path` into its place.
  using Place = std::function<Status(const std::string& path, const StoredFile& file)>;

  static Result<std::unique_ptr<FolderUpload>> Create(const std::string& folder, int64_t bytes_max,
                                                      Place place);
  ~FolderUpload() override;

  Status Write(std::string_view bytes) override;
  Result<StoredFile> Finish() override;

 private:
  FolderUpload(std::string path, int file, int64_t bytes_max, Place place);

  const std::string path_;
  const int file_;
  const int64_t bytes_max_;
  const Place place_;
  bool placed_ = false;
  int64_t size_ = 0;
  std::string first_;
  crypto_hash_sha256_state hash_;
};

}  // namespace carillon::media_store
