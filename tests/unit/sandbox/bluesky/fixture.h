// A sandbox in this process with two Bluesky accounts and one of Mastodon, and a client to it.
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

namespace carillon::sandbox::bluesky {

class BlueskyFixture : public ::testing::Test {
 protected:
  using json = nlohmann::json;

  void SetUp() override { Start({}); }

  void Start(SandboxOptions options) {
    sandbox_.reset();
    if (!keep_engagement_) options.engagement.scale = 0;
    sandbox_ = std::make_unique<Sandbox>(options, &clock_);
    for (const char* handle : {"one.test", "two.test"}) {
      ASSERT_TRUE(sandbox_
                      ->AddAccount({handle, "Account", "password-" + std::string(handle),
                                    "Europe/Berlin", 8, "bluesky"})
                      .ok());
    }
    ASSERT_TRUE(sandbox_->AddAccount({"elsewhere", "", "token", "", 0, "mastodon"}).ok());
    const Status started = sandbox_->Start();
    ASSERT_TRUE(started.ok()) << ToString(started);
    one_ = Login("one.test");
    two_ = Login("two.test");
  }

  struct Session {
    std::string did, access, refresh;
  };
  Session Login(const std::string& handle) {
    const json session = BodyOf(Call("com.atproto.server.createSession",
                                     {{"identifier", handle}, {"password", "password-" + handle}}));
    return {session.value("did", ""), session.value("accessJwt", ""), session.value("refreshJwt", "")};
  }

  http::HttpOutcome Send(http::HttpRequest request, const std::string& token) {
    request.url = sandbox_->url("bluesky") + request.url;
    if (!token.empty()) request.headers["Authorization"] = "Bearer " + token;
    request.deadline = deadline_;
    return client_->Send(request);
  }
  // A procedure; nothing as a body where there is no input.
  http::HttpOutcome Call(const std::string& nsid, const json& input, const std::string& token = "",
                         const http::Headers& headers = {}) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = "/xrpc/" + nsid;
    request.headers = headers;
    request.has_effect = true;
    if (!input.is_null()) {
      request.body = input.dump();
      request.content_type = "application/json";
    }
    return Send(std::move(request), token);
  }
  http::HttpOutcome Query(const std::string& nsid, const http::FormFields& params = {},
                          const std::string& token = "", const http::Headers& headers = {}) {
    http::HttpRequest request;
    request.url = "/xrpc/" + nsid + (params.empty() ? "" : "?" + http::EncodeForm(params));
    request.headers = headers;
    return Send(std::move(request), token);
  }
  json Get(const std::string& nsid, const http::FormFields& params = {}) {
    return BodyOf(Query(nsid, params, one_.access));
  }
  static int StatusOf(const http::HttpOutcome& outcome) {
    EXPECT_TRUE(outcome.ok()) << ToString(outcome.error);
    return outcome.ok() ? outcome.response->status : 0;
  }
  static json BodyOf(const http::HttpOutcome& outcome) {
    EXPECT_TRUE(outcome.ok()) << ToString(outcome.error);
    if (!outcome.ok()) return {};
    return json::parse(outcome.response->body, nullptr, false);
  }
  // "400 InvalidSwap" of an error, "200" of an answer.
  static std::string Said(const http::HttpOutcome& outcome) {
    if (!outcome.ok()) return ToString(outcome.error);
    const json body = json::parse(outcome.response->body, nullptr, false);
    const std::string name = body.is_object() ? body.value("error", "") : "";
    return std::to_string(outcome.response->status) + (name.empty() ? "" : " " + name);
  }

  static json PostRecord(const std::string& text) {
    return {{"$type", "app.bsky.feed.post"},
            {"text", text},
            {"createdAt", "2026-01-02T03:04:05.678Z"}};
  }
  http::HttpOutcome Put(const std::string& rkey, const json& record, const json& more = {}) {
    json input = {{"repo", one_.did},
                  {"collection", "app.bsky.feed.post"},
                  {"rkey", rkey},
                  {"record", record}};
    if (more.is_object()) input.update(more);
    return Call("com.atproto.repo.putRecord", input, one_.access);
  }
  http::HttpOutcome Create(const std::string& collection, const json& record,
                           const Session& session, const std::string& rkey = "") {
    json input = {{"repo", session.did}, {"collection", collection}, {"record", record}};
    if (!rkey.empty()) input["rkey"] = rkey;
    return Call("com.atproto.repo.createRecord", input, session.access);
  }
  http::HttpOutcome Post(const std::string& text) {
    return Create("app.bsky.feed.post", PostRecord(text), one_);
  }
  json Upload(const std::string& content, const std::string& type) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = "/xrpc/com.atproto.repo.uploadBlob";
    request.body = content;
    request.content_type = type;
    return BodyOf(Send(std::move(request), one_.access))["blob"];
  }

  json Admin(const std::string& method, const std::string& path, const json& body = nullptr) {
    http::HttpRequest request;
    request.method = method;
    request.url = sandbox_->admin_url() + path;
    if (!body.is_null()) request.body = body.dump();
    return BodyOf(client_->Send(request));
  }
  void Fault(json fault) {
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

  static constexpr char kRkey[] = "3jzfcijpj2z2a";
  bool keep_engagement_ = false;
  absl::Duration deadline_ = absl::Seconds(20);
  SystemClock clock_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<http::HttpClient> client_ =
      http::MakeHttpClient({.allow_private_addresses = true});
  Session one_, two_;
};

}  // namespace carillon::sandbox::bluesky
