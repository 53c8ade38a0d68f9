#include "services/sandbox/sandbox.h"

#include "services/sandbox/admin.h"

namespace carillon::sandbox {

Sandbox::Sandbox(SandboxOptions given, Clock* clock)
    : options(std::move(given)), shared(clock, options.seed, options.engagement) {
  platforms_.push_back(std::make_unique<mastodon::Mastodon>(options.mastodon, &shared));
  platforms_.push_back(std::make_unique<bluesky::Bluesky>(options.bluesky, &shared));
  platforms_.push_back(std::make_unique<x::X>(options.x, &shared));
  AddAdminRoutes(&admin_, this);
}

Status Sandbox::Start() {
  for (const auto& platform : platforms_) RETURN_IF_ERROR(platform->Start());
  http::ServerOptions admin;
  admin.listen = options.admin_listen;
  admin.threads = 1;
  ASSIGN_OR_RETURN(admin_server_, http::HttpServer::Start(admin, [this](const auto& request) {
                     return admin_.Handle(request);
                   }));
  return Ok();
}

void Sandbox::Stop() {
  for (const auto& platform : platforms_) platform->Stop();
  if (admin_server_) admin_server_->Stop();
  shared.timers.Stop();
}

Result<AccountInfo> Sandbox::AddAccount(const NewAccount& account) {
  Platform* const platform = Find(account.platform);
  if (platform == nullptr) {
    std::string all;
    for (const auto& one : platforms_)
      all += (all.empty() ? "" : ", ") + std::string(one->name());
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("'{}' is no platform; there are: {}", account.platform, all));
  }
  return platform->AddAccount(account);
}

Platform* Sandbox::Find(std::string_view name) const {
  for (const auto& platform : platforms_) {
    if (platform->name() == name) return platform.get();
  }
  return nullptr;
}

}  // namespace carillon::sandbox
