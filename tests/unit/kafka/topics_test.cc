// Topics are made from the options on the protos: each one has a name of its own, a key, and a stated way of being kept.
#include "common/kafka/topics.h"

#include <gtest/gtest.h>

#include <set>

#include "carillon/analytics/v1/analytics.pb.h"
#include "carillon/common/v1/topic.pb.h"
#include "carillon/listener/v1/listener.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "carillon/scheduler/v1/scheduler.pb.h"
#include "carillon/strategy/v1/strategy.pb.h"

namespace carillon::kafka {
namespace {

std::vector<const google::protobuf::Message*> AllTopics() {
  return {&strategy::v1::StrategyRecord::default_instance(),
          &strategy::v1::StrategyMessage::default_instance(),
          &scheduler::v1::SchedulerRecord::default_instance(),
          &scheduler::v1::SchedulerMessage::default_instance(),
          &scheduler::v1::ControlRecord::default_instance(),
          &publisher::v1::PublisherRecord::default_instance(),
          &publisher::v1::PublisherMessage::default_instance(),
          &publisher::v1::CredentialRecord::default_instance(),
          &listener::v1::ListenerRecord::default_instance(),
          &listener::v1::ListenerMessage::default_instance(),
          &listener::v1::SignalEvent::default_instance(),
          &analytics::v1::AnalyticsRecord::default_instance(),
          &analytics::v1::AnalyticsMessage::default_instance()};
}

std::string ConfigOf(const TopicSpec& spec, const std::string& name) {
  for (const auto& [key, value] : spec.config) {
    if (key == name) return value;
  }
  return "";
}

TEST(TopicsTest, EveryTopicIsDescribedOnItsMessage) {
  std::set<std::string> names;
  for (const auto* message : AllTopics()) {
    const auto& option = message->GetDescriptor()->options().GetExtension(common::v1::topic);
    const TopicSpec spec = SpecOf("acme", *message, 16);
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name << " is named twice";
    EXPECT_EQ(spec.name, "acme." + option.name());
    EXPECT_FALSE(option.key().empty()) << spec.name;
    EXPECT_EQ(ConfigOf(spec, "message.timestamp.type"), "LogAppendTime") << spec.name;
    EXPECT_EQ(spec.partitions, option.partitions() ? option.partitions() : 16) << spec.name;
  }
}

TEST(TopicsTest, LedgersAreCompactedAndWhatIsCountedNeverIs) {
  for (const auto* message : AllTopics()) {
    const TopicSpec spec = SpecOf("acme", *message, 8);
    const bool ledger = spec.name.find(".ledger.") != std::string::npos;
    if (ledger) {
      EXPECT_EQ(ConfigOf(spec, "cleanup.policy"), "compact") << spec.name;
      EXPECT_EQ(ConfigOf(spec, "min.compaction.lag.ms"), "604800000") << spec.name;
      EXPECT_EQ(ConfigOf(spec, "delete.retention.ms"), "604800000") << spec.name;
    }
    if (ConfigOf(spec, "cleanup.policy") == "delete") {
      EXPECT_GT(std::stoll(ConfigOf(spec, "retention.ms")), 0) << spec.name;
    }
  }
  EXPECT_EQ(ConfigOf(SpecOf("a", analytics::v1::AnalyticsMessage::default_instance(), 8), "cleanup.policy"), "delete");
  EXPECT_EQ(ConfigOf(SpecOf("a", listener::v1::SignalEvent::default_instance(), 8), "cleanup.policy"), "delete");
}

}  // namespace
}  // namespace carillon::kafka
