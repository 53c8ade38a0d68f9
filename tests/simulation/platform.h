// The platform, as all publishers reach it: it keeps what it accepted, which is the truth about effects, and answers or does not.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/publisher/connector.h"
#include "tests/simulation/process.h"

namespace carillon::simulation {

struct AcceptedPost {
  std::string delivery_id;  // by the idempotency key; platforms without one keep it only for the oracle
  std::string account_id;
  std::string text;
  std::string remote_id;
  absl::Time at;
  absl::Time asked_at;  // when the sender was allowed to send, just before
  bool is_reply = false;
};

class Platform {
 public:
  explicit Platform(World& world) : world_(world) {}

  // Accounts whose server keeps idempotency keys.
  bool KeepsKeys(const std::string& account_id) const;
  const AcceptedPost& Accept(const publisher::PublishRequest& request, absl::Time asked_at);
  std::vector<AcceptedPost> Listing(const std::string& account_id, absl::Time since) const;
  const std::vector<AcceptedPost>& posts() const { return posts_; }
  // Until when this account is limited; the past if it is not.
  std::map<std::string, absl::Time> limited_until;

 private:
  World& world_;
  std::vector<AcceptedPost> posts_;
};

// One process's connector to it.
// (Connector::Platform() hides the class in here.)
class SimConnector : public publisher::Connector {
 public:
  SimConnector(Process& process, simulation::Platform& platform) : process_(process), platform_(platform) {}
  std::string Platform() const override { return "mastodon"; }
  Result<publisher::AccountInfo> Verify(const publisher::AccountAccess&, absl::Duration) override {
    return publisher::AccountInfo();
  }
  Result<publisher::PlatformLimits> Limits(const publisher::AccountAccess&,
                                           absl::Duration) override {
    return publisher::PlatformLimits();
  }
  Status Validate(const publisher::PublishContent&, const publisher::PlatformLimits&) const override {
    return Ok();
  }
  Result<std::string> UploadMedia(const publisher::AccountAccess&, const publisher::MediaItem&,
                                  absl::Duration) override {
    return MakeStatus(Code::kUnimplemented, "no media here");
  }
  publisher::PublishOutcome Publish(const publisher::PublishRequest& request) override;
  publisher::LookupOutcome Lookup(const publisher::LookupRequest& request) override;

 private:
  publisher::PublishOutcome Exchange(const publisher::PublishRequest& request, absl::Time asked_at);

  Process& process_;
  simulation::Platform& platform_;
};

}  // namespace carillon::simulation
