#include "common/tld/tld.h"

#include <gtest/gtest.h>

#include <string>

namespace carillon::tld {
namespace {

TEST(TopLevelDomain, InEveryForm) {
  for (const char* label : {"com", "COM", "museum", "рф", "РФ", "xn--p1ai", "みんな", "ck", "onion"}) {
    EXPECT_TRUE(IsTopLevelDomain(label)) << label;
  }
  for (const char* label : {"", "txt", "local", "test", "bz2", "example", "co.uk", ".com", "com.", "c o m"}) {
    EXPECT_FALSE(IsTopLevelDomain(label)) << label;
  }
  EXPECT_FALSE(IsTopLevelDomain(std::string("com\0x", 5)));
  EXPECT_FALSE(IsTopLevelDomain(std::string(100000, 'a')));
  EXPECT_FALSE(IsTopLevelDomain("\xFF"));
}

TEST(TopLevelDomain, KnownByTwoLabelsOnly) {
  EXPECT_FALSE(IsTopLevelDomain("za"));
  EXPECT_TRUE(IsTopLevelDomain("za", "co"));
  EXPECT_FALSE(IsTopLevelDomain("za", "shop"));
}

TEST(TopLevelDomain, OfAHost) {
  EXPECT_TRUE(HasTopLevelDomain("example.com"));
  EXPECT_TRUE(HasTopLevelDomain("shop.co.za"));
  EXPECT_TRUE(HasTopLevelDomain("co.za"));
  EXPECT_FALSE(HasTopLevelDomain("com"));
  EXPECT_FALSE(HasTopLevelDomain(".com"));
  EXPECT_FALSE(HasTopLevelDomain("example.com."));
  EXPECT_FALSE(HasTopLevelDomain("shop.za"));
  EXPECT_FALSE(HasTopLevelDomain(""));
}

}  // namespace
}  // namespace carillon::tld
