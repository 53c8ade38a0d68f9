// The publisher's gauges, set every two seconds on a thread of its own: how many deliveries are in which state, and how old the
// control view is.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/ledger/reader.h"
#include "services/publisher/client/control_board.h"

namespace carillon::publisher {

class PublisherGauges {
 public:
  PublisherGauges(ledger::Reader& reader, const ControlBoard& control)
      : reader_(reader), control_(control) {}
  ~PublisherGauges() { Stop(); }
  PublisherGauges(const PublisherGauges&) = delete;
  PublisherGauges& operator=(const PublisherGauges&) = delete;

  void Start();
  void Stop();
  // One look; for tests and the thread.
  void Look();

 private:
  ledger::Reader& reader_;
  const ControlBoard& control_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace carillon::publisher
