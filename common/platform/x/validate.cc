#include "common/platform/x/validate.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "common/platform/forms.h"
#include "common/platform/x/api.h"
#include "common/platform/x/capabilities.h"
#include "common/platform/x/facts.h"
#include "common/platform/x/media.h"
#include "common/platform/x/post.h"
#include "common/text/utf8.h"
#include "common/twitter_text/tags.h"
#include "common/twitter_text/weighted_length.h"

namespace carillon::x {
namespace {

// More than X takes of anybody: a text of this size is not worth counting.
constexpr size_t kTextBytesMax = 256 << 10;

Status Bad(std::string_view reason, std::string message, std::map<std::string, std::string> params = {}) {
  return Refuse(Code::kInvalidArgument, reason, message, std::move(params));
}

Status TooLong(std::string_view reason, std::string_view what, int64_t length, int64_t max,
               std::string_view unit) {
  return Bad(reason, fmt::format("the {} has {} {}, {} are allowed: shorten it", what, length, unit, max),
             {{"length", std::to_string(length)}, {"max", std::to_string(max)}, {"unit", std::string(unit)}});
}

Status TooMany(std::string_view reason, std::string_view what, int64_t count, int64_t max) {
  return Bad(reason, fmt::format("{} {}, {} allowed", count, what, max),
             {{"count", std::to_string(count)}, {"max", std::to_string(max)}});
}

Status ValidateText(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  const std::string text = PostText(content);
  if (text.size() > kTextBytesMax) {
    return TooLong("TEXT_TOO_LONG", "text", static_cast<int64_t>(text.size()), kTextBytesMax, "bytes");
  }
  if (!text::IsValidUtf8(text)) return Bad("INVALID_UTF8", "the text is not UTF-8: save it as UTF-8");
  if (text::CollapseSpace(text).empty()) {
    return content.media.empty() ? Bad("EMPTY_POST", "the post has neither text nor media") : Ok();
  }
  twitter_text::Config config;
  config.length_max = limits.text_characters_max;
  config.url_length = limits.url_characters;
  const twitter_text::WeightedLength measured = twitter_text::MeasureWeighted(text, config);
  if (measured.length > limits.text_characters_max) {
    return TooLong("TEXT_TOO_LONG", "text", measured.length, limits.text_characters_max, "characters");
  }
  if (measured.valid) return Ok();
  return Bad("INVALID_UTF8", "the text holds characters that X does not take");
}

// `number` from 1, as people count.
std::string NameOf(const platform::MediaItem& item, int number) {
  return fmt::format("{} of medium {}", item.mime_type, number);
}

Status ValidateMedia(const platform::MediaItem& item, int number, const platform::PlatformLimits& limits) {
  const MediaKind kind = KindOf(item.mime_type);
  const std::string name = NameOf(item, number);
  if (kind == MediaKind::kUnknown) {
    return Bad("MEDIA_TYPE_UNSUPPORTED",
               fmt::format("X takes no media of type '{}' (medium {})", item.mime_type, number),
               {{"medium", std::to_string(number)}, {"type", item.mime_type}});
  }
  const int64_t max = kind == MediaKind::kVideo ? limits.video_bytes_max : limits.image_bytes_max;
  if (kind != MediaKind::kGif && max > 0 && item.size_bytes > max) {
    return TooLong("MEDIA_TOO_LARGE", name, item.size_bytes, max, "bytes");
  }
  if (!text::IsValidUtf8(item.alt_text)) return Bad("INVALID_UTF8", "the alt text is not UTF-8");
  const int64_t alt = text::CountCodePoints(item.alt_text);
  if (limits.alt_characters_max <= 0 || alt <= limits.alt_characters_max) return Ok();
  return TooLong("ALT_TOO_LONG", "alt text of the " + name, alt, limits.alt_characters_max, "characters");
}

Status ValidatePoll(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  if (!content.poll) return Ok();
  RETURN_IF_ERROR(platform::CheckPoll(content, limits, LimitsOf(OwnFacts()), text::CountCodePoints));
  if (content.poll->multiple || content.poll->hide_totals) {
    return Bad("NOT_OFFERED", "on X a poll has one choice, and its counts are seen by who has chosen");
  }
  if (content.poll->duration % absl::Minutes(1) != absl::ZeroDuration()) {
    return Bad("BAD_POLL", "on X a poll is open for whole minutes");
  }
  return Ok();
}

Status ValidateWarning(const platform::PublishContent& content) {
  if (content.content_labels.empty() && !content.content_warning.empty()) {
    return Bad("CONTENT_LABEL_MISSING",
               "a content warning on X is a label of media, not a text: add sexual, nudity, porn or graphic-media");
  }
  if (!content.content_labels.empty() && content.media.empty()) {
    return Bad("NOT_OFFERED", "on X a content warning stands in front of media, and this post has none");
  }
  return Ok();
}

Status ValidateForms(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  RETURN_IF_ERROR(platform::CheckForms(content, "X", Capabilities()));
  RETURN_IF_ERROR(ValidatePoll(content, limits));
  RETURN_IF_ERROR(ValidateWarning(content));
  if (!content.quoted_remote_id.empty()) {
    if (QuotedId(content.quoted_remote_id).empty()) {
      return Bad("BAD_QUOTE", fmt::format("'{}' is no post of X: give its number, or its address, https://x.com/.../status/...",
                                          content.quoted_remote_id));
    }
    if (content.poll || !content.media.empty()) {
      return Bad("BAD_QUOTE", "on X a post that quotes another has neither media nor a poll");
    }
  }
  if (content.reply_groups && !content.in_reply_to_remote_id.empty()) {
    return Bad("NOT_OFFERED", "on X the first post of a thread says who may reply, its replies cannot");
  }
  if (content.reply_groups && ReplySettingsOf(*content.reply_groups).empty()) {
    return Bad("NOT_OFFERED",
               "who may reply on X is one of: those mentioned, those whom the account follows, subscribers, verified");
  }
  return Ok();
}

}  // namespace

platform::PlatformLimits LimitsOf(const platform::Facts& facts) {
  platform::PlatformLimits limits;
  limits.text_characters_max = static_cast<int>(facts.Number("text.weight_max"));
  limits.url_characters = static_cast<int>(facts.Number("text.url_weight"));
  limits.media_count_max = static_cast<int>(facts.Number("media.count_max"));
  limits.alt_characters_max = static_cast<int>(facts.Number("media.alt_characters_max"));
  limits.image_bytes_max = facts.Number("media.image_bytes_max");
  limits.video_bytes_max = facts.Number("media.video_bytes_max");
  limits.mime_types = {"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/quicktime"};
  limits.idempotency_window = absl::ZeroDuration();
  limits.poll_options_max = static_cast<int>(facts.Number("poll.options_max"));
  limits.poll_option_characters_max = static_cast<int>(facts.Number("poll.option_characters_max"));
  limits.poll_duration_min = facts.Seconds("poll.duration_min_s");
  limits.poll_duration_max = facts.Seconds("poll.duration_max_s");
  return limits;
}

Status ValidateContent(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  RETURN_IF_ERROR(ValidateText(content, limits));
  RETURN_IF_ERROR(ValidateForms(content, limits));
  if (!content.in_reply_to_remote_id.empty() && !IsId(content.in_reply_to_remote_id)) {
    return Bad("BAD_REPLY_TARGET",
               fmt::format("'{}' is no post of X: their ids are numbers", content.in_reply_to_remote_id),
               {{"in_reply_to", content.in_reply_to_remote_id}});
  }
  const auto count = static_cast<int64_t>(content.media.size());
  if (count > limits.media_count_max) {
    return TooMany("TOO_MANY_MEDIA", "media", count, limits.media_count_max);
  }
  int number = 0;
  for (const platform::MediaItem& item : content.media) {
    RETURN_IF_ERROR(ValidateMedia(item, ++number, limits));
    if (count > 1 && KindOf(item.mime_type) != MediaKind::kImage) {
      return Bad("MEDIA_MIXED", "a video or a GIF must be the only media of its post");
    }
  }
  return Ok();
}

Status ValidateByFacts(const platform::PublishContent& content, const platform::Facts& facts) {
  const auto cashtags = static_cast<int64_t>(twitter_text::FindCashtags(PostText(content)).size());
  const int64_t cashtags_max = facts.Number("text.cashtags_max");
  if (cashtags > cashtags_max) {
    return TooMany("TOO_MANY_CASHTAGS", "cashtags in one post", cashtags, cashtags_max);
  }
  const int64_t gif_bytes_max = facts.Number("media.gif_bytes_max");
  int number = 0;
  for (const platform::MediaItem& item : content.media) {
    ++number;
    if (KindOf(item.mime_type) == MediaKind::kGif && item.size_bytes > gif_bytes_max) {
      return TooLong("MEDIA_TOO_LARGE", NameOf(item, number), item.size_bytes, gif_bytes_max, "bytes");
    }
  }
  return Ok();
}

}  // namespace carillon::x
