// The sandbox program on free ports, with accounts of the test's choice, and its admin API: faults and the ground truth.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/http/client.h"
#include "tests/support/child_process.h"

namespace carillon::testing {

class SandboxProcess {
 public:
  // `accounts` as --accounts-file takes them; `flags` beside those for addresses and accounts.
  static Result<std::unique_ptr<SandboxProcess>> Start(const nlohmann::json& accounts,
                                                       const std::vector<std::string>& flags = {});

  const std::string& url() const { return url_; }  // Mastodon's
  const std::string& bluesky_url() const { return bluesky_url_; }
  const std::string& x_url() const { return x_url_; }
  const std::string& admin_url() const { return admin_url_; }

  // What the admin API answers; ends the test program on a refusal, for a test that asks wrongly proves nothing.
  nlohmann::json AdminGet(const std::string& path);
  nlohmann::json AdminPost(const std::string& path, const nlohmann::json& body);

  void AddFault(const nlohmann::json& fault) { AdminPost("/admin/faults", fault); }
  void ClearFaults();
  // Every post that was ever accepted, oldest first: the ground truth.
  std::vector<nlohmann::json> AcceptedPosts();

 private:
  SandboxProcess() = default;
  nlohmann::json Admin(http::HttpRequest request);

  TempDir folder_;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  std::string url_;
  std::string bluesky_url_;
  std::string x_url_;
  std::string admin_url_;
};

// Asks until it is true; false after `timeout`.
bool WaitUntil(const std::function<bool()>& condition, absl::Duration timeout = absl::Seconds(20));

}  // namespace carillon::testing
