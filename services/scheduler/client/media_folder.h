// The media store as a folder: "<folder>/<sha256>", written beside it and moved into place whole. The publisher reads the same folder.
// Takes PNG, JPEG, GIF, WebP and MP4, known by their first bytes; at most 100 MB. Thread-safe; blocks on the disk.
#pragma once

#include <string>
#include <string_view>

#include "services/scheduler/ports.h"

namespace carillon::scheduler {

constexpr int64_t kMediaBytesMax = 100'000'000;

// "image/png", ...; "" for what is not taken. The first 16 bytes are enough. Formats: PNG 5.2, GIF89a, JFIF, WebP container, ISO/IEC
// 14496-12 (ftyp).
std::string SniffMimeType(std::string_view first_bytes);

class MediaFolder : public MediaStore {
 public:
  explicit MediaFolder(std::string folder) : folder_(std::move(folder)) {}

  // Creates the folder and shows that it can be written; FAILED_PRECONDITION says why not.
  Status Open();

  Result<std::unique_ptr<MediaUpload>> Begin() override;
  Result<publisher::v1::Media> Find(const std::string& sha256) override;

 private:
  const std::string folder_;
};

}  // namespace carillon::scheduler
