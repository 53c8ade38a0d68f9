#include "services/publisher/client/topic_feeds.h"

#include <chrono>

#include "common/kafka/topics.h"
#include "common/observe/log.h"

namespace carillon::publisher {
namespace {

constexpr absl::Duration kTopicsTimeout = absl::Seconds(10);
constexpr auto kRetryPause = std::chrono::seconds(2);

}  // namespace

void TopicFeeds::Start() {
  thread_ = std::thread([this] { Run(); });
}

void TopicFeeds::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  control_tail_.reset();
  credential_tail_.reset();
}

void TopicFeeds::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const Status opened = OpenBoth();
    lock.lock();
    if (opened.ok()) return;
    observe::Warn("the control and credential topics cannot be read yet", {{"error", ToString(opened)}});
    wake_.wait_for(lock, kRetryPause, [&] { return stopping_; });
  }
}

Status TopicFeeds::OpenBoth() {
  const kafka::TopicSpec credentials =
      kafka::SpecOf(options_.release, v1::CredentialRecord::default_instance(), options_.shards);
  const kafka::TopicSpec control = kafka::SpecOf(
      options_.release, scheduler::v1::ControlRecord::default_instance(), options_.shards);
  RETURN_IF_ERROR(kafka::EnsureTopics(options_.kafka, {credentials, control}, options_.first_start,
                                      kTopicsTimeout));
  if (credential_tail_ == nullptr) {
    ASSIGN_OR_RETURN(credential_tail_,
                     kafka::TopicTail::Start({.brokers = options_.kafka,
                                              .topic = credentials.name,
                                              .partitions = credentials.partitions,
                                              .from_beginning = true},
                                             [this](const kafka::Record& record) {
                                               v1::CredentialRecord credential;
                                               if (!record.value) return;
                                               if (!credential.ParseFromString(*record.value)) {
                                                 observe::Error("a credential record cannot be read",
                                                                {{"key", record.key}});
                                                 return;
                                               }
                                               credentials_.Put(credential);
                                             }));
  }
  ASSIGN_OR_RETURN(control_tail_,
                   kafka::TopicTail::Start(
                       {.brokers = options_.kafka, .topic = control.name, .partitions = 1},
                       [this](const kafka::Record& record) {
                         if (record.value) control_.Take(*record.value, record.append_time);
                       }));
  return Ok();
}

}  // namespace carillon::publisher
