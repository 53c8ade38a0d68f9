#include "common/ledger/paging.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include "common/base/ids.h"

namespace carillon::ledger {
namespace {

constexpr size_t kDigestSize = 26;
constexpr size_t kTokenSizeMax = 2000;

std::string QueryDigest(const ListQuery& query) {
  return HashText({query.index, query.prefix, query.from, query.to, query.descending ? "d" : "a"});
}

Status BadToken() {
  return Refuse(Code::kInvalidArgument, "BAD_PAGE_TOKEN",
                "the page token does not belong to this list; start again without one");
}

}  // namespace

std::string MakePageToken(const ListQuery& query, std::string_view last_member) {
  const std::string raw = QueryDigest(query) + std::string(last_member);
  return absl::WebSafeBase64Escape(raw);
}

Result<std::string> ReadPageToken(const ListQuery& query) {
  if (query.page_token.empty()) return std::string();
  std::string raw;
  if (query.page_token.size() > kTokenSizeMax ||
      !absl::WebSafeBase64Unescape(query.page_token, &raw) || raw.size() <= kDigestSize ||
      raw.substr(0, kDigestSize) != QueryDigest(query)) {
    return BadToken();
  }
  std::string member = raw.substr(kDigestSize);
  if (member.compare(0, query.prefix.size(), query.prefix) != 0) return BadToken();
  return member;
}

Result<int> PageSize(int asked) {
  if (asked == 0) return kPageSizeDefault;
  if (asked < 0 || asked > kPageSizeMax) {
    return Refuse(Code::kInvalidArgument, "BAD_PAGE_SIZE",
                  fmt::format("page_size is 1 to {}, not {}", kPageSizeMax, asked));
  }
  return asked;
}

LexRange RangeOf(const ListQuery& query, const std::string& after) {
  // Every member that begins with the prefix sorts before prefix + 0xff: members are UTF-8 and ids, which have no such byte.
  LexRange range{"[" + query.prefix + query.from,
                 query.to.empty() ? "(" + query.prefix + "\xff" : "(" + query.prefix + query.to};
  if (!after.empty()) (query.descending ? range.high : range.low) = "(" + after;
  return range;
}

}  // namespace carillon::ledger
