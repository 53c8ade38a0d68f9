// What sending needs to know of the world. Thread-safe, never blocks.
#pragma once

#include <string>

#include "common/base/status.h"

namespace carillon::publisher {

// All kill switches and their heartbeat, as this process has read them.
class ControlView {
 public:
  virtual ~ControlView() = default;
  // The newest heartbeat read is under 3 s old, by the log's append time and by the time since it was read.
  virtual bool Fresh() const = 0;
  // A switch is on for the organization or the brand.
  virtual bool Blocked(const std::string& org_id, const std::string& brand_id) const = 0;
  // This machine's clock is within 2 s of the log's.
  virtual bool ClockOk() const = 0;
};

// The accounts' tokens: sealed in here, in clear only in what Open() gives.
class Credentials {
 public:
  virtual ~Credentials() = default;
  virtual bool Has(const std::string& account_id, uint32_t version) const = 0;
  // Secret. UNAVAILABLE if that version has not been read yet; the vault's errors otherwise.
  virtual Result<std::string> Open(const std::string& account_id, uint32_t version) const = 0;
};

// Deliveries that may be SENDING at a time, in this process.
class SenderSlots {
 public:
  virtual ~SenderSlots() = default;
  // True if a slot is free for this server ("https://mastodon.example"); it is kept for this account until a job of it comes, at most 2 s. Else
  // the account waits in line and is told of its turn by SlotFreed.
  virtual bool Keep(const std::string& account_id, const std::string& server) = 0;
};

}  // namespace carillon::publisher
