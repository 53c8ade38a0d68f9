#include "common/ledger/paging.h"

#include <gtest/gtest.h>

namespace carillon::ledger {
namespace {

ListQuery Query(const std::string& prefix) {
  ListQuery query;
  query.index = "all";
  query.prefix = prefix;
  return query;
}

TEST(PagingTest, ATokenIsBoundToItsQuery) {
  ListQuery query = Query("brand_1|");
  const std::string token = MakePageToken(query, "brand_1|00001|post_1");
  query.page_token = token;
  EXPECT_EQ(ReadPageToken(query).value(), "brand_1|00001|post_1");
  ListQuery other = Query("brand_2|");
  other.page_token = token;
  EXPECT_EQ(ReasonOf(ReadPageToken(other).status()), "BAD_PAGE_TOKEN");
  query.descending = true;
  EXPECT_EQ(ReasonOf(ReadPageToken(query).status()), "BAD_PAGE_TOKEN");
}

TEST(PagingTest, AMemberOfAnotherPrefixIsRefusedThoughTheDigestFits) {
  ListQuery query = Query("brand_1|");
  query.page_token = MakePageToken(query, "brand_9|00001|post_1");
  EXPECT_EQ(ReasonOf(ReadPageToken(query).status()), "BAD_PAGE_TOKEN");
}

TEST(PagingTest, GarbageIsRefused) {
  for (const char* token : {"x", "%%%", "AAAA", "====", "\xff\xfe"}) {
    ListQuery query = Query("a|");
    query.page_token = token;
    EXPECT_FALSE(ReadPageToken(query).ok()) << token;
  }
  ListQuery query = Query("a|");
  query.page_token = std::string(1 << 20, 'A');
  EXPECT_FALSE(ReadPageToken(query).ok());
}

TEST(PagingTest, SizesHaveBounds) {
  EXPECT_EQ(PageSize(0).value(), kPageSizeDefault);
  EXPECT_EQ(PageSize(500).value(), 500);
  EXPECT_FALSE(PageSize(501).ok());
  EXPECT_FALSE(PageSize(-1).ok());
}

}  // namespace
}  // namespace carillon::ledger
