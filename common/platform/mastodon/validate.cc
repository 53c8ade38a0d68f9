#include "common/platform/mastodon/validate.h"

#include <algorithm>
#include <string>

#include "common/platform/forms.h"
#include "common/platform/mastodon/capabilities.h"
#include "common/platform/mastodon/facts.h"
#include "common/platform/mastodon/instance.h"
#include "common/platform/mastodon/length.h"
#include "common/platform/mastodon/quote.h"
#include "common/platform/mastodon/text.h"
#include "common/text/utf8.h"

namespace carillon::mastodon {
namespace {

// More than any server takes: a text of this size is not worth counting.
constexpr size_t kTextBytesMax = 256 << 10;

Status Bad(std::string_view reason, std::string message, std::map<std::string, std::string> params = {}) {
  return Refuse(Code::kInvalidArgument, reason, message, std::move(params));
}

Status TooLong(std::string_view reason, std::string_view what, int64_t length, int64_t max,
               std::string_view unit) {
  return Bad(reason, fmt::format("the {} has {} {}, {} are allowed: shorten it", what, length, unit, max),
             {{"length", std::to_string(length)}, {"max", std::to_string(max)}, {"unit", std::string(unit)}});
}

Status ValidateText(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  const std::string text = StatusText(content);
  if (text.size() > kTextBytesMax) {
    return TooLong("TEXT_TOO_LONG", "text", static_cast<int64_t>(text.size()), kTextBytesMax, "bytes");
  }
  if (!text::IsValidUtf8(text)) return Bad("INVALID_UTF8", "the text is not UTF-8: save it as UTF-8");
  if (text::CollapseSpace(text).empty() && content.media.empty()) {
    return Bad("EMPTY_POST", "the post has neither text nor media");
  }
  if (!text::IsValidUtf8(content.content_warning)) return Bad("INVALID_UTF8", "the content warning is not UTF-8");
  const int64_t length = carillon::mastodon::CountedLength(text, content.content_warning, limits.url_characters);
  if (length <= limits.text_characters_max) return Ok();
  const char* what = content.content_warning.empty() ? "text" : "text with its content warning";
  return TooLong("TEXT_TOO_LONG", what, length, limits.text_characters_max, "characters");
}

bool IsImage(const platform::MediaItem& item) { return item.mime_type.starts_with("image/"); }

// `number` from 1, as people count.
Status ValidateMedia(const platform::MediaItem& item, int number, const platform::PlatformLimits& limits) {
  const std::string name = fmt::format("{} of medium {}", item.mime_type, number);
  const std::vector<std::string>& types = limits.mime_types;
  if (!types.empty() && std::find(types.begin(), types.end(), item.mime_type) == types.end()) {
    return Bad("MEDIA_TYPE_UNSUPPORTED",
               fmt::format("the server takes no media of type '{}' (medium {})", item.mime_type, number),
               {{"medium", std::to_string(number)}, {"type", item.mime_type}});
  }
  const int64_t max = IsImage(item) ? limits.image_bytes_max : limits.video_bytes_max;
  if (max > 0 && item.size_bytes > max) return TooLong("MEDIA_TOO_LARGE", name, item.size_bytes, max, "bytes");
  if (!text::IsValidUtf8(item.alt_text)) return Bad("INVALID_UTF8", "the alt text is not UTF-8");
  const int64_t alt = text::CountCodePoints(item.alt_text);
  if (limits.alt_characters_max <= 0 || alt <= limits.alt_characters_max) return Ok();
  return TooLong("ALT_TOO_LONG", "alt text of the " + name, alt, limits.alt_characters_max, "characters");
}

Status ValidateQuote(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  if (content.quoted_remote_id.empty()) return Ok();
  if (!limits.quotes) {
    return Bad("NOT_OFFERED",
               "its server takes no quotes of other posts: Mastodon does from 4.5 on; if it was upgraded since, connect the account again");
  }
  if (!IsQuoted(content.quoted_remote_id)) {
    return Bad("BAD_QUOTE", fmt::format("'{}' is no post of Mastodon: give the number of a post or its address on the account's server",
                                        content.quoted_remote_id));
  }
  if (content.poll || !content.media.empty()) {
    return Bad("BAD_QUOTE", "on Mastodon a post that quotes another has neither media nor a poll");
  }
  return Ok();
}

Status ValidateForms(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  RETURN_IF_ERROR(platform::CheckPoll(content, limits, UsualLimits(OwnFacts()), text::CountGraphemes));
  return ValidateQuote(content, limits);
}

}  // namespace

Status ValidateContent(const platform::PublishContent& content, const platform::PlatformLimits& limits) {
  RETURN_IF_ERROR(ValidateText(content, limits));
  RETURN_IF_ERROR(platform::CheckForms(content, "Mastodon", Capabilities()));
  RETURN_IF_ERROR(ValidateForms(content, limits));
  constexpr std::string_view kVisibilities[] = {"", "public", "unlisted", "private", "direct"};
  if (std::find(std::begin(kVisibilities), std::end(kVisibilities), content.visibility) ==
      std::end(kVisibilities)) {
    return Bad("BAD_VISIBILITY",
               fmt::format("no visibility '{}'; there are public, unlisted, private, direct", content.visibility),
               {{"visibility", content.visibility}});
  }
  const auto count = static_cast<int>(content.media.size());
  if (count > limits.media_count_max) {
    return Bad("TOO_MANY_MEDIA", fmt::format("{} media, {} are allowed", count, limits.media_count_max),
               {{"count", std::to_string(count)}, {"max", std::to_string(limits.media_count_max)}});
  }
  int number = 0;
  for (const platform::MediaItem& item : content.media) {
    if (count > 1 && !IsImage(item)) {
      return Bad("MEDIA_MIXED", "a video or audio must be the only media of its post");
    }
    RETURN_IF_ERROR(ValidateMedia(item, ++number, limits));
  }
  return Ok();
}

}  // namespace carillon::mastodon
