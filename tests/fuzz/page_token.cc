// Page tokens and ranges: fields separated by NUL are flags, prefix, from, to, a token, and members. Any token is taken or refused
// with its reason; walking a list by tokens gives each member of the range once, in order.
#include <algorithm>
#include <set>

#include "common/ledger/paging.h"
#include "tests/fuzz/support.h"

namespace carillon::fuzz {
namespace {

using ledger::ListQuery;

constexpr size_t kMembersMax = 40;

bool Within(const std::string& member, const ledger::LexRange& range) {
  const bool above = range.low[0] == '[' ? member >= range.low.substr(1) : member > range.low.substr(1);
  return above && member < range.high.substr(1);
}

void CheckToken(const ListQuery& query) {
  const Result<std::string> after = ledger::ReadPageToken(query);
  if (!after.ok()) {
    CARILLON_CHECK(ReasonOf(after.status()) == "BAD_PAGE_TOKEN", "{}", ToString(after.status()));
    return;
  }
  if (query.page_token.empty()) {
    CARILLON_CHECK(after->empty(), "the first page begins behind '{}'", *after);
    return;
  }
  CARILLON_CHECK(after->starts_with(query.prefix), "the token leads out of the list");
  ListQuery again = query;
  again.page_token = ledger::MakePageToken(query, *after);
  const Result<std::string> same = ledger::ReadPageToken(again);
  CARILLON_CHECK(same.ok() && *same == *after, "a token does not survive being made again");
  again.descending = !again.descending;
  CARILLON_CHECK(!ledger::ReadPageToken(again).ok(), "a token is taken for the other direction");
}

// What lists do in all readers: a page, then on behind its last member.
std::vector<std::string> Walk(ListQuery query, const std::set<std::string>& members, size_t page_size) {
  std::vector<std::string> seen;
  while (true) {
    const Result<std::string> after = ledger::ReadPageToken(query);
    CARILLON_CHECK(after.ok(), "an own token is refused: {}", ToString(after.status()));
    const ledger::LexRange range = ledger::RangeOf(query, *after);
    std::vector<std::string> page;
    for (const std::string& member : members) {
      if (Within(member, range)) page.push_back(member);
    }
    if (query.descending) std::reverse(page.begin(), page.end());
    if (page.size() > page_size) page.resize(page_size);
    if (page.empty()) return seen;
    seen.insert(seen.end(), page.begin(), page.end());
    CARILLON_CHECK(seen.size() <= members.size(), "a walk goes round in circles");
    query.page_token = ledger::MakePageToken(query, page.back());
  }
}

void Run(std::string_view input) {
  const std::vector<std::string> fields = Split(input, '\0');
  if (fields.size() < 5 || fields[0].empty()) return;
  const auto flags = static_cast<unsigned char>(fields[0][0]);
  ListQuery query;
  query.index = "due";
  query.descending = (flags & 1) != 0;
  query.prefix = fields[1];
  query.from = fields[2];
  query.to = fields[3];
  query.page_token = fields[4];
  // A token of this list, one byte of it changed or not.
  if ((flags & 2) != 0) {
    query.page_token = ledger::MakePageToken(query, query.prefix + fields[4]);
    const size_t at = static_cast<size_t>(flags >> 4) * query.page_token.size() / 16;
    if ((flags & 4) != 0) query.page_token[at] ^= 1;
  }
  CheckToken(query);
  const int asked = static_cast<int>(fields[0].size()) * 37 - 100;
  CARILLON_CHECK(ledger::PageSize(asked).ok() == (asked >= 0 && asked <= ledger::kPageSizeMax),
                 "a page of {} rows", asked);

  // Members of a ledger have no bytes that UTF-8 has not, and are at most kMemberBytesMax long.
  std::set<std::string> members;
  for (size_t i = 5; i < fields.size() && members.size() < kMembersMax; ++i) {
    std::string member = query.prefix + fields[i];
    if (member.find('\xff') == std::string::npos && member.size() <= 1024 && !member.empty()) {
      members.insert(std::move(member));
    }
  }
  query.page_token.clear();
  if (query.to.find('\xff') != std::string::npos) query.to.clear();
  const std::vector<std::string> seen = Walk(query, members, 1 + (flags >> 3) % 5);
  std::vector<std::string> wanted;
  for (const std::string& member : members) {
    const std::string rest = member.substr(query.prefix.size());
    if (rest >= query.from && (query.to.empty() || rest < query.to)) wanted.push_back(member);
  }
  if (query.descending) std::reverse(wanted.begin(), wanted.end());
  CARILLON_CHECK(seen == wanted, "a walk saw {} of {} members", seen.size(), wanted.size());
  Planted({seen.size() >= 5, query.descending, !query.from.empty()});
}

}  // namespace
}  // namespace carillon::fuzz

#ifdef CARILLON_FUZZ
#include "tests/fuzz/token_mutator.h"

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  return carillon::fuzz::MutateTokens(data, size, size_max, seed, std::string_view("\0|", 2),
                                      {"brand_1", "a", "b", "z", "\x01", "\x09", "\x0b", "\xff", "00001800000000000", "x_1"});
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  carillon::fuzz::Run(carillon::fuzz::Text(data, size));
  return 0;
}
