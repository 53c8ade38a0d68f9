#include "services/listener/client/apps_client.h"

#include "common/rpc/router.h"

namespace carillon::listener {
namespace {

constexpr absl::Duration kCallTime = absl::Seconds(1);
constexpr int kPagesMax = 5;  // of an organization's apps
constexpr int kPageSize = 200;

}  // namespace

Result<bool> AppsClient::HasWebhookSecret(const std::string& org_id, const std::string& app_id) {
  publisher::v1::ListAppsRequest request;
  request.set_org_id(org_id);
  request.set_page_size(kPageSize);
  for (int page = 0; page < kPagesMax; ++page) {
    grpc::ClientContext context;
    prepare_(context, kCallTime);
    publisher::v1::ListAppsResponse response;
    const grpc::Status status = stub_->ListApps(&context, request, &response);
    if (!status.ok()) return Annotate(rpc::FromGrpc(status), "the publisher did not show the apps");
    for (const publisher::v1::App& app : response.apps()) {
      if (app.id() == app_id) return app.has_webhook_secret() && !app.removed();
    }
    if (response.next_page_token().empty()) return false;
    request.set_page_token(response.next_page_token());
  }
  return false;
}

}  // namespace carillon::listener
