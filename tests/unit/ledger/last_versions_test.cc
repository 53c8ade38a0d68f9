#include "common/ledger/last_versions.h"

#include <gtest/gtest.h>

#include <string>

#include "common/ledger/record.h"
#include "tests/integration/ledger/counter.pb.h"

namespace carillon::ledger {
namespace {

TEST(LastVersions, OnlyTheLastOfAKeyStays) {
  LastVersions last;
  for (int64_t offset = 0; offset < 3000; ++offset) last.Add("post_" + std::to_string(offset % 1000), offset);
  for (int64_t offset = 0; offset < 3000; ++offset) {
    EXPECT_EQ(last.IsSuperseded("post_" + std::to_string(offset % 1000), offset), offset < 2000);
  }
  EXPECT_FALSE(last.IsSuperseded("post_unknown", 5));
  EXPECT_FALSE(last.IsSuperseded("post_1", 2001));
  EXPECT_FALSE(last.IsSuperseded("post_1", 4001)) << "what came after the keys were read";
}

TEST(LastVersions, WithoutKeysNothingIsSuperseded) {
  EXPECT_FALSE(LastVersions().IsSuperseded("post_1", 1));
}

TEST(ParseHeader, ReadsTheHeaderAlone) {
  test::v1::CounterRecord record;
  record.mutable_header()->set_aggregate_id("ctr_1");
  record.mutable_header()->set_version(7);
  record.mutable_header()->set_inbox_next(300);
  record.mutable_header()->mutable_request()->set_key("k");
  record.mutable_counter()->set_value(9);
  const auto header = ParseHeader(record.SerializeAsString());
  ASSERT_TRUE(header.ok()) << ToString(header.status());
  EXPECT_EQ(header->SerializeAsString(), record.header().SerializeAsString());
}

TEST(ParseHeader, RefusesWhatHasNone) {
  test::v1::CounterRecord record;
  record.mutable_counter()->set_value(9);
  EXPECT_EQ(ParseHeader(record.SerializeAsString()).status().code(), Code::kDataLoss);
  EXPECT_EQ(ParseHeader("").status().code(), Code::kDataLoss);
  record.mutable_header()->set_aggregate_id("ctr_1");
  const std::string bytes = record.SerializeAsString();
  EXPECT_EQ(ParseHeader(bytes.substr(0, 4)).status().code(), Code::kDataLoss) << "cut in the header";
}

}  // namespace
}  // namespace carillon::ledger
