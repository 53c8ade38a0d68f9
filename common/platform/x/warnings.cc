#include "common/platform/x/warnings.h"

namespace carillon::x {

using platform::Json;

Json MakeWarning(const std::vector<std::string>& content_labels) {
  Json warning = Json::object();
  for (const std::string& label : content_labels) {
    const bool is_adult = label == "sexual" || label == "nudity" || label == "porn";
    warning[is_adult ? "adult_content" : label == "graphic-media" ? "graphic_violence" : "other"] = true;
  }
  return warning;
}

Status MarkMedia(http::HttpClient& client, const Clock& clock, const Access& access, const platform::PublishContent& content,
                 const std::vector<std::string>& media_ids, absl::Duration timeout) {
  if (content.content_labels.empty()) return Ok();
  const absl::Duration end = clock.BootTime() + timeout;
  const Json warning = MakeWarning(content.content_labels);
  for (size_t i = 0; i < media_ids.size(); ++i) {
    Json metadata = {{"sensitive_media_warning", warning}};
    if (!content.media[i].alt_text.empty()) metadata["alt_text"] = {{"text", content.media[i].alt_text}};
    const Json body = {{"id", media_ids[i]}, {"metadata", std::move(metadata)}};
    RETURN_IF_ERROR(
        Call(client, clock, access, MakeJsonRequest(access, "/2/media/metadata", body), end - clock.BootTime()).status());
  }
  return Ok();
}

}  // namespace carillon::x
