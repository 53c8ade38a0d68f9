#include "tests/support/sandbox_process.h"

#include <chrono>
#include <thread>

#include "common/base/check.h"

namespace carillon::testing {

using nlohmann::json;

Result<std::unique_ptr<SandboxProcess>> SandboxProcess::Start(const json& accounts,
                                                              const std::vector<std::string>& flags) {
  std::unique_ptr<SandboxProcess> sandbox(new SandboxProcess());
  const std::string file = sandbox->folder_.Write("accounts.json", accounts.dump());
  std::vector<std::string> command = {BinFolder() + "/sandbox", "--listen", "127.0.0.1:0", "--admin-listen",
                                      "127.0.0.1:0", "--bluesky-listen", "127.0.0.1:0", "--x-listen", "127.0.0.1:0",
                                      "--accounts-file", file};
  command.insert(command.end(), flags.begin(), flags.end());
  ASSIGN_OR_RETURN(sandbox->process_, ChildProcess::Start(command, {}));
  while (sandbox->admin_url_.empty()) {
    const auto line = sandbox->process_->ReadLine(absl::Seconds(30));
    if (!line) return MakeStatus(Code::kUnavailable, "the sandbox did not say where it listens");
    if (line->starts_with("api ")) sandbox->url_ = line->substr(4);
    if (line->starts_with("bluesky ")) sandbox->bluesky_url_ = line->substr(8);
    if (line->starts_with("x ")) sandbox->x_url_ = line->substr(2);
    if (line->starts_with("admin ")) sandbox->admin_url_ = line->substr(6);
  }
  return sandbox;
}

json SandboxProcess::Admin(http::HttpRequest request) {
  request.url = admin_url_ + request.url;
  const http::HttpOutcome outcome = client_->Send(request);
  CARILLON_CHECK(outcome.ok() && outcome.response->ok(), "{} {}: {}", request.method, request.url,
                 outcome.ok() ? outcome.response->body : ToString(outcome.error));
  return json::parse(outcome.response->body);
}

json SandboxProcess::AdminGet(const std::string& path) { return Admin({.url = path}); }

json SandboxProcess::AdminPost(const std::string& path, const json& body) {
  return Admin({.method = "POST", .url = path, .body = body.dump(), .content_type = "application/json"});
}

void SandboxProcess::ClearFaults() { Admin({.method = "DELETE", .url = "/admin/faults"}); }

std::vector<json> SandboxProcess::AcceptedPosts() {
  std::vector<json> out;
  for (json next = 0; !next.is_null();) {
    const json page = AdminGet("/admin/posts?after=" + next.dump());
    for (const json& post : page["posts"]) out.push_back(post);
    next = page["next"];
  }
  return out;
}

bool WaitUntil(const std::function<bool()>& condition, absl::Duration timeout) {
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace carillon::testing
