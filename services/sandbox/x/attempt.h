// How X words what publishing.h plays, for posts and for uploads.
#pragma once

#include "services/sandbox/acting.h"
#include "services/sandbox/x/api.h"

namespace carillon::sandbox::x {

class XAttempt : public Attempt {
 public:
  explicit XAttempt(X* server) : server_(server) {}

  void Engage(const std::string&) override {}
  http::ServerResponse Refused() override { return ProblemAnswer(NotPermitted()); }
  http::ServerResponse Unauthorized(const Fault& fault) override {
    return fault.error.empty() ? ProblemAnswer(x::Unauthorized()) : UnsupportedAuthentication();
  }
  http::ServerResponse Unavailable() override {
    return ProblemAnswer(Refuse(Code::kUnavailable, "UNAVAILABLE", "Service Unavailable"));
  }
  http::ServerResponse RateLimited(absl::Time reset) override {
    return x::RateLimited(kPostsPerWindow, reset);
  }

  static constexpr int64_t kPostsPerWindow = 100;

 protected:
  X* const server_;
};

// What is asked for, read from the call; `decide` has nothing of it.
struct Asked {
  std::string name;  // "like"
  Id post = 0;
  std::function<Result<nlohmann::json>(State& state, User* user)> decide;
};

// Adds a route that does something to a post that is out there. `read` runs while the state is locked.
void AddAct(Api* api, Route route, Result<Asked> (*read)(State& state, const Call& call));

}  // namespace carillon::sandbox::x
