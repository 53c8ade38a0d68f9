#include "common/media_store/s3_store.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "common/base/ids.h"
#include "common/media_store/sniff.h"

namespace carillon::media_store {
namespace {

constexpr int64_t kChunkBytes = 1 << 20;
constexpr absl::Duration kFolderKeptFor = absl::Hours(24);
constexpr absl::Duration kTidyEvery = absl::Minutes(10);
// A removal that has come no further in this time is given up; a mark of one much older is of nobody.
constexpr absl::Duration kRemovalMax = absl::Minutes(1);

Status Unknown(const Status& status, const std::string& sha256) {
  return status.code() == Code::kNotFound ? UnknownMedia(sha256) : status;
}

}  // namespace

// Into the folder first, because the name of an object is the hash of what it will hold.
class S3Store::Upload : public MediaUpload {
 public:
  Upload(S3Store& store, std::unique_ptr<MediaUpload> upload) : store_(store), upload_(std::move(upload)) {}
  Status Write(std::string_view bytes) override { return upload_->Write(bytes); }
  Result<StoredFile> Finish() override {
    ASSIGN_OR_RETURN(StoredFile file, upload_->Finish());
    RETURN_IF_ERROR(store_.Place(file));
    return file;
  }

 private:
  S3Store& store_;
  const std::unique_ptr<MediaUpload> upload_;
};

// Fetches a chunk whenever the last one is used up.
class S3Store::Reader : public MediaReader {
 public:
  Reader(S3Store& store, std::string sha256, int64_t at, int64_t end)
      : store_(store), sha256_(std::move(sha256)), at_(at), end_(end) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    if (used_ == chunk_.size()) {
      const int64_t wanted = std::min(kChunkBytes, end_ - at_);
      if (wanted <= 0) return size_t{0};
      chunk_.clear();
      used_ = 0;
      const auto got = store_.bucket_.Get(store_.KeyOf(sha256_), at_, wanted, [this](std::string_view bytes) {
        chunk_ += bytes;
        return Ok();
      });
      if (!got.ok()) return Unknown(got.status(), sha256_);
      at_ += static_cast<int64_t>(chunk_.size());
    }
    const size_t n = std::min(size, chunk_.size() - used_);
    std::memcpy(buffer, chunk_.data() + used_, n);
    used_ += n;
    return n;
  }

 private:
  S3Store& store_;
  const std::string sha256_;
  int64_t at_;
  const int64_t end_;
  std::string chunk_;
  size_t used_ = 0;
};

Status S3Store::Prepare() {
  RETURN_IF_ERROR(folder_.Prepare());
  const Status reached = bucket_.Head(prefix_ + "kept/").status();
  if (reached.ok() || reached.code() == Code::kNotFound) {
    // A server answers so for a bucket that is not there, too.
    return Annotate(bucket_.List(prefix_ + "doomed/", [](const s3::Object&) { return Ok(); }), "the media bucket");
  }
  return Annotate(reached, "the media bucket");
}

Result<std::unique_ptr<MediaUpload>> S3Store::Begin(int64_t bytes_max) {
  TidyFolder();
  ASSIGN_OR_RETURN(auto upload, folder_.Begin(bytes_max));
  return std::make_unique<Upload>(*this, std::move(upload));
}

Status S3Store::Place(const StoredFile& file) {
  ASSIGN_OR_RETURN(const auto local, folder_.Local(file.sha256));
  const auto there = bucket_.Head(KeyOf(file.sha256));
  if (!there.ok() && there.status().code() != Code::kNotFound) return there.status();
  if (!there.ok() || there->size_bytes != file.size_bytes) {
    RETURN_IF_ERROR(bucket_.PutFile(KeyOf(file.sha256), local->path(), file.size_bytes, file.mime_type));
  }
  return Keep(file.sha256);
}

Result<StoredFile> S3Store::Find(const std::string& sha256) {
  if (!IsSha256(sha256)) return UnknownMedia(sha256);
  std::string first;
  const auto size = bucket_.Get(KeyOf(sha256), 0, kSniffBytes, [&](std::string_view bytes) {
    first += bytes;
    return Ok();
  });
  if (!size.ok()) return Unknown(size.status(), sha256);
  return StoredFile{sha256, *size, SniffMimeType(first)};
}

Result<std::unique_ptr<MediaReader>> S3Store::Open(const std::string& sha256, int64_t offset, int64_t size) {
  if (offset < 0 || size < 0) return MakeStatus(Code::kInvalidArgument, "a range is not negative");
  ASSIGN_OR_RETURN(const StoredFile file, Find(sha256));
  const int64_t begin = std::min(offset, file.size_bytes);
  return std::make_unique<Reader>(*this, sha256, begin, begin + std::min(size, file.size_bytes - begin));
}

Result<std::shared_ptr<const LocalFile>> S3Store::Local(const std::string& sha256) {
  TidyFolder();
  if (Status kept = folder_.Keep(sha256); !kept.ok()) {
    if (ReasonOf(kept) != "UNKNOWN_MEDIA" || !IsSha256(sha256)) return kept;
    RETURN_IF_ERROR(Fetch(sha256));
  }
  return folder_.Local(sha256);
}

