// The store as a folder: "<folder>/<sha256>", on a local disk or on a network file system with flock and atomic rename (NFS 4).
//
// A file is written beside the others as ".upload-...", made durable and moved into place whole, so that a process that is killed
// leaves no half file under a hash. A file's modification time is when it was last kept. ".lock" orders keeping and removing.
#pragma once

#include <string>

#include "common/media_store/media_store.h"
#include "common/media_store/media_urls.h"

namespace carillon::media_store {

class FolderStore : public MediaStore {
 public:
  // `urls` makes the public URLs, where there is a gateway that answers them.
  explicit FolderStore(std::string folder, std::shared_ptr<const MediaUrls> urls = nullptr)
      : folder_(std::move(folder)), urls_(std::move(urls)) {}

  // Creates the folder and shows that it can be written; FAILED_PRECONDITION says why not.
  Status Prepare();

  Result<std::unique_ptr<MediaUpload>> Begin(int64_t bytes_max) override;
  Result<StoredFile> Find(const std::string& sha256) override;
  Result<std::unique_ptr<MediaReader>> Open(const std::string& sha256, int64_t offset,
                                            int64_t size) override;
  Result<std::shared_ptr<const LocalFile>> Local(const std::string& sha256) override;
  Status Keep(const std::string& sha256) override;
  Result<SweepResult> Sweep(const SweepLimits& limits) override;
  Result<std::string> PublicUrl(const std::string& sha256, absl::Duration lifetime) override;

 private:
  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }
  Result<absl::Time> Now() const;
  Status Place(const std::string& path, const StoredFile& file);
  Status SweepFile(const std::string& name, absl::Time kept_before, SweepResult* result);
  Status SweepUpload(const std::string& name, absl::Time touched_before, SweepResult* result);

  const std::string folder_;
  const std::shared_ptr<const MediaUrls> urls_;
};

}  // namespace carillon::media_store
