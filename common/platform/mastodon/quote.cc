#include "common/platform/mastodon/quote.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/platform/redact.h"

namespace carillon::mastodon {
namespace {

// Numbers, and the ULIDs of servers that use those.
bool IsStatusId(std::string_view id) {
  return !id.empty() && id.size() <= 64 &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) { return c < 0x80 && isalnum(c) != 0; });
}

bool IsWeb(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://"); }

// The last part of an address's path.
std::string_view LastSegment(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  while (url.ends_with('/')) url.remove_suffix(1);
  return url.substr(url.rfind('/') + 1);
}

}  // namespace

bool IsQuoted(std::string_view quoted) {
  return IsWeb(quoted) ? IsStatusId(LastSegment(quoted)) : IsStatusId(quoted);
}

std::string QuotedId(std::string_view quoted, std::string_view base_url) {
  if (!IsQuoted(quoted)) return "";
  if (!IsWeb(quoted)) return std::string(quoted);
  if (platform::HostOf(quoted) != platform::HostOf(base_url)) return "";
  return std::string(LastSegment(quoted));
}

Status CheckQuoted(std::string_view quoted, std::string_view base_url) {
  if (quoted.empty() || !QuotedId(quoted, base_url).empty()) return Ok();
  return Refuse(Code::kInvalidArgument, "BAD_QUOTE",
                fmt::format("{} is not on {}: search for it there, and give its address or id there", quoted,
                            platform::HostOf(base_url)));
}

}  // namespace carillon::mastodon
