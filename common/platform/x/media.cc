#include "common/platform/x/media.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "common/platform/json.h"
#include "common/platform/redact.h"
#include "common/platform/upload.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr int64_t kChunkBytes = 2 << 20;
constexpr int64_t kSegmentsMax = 1000;  // X API OpenAPI 2.167: segment_index 0 to 999
constexpr absl::Duration kPollMin = absl::Seconds(1);
constexpr absl::Duration kPollMax = absl::Seconds(30);
constexpr absl::Duration kRequestMax = absl::Minutes(1);

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

// How far an upload is, as a text that any process can go on from: "1880028106020515840 2097152 17", and a "finalized" behind it.
struct Progress {
  std::string id;
  int64_t chunk_bytes = 0;
  int64_t chunks = 0;  // that X took
  bool is_finalized = false;

  std::string ToText() const {
    return fmt::format("{} {} {}{}", id, chunk_bytes, chunks, is_finalized ? " finalized" : "");
  }
  // Nothing for what is none, or does not fit the file.
  static std::optional<Progress> Read(const std::string& text, int64_t bytes) {
    const std::vector<std::string> words = absl::StrSplit(text, ' ');
    Progress out;
    if (words.size() < 3 || words.size() > 4 || !IsId(words[0]) || !absl::SimpleAtoi(words[1], &out.chunk_bytes) ||
        !absl::SimpleAtoi(words[2], &out.chunks) || out.chunk_bytes <= 0 || out.chunks < 0 ||
        out.chunks > (bytes + out.chunk_bytes - 1) / out.chunk_bytes) {
      return std::nullopt;
    }
    out.id = words[0];
    out.is_finalized = words.size() == 4;
    return out;
  }
};

class Uploading {
 public:
  Uploading(const MediaParts& parts, const Access& access, const platform::UploadRequest& request)
      : parts_(parts), access_(access), request_(request), item_(request.item),
        end_(parts.clock.BootTime() + request.timeout) {}

  Result<std::string> All() {
    std::error_code error;
    bytes_ = static_cast<int64_t>(std::filesystem::file_size(item_.path, error));
    if (error) return Unreadable(item_);
    const std::optional<Progress> before = Progress::Read(request_.resume, bytes_);
    if (before) {
      now_ = *before;
      Result<std::string> rest = Rest();
      if (rest.ok() || !IsForgotten(rest.status())) return rest;
    }
    now_ = Progress();
    RETURN_IF_ERROR(Initialize());
    return Rest();
  }

 private:
  absl::Duration Left() const { return end_ - parts_.clock.BootTime(); }

  // What X says of an upload that it does not know, or not any more. Its word on the media themselves is another.
  static bool IsForgotten(const Status& status) {
    return status.code() == Code::kNotFound ||
           (status.code() == Code::kInvalidArgument && ReasonOf(status) != "MEDIA_REFUSED" && ReasonOf(status) != "MEDIA_UNREADABLE");
  }

  Result<std::string> Rest() {
    RETURN_IF_ERROR(AppendAll());
    std::optional<Processing> processing = Processing{kPollMin};
    if (now_.is_finalized) {
      ASSIGN_OR_RETURN(processing, AskStatus());
    } else {
      ASSIGN_OR_RETURN(const Answer finalized,
                       Ask(MakeRequest(access_, "POST", UploadPath(now_.id, "finalize"))));
      now_.is_finalized = true;
      Tell();
      ASSIGN_OR_RETURN(processing, ReadProcessing(finalized.body, access_));
    }
    while (processing) {
      if (Left() <= processing->check_after) {
        return MakeStatus(Code::kUnavailable, fmt::format("{} still processes the media",
                                                          platform::HostOf(access_.base_url)));
      }
      RETURN_IF_ERROR(Wait(processing->check_after));
      Result<std::optional<Processing>> next = AskStatus();
      // Who can't be asked for a moment is asked again.
      if (!next.ok() && next.status().code() != Code::kUnavailable) return next.status();
      if (next.ok()) processing = *next;
    }
    RETURN_IF_ERROR(Describe());
    return now_.id;
  }

