#include "common/platform/mastodon/media.h"
#include "common/platform/redact.h"

#include <algorithm>

namespace carillon::mastodon {
namespace {

constexpr absl::Duration kPollMin = absl::Milliseconds(200);
constexpr absl::Duration kPollMax = absl::Seconds(5);
constexpr int kPollsMax = 200;
constexpr int kProcessing = 206;  // of GET /api/v1/media/:id
constexpr int kAccepted = 202;    // of POST /api/v2/media: processed later

http::HttpRequest MakeUpload(const Access& access, const platform::MediaItem& item) {
  http::HttpRequest request = MakeRequest(access, "POST", "/api/v2/media");
  if (!item.alt_text.empty()) {
    request.multipart.push_back({.name = "description", .value = item.alt_text});
  }
  request.multipart.push_back({.name = "file", .file_path = item.path, .content_type = item.mime_type});
  return request;
}

}  // namespace

Result<std::string> Upload(http::HttpClient& client, const Clock& clock, const Sleep& sleep,
                           const Access& access, const platform::MediaItem& item, absl::Duration timeout) {
  const absl::Duration end = clock.BootTime() + timeout;
  ASSIGN_OR_RETURN(const Answer uploaded,
                   Call(client, clock, access, MakeUpload(access, item), timeout));
  const std::string id = platform::GetId(uploaded.body, "id");
  if (id.empty()) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("{} took the upload without an id", platform::HostOf(access.base_url)));
  }
  if (uploaded.status != kAccepted) return id;
  absl::Duration wait = kPollMin;
  for (int poll = 0; poll < kPollsMax; ++poll) {
    const absl::Duration left = end - clock.BootTime();
    if (left <= wait) break;
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

MediaState AskMedia(http::HttpClient& client, const Clock& clock, const Access& access,
                    const std::string& media_id, absl::Duration timeout) {
  const Result<Answer> media =
      Get(client, clock, access, "/api/v1/media/" + PathSegment(media_id), {}, timeout);
  if (media.ok()) return media->status == kProcessing ? MediaState::kProcessing : MediaState::kReady;
  return media.status().code() == Code::kNotFound ? MediaState::kGone : MediaState::kUnknown;
}

}  // namespace carillon::mastodon
