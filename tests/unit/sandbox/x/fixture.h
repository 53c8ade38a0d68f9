// A sandbox in this process with two accounts of X, and a client to it.
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

namespace carillon::sandbox::x {

class XFixture : public ::testing::Test {
 protected:
  using json = nlohmann::json;

  void SetUp() override { Start({}); }

  void Start(SandboxOptions options) {
    sandbox_.reset();
    options.engagement.scale = 0;
    sandbox_ = std::make_unique<Sandbox>(options, &clock_);
    for (const char* name : {"one", "two"}) {
      ASSERT_TRUE(
          sandbox_->AddAccount({name, "Account", std::string("token-") + name, "Europe/Berlin", 8, "x"})
              .ok());
    }
    const Status started = sandbox_->Start();
    ASSERT_TRUE(started.ok()) << ToString(started);
    one_ = Get("/2/users/me")["data"]["id"];
    two_ = BodyOf(Send("GET", "/2/users/me", nullptr, "token-two"))["data"]["id"];
  }

  http::HttpOutcome Send(const std::string& method, const std::string& path, const json& body = nullptr,
                         const std::string& token = "token-one") {
    http::HttpRequest request;
    request.method = method;
    request.url = sandbox_->url("x") + path;
    request.has_effect = method != "GET";
    request.deadline = absl::Seconds(20);
    if (!token.empty()) request.headers["Authorization"] = "Bearer " + token;
    if (!body.is_null()) {
      request.body = body.dump();
      request.content_type = "application/json";
    }
    return client_->Send(request);
  }
  http::HttpOutcome Form(const std::string& path, http::FormFields form) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = sandbox_->url("x") + path;
    request.form = std::move(form);
    return client_->Send(request);
  }
  json Get(const std::string& path) { return BodyOf(Send("GET", path)); }
  http::HttpOutcome Post(const json& body, const std::string& token = "token-one") {
    return Send("POST", "/2/tweets", body, token);
  }
  // The id of a post that is accepted.
  std::string Posted(const std::string& text, const std::string& token = "token-one") {
    const json body = BodyOf(Post({{"text", text}}, token));
    EXPECT_TRUE(body.contains("data")) << body;
    return body.contains("data") ? body["data"]["id"].get<std::string>() : "";
  }

  static json BodyOf(const http::HttpOutcome& outcome) {
    EXPECT_TRUE(outcome.ok()) << ToString(outcome.error);
    if (!outcome.ok()) return {};
    return json::parse(outcome.response->body, nullptr, false);
  }
  // "403 You are not ..." of a problem, "201" of an answer.
  static std::string Said(const http::HttpOutcome& outcome) {
    if (!outcome.ok()) return ToString(outcome.error);
    const std::string status = std::to_string(outcome.response->status);
    const json body = json::parse(outcome.response->body, nullptr, false);
    if (!body.is_object() || outcome.response->status < 400) return status;
    if (body.contains("errors")) return status + " " + body["errors"][0].value("message", "");
    return status + " " + body.value("detail", body.value("error_description", ""));
  }

  json Admin(const std::string& method, const std::string& path, const json& body = nullptr) {
    http::HttpRequest request;
    request.method = method;
    request.url = sandbox_->admin_url() + path;
    if (!body.is_null()) request.body = body.dump();
    return BodyOf(client_->Send(request));
  }
  void Fault(json fault) {
    fault["platform"] = "x";
    const json report = Admin("POST", "/admin/faults", fault);
    EXPECT_TRUE(report.contains("active")) << report;
  }

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

  SystemClock clock_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<http::HttpClient> client_ =
      http::MakeHttpClient({.allow_private_addresses = true});
  std::string one_, two_;
};

}  // namespace carillon::sandbox::x
