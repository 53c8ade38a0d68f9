// What an owner keeps in memory: the newest of it, within its bound as memory counts it.
#include "common/ledger/state_cache.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "carillon/publisher/v1/publisher.pb.h"

namespace carillon::ledger::testing {
namespace {

publisher::v1::PublisherRecord Delivery(int number) {
  publisher::v1::PublisherRecord record;
  auto& header = *record.mutable_header();
  header.set_aggregate_id(fmt::format("acct_01HZY8Q2N3/dlv_{:018}", number));
  header.set_change("delivery.published");
  header.mutable_envelope()->set_org_id("org_01HZY8Q2N3ABCDEFGH");
  header.mutable_envelope()->mutable_occurred_at()->set_seconds(1'800'000'000);
  auto& delivery = *record.mutable_delivery();
  delivery.set_id(header.aggregate_id());
  auto& dispatch = *delivery.mutable_dispatch();
  dispatch.set_post_id(fmt::format("post_{:018}", number));
  dispatch.set_content_hash(std::string(64, 'a'));
  dispatch.mutable_content()->set_text(fmt::format("Post {}, one bell of many", number));
  dispatch.mutable_due_at()->set_seconds(1'800'000'000);
  auto& attempt = *delivery.add_attempts();
  attempt.set_remote_id("113456789012345678");
  attempt.mutable_started_at()->set_seconds(1'800'000'000);
  attempt.mutable_send_before()->set_seconds(1'800'000'030);
  return record;
}

TEST(StateCacheTest, HoldsTheNewestWithinItsBoundAsMemoryCountsIt) {
  constexpr size_t kMax = 1u << 20;
  constexpr int kRecords = 5'000;
  StateCache cache(kMax);
  for (int i = 0; i < kRecords; ++i) {
    const auto record = std::make_shared<publisher::v1::PublisherRecord>(Delivery(i));
    cache.Put(record->delivery().id(), record, record->ByteSizeLong());
  }
  size_t memory = 0, held = 0;
  for (int i = 0; i < kRecords; ++i) {
    const auto found = cache.Find(Delivery(i).delivery().id());
    if (!found) continue;
    EXPECT_GT(i, kRecords / 2) << "an older one than others that went";
    memory += (*found)->SpaceUsedLong();
    ++held;
  }
  EXPECT_LE(memory, kMax);
  EXPECT_GE(memory, kMax / 3) << "and the room is used";
  EXPECT_GT(held, 100u);
}

TEST(StateCacheTest, WhatIsReadStaysAndWhatIsPutAgainCountsOnce) {
  StateCache cache(1u << 20);
  const auto record = std::make_shared<publisher::v1::PublisherRecord>(Delivery(0));
  const std::string id = record->delivery().id();
  for (int i = 0; i < 5'000; ++i) {
    cache.Put("other" + std::to_string(i), record, record->ByteSizeLong());
    if (i == 0) cache.Put(id, record, record->ByteSizeLong());
    ASSERT_TRUE(cache.Find(id)) << i;
  }
  cache.Clear();
  cache.Put(id, record, record->ByteSizeLong());
  const size_t once = cache.bytes();
  cache.Put(id, record, record->ByteSizeLong());
  EXPECT_EQ(cache.bytes(), once);
}

TEST(StateCacheTest, IsBoundedAndKnowsWhatDoesNotExist) {
  StateCache cache(10'000);
  EXPECT_FALSE(cache.Find("a").has_value());
  cache.Put("a", nullptr, 0);
  ASSERT_TRUE(cache.Find("a").has_value());
  EXPECT_EQ(*cache.Find("a"), nullptr);
  for (int i = 0; i < 100; ++i) {
    cache.Put("b" + std::to_string(i), std::make_shared<publisher::v1::PublisherRecord>(), 500);
  }
  EXPECT_LE(cache.bytes(), 10'000u);
  EXPECT_FALSE(cache.Find("a").has_value()) << "the least recently used goes first";
  EXPECT_TRUE(cache.Find("b99").has_value());
  cache.Clear();
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace carillon::ledger::testing
