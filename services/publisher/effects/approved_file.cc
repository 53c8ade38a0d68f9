#include "services/publisher/effects/approved_file.h"

namespace carillon::publisher {

Result<std::shared_ptr<const media_store::LocalFile>> OpenApproved(const v1::Media& media, media_store::MediaStore& store) {
  if (!media_store::IsSha256(media.sha256())) {
    return Refuse(Code::kInvalidArgument, "BAD_MEDIA", "a media file is not named by its SHA-256");
  }
  auto file = store.Local(media.sha256());
  if (ReasonOf(file.status()) == "UNKNOWN_MEDIA") {
    return Refuse(Code::kUnavailable, "MEDIA_MISSING",
                  "the content store has no file " + media.sha256());
  }
  RETURN_IF_ERROR(file.status());
  ASSIGN_OR_RETURN(const media_store::StoredFile stored, store.Find(media.sha256()));
  if (stored.size_bytes != media.size_bytes() || stored.mime_type != media.mime_type()) {
    return Refuse(Code::kInvalidArgument, "BAD_MEDIA",
                  fmt::format("the file {} has {} bytes of '{}'; {} of '{}' were approved",
                              media.sha256(), stored.size_bytes, stored.mime_type,
                              media.size_bytes(), media.mime_type()));
  }
  return file;
}

}  // namespace carillon::publisher
