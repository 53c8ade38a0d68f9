// How Mastodon words what publishing.h plays.
#pragma once

#include "services/sandbox/mastodon/api.h"
#include "services/sandbox/publishing.h"

namespace carillon::sandbox::mastodon {

class MastodonAttempt : public Attempt {
 public:
  explicit MastodonAttempt(Mastodon* server) : server_(server) {}

  http::ServerResponse Refused() override {
    return ErrorAnswer(422, "Validation failed: Text is not allowed here");
  }
  http::ServerResponse Unauthorized(const Fault&) override {
    return ErrorAnswer(401, "The access token was revoked");
  }
  http::ServerResponse Unavailable() override { return ErrorAnswer(503, "Service Unavailable"); }
  http::ServerResponse RateLimited(absl::Time reset) override {
    http::ServerResponse response = ErrorAnswer(429, "Too many requests");
    response.headers.emplace_back("X-RateLimit-Limit", "300");
    response.headers.emplace_back("X-RateLimit-Remaining", "0");
    response.headers.emplace_back("X-RateLimit-Reset", IsoTime(reset));
    return response;
  }

 protected:
  Mastodon* const server_;
};

}  // namespace carillon::sandbox::mastodon
