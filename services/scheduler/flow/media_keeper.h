// Keeps the media files that posts need, and removes what nobody needs: every six hours it reads all posts and keeps each file that
// one of them names, unless the post is PUBLISHED or CANCELLED, which it stays. Only after such a look that saw everything, what
// was not kept for 14 days is removed. common/media_store/README.md says why that never removes a file that a post needs.
// One thread; any number of processes may do it at once. A file that is missing is counted and logged, long before it is due.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/clock.h"
#include "common/ledger/reader.h"
#include "common/media_store/media_store.h"

namespace carillon::scheduler {

class MediaKeeper {
 public:
  MediaKeeper(ledger::Reader& reader, media_store::MediaStore& store, const Clock& clock)
      : reader_(reader), store_(store), clock_(clock) {}
  ~MediaKeeper() { Stop(); }
  void Start();
  void Stop();

  struct Look {
    int kept = 0;
    int missing = 0;
    media_store::SweepResult sweep;
  };
  // One look; for tests and the thread. An error: nothing was removed.
  Result<Look> LookOnce();

 private:
  void Work();

  ledger::Reader& reader_;
  media_store::MediaStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace carillon::scheduler
