// The platform, as all publishers reach it: it keeps what it accepted, which is the truth about effects, and answers or does not.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/platform/connector.h"
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
  const AcceptedPost& Accept(const platform::PublishRequest& request, absl::Time asked_at);
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
class SimConnector : public platform::Connector {
 public:
  SimConnector(Process& process, simulation::Platform& platform) : process_(process), platform_(platform) {}
  std::string Platform() const override { return "mastodon"; }
  Result<platform::AccountInfo> Verify(const platform::AccountAccess&, absl::Duration) override {
    return platform::AccountInfo();
  }
  Result<platform::PlatformLimits> Limits(const platform::AccountAccess&,
                                           absl::Duration) override {
    return platform::PlatformLimits();
  }
  Status Validate(const platform::PublishContent&, const platform::PlatformLimits&) const override {
    return Ok();
  }
  Result<platform::UploadedMedia> Upload(const platform::UploadRequest&) override {
    return MakeStatus(Code::kUnimplemented, "no media here");
  }
  platform::PublishOutcome Publish(const platform::PublishRequest& request) override;
  platform::LookupOutcome Lookup(const platform::LookupRequest& request) override;

 private:
  platform::PublishOutcome Exchange(const platform::PublishRequest& request, absl::Time asked_at);

  Process& process_;
  simulation::Platform& platform_;
};

}  // namespace carillon::simulation
