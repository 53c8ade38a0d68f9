#include "common/platform/mastodon/media.h"

#include <algorithm>

#include "common/platform/redact.h"
#include "common/platform/upload.h"

namespace carillon::mastodon {
namespace {

constexpr absl::Duration kPollMin = absl::Milliseconds(200);
constexpr absl::Duration kPollMax = absl::Seconds(5);
constexpr int kPollsMax = 200;
constexpr int kProcessing = 206;  // of GET /api/v1/media/:id
constexpr int kAccepted = 202;    // of POST /api/v2/media: processed later

http::HttpRequest MakeUpload(const Access& access, const platform::UploadRequest& upload) {
  http::HttpRequest request = MakeRequest(access, "POST", "/api/v2/media");
  if (!upload.item.alt_text.empty()) {
    request.multipart.push_back({.name = "description", .value = upload.item.alt_text});
  }
  request.multipart.push_back({.name = "file", .file_path = upload.item.path, .content_type = upload.item.mime_type});
  request.on_progress = [&upload](int64_t sent) {
    if (upload.on_progress) upload.on_progress("", std::min(sent, upload.item.size_bytes));
    return !upload.may_continue || upload.may_continue();
  };
  return request;
}

// Until the server has processed it. NOT_FOUND: it has no such upload.
Result<std::string> AwaitProcessed(http::HttpClient& client, const Clock& clock, const Sleep& sleep, const Access& access,
                                   const std::string& id, const platform::UploadRequest& request, absl::Duration end) {
  if (request.on_progress) request.on_progress(id, request.item.size_bytes);
  absl::Duration wait = kPollMin;
  for (int poll = 0; poll < kPollsMax; ++poll) {
    const absl::Duration left = end - clock.BootTime();
    if (left <= wait) break;
    if (request.may_continue && !request.may_continue()) {
      return Refuse(Code::kAborted, "GIVEN_UP", "the upload is not needed any more");
    }
    sleep(wait);
    wait = std::min(wait * 3 / 2, kPollMax);
    ASSIGN_OR_RETURN(const Answer media,
                     Get(client, clock, access, "/api/v1/media/" + PathSegment(id), {},
                              end - clock.BootTime()));
    if (media.status != kProcessing) return id;
  }
  return MakeStatus(Code::kUnavailable,
                    fmt::format("{} still processes the upload: try again", platform::HostOf(access.base_url)));
}

}  // namespace

Result<std::string> Upload(http::HttpClient& client, const Clock& clock, const Sleep& sleep,
                           const Access& access, const platform::UploadRequest& request) {
  const absl::Duration end = clock.BootTime() + request.timeout;
  if (!request.resume.empty()) {
    Result<std::string> known = AwaitProcessed(client, clock, sleep, access, request.resume, request, end);
    if (known.status().code() != Code::kNotFound) return known;
  }
  ASSIGN_OR_RETURN(const Answer uploaded,
                   Call(client, clock, access, MakeUpload(access, request),
                        std::min(end - clock.BootTime(), platform::UploadTimeMax(request.item.size_bytes))));
  const std::string id = platform::GetId(uploaded.body, "id");
  if (id.empty()) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("{} took the upload without an id", platform::HostOf(access.base_url)));
  }
  if (uploaded.status != kAccepted) return id;
  return AwaitProcessed(client, clock, sleep, access, id, request, end);
}

MediaState AskMedia(http::HttpClient& client, const Clock& clock, const Access& access,
                    const std::string& media_id, absl::Duration timeout) {
  const Result<Answer> media =
      Get(client, clock, access, "/api/v1/media/" + PathSegment(media_id), {}, timeout);
  if (media.ok()) return media->status == kProcessing ? MediaState::kProcessing : MediaState::kReady;
  return media.status().code() == Code::kNotFound ? MediaState::kGone : MediaState::kUnknown;
}

}  // namespace carillon::mastodon
