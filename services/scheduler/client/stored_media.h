// The scheduler's door to the media store (common/media_store). What comes in is looked at (common/media_probe) before it is stored, and
// stored without what is private: what a post names is what will be published. Thread-safe; blocks on the store and on the programs that
// look, for seconds with a picture, longer with a large video.
#pragma once

#include <memory>
#include <string>

#include "common/media_probe/media_probe.h"
#include "common/media_store/media_store.h"
#include "services/scheduler/ports.h"

namespace carillon::scheduler {

class StoredMedia : public MediaStore {
 public:
  // Uploads wait in `work_folder` until they were looked at; the local disk holds them up to twice. A larger file than `bytes_max` is
  // MEDIA_TOO_LARGE. Store and probe outlive it.
  StoredMedia(media_store::MediaStore& store, media_probe::MediaProbe& probe, std::string work_folder, int64_t bytes_max)
      : store_(store), probe_(probe), work_folder_(std::move(work_folder)), bytes_max_(bytes_max) {}

  Result<std::unique_ptr<MediaUpload>> Begin() override;
  // Keeps the file too: a post is about to name it (flow/media_keeper.h says why that is enough).
  Result<publisher::v1::Media> Find(const std::string& sha256) override;

 private:
  class Upload;

  media_store::MediaStore& store_;
  media_probe::MediaProbe& probe_;
  const std::string work_folder_;
  const int64_t bytes_max_;
};

}  // namespace carillon::scheduler
