#include "common/platform/bluesky/validate.h"

#include <fmt/format.h>

#include "common/atproto_syntax/language.h"
#include "common/bluesky_text/length.h"
#include "common/platform/bluesky/capabilities.h"
#include "common/platform/bluesky/facts.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/forms.h"
#include "common/text/utf8.h"

namespace carillon::bluesky {
namespace {

constexpr std::string_view kVideo = "video/mp4";

Status Bad(std::string_view reason, std::string message,
           std::map<std::string, std::string> params = {}) {
  return Refuse(Code::kInvalidArgument, reason, std::move(message), std::move(params));
}

Status TooLong(std::string_view reason, std::string_view what, int64_t length, int64_t max,
               std::string_view unit) {
  return Bad(reason, fmt::format("the {} has {} {}, {} are allowed: shorten it", what, length, unit, max),
             {{"length", std::to_string(length)},
              {"max", std::to_string(max)},
              {"unit", std::string(unit)}});
}

Status ValidateText(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  const std::string text = PostText(content);
  if (!text::IsValidUtf8(text)) return Bad("INVALID_UTF8", "the text is not UTF-8: save it as UTF-8");
  if (text::CollapseSpace(text).empty() && content.media.empty() && content.link.empty()) {
    return Bad("EMPTY_POST", "the post has neither text nor media");
  }
  const int64_t bytes_max = OwnFacts().Number("text.bytes_max");
  const auto bytes = static_cast<int64_t>(text.size());
  // Bytes first: a text of many megabytes is not worth counting.
  if (bytes > bytes_max) return TooLong("TEXT_TOO_LONG", "text", bytes, bytes_max, "bytes");
  const int64_t graphemes = bluesky_text::Measure(text).graphemes;
  if (graphemes <= limits.text_characters_max) return Ok();
  return TooLong("TEXT_TOO_LONG", "text", graphemes, limits.text_characters_max, "characters");
}

bool IsImage(const platform::MediaItem& item) { return item.mime_type.starts_with("image/"); }

// `number` from 1, as people count.
Status ValidateMedia(const platform::MediaItem& item, int number, const platform::PlatformLimits& limits) {
  const std::string name = fmt::format("{} of medium {}", item.mime_type, number);
  if (!IsImage(item) && item.mime_type != kVideo) {
    return Bad("MEDIA_TYPE_UNSUPPORTED",
               fmt::format("Bluesky takes images and MP4 video, not '{}' (medium {})", item.mime_type, number),
               {{"medium", std::to_string(number)}, {"type", item.mime_type}});
  }
  const int64_t max = IsImage(item) ? limits.image_bytes_max : limits.video_bytes_max;
  if (max > 0 && item.size_bytes > max) return TooLong("MEDIA_TOO_LARGE", name, item.size_bytes, max, "bytes");
  if (!text::IsValidUtf8(item.alt_text)) return Bad("INVALID_UTF8", "the alt text is not UTF-8");
  return Ok();
}

Status ValidateReplyGroups(const platform::PublishContent& content) {
  if (!content.reply_groups) return Ok();
  if (!content.in_reply_to_remote_id.empty()) {
    return Bad("NOT_OFFERED", "on Bluesky the first post of a thread says who may reply, its replies cannot");
  }
  for (const platform::ReplyGroup group : *content.reply_groups) {
    if (group == platform::ReplyGroup::kSubscribers || group == platform::ReplyGroup::kVerified) {
      return Bad("NOT_OFFERED",
                 "who may reply on Bluesky: those mentioned, followers, those whom the account follows, or nobody");
    }
  }
  return Ok();
}

Status ValidateForms(const platform::PublishContent& content) {
  RETURN_IF_ERROR(platform::CheckForms(content, "Bluesky", Capabilities()));
  if (!content.content_warning.empty() && content.content_labels.empty()) {
    return Bad("CONTENT_LABEL_MISSING",
               "a content warning on Bluesky is one of its labels, not a text: add sexual, nudity, porn or graphic-media");
  }
  for (const std::string& label : content.content_labels) {
    if (label != "sexual" && label != "nudity" && label != "porn" && label != "graphic-media") {
      return Bad("NOT_OFFERED", fmt::format("Bluesky has no content label '{}'", label));
    }
  }
  if (!content.quoted_remote_id.empty() && QuotedUri(content.quoted_remote_id).empty()) {
    return Bad("BAD_QUOTE",
               fmt::format("'{}' is no post of Bluesky: give its address, https://bsky.app/profile/.../post/..., or its at:// URI",
                           content.quoted_remote_id));
  }
  return ValidateReplyGroups(content);
}

}  // namespace

platform::PlatformLimits LimitsOf(const platform::Facts& facts) {
  platform::PlatformLimits limits;
  limits.text_characters_max = static_cast<int>(facts.Number("text.graphemes_max"));
  limits.media_count_max = static_cast<int>(facts.Number("media.count_max"));
  limits.image_bytes_max = facts.Number("media.image_bytes_max");
  limits.video_bytes_max = facts.Number("media.video_bytes_max");
  limits.idempotency_window = facts.Seconds("idempotency.window_s");
  return limits;
}

Status ValidateContent(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  RETURN_IF_ERROR(ValidateText(content, limits));
  RETURN_IF_ERROR(ValidateForms(content));
  if (!content.language.empty() && !atproto_syntax::IsLanguage(content.language)) {
    return Bad("BAD_LANGUAGE", fmt::format("'{}' is no language tag (BCP 47), as \"de\" or \"pt-BR\"", content.language),
               {{"language", content.language}});
  }
  const auto count = static_cast<int64_t>(content.media.size());
  if (count > limits.media_count_max) {
    return Bad("TOO_MANY_MEDIA", fmt::format("{} media, {} are allowed", count, limits.media_count_max),
               {{"count", std::to_string(count)}, {"max", std::to_string(limits.media_count_max)}});
  }
  int number = 0;
  for (const platform::MediaItem& item : content.media) {
    RETURN_IF_ERROR(ValidateMedia(item, ++number, limits));
    if (!IsImage(item) && count > 1) {
      return Bad("MEDIA_MIXED", "a video must be the only media of its post");
    }
  }
  return Ok();
}

}  // namespace carillon::bluesky
