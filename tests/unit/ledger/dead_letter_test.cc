#include "common/ledger/dead_letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::ledger {
namespace {

using ::testing::HasSubstr;

Undecided Poison(std::string_view key, std::string_view value) {
  return {"t.counter.inbox.v1", 3, 17, key, value};
}

v1::DeadLetter Written(const Undecided& record, const Status& why) {
  auto read = ReadDeadLetter(MakeDeadLetter(record, why).SerializeAsString());
  EXPECT_TRUE(read.ok()) << ToString(read.status());
  return read.ok() ? *read : v1::DeadLetter();
}

TEST(DeadLetterTest, HoldsTheMessageItsOriginAndTheReason) {
  const auto letter = Written(Poison("k", "bytes"), Refuse(Code::kNotFound, "UNKNOWN_POST", "no post"));
  EXPECT_EQ(letter.topic(), "t.counter.inbox.v1");
  EXPECT_EQ(letter.partition(), 3);
  EXPECT_EQ(letter.offset(), 17);
  EXPECT_EQ(OriginalKey(letter), "k");
  EXPECT_EQ(letter.value(), "bytes");
  EXPECT_EQ(letter.value_bytes(), 5);
  EXPECT_EQ(letter.code(), "NOT_FOUND");
  EXPECT_EQ(letter.reason(), "no post");
  EXPECT_FALSE(letter.left_out());
}

TEST(DeadLetterTest, AnyBytesAreReadableAgain) {
  const std::string key = "k\xff\xfe";
  const Undecided record = Poison(key, "\xff\xff");
  const auto letter = Written(record, absl::InternalError(std::string("why \xc3 not")));
  EXPECT_EQ(OriginalKey(letter), key);
  EXPECT_EQ(letter.key(), "k\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(letter.value(), "\xff\xff");
  EXPECT_THAT(letter.reason(), HasSubstr("why"));
  EXPECT_EQ(LetterKey(record), key);
}

TEST(DeadLetterTest, AnEmptyValueIsAValue) {
  const auto letter = Written(Poison("", ""), absl::InternalError("x"));
  EXPECT_EQ(letter.value_bytes(), 0);
  EXPECT_FALSE(letter.left_out());
}

TEST(DeadLetterTest, WhatIsTooLargeForALetterIsLeftOutAndSaidSo) {
  const std::string value(1'040'000, 'v');
  const std::string long_key(1'000'000, '\xff');
  for (const Undecided& record : {Poison("k", value), Poison(long_key, "v"), Poison(long_key, value)}) {
    const v1::DeadLetter made = MakeDeadLetter(record, absl::InternalError(std::string(100'000, 'w')));
    EXPECT_LE(made.ByteSizeLong() + LetterKey(record).size(), kLetterBytesMax);
    const auto letter = ReadDeadLetter(made.SerializeAsString());
    ASSERT_TRUE(letter.ok());
    EXPECT_TRUE(letter->left_out());
    EXPECT_TRUE(letter->value().empty());
    EXPECT_EQ(letter->value_bytes(), static_cast<int64_t>(record.value.size()));
    EXPECT_LE(letter->reason().size(), kLetterReasonBytesMax);
  }
  // The largest that still fits stays whole.
  EXPECT_FALSE(MakeDeadLetter(Poison("k", std::string(940'000, 'v')), absl::InternalError("x")).left_out());
}

TEST(DeadLetterTest, AKeyOfAnEarlierVersionThatIsNoTextIsRead) {
  // As it was written before raw_key: the texts unchecked.
  const std::string old = std::string("\x0a\x03top\x10\x02\x18\x09\x22\x02\xff\x41\x2a\x01v\x32\x01" "C\x3a\x02\xc3r");
  ASSERT_FALSE(v1::DeadLetter().ParseFromString(old));
  const auto letter = ReadDeadLetter(old);
  ASSERT_TRUE(letter.ok()) << ToString(letter.status());
  EXPECT_EQ(letter->topic(), "top");
  EXPECT_EQ(letter->partition(), 2);
  EXPECT_EQ(letter->offset(), 9);
  EXPECT_EQ(OriginalKey(*letter), "\xff\x41");
  EXPECT_EQ(letter->value(), "v");
  EXPECT_EQ(letter->value_bytes(), 1);
  EXPECT_EQ(letter->reason(), "\xEF\xBF\xBDr");
}

TEST(DeadLetterTest, OtherBytesAreNoLetter) {
  for (const std::string& bytes : {std::string(), std::string("\xff\xff\xff"), std::string("hello"), std::string("\x08\x01")}) {
    EXPECT_EQ(ReadDeadLetter(bytes).status().code(), Code::kDataLoss);
  }
}

}  // namespace
}  // namespace carillon::ledger
