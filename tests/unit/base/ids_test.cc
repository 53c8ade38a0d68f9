#include "common/base/ids.h"

#include <gtest/gtest.h>

namespace carillon {
namespace {

// Values of org.apache.kafka.common.utils.UtilsTest.testMurmur2 (the Java client's own table).
TEST(IdsTest, Murmur2IsTheJavaClients) {
  EXPECT_EQ(Murmur2("21"), -973932308);
  EXPECT_EQ(Murmur2("foobar"), -790332482);
  EXPECT_EQ(Murmur2("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(Murmur2("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(Murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(Murmur2("abc"), 479470107);
}

TEST(IdsTest, SamePartsSameIdOtherPartsOtherId) {
  EXPECT_EQ(MakeId("post", {"org", "r1"}), MakeId("post", {"org", "r1"}));
  EXPECT_NE(MakeId("post", {"ab", "c"}), MakeId("post", {"a", "bc"}));
  EXPECT_EQ(MakeId("post", {"x"}).size(), std::string("post_").size() + 26);
}

TEST(IdsTest, AnIdCarriesItsRoot) {
  const std::string account = MakeId("acct", {"org", "mastodon", "7"});
  const std::string delivery = MakeId("dlv", {"post_1", "0"}, account);
  EXPECT_EQ(RootOf(delivery), account);
  EXPECT_EQ(RootOf(account), account);
  EXPECT_EQ(RootOf(MakeId("note", {"1"}, delivery)), account) << "a child of a child keeps the root";
  EXPECT_EQ(TypeOf(delivery), "dlv");
  EXPECT_EQ(PartitionOf(RootOf(delivery), 8), PartitionOf(account, 8));
}

TEST(IdsTest, ShapeIsChecked) {
  EXPECT_TRUE(IsId(MakeId("post", {"x"}), "post"));
  EXPECT_FALSE(IsId(MakeId("post", {"x"}), "acct"));
  EXPECT_FALSE(IsId("post"));
  EXPECT_FALSE(IsId("post_\n"));
  EXPECT_FALSE(IsId("post_" + std::string(300, 'a')));
}

TEST(IdsTest, RandomTextsDiffer) { EXPECT_NE(RandomText(), RandomText()); }

}  // namespace
}  // namespace carillon
