// Uploads in segments, and media that are ready to be posted.
#include "common/base/ids.h"
#include "common/text/utf8.h"
#include "services/sandbox/x/problems.h"
#include "services/sandbox/x/state.h"

namespace carillon::sandbox::x {
namespace {

constexpr int64_t kPhotoBytesMax = 5 << 20, kGifBytesMax = 15 << 20;
// The contents of larger files are not kept.
constexpr int64_t kKeptFileBytesMax = 16 << 20;
constexpr size_t kBeginBytes = 32;
constexpr int64_t kSegmentsMax = 1000, kAltCharactersMax = 1000;
constexpr size_t kSegmentBytesMax = 5 << 20;
constexpr absl::Duration kUploadFor = absl::Hours(24);

// "tweet_image", "dm_video", ...; nothing for what is no picture and no video.
std::optional<Media::Kind> KindOf(const std::string& category) {
  if (category.ends_with("_image")) return Media::Kind::kPhoto;
  if (category.ends_with("_gif")) return Media::Kind::kGif;
  if (category.ends_with("_video")) return Media::Kind::kVideo;
  return std::nullopt;
}

int64_t BytesMax(Media::Kind kind, const Limits& limits) {
  return kind == Media::Kind::kPhoto ? kPhotoBytesMax
         : kind == Media::Kind::kGif ? kGifBytesMax
                                     : limits.video_bytes_max;
}

// By the first bytes; nothing is decoded.
bool IsOfKind(Media::Kind kind, std::string_view content) {
  const bool is_gif = content.starts_with("GIF8");
  switch (kind) {
    case Media::Kind::kPhoto:
      return is_gif || content.starts_with("\x89PNG") || content.starts_with("\xff\xd8\xff") ||
             (content.starts_with("RIFF") && content.substr(0, 12).ends_with("WEBP"));
    case Media::Kind::kGif:
      return is_gif;
    case Media::Kind::kVideo:
      return content.size() > 12 && content.substr(4, 4) == "ftyp";
  }
  return false;
}

int64_t Received(const Media& media) {
  int64_t bytes = 0;
  for (const auto& [number, segment] : media.segments) bytes += segment.bytes;
  return bytes;
}

int64_t Kept(const Media& media) {
  int64_t bytes = 0;
  for (const auto& [number, segment] : media.segments) bytes += static_cast<int64_t>(segment.content.size());
  return bytes;
}

Status NoUpload(Id id) {
  return Invalid("id", std::to_string(id), "There is no upload of this id");
}

}  // namespace

const Media* State::AnyMedia(Id id) const {
  const auto found = media_.find(id);
  return found == media_.end() ? nullptr : &found->second;
}

Result<const Media*> State::OwnMedia(const User& owner, Id id) const {
  const Media* media = AnyMedia(id);
  if (media == nullptr || media->owner != owner.id) return NoUpload(id);
  return media;
}

// The oldest come first, and those that nobody completed in time give their room back.
void State::DropOldUploads() {
  for (auto media = media_.begin();
       media != media_.end() && media->second.created_at + kUploadFor <= Now();) {
    if (media->second.is_complete()) {
      ++media;
    } else {
      kept_bytes_ -= Kept(media->second);
      media = media_.erase(media);
    }
  }
}

Result<const Media*> State::StartUpload(const User& owner, const std::string& category,
                                        const std::string& mime, int64_t bytes) {
  const auto kind = KindOf(category);
  if (!kind) return Invalid("media_category", category, "This category is not known here");
  const int64_t most = BytesMax(*kind, limits_);
  if (bytes <= 0 || bytes > most) {
    return Invalid("total_bytes", std::to_string(bytes), fmt::format("File size must be between 1 and {} bytes", most));
  }
  const bool is_video = mime.starts_with("video/");
  if (is_video != (*kind == Media::Kind::kVideo))
    return Invalid("media_type", mime, "The type does not fit the category");
  DropOldUploads();
  if (media_.size() >= limits_.media_max) return Full();
  Media media;
  media.id = NextId();
  media.owner = owner.id;
  media.kind = *kind;
  media.mime = mime;
  media.bytes = bytes;
  media.created_at = Now();
  media.number = ++uploads_of_[owner.id];
  const Id id = media.id;
  return &media_.emplace(id, std::move(media)).first->second;
}

Result<const Media*> State::Append(const User& owner, Id id, int64_t segment,
                                   std::string content) {
  RETURN_IF_ERROR(OwnMedia(owner, id).status());
  Media& media = media_.at(id);
  if (media.is_complete()) return NoUpload(id);
  if (segment < 0 || segment >= kSegmentsMax)
    return Invalid("segment_index", std::to_string(segment), "segment_index is 0 to 999");
  if (content.empty() || content.size() > kSegmentBytesMax)
    return Invalid("media", "", "A segment has 1 to 5242880 bytes");
  const auto added = static_cast<int64_t>(content.size());
  const auto known = media.segments.find(segment);  // sent again
  const int64_t replaced = known == media.segments.end() ? 0 : known->second.bytes;
  if (Received(media) - replaced + added > media.bytes)
    return Invalid("media", "", "Segments do not add up to provided total file size.");
  Segment taken = {added, HashText({content}), std::move(content)};
  if (media.bytes > kKeptFileBytesMax) taken.content.resize(std::min(taken.content.size(), kBeginBytes));
  const auto kept = static_cast<int64_t>(taken.content.size()) -
                    (known == media.segments.end() ? 0 : static_cast<int64_t>(known->second.content.size()));
  if (kept_bytes_ + kept > limits_.kept_bytes_max) return Full();
  kept_bytes_ += kept;
  ++media.segments_taken;
  if (known != media.segments.end()) ++media.segments_repeated;
  media.segments[segment] = std::move(taken);
  return &media;
}

Result<const Media*> State::Finalize(const User& owner, Id id, absl::Duration processing) {
  RETURN_IF_ERROR(OwnMedia(owner, id).status());
  Media& media = media_.at(id);
  if (media.is_complete()) return &media;
  const auto segments = static_cast<int64_t>(media.segments.size());
  const bool has_all = segments > 0 && media.segments.rbegin()->first == segments - 1;
  if (!has_all || Received(media) != media.bytes)
    return Invalid("id", std::to_string(id), "Segments do not add up to provided total file size.");
  std::string content, digests;
  for (const auto& [number, segment] : media.segments) {
    content += segment.content;
    digests += segment.digest;
  }
  const bool fits = IsOfKind(media.kind, content);
  if (!fits && media.kind == Media::Kind::kPhoto)
    return Invalid("id", std::to_string(id), "media type unrecognized.");
  kept_bytes_ -= Kept(media);
  media.segments.clear();
  media.digest = HashText({media.bytes > kKeptFileBytesMax ? digests : content});
  media.is_broken = !fits;
  media.finalized_at = Now();
  media.ready_at = media.kind == Media::Kind::kPhoto ? Now() : Now() + processing;
  return &media;
}

Status State::Describe(const User& owner, Id id, const std::string& alt_text, std::set<std::string> warnings) {
  RETURN_IF_ERROR(OwnMedia(owner, id).status());
  if (text::CountCodePoints(alt_text) > kAltCharactersMax)
    return Invalid("metadata.alt_text.text", "", "Alt text has at most 1000 characters");
  media_.at(id).alt_text = alt_text;
  media_.at(id).warnings = std::move(warnings);
  return Ok();
}

}  // namespace carillon::sandbox::x
