// A sandbox in this process with two accounts, and a client to it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "services/sandbox/sandbox.h"

namespace carillon::sandbox {

class SandboxFixture : public ::testing::Test {
 protected:
  void SetUp() override { Start({}); }

  void Start(SandboxOptions options) {
    if (!keep_engagement_) options.engagement.scale = 0;
    sandbox_ = std::make_unique<Sandbox>(options, &clock_);
    for (const char* name : {"one", "two"}) {
      ASSERT_TRUE(sandbox_
                      ->AddAccount({name, "Account " + std::string(name),
                                    "token-" + std::string(name), "Europe/Berlin", 8})
                      .ok());
    }
    const Status started = sandbox_->Start();
    ASSERT_TRUE(started.ok()) << ToString(started);
  }

  http::HttpOutcome Send(const std::string& method, const std::string& path,
                         http::FormFields form = {}, const std::string& key = "",
                         const std::string& token = "token-one", bool has_effect = true) {
    http::HttpRequest request;
    request.method = method;
    request.url = sandbox_->url() + path;
    request.form = std::move(form);
    if (!token.empty()) request.headers["Authorization"] = "Bearer " + token;
    if (!key.empty()) request.headers["Idempotency-Key"] = key;
    request.has_effect = has_effect;
    request.deadline = deadline_;
    return client_->Send(request);
  }
  http::HttpOutcome Post(const std::string& text, const std::string& key = "",
                         const std::string& token = "token-one") {
    return Send("POST", "/api/v1/statuses", {{"status", text}}, key, token);
  }
  nlohmann::json Get(const std::string& path, const std::string& token = "token-one") {
    const auto outcome = Send("GET", path, {}, "", token, false);
    if (!outcome.ok()) return {{"transport", ToString(outcome.error)}};
    return nlohmann::json::parse(outcome.response->body);
  }
  nlohmann::json Admin(const std::string& method, const std::string& path,
                       const nlohmann::json& body = nullptr) {
    http::HttpRequest request;
    request.method = method;
    request.url = sandbox_->admin_url() + path;
    if (!body.is_null()) request.body = body.dump();
    const auto outcome = client_->Send(request);
    EXPECT_TRUE(outcome.ok()) << ToString(outcome.error);
    return outcome.ok() ? nlohmann::json::parse(outcome.response->body) : nlohmann::json();
  }
  static nlohmann::json BodyOf(const http::HttpOutcome& outcome) {
    EXPECT_TRUE(outcome.ok()) << ToString(outcome.error);
    return outcome.ok() ? nlohmann::json::parse(outcome.response->body) : nlohmann::json();
  }
  std::string MyId() { return Get("/api/v1/accounts/verify_credentials")["id"]; }
  // Waits, at most 20 s, until `condition` holds.
  template <typename Condition>
  static bool Eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  bool keep_engagement_ = false;
  absl::Duration deadline_ = absl::Seconds(20);
  SystemClock clock_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<http::HttpClient> client_ =
      http::MakeHttpClient({.allow_private_addresses = true});
};

}  // namespace carillon::sandbox
