// How a request that publishes is played, the same on every platform: which fault comes when, what is counted, what is hidden.
// A platform says how it decides and how its answers look.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "services/sandbox/shared.h"

namespace carillon::sandbox {

// One request, with all that is needed to decide it later and without the connection.
class Attempt {
 public:
  enum class Kind { kRefused, kCreated, kReplayed, kEdited };
  struct Outcome {
    Kind kind = Kind::kRefused;
    std::vector<std::string> posts;  // their ids; empty if refused, and for uploads
    http::ServerResponse answer;
  };

  virtual ~Attempt() = default;
  // `honour_key`: a repeat with a known key is a replay.
  virtual Outcome Accept(bool honour_key) = 0;
  // Plans the engagement of a post that was created.
  virtual void Engage(const std::string& post) = 0;

  virtual http::ServerResponse Refused() = 0;  // for good
  virtual http::ServerResponse Unauthorized(const Fault& fault) = 0;
  virtual http::ServerResponse Unavailable() = 0;
  virtual http::ServerResponse RateLimited(absl::Time reset) = 0;

  std::string account;  // username
  std::string text;
  std::string key;  // tells attempts apart: one that comes again is the same
  std::string step = "publish";
  int request_number = 0;
  bool has_idempotency_keys = true;  // the platform knows them
};

http::ServerResponse Publish(Platform* platform, Shared* shared, std::shared_ptr<Attempt> attempt);

}  // namespace carillon::sandbox
