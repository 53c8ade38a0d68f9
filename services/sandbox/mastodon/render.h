// Mastodon's JSON of what the store gives. Shapes after the OpenAPI description of Mastodon 4.7; a contract test holds them to it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "services/sandbox/json_answer.h"
#include "services/sandbox/mastodon/model.h"

namespace carillon::sandbox::mastodon {

nlohmann::json RenderAccount(const AccountView& account, const std::string& base_url);
// With `source` and `role`: the signed-in account's own.
nlohmann::json RenderCredentialAccount(const AccountView& account, const std::string& base_url);
nlohmann::json RenderStatus(const StatusView& status, const std::string& base_url);
nlohmann::json RenderMedia(const Media& media, const std::string& base_url, bool is_ready);
nlohmann::json RenderNotification(const NotificationView& notification,
                                  const std::string& base_url);
nlohmann::json RenderInstance(const std::string& base_url,
                              const std::string& domain);  // GET /api/v2/instance
nlohmann::json RenderInstanceV1(const std::string& base_url,
                                const std::string& domain);  // GET /api/v1/instance

}  // namespace carillon::sandbox::mastodon
