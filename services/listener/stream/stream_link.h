// One connection and what it is for. Thread-safe.
#pragma once

#include <absl/time/civil_time.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/http/websocket_client.h"
#include "common/platform/stream.h"

namespace carillon::listener {

// What one text brought.
struct StreamItem {
  platform::Streamer* streamer = nullptr;
  std::vector<platform::Pushed> pushed;
  std::string cursor;
};

class StreamLink {
 public:
  StreamLink(std::string key, platform::Streamer* streamer) : key_(std::move(key)), streamer_(streamer) {}

  const std::string& key() const { return key_; }
  platform::Streamer& streamer() const { return *streamer_; }

  std::shared_ptr<const platform::StreamAudience> audience() const {
    std::lock_guard lock(mutex_);
    return audience_;
  }
  void SetAudience(std::shared_ptr<const platform::StreamAudience> audience) {
    std::lock_guard lock(mutex_);
    audience_ = std::move(audience);
  }

  // Everything up to here was queued, or is owed a poll.
  std::string cursor() const {
    std::lock_guard lock(mutex_);
    return cursor_;
  }
  void SetCursor(std::string cursor) {
    std::lock_guard lock(mutex_);
    cursor_ = std::move(cursor);
  }

  bool is_open() const { return is_open_; }
  void SetOpen(bool is_open) { is_open_ = is_open; }

  // Of the keeper's thread.
  std::unique_ptr<http::WebSocket> socket;
  std::string server;                // that the socket goes to
  std::string fingerprint;           // of the audience that it was opened for
  absl::Duration opened_at;          // boot time
  absl::Duration retry_at;           // boot time
  int failures = 0;
  std::atomic<bool> has_ended = false;
  std::atomic<bool> token_refused = false;
  std::atomic<bool> too_many = false;  // the platform wants to be left alone for a while
  bool resumed = false;              // it went on where the one before stopped
  // Posts that came on this day, where each costs; of the connection's thread.
  absl::CivilDay day;
  int64_t posts_of_day = 0;
  std::atomic<bool> spent = false;   // as many as one day may have

 private:
  const std::string key_;
  platform::Streamer* const streamer_;
  mutable std::mutex mutex_;
  std::shared_ptr<const platform::StreamAudience> audience_;
  std::string cursor_;
  std::atomic<bool> is_open_ = false;
};

}  // namespace carillon::listener
