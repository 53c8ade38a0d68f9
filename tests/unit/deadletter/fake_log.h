// Topics in memory, as a reader and a producer see them: offsets with gaps, a low end, a told end that lags, commits that fail.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/deadletter/replay.h"
#include "common/ledger/dead_letter.h"
#include "tests/integration/ledger/counter.pb.h"

namespace carillon::deadletter {

struct FakeTopic {
  std::map<int64_t, kafka::Record> records;
  int64_t low = 0;
  int64_t high = 0;
  int64_t told_late = 0;  // so many of the newest offsets are not told at the first question
};

class FakeReader : public kafka::LogReader {
 public:
  std::map<std::pair<std::string, int>, FakeTopic> topics;
  std::map<std::string, int> partitions;
  int opened = 0;
  int read = 0;
  bool away = false;

  int64_t Add(const std::string& topic, std::optional<std::string> value, const std::string& key = "k",
              int partition = 0) {
    FakeTopic& log = topics[{topic, partition}];
    const int64_t offset = log.high;
    log.records[offset] = {partition, offset, key, std::move(value), absl::FromUnixSeconds(1000 + offset)};
    log.high = offset + 2;  // the transaction's marker takes one
    return offset;
  }

  Result<std::unique_ptr<kafka::Cursor>> Open(const std::string& topic, int partition, int64_t offset,
                                              std::function<void()>) override {
    ++opened;
    return std::make_unique<FakeCursor>(*this, topics[{topic, partition}], offset);
  }
  Result<int> PartitionCount(const std::string& topic, absl::Duration) override { return partitions[topic]; }
  Result<kafka::Bounds> BoundsOf(const std::string& topic, int partition, absl::Duration) override {
    if (away) return MakeStatus(Code::kUnavailable, "Kafka is away");
    FakeTopic& log = topics[{topic, partition}];
    const int64_t high = log.high - std::exchange(log.told_late, 0);
    return kafka::Bounds{log.low, high};
  }

 private:
  class FakeCursor : public kafka::Cursor {
   public:
    FakeCursor(FakeReader& reader, FakeTopic& log, int64_t offset) : reader_(reader), log_(log), next_(offset) {}
    Result<std::optional<kafka::Record>> Next(absl::Duration) override {
      if (next_ < log_.low || next_ > log_.high) return MakeStatus(Code::kOutOfRange, "not in the log");
      const auto it = log_.records.lower_bound(next_);
      at_end_ = it == log_.records.end();
      if (at_end_) return std::nullopt;
      next_ = it->first + 1;
      ++reader_.read;
      return std::optional<kafka::Record>(it->second);
    }
    bool at_end() const override { return at_end_; }
    int64_t end() const override { return log_.high; }

   private:
    FakeReader& reader_;
    FakeTopic& log_;
    int64_t next_;
    bool at_end_ = false;
  };
};

class FakeCluster : public kafka::Cluster {
 public:
  explicit FakeCluster(FakeReader& log) : log_(log) {}
  kafka::Verdict verdict = kafka::Verdict::kOk;
  bool no_producer = false;
  std::vector<kafka::OutRecord> written;

  Result<std::unique_ptr<kafka::TransactionalProducer>> MakeProducer(kafka::ProducerOptions) override {
    if (no_producer) return MakeStatus(Code::kUnavailable, "no coordinator");
    return std::make_unique<FakeProducer>(*this);
  }
  Result<std::unique_ptr<kafka::LogReader>> MakeReader() override { return MakeStatus(Code::kInternal, "not used"); }
  Result<std::unique_ptr<kafka::GroupMember>> Join(kafka::GroupOptions, kafka::GroupMember::Listener) override {
    return MakeStatus(Code::kInternal, "not used");
  }
  Status EnsureTopics(const std::vector<kafka::TopicSpec>&, bool, absl::Duration) override { return Ok(); }

 private:
  class FakeProducer : public kafka::TransactionalProducer {
   public:
    explicit FakeProducer(FakeCluster& cluster) : cluster_(cluster) {}
    kafka::CommitResult Commit(const std::vector<kafka::OutRecord>& records, const kafka::GroupOffset& offset) override {
      EXPECT_EQ(offset.member, nullptr);
      kafka::CommitResult result;
      result.verdict = cluster_.verdict;
      if (result.verdict != kafka::Verdict::kOk) {
        result.status = MakeStatus(Code::kUnavailable, "the commit failed");
        return result;
      }
      for (const auto& record : records) {
        cluster_.written.push_back(record);
        result.written.push_back({cluster_.log_.Add(record.topic, record.value, record.key, record.partition)});
      }
      return result;
    }

   private:
    FakeCluster& cluster_;
  };

  FakeReader& log_;
};

class DeadLetterFixture : public ::testing::Test {
 protected:
  static constexpr char kTopic[] = "t.counter.deadletter.v1";
  static constexpr char kInbox[] = "t.counter.inbox.v1";

  DeadLetterFixture() { log_.partitions[kInbox] = 8; }

  static std::string MessageTo(const std::string& to) {
    test::v1::CounterMessage message;
    message.mutable_header()->set_to(to);
    message.mutable_header()->set_message_id("m-" + to);
    return message.SerializeAsString();
  }
  int64_t AddLetter(const std::string& value, const std::string& key = "k", int partition = 3,
                    const std::string& topic = kInbox) {
    const auto letter = ledger::MakeDeadLetter({topic, partition, 17, key, value}, Refuse(Code::kNotFound, "NOBODY", "nobody"));
    return log_.Add(kTopic, letter.SerializeAsString(), key);
  }
  void AddNote(int64_t offset, const std::string& who = "operator") {
    ledger::v1::DeadLetter note;
    note.mutable_replay()->set_letter_offset(offset);
    note.mutable_replay()->mutable_actor()->set_id(who);
    log_.Add(kTopic, note.SerializeAsString());
  }
  Letters MakeLetters() {
    return Letters(log_, clock_, {"counter", kTopic, kInbox}, test::v1::CounterMessage::default_instance());
  }
  absl::Time Soon() const { return clock_.Now() + absl::Seconds(10); }

  SystemClock clock_;
  FakeReader log_;
};

}  // namespace carillon::deadletter