  Status MayContinue() const {
    if (!request_.may_continue || request_.may_continue()) return Ok();
    return Refuse(Code::kAborted, "GIVEN_UP", "the upload is not needed any more");
  }
  Status Wait(absl::Duration wait) const {
    for (; wait > absl::ZeroDuration(); wait -= kPollMin) {
      RETURN_IF_ERROR(MayContinue());
      parts_.sleep(std::min(wait, kPollMin));
    }
    return Ok();
  }
  void Tell() const {
    if (request_.on_progress) request_.on_progress(now_.ToText(), std::min(bytes_, now_.chunks * now_.chunk_bytes));
  }

  Result<Answer> Ask(http::HttpRequest request) {
    return Call(parts_.client, parts_.clock, access_, std::move(request), std::min(Left(), kRequestMax));
  }

  Status Initialize() {
    ASSIGN_OR_RETURN(const Answer answer,
                     Ask(MakeJsonRequest(access_, "/2/media/upload/initialize",
                                         {{"media_type", item_.mime_type},
                                          {"media_category", CategoryOf(KindOf(item_.mime_type))},
                                          {"total_bytes", bytes_}})));
    now_.id = platform::GetId(GetMember(answer.body, "data"), "id");
    if (!IsId(now_.id)) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} began an upload without an id",
                                                        platform::HostOf(access_.base_url)));
    }
    const int64_t most = std::max<int64_t>(1, parts_.facts.Number("media.chunk_bytes_max"));
    const int64_t least = (bytes_ + kSegmentsMax - 1) / kSegmentsMax;
    now_.chunk_bytes = std::clamp(kChunkBytes, std::min(least, most), most);
    Tell();
    return Ok();
  }

  Status AppendAll() {
    for (int64_t at = now_.chunks * now_.chunk_bytes; at < bytes_; at += now_.chunk_bytes) {
      RETURN_IF_ERROR(MayContinue());
      http::HttpRequest request = MakeRequest(access_, "POST", UploadPath(now_.id, "append"));
      request.multipart = {
          {.name = "segment_index", .value = std::to_string(now_.chunks)},
          {.name = "media", .file_path = item_.path, .file_name = "chunk", .content_type = "application/octet-stream",
           .file_offset = at, .file_size = std::min(now_.chunk_bytes, bytes_ - at)}};
      if (request_.may_continue) request.on_progress = [this](int64_t) { return request_.may_continue(); };
      const absl::Duration time_max = std::min(Left(), platform::UploadTimeMax(now_.chunk_bytes));
      RETURN_IF_ERROR(Send(parts_.client, parts_.clock, access_, std::move(request), time_max).status());
      ++now_.chunks;
      Tell();
    }
    return Ok();
  }

  Result<std::optional<Processing>> AskStatus() {
    ASSIGN_OR_RETURN(const Answer answer,
                     Get(parts_.client, parts_.clock, access_, "/2/media/upload",
                         {{"command", "STATUS"}, {"media_id", now_.id}}, std::min(Left(), kRequestMax)));
    return ReadProcessing(answer.body, access_);
  }

  Status Describe() {
    if (item_.alt_text.empty()) return Ok();
    return Ask(MakeJsonRequest(access_, "/2/media/metadata",
                               {{"id", now_.id}, {"metadata", {{"alt_text", {{"text", item_.alt_text}}}}}}))
        .status();
  }

  const MediaParts& parts_;
  const Access& access_;
  const platform::UploadRequest& request_;
  const platform::MediaItem& item_;
  const absl::Duration end_;
  Progress now_;
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

Result<std::string> Upload(const MediaParts& parts, const Access& access, const platform::UploadRequest& request) {
  return Uploading(parts, access, request).All();
}

}  // namespace carillon::x
