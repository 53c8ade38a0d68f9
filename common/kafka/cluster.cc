#include "common/kafka/cluster.h"

namespace carillon::kafka {
namespace {

class RdCluster : public Cluster {
 public:
  explicit RdCluster(std::string brokers) : brokers_(std::move(brokers)) {}

  Result<std::unique_ptr<TransactionalProducer>> MakeProducer(ProducerOptions options) override {
    options.brokers = brokers_;
    return TransactionalProducer::Make(options);
  }
  Result<std::unique_ptr<LogReader>> MakeReader() override { return LogReader::Make(brokers_); }
  Result<std::unique_ptr<GroupMember>> Join(GroupOptions options,
                                            GroupMember::Listener listener) override {
    options.brokers = brokers_;
    return GroupMember::Join(options, std::move(listener));
  }
  Status EnsureTopics(const std::vector<TopicSpec>& specs, bool create_missing,
                      absl::Duration timeout) override {
    return kafka::EnsureTopics(brokers_, specs, create_missing, timeout);
  }

 private:
  const std::string brokers_;
};

}  // namespace

std::unique_ptr<Cluster> MakeCluster(std::string brokers) {
  return std::make_unique<RdCluster>(std::move(brokers));
}

}  // namespace carillon::kafka