Status S3Store::Fetch(const std::string& sha256) {
  ASSIGN_OR_RETURN(const StoredFile file, Find(sha256));
  ASSIGN_OR_RETURN(const auto upload, folder_.Begin(file.size_bytes));
  const auto got = bucket_.Get(KeyOf(sha256), 0, file.size_bytes,
                               [&](std::string_view bytes) { return upload->Write(bytes); });
  if (!got.ok()) return Unknown(got.status(), sha256);
  ASSIGN_OR_RETURN(const StoredFile fetched, upload->Finish());
  if (fetched.sha256 == sha256) return Ok();
  return MakeStatus(Code::kDataLoss, fmt::format("the object of {} holds other bytes", sha256));
}

Status S3Store::Keep(const std::string& sha256) {
  if (!IsSha256(sha256)) return UnknownMedia(sha256);
  RETURN_IF_ERROR(bucket_.Put(KeptKey(sha256), ""));
  bool is_doomed = false;
  RETURN_IF_ERROR(bucket_.List(DoomedPrefix(sha256), [&](const s3::Object&) {
    is_doomed = true;
    return Ok();
  }));
  if (is_doomed) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("the media file {} is being removed: try again in a minute", sha256));
  }
  return Unknown(bucket_.Head(KeyOf(sha256)).status(), sha256);
}

Result<absl::Time> S3Store::Now() {
  RETURN_IF_ERROR(bucket_.Put(prefix_ + "clock", ""));
  ASSIGN_OR_RETURN(const s3::Object clock, bucket_.Head(prefix_ + "clock"));
  if (clock.modified_at < absl::InfiniteFuture()) return clock.modified_at;
  return MakeStatus(Code::kUnavailable, "the media bucket does not say what time it is");
}

Result<bool> S3Store::Remove(const std::string& sha256, absl::Time kept_before) {
  const std::string doom = DoomedPrefix(sha256) + RandomText();
  const absl::Duration begun = clock_.BootTime();
  RETURN_IF_ERROR(bucket_.Put(doom, ""));
  const auto kept = bucket_.Head(KeptKey(sha256));
  const bool is_kept = kept.ok() ? kept->modified_at >= kept_before : kept.status().code() != Code::kNotFound;
  if (is_kept || clock_.BootTime() - begun > kRemovalMax) {
    RETURN_IF_ERROR(bucket_.Delete(doom));
    return false;
  }
  RETURN_IF_ERROR(bucket_.Delete(KeyOf(sha256)));
  RETURN_IF_ERROR(bucket_.Delete(KeptKey(sha256)));
  // Last: who finds no mark finds no file either.
  RETURN_IF_ERROR(bucket_.Delete(doom));
  return true;
}

Result<SweepResult> S3Store::Sweep(const SweepLimits& limits) {
  SweepResult result;
  ASSIGN_OR_RETURN(const absl::Time now, Now());
  const absl::Time kept_before = now - limits.unkept_for;
  const absl::Time touched_before = now - limits.abandoned_after;
  std::map<std::string, absl::Time> kept;
  std::vector<std::string> unkept;
  std::set<std::string> there;
  // Marks of removals that nobody goes on with.
  std::vector<std::string> stale;
  RETURN_IF_ERROR(bucket_.List(prefix_ + "doomed/", [&](const s3::Object& object) {
    if (object.modified_at < touched_before) stale.push_back(object.key);
    return Ok();
  }));
  for (const std::string& key : stale) RETURN_IF_ERROR(bucket_.Delete(key));
  const size_t name_at = prefix_.size() + std::string_view("kept/").size();
  RETURN_IF_ERROR(bucket_.List(prefix_ + "kept/", [&](const s3::Object& object) {
    kept[object.key.substr(name_at)] = object.modified_at;
    return Ok();
  }));
  RETURN_IF_ERROR(bucket_.List(prefix_, [&](const s3::Object& object) {
    const std::string sha256 = object.key.substr(prefix_.size());
    if (!IsSha256(sha256)) return Ok();
    there.insert(sha256);
    ++result.files;
    result.bytes += object.size_bytes;
    const auto mark = kept.find(sha256);
    const absl::Time last = std::max(object.modified_at, mark == kept.end() ? absl::InfinitePast() : mark->second);
    if (last < kept_before) {
      unkept.push_back(sha256);
      result.bytes -= object.size_bytes;
    }
    return Ok();
  }));
  for (const std::string& sha256 : unkept) {
    ASSIGN_OR_RETURN(const bool removed, Remove(sha256, kept_before));
    result.removed += removed ? 1 : 0;
    result.files -= removed ? 1 : 0;
  }
  for (const auto& [sha256, time] : kept) {
    // Of a file that was never there, or went by other hands.
    if (there.contains(sha256) || time >= kept_before) continue;
    RETURN_IF_ERROR(bucket_.Delete(KeptKey(sha256)));
  }
  ASSIGN_OR_RETURN(result.abandoned, bucket_.AbortUploads(prefix_, touched_before));
  TidyFolder();
  return result;
}

void S3Store::TidyFolder() {
  {
    std::lock_guard lock(mutex_);
    if (clock_.BootTime() - tidied_at_ < kTidyEvery) return;
    tidied_at_ = clock_.BootTime();
  }
  // It is a cache: what could not be removed now is removed another time.
  (void)folder_.Sweep({.unkept_for = kFolderKeptFor, .abandoned_after = kTidyEvery});
}

Result<std::string> S3Store::PublicUrl(const std::string& sha256, absl::Duration lifetime) {
  if (!IsSha256(sha256)) return UnknownMedia(sha256);
  return bucket_.PresignedUrl(KeyOf(sha256), lifetime);
}

}  // namespace carillon::media_store
