#include "services/sandbox/sandbox.h"

#include "services/sandbox/api.h"

namespace carillon::sandbox {
namespace {

constexpr size_t kTimersMax = 1'000'000;
constexpr uint64_t kBodyBytesMax = 20 << 20;  // one upload

}  // namespace

Sandbox::Sandbox(SandboxOptions given, Clock* clock)
    : options(std::move(given)),
      store(clock, options.seed, options.limits),
      rate_limits(options.rate_limit),
      timers(kTimersMax),
      engagement(&store, &timers, options.engagement) {
  AddInstanceRoutes(&api_, this);
  AddAccountRoutes(&api_, this);
  AddStatusRoutes(&api_, this);
  AddPostingRoutes(&api_, this);
  AddMediaRoutes(&api_, this);
  AddNotificationRoutes(&api_, this);
  AddAdminRoutes(&admin_, this);
}

Status Sandbox::Start() {
  http::ServerOptions api_options;
  api_options.listen = options.listen;
  api_options.threads = options.threads;
  api_options.body_bytes_max = kBodyBytesMax;
  ASSIGN_OR_RETURN(api_server_, http::HttpServer::Start(api_options, [this](const auto& request) {
                     return api_.Handle(request);
                   }));
  http::ServerOptions admin_options;
  admin_options.listen = options.admin_listen;
  admin_options.threads = 1;
  ASSIGN_OR_RETURN(admin_server_,
                   http::HttpServer::Start(admin_options, [this](const auto& request) {
                     return admin_.Handle(request);
                   }));
  return Ok();
}

void Sandbox::Stop() {
  if (api_server_) api_server_->Stop();
  if (admin_server_) admin_server_->Stop();
  timers.Stop();
}

void Sandbox::Hide(int64_t post) {
  std::lock_guard lock(mutex_);
  hidden_.insert(post);
}

void Sandbox::Show(int64_t post) {
  std::lock_guard lock(mutex_);
  hidden_.erase(post);
}

std::set<int64_t> Sandbox::hidden() const {
  std::lock_guard lock(mutex_);
  return hidden_;
}

}  // namespace carillon::sandbox
