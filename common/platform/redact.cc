#include "common/platform/redact.h"

#include "common/text/utf8.h"

namespace carillon::platform {

std::string WithoutSecret(std::string text, std::string_view secret) {
  constexpr std::string_view kRedacted = "[redacted]";
  if (secret.empty()) return text;
  for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), kRedacted);
    at += kRedacted.size();
  }
  return text;
}

std::string OneShortLine(std::string text) {
  // A control character in a log line or a terminal is an attack.
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return std::string(text::Truncate(text::CollapseSpace(text), kShownBytesMax));
}

std::string HostOf(std::string_view base_url) {
  const size_t scheme = base_url.find("://");
  if (scheme != std::string_view::npos) base_url.remove_prefix(scheme + 3);
  return std::string(base_url.substr(0, base_url.find_first_of("/?#")));
}

}  // namespace carillon::platform
