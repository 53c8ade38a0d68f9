#include "services/scheduler/api/text_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "common/text/urls.h"
#include "common/text/utf8.h"

namespace carillon::scheduler {
namespace {

bool IsUserByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool IsHostByte(char c) { return IsUserByte(c) || c == '.' || c == '-'; }

// "@user@host" as "@user". Takes more for a host than a server may, so that it never counts too
// much.
std::string ShortenMentions(std::string_view text) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    out += c;
    ++at;
    if (c != '@') continue;
    const size_t user = at;
    while (at < text.size() && IsUserByte(text[at])) out += text[at++];
    if (at == user || at >= text.size() || text[at] != '@') continue;
    size_t host = at + 1;
    while (host < text.size() && IsHostByte(text[host])) ++host;
    if (host > at + 1) at = host;
  }
  return out;
}

Status BadMedia(std::string message) {
  return Refuse(Code::kInvalidArgument, "BAD_MEDIA", std::move(message));
}

Status CheckMedia(const publisher::v1::Content& content, const publisher::v1::Account& account) {
  const publisher::v1::AccountLimits& limits = account.limits();
  if (limits.media_count_max() > 0 && content.media_size() > limits.media_count_max()) {
    return BadMedia(fmt::format("{} takes {} media in a post, not {}", account.username(),
                                limits.media_count_max(), content.media_size()));
  }
  for (const publisher::v1::Media& media : content.media()) {
    if (limits.alt_characters_max() > 0 &&
        text::CountGraphemes(media.alt_text()) > limits.alt_characters_max()) {
      return BadMedia(fmt::format("{} takes an alt text of {} characters", account.username(),
                                  limits.alt_characters_max()));
    }
    const auto& kinds = limits.mime_types();
    if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), media.mime_type()) == kinds.end()) {
      return BadMedia(fmt::format("{} takes no {}", account.username(), media.mime_type()));
    }
    const bool video = media.mime_type().compare(0, 6, "video/") == 0;
    const int64_t bytes_max = video ? limits.video_bytes_max() : limits.image_bytes_max();
    if (bytes_max > 0 && media.size_bytes() > bytes_max) {
      return BadMedia(fmt::format("{} takes {} of at most {} bytes, not {}", account.username(),
                                  media.mime_type(), bytes_max, media.size_bytes()));
    }
  }
  return Ok();
}

}  // namespace

int64_t CountedLength(const publisher::v1::Content& content,
                      const publisher::v1::Account& account) {
  std::string whole = content.text();
  if (!content.link().empty() && whole.find(content.link()) == std::string::npos) {
    if (!whole.empty()) whole += "\n\n";
    whole += content.link();
  }
  std::string counted;
  size_t at = 0;
  for (const text::TextRange& url : text::FindUrls(whole)) {
    if (account.limits().url_characters() <= 0) break;
    counted.append(whole, at, url.begin - at);
    counted.append(static_cast<size_t>(account.limits().url_characters()), 'x');
    at = url.end;
  }
  counted.append(whole, at);
  return text::CountGraphemes(account.platform() == "mastodon" ? ShortenMentions(counted)
                                                               : counted);
}

Status CheckForAccount(const publisher::v1::Content& content,
                       const publisher::v1::Account& account) {
  const int characters_max = account.limits().text_characters_max();
  const int64_t characters = CountedLength(content, account);
  if (characters_max > 0 && characters > characters_max) {
    return Refuse(Code::kInvalidArgument, "TEXT_TOO_LONG",
                  fmt::format("the text has {} characters as {} counts them; {} takes {}",
                              characters, account.platform(), account.username(), characters_max),
                  {{"account", account.id()},
                   {"characters", std::to_string(characters)},
                   {"characters_max", std::to_string(characters_max)}});
  }
  return CheckMedia(content, account);
}

}  // namespace carillon::scheduler
