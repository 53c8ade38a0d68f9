#include "common/platform/mastodon/instance.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace carillon::mastodon {
namespace {

constexpr std::string_view kMastodonSource = "https://github.com/mastodon/mastodon";

// The number of a dotted part, moving past it; -1 if there is none.
int TakeNumber(std::string_view& text) {
  int number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return -1;
  text.remove_prefix(parsed.ptr - text.data());
  return number;
}

// The major number of "4.3.0", "4.3.0-rc.1", "4.5.0-nightly.2025-10-01"; -1 for anything with more in it.
int PlainMajor(std::string_view version) {
  const int major = TakeNumber(version);
  for (int i = 0; i < 2; ++i) {
    if (!version.starts_with('.')) return -1;
    version.remove_prefix(1);
    if (TakeNumber(version) < 0) return -1;
  }
  if (version.empty()) return major;
  for (const std::string_view stage : {"-alpha", "-beta", "-rc", "-nightly"}) {
    if (!version.starts_with(stage)) continue;
    version.remove_prefix(stage.size());
    return version.find_first_not_of("0123456789.-") == std::string_view::npos ? major : -1;
  }
  return -1;
}

bool IsMastodonSource(std::string_view url) {
  if (!url.starts_with(kMastodonSource)) return false;
  url.remove_prefix(kMastodonSource.size());
  return url.empty() || url[0] == '/';
}

int ReadInt(const platform::Json& object, const char* key, int otherwise) {
  const int64_t value = platform::GetInteger(object, key, otherwise);
  return value > 0 ? static_cast<int>(std::min<int64_t>(value, 1 << 30)) : otherwise;
}

void ReadPolls(const platform::Json& polls, platform::PlatformLimits& limits) {
  limits.poll_options_max = ReadInt(polls, "max_options", limits.poll_options_max);
  limits.poll_option_characters_max = ReadInt(polls, "max_characters_per_option", limits.poll_option_characters_max);
  const auto seconds = [&](const char* key, absl::Duration usual) {
    return absl::Seconds(ReadInt(polls, key, static_cast<int>(absl::ToInt64Seconds(usual))));
  };
  limits.poll_duration_min = seconds("min_expiration", limits.poll_duration_min);
  limits.poll_duration_max = seconds("max_expiration", limits.poll_duration_max);
}

}  // namespace

bool KeepsIdempotencyKeys(std::string_view version, std::string_view source_url, bool v1) {
  const int major = PlainMajor(version);
  if (major < 2) return false;
  return v1 ? major < 4 : IsMastodonSource(source_url);
}

platform::PlatformLimits UsualLimits(const platform::Facts& facts) {
  platform::PlatformLimits limits;
  limits.text_characters_max = static_cast<int>(facts.Number("text.characters_max"));
  limits.url_characters = static_cast<int>(facts.Number("text.url_characters"));
  limits.media_count_max = static_cast<int>(facts.Number("media.count_max"));
  limits.alt_characters_max = static_cast<int>(facts.Number("media.alt_characters_max"));
  limits.image_bytes_max = facts.Number("media.image_bytes_max");
  limits.video_bytes_max = facts.Number("media.video_bytes_max");
  limits.idempotency_window = facts.Seconds("idempotency.window_s");
  limits.poll_options_max = static_cast<int>(facts.Number("poll.options_max"));
  limits.poll_option_characters_max = static_cast<int>(facts.Number("poll.option_characters_max"));
  limits.poll_duration_min = facts.Seconds("poll.duration_min_s");
  limits.poll_duration_max = facts.Seconds("poll.duration_max_s");
  return limits;
}

platform::PlatformLimits ReadInstance(const platform::Json& instance, bool v1, const platform::Facts& facts) {
  platform::PlatformLimits limits = UsualLimits(facts);
  const platform::Json& configuration = platform::GetMember(instance, "configuration");
  const platform::Json& statuses = platform::GetMember(configuration, "statuses");
  // Pleroma and its kin say it at the top of v1.
  const int top = v1 ? ReadInt(instance, "max_toot_chars", limits.text_characters_max)
                     : limits.text_characters_max;
  limits.text_characters_max = ReadInt(statuses, "max_characters", top);
  limits.url_characters = ReadInt(statuses, "characters_reserved_per_url", limits.url_characters);
  limits.media_count_max = ReadInt(statuses, "max_media_attachments", limits.media_count_max);
  const platform::Json& media = platform::GetMember(configuration, "media_attachments");
  limits.alt_characters_max = ReadInt(media, "description_limit", limits.alt_characters_max);
  limits.image_bytes_max = std::max<int64_t>(platform::GetInteger(media, "image_size_limit", limits.image_bytes_max), 0);
  limits.video_bytes_max = std::max<int64_t>(platform::GetInteger(media, "video_size_limit", limits.video_bytes_max), 0);
  const platform::Json& types = platform::GetMember(media, "supported_mime_types");
  if (types.is_array()) {
    for (const platform::Json& type : types) {
      if (type.is_string()) limits.mime_types.push_back(type.get<std::string>());
    }
  }
  ReadPolls(platform::GetMember(configuration, "polls"), limits);
  limits.quotes = platform::GetInteger(platform::GetMember(instance, "api_versions"), "mastodon") >=
                  facts.Number("quote.api_version_min");
  if (!KeepsIdempotencyKeys(platform::GetText(instance, "version"), platform::GetText(instance, "source_url"), v1)) {
    limits.idempotency_window = absl::ZeroDuration();
  }
  return limits;
}

}  // namespace carillon::mastodon
