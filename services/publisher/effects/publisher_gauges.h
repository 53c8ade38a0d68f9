// The publisher's gauges, set every two seconds on a thread of its own: how many deliveries are in which state, how old the control view
// is, and in how many days versions of platforms' APIs end.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/clock.h"
#include "common/ledger/reader.h"
#include "common/platform/registry.h"
#include "services/publisher/client/control_board.h"

namespace carillon::publisher {

class PublisherGauges {
 public:
  PublisherGauges(ledger::Reader& reader, const ControlBoard& control,
                  const platform::Registry& platforms, const Clock& clock)
      : reader_(reader), control_(control), platforms_(platforms), clock_(clock) {}
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
  const platform::Registry& platforms_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace carillon::publisher
