// Page tokens: the last member of a page and a digest of the query, so that a token can't be used with another filter. Opaque to
// callers. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/ledger/reader.h"

namespace carillon::ledger {

constexpr int kPageSizeMax = 500;
constexpr int kPageSizeDefault = 50;

std::string MakePageToken(const ListQuery& query, std::string_view last_member);
// The member behind which to go on ("" for the first page). INVALID_ARGUMENT: BAD_PAGE_TOKEN.
Result<std::string> ReadPageToken(const ListQuery& query);
// The page size to use: 0 means the default. INVALID_ARGUMENT: BAD_PAGE_SIZE.
Result<int> PageSize(int asked);

// The query's bounds as ZRANGEBYLEX takes them ("[a", "(b"), going on behind `after` if that is not empty.
struct LexRange {
  std::string low;
  std::string high;
};
LexRange RangeOf(const ListQuery& query, const std::string& after);

}  // namespace carillon::ledger
