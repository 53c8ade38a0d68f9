#include "common/platform/x/media.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "common/platform/json.h"
#include "common/platform/redact.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr int64_t kChunkBytes = 2 << 20;
constexpr int64_t kSegmentsMax = 1000;  // X API OpenAPI 2.167: segment_index 0 to 999
constexpr absl::Duration kPollMin = absl::Seconds(1);
constexpr absl::Duration kPollMax = absl::Seconds(30);
constexpr std::string_view kProcessingMark = ":processing";

std::string UploadPath(const std::string& id, const char* step) {
  return fmt::format("/2/media/upload/{}/{}", id, step);
}

const char* CategoryOf(MediaKind kind) {
  if (kind == MediaKind::kGif) return "tweet_gif";
  return kind == MediaKind::kVideo ? "tweet_video" : "tweet_image";
}

// What X still does with an upload; nothing: it is ready.
struct Processing {
  absl::Duration check_after;
};

// INVALID_ARGUMENT if X failed.
Result<std::optional<Processing>> ReadProcessing(const Json& body, const Access& access) {
  const Json& info = GetMember(GetMember(body, "data"), "processing_info");
  const std::string state = GetText(info, "state");
  if (!info.is_object() || state == "succeeded") return std::nullopt;
  if (state == "failed") {
    const Json& error = GetMember(info, "error");
    std::string why = GetText(error, "message");
    if (why.empty()) why = GetText(error, "name");
    return Refuse(Code::kInvalidArgument, "MEDIA_REFUSED",
                  platform::Shown(fmt::format("{} could not process the media: {}",
                                              platform::HostOf(access.base_url),
                                              why.empty() ? "no reason given" : why),
                                  access.token));
  }
  const absl::Duration after = absl::Seconds(platform::GetInteger(info, "check_after_secs", 1));
  return Processing{std::clamp(after, kPollMin, kPollMax)};
}

Status Unreadable(const platform::MediaItem& item) {
  const std::string name = std::filesystem::path(item.path).filename().string();
  return Refuse(Code::kInvalidArgument, "MEDIA_UNREADABLE",
                fmt::format("the media file {} cannot be read to its end", name), {{"file", name}});
}

class Uploading {
 public:
  Uploading(const MediaParts& parts, const Access& access, const platform::MediaItem& item,
            absl::Duration timeout)
      : parts_(parts), access_(access), item_(item), end_(parts.clock.BootTime() + timeout) {}

  Result<std::string> All() {
    RETURN_IF_ERROR(Initialize());
    RETURN_IF_ERROR(AppendAll());
    ASSIGN_OR_RETURN(const Answer finalized,
                     Ask(MakeRequest(access_, "POST", UploadPath(id_, "finalize"))));
    ASSIGN_OR_RETURN(std::optional<Processing> processing, ReadProcessing(finalized.body, access_));
    while (processing) {
      if (Left() <= processing->check_after) return Unfinished();
      parts_.sleep(processing->check_after);
      Result<std::optional<Processing>> next = AskStatus();
      const Code code = next.status().code();
      if (code == Code::kInvalidArgument || code == Code::kNotFound) return next.status();
      // The upload is whole: who can't be asked for long is asked again by the next attempt.
      if (!next.ok() && code != Code::kUnavailable) return Unfinished();
      if (next.ok()) processing = *next;
    }
    RETURN_IF_ERROR(Describe());
    return id_;
  }

