// The store as a bucket of an S3-compatible server, with a folder on the local disk for what comes in and goes out. Needs a server with
// strong consistency (AWS since 2020, MinIO, Ceph): what was written is seen by the next read and list, everywhere.
//
// Objects under the prefix: "<sha256>" a file, "kept/<sha256>" when it was last kept, "doomed/<sha256>/<id>" while somebody removes it,
// "clock" for what time it is there.
// Keeping writes the first mark, then reads the second; removing writes the second, then reads the first: one of the two sees the
// other, so a file that was kept is not removed (README.md).
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/media_store/folder_store.h"
#include "common/s3/s3_client.h"

namespace carillon::media_store {

class S3Store : public MediaStore {
 public:
  // `prefix` is "" or ends with "/". `folder` is this process's or this machine's own: uploads wait there until their hash is known, and
  // files that are sent are fetched there. What was not used for a day goes from it.
  S3Store(s3::S3Client& bucket, std::string prefix, std::string folder, const Clock& clock)
      : bucket_(bucket), prefix_(std::move(prefix)), folder_(std::move(folder)), clock_(clock) {}

  // Makes the folder, and shows that the bucket can be reached; FAILED_PRECONDITION says why not.
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
  class Upload;
  class Reader;

  Status Place(const StoredFile& file);
  Status Fetch(const std::string& sha256);
  // Removes it unless somebody keeps it meanwhile; whether it is gone.
  Result<bool> Remove(const std::string& sha256, absl::Time kept_before);
  Result<absl::Time> Now();  // by the server
  void TidyFolder();
  std::string KeyOf(const std::string& sha256) const { return prefix_ + sha256; }
  std::string KeptKey(const std::string& sha256) const { return prefix_ + "kept/" + sha256; }
  std::string DoomedPrefix(const std::string& sha256) const { return prefix_ + "doomed/" + sha256 + "/"; }

  s3::S3Client& bucket_;
  const std::string prefix_;
  FolderStore folder_;
  const Clock& clock_;
  std::mutex mutex_;
  absl::Duration tidied_at_ = -absl::InfiniteDuration();  // by the boot clock
};

}  // namespace carillon::media_store
