#include "services/scheduler/client/stored_media.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "common/media_probe/work_folder.h"
#include "common/media_store/folder_store.h"

namespace carillon::scheduler {
namespace {

using media_store::StoredFile;

constexpr size_t kChunkBytes = 256 << 10;

publisher::v1::Media ToProto(const StoredFile& file) {
  publisher::v1::Media media;
  media.set_sha256(file.sha256);
  media.set_mime_type(file.mime_type);
  media.set_size_bytes(file.size_bytes);
  return media;
}

Result<StoredFile> Store(media_store::MediaStore& store, const std::string& path, int64_t bytes_max) {
  ASSIGN_OR_RETURN(const auto upload, store.Begin(bytes_max));
  std::ifstream file(path, std::ios::binary);
  std::string chunk(kChunkBytes, '\0');
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    RETURN_IF_ERROR(upload->Write({chunk.data(), static_cast<size_t>(file.gcount())}));
  }
  if (!file.eof()) return MakeStatus(Code::kUnavailable, "an upload can't be read again: " + std::string(std::strerror(errno)));
  return upload->Finish();
}

}  // namespace

// Into a folder of its own, where it is sniffed and hashed as in the store, and gone with it.
class StoredMedia::Upload : public MediaUpload {
 public:
  static Result<std::unique_ptr<MediaUpload>> Begin(StoredMedia& media) {
    ASSIGN_OR_RETURN(auto work, media_probe::WorkFolder::Create(media.work_folder_));
    auto upload = std::make_unique<Upload>(media, std::move(work));
    ASSIGN_OR_RETURN(upload->bytes_, upload->folder_.Begin(media.bytes_max_));
    return upload;
  }
  Upload(StoredMedia& media, std::unique_ptr<media_probe::WorkFolder> work)
      : media_(media), work_(std::move(work)), folder_(work_->path()) {}

  Status Write(std::string_view bytes) override { return bytes_->Write(bytes); }

  Result<publisher::v1::Media> Finish() override {
    ASSIGN_OR_RETURN(const StoredFile upload, bytes_->Finish());
    ASSIGN_OR_RETURN(const auto local, folder_.Local(upload.sha256));
    ASSIGN_OR_RETURN(const std::string path, WithoutPrivate(local->path(), upload.mime_type));
    ASSIGN_OR_RETURN(const StoredFile stored, Store(media_.store_, path, media_.bytes_max_));
    return ToProto(stored);
  }

 private:
  // The file itself if nothing in it is private.
  Result<std::string> WithoutPrivate(const std::string& path, const std::string& mime_type) {
    // The programs may write there, not beside the upload.
    const std::string tools = work_->path() + "/tools";
    std::error_code error;
    if (!std::filesystem::create_directory(tools, error)) {
      return MakeStatus(Code::kUnavailable, "no work folder: " + error.message());
    }
    ASSIGN_OR_RETURN(const media_probe::MediaFacts facts, media_.probe_.Probe(path, mime_type, tools));
    if (!facts.is_private) return path;
    ASSIGN_OR_RETURN(std::string clean, media_.probe_.WriteClean(path, facts, tools));
    ASSIGN_OR_RETURN(const media_probe::MediaFacts after, media_.probe_.Probe(clean, mime_type, tools));
    if (!after.is_private) return clean;
    return Refuse(Code::kInvalidArgument, "BAD_MEDIA",
                  "what is private in the file can't be taken out; save it without metadata");
  }

  StoredMedia& media_;
  const std::unique_ptr<media_probe::WorkFolder> work_;
  media_store::FolderStore folder_;
  std::unique_ptr<media_store::MediaUpload> bytes_;  // before its folder goes
};

Result<std::unique_ptr<MediaUpload>> StoredMedia::Begin() { return Upload::Begin(*this); }

Result<publisher::v1::Media> StoredMedia::Find(const std::string& sha256) {
  RETURN_IF_ERROR(store_.Keep(sha256));
  ASSIGN_OR_RETURN(const StoredFile file, store_.Find(sha256));
  return ToProto(file);
}

}  // namespace carillon::scheduler