  // With an id from before.
  Result<std::string> Rest(std::string id) {
    id_ = std::move(id);
    ASSIGN_OR_RETURN(const std::optional<Processing> processing, AskStatus());
    if (processing) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} still processes the media",
                                                        platform::HostOf(access_.base_url)));
    }
    RETURN_IF_ERROR(Describe());
    return id_;
  }

 private:
  std::string Unfinished() const { return id_ + std::string(kProcessingMark); }
  absl::Duration Left() const { return end_ - parts_.clock.BootTime(); }

  Result<Answer> Ask(http::HttpRequest request) {
    return Call(parts_.client, parts_.clock, access_, std::move(request), Left());
  }

  Status Initialize() {
    std::error_code error;
    bytes_ = static_cast<int64_t>(std::filesystem::file_size(item_.path, error));
    if (error) return Unreadable(item_);
    ASSIGN_OR_RETURN(const Answer answer,
                     Ask(MakeJsonRequest(access_, "/2/media/upload/initialize",
                                         {{"media_type", item_.mime_type},
                                          {"media_category", CategoryOf(KindOf(item_.mime_type))},
                                          {"total_bytes", bytes_}})));
    id_ = platform::GetId(GetMember(answer.body, "data"), "id");
    if (IsId(id_)) return Ok();
    return MakeStatus(Code::kUnavailable, fmt::format("{} began an upload without an id",
                                                      platform::HostOf(access_.base_url)));
  }

  Status AppendAll() {
    const int64_t most = std::max<int64_t>(1, parts_.facts.Number("media.chunk_bytes_max"));
    const int64_t least = (bytes_ + kSegmentsMax - 1) / kSegmentsMax;
    const int64_t chunk_bytes = std::clamp(kChunkBytes, std::min(least, most), most);
    std::ifstream file(item_.path, std::ios::binary);
    std::string chunk;
    int64_t segment = 0;
    for (int64_t at = 0; at < bytes_; at += chunk_bytes, ++segment) {
      chunk.resize(static_cast<size_t>(std::min(chunk_bytes, bytes_ - at)));
      if (!file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()))) return Unreadable(item_);
      http::HttpRequest request = MakeRequest(access_, "POST", UploadPath(id_, "append"));
      request.multipart = {
          {.name = "segment_index", .value = std::to_string(segment)},
          {.name = "media", .value = std::move(chunk), .file_name = "chunk", .content_type = "application/octet-stream"}};
      RETURN_IF_ERROR(
          Send(parts_.client, parts_.clock, access_, std::move(request), Left()).status());
    }
    return Ok();
  }

  Result<std::optional<Processing>> AskStatus() {
    ASSIGN_OR_RETURN(const Answer answer,
                     Get(parts_.client, parts_.clock, access_, "/2/media/upload",
                         {{"command", "STATUS"}, {"media_id", id_}}, Left()));
    return ReadProcessing(answer.body, access_);
  }

  Status Describe() {
    if (item_.alt_text.empty()) return Ok();
    return Ask(MakeJsonRequest(access_, "/2/media/metadata",
                               {{"id", id_}, {"metadata", {{"alt_text", {{"text", item_.alt_text}}}}}}))
        .status();
  }

  const MediaParts& parts_;
  const Access& access_;
  const platform::MediaItem& item_;
  const absl::Duration end_;
  std::string id_;
  int64_t bytes_ = 0;
};

}  // namespace

MediaKind KindOf(const std::string& mime_type) {
  if (mime_type == "image/gif") return MediaKind::kGif;
  if (mime_type == "image/jpeg" || mime_type == "image/png" || mime_type == "image/webp") {
    return MediaKind::kImage;
  }
  return mime_type == "video/mp4" || mime_type == "video/quicktime" ? MediaKind::kVideo
                                                                    : MediaKind::kUnknown;
}

Result<std::string> Upload(const MediaParts& parts, const Access& access, const platform::MediaItem& item,
                           absl::Duration timeout) {
  return Uploading(parts, access, item, timeout).All();
}

Result<std::string> Finish(const MediaParts& parts, const Access& access, const std::string& handle,
                           const platform::MediaItem& item, absl::Duration timeout) {
  if (!handle.ends_with(kProcessingMark)) return handle;
  return Uploading(parts, access, item, timeout)
      .Rest(handle.substr(0, handle.size() - kProcessingMark.size()));
}

}  // namespace carillon::x
