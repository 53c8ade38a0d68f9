// Short-lived use of an app's own token, for what belongs to no account.
#include "common/base/clock.h"
#include "services/publisher/api/apps.h"
#include "services/publisher/api/publisher_api.h"
#include "services/publisher/domain/publisher_domain.h"

namespace carillon::publisher {
namespace {

constexpr int kLendSeconds = 300;
constexpr int kAppsMax = 200;

// The one that was registered first, so that everybody gets the same.
Result<v1::App> AppWithToken(ledger::Reader& reader, const std::string& org_id, const std::string& platform) {
  ledger::ListQuery query;
  query.index = kAppsIndex;
  query.prefix = fmt::format("{}|{}|", org_id, platform);
  query.page_size = kAppsMax;
  query.keep = [](const ledger::Proto& record) { return static_cast<const v1::PublisherRecord&>(record).app().has_app_token(); };
  ASSIGN_OR_RETURN(const ledger::Page page, reader.List(query));
  const v1::App* first = nullptr;
  for (const ledger::ProtoPtr& record : page.records) {
    const v1::App& app = static_cast<const v1::PublisherRecord&>(*record).app();
    const auto order = [](const v1::App& one) { return std::pair(FromProto(one.registered_at()), one.id()); };
    if (first == nullptr || order(app) < order(*first)) first = &app;
  }
  if (first != nullptr) return *first;
  return Refuse(Code::kNotFound, "NO_APP_TOKEN",
                fmt::format("no app of {} has a token of its own; `carillon app create` with --consumer-key or --app-token-file adds it",
                            platform),
                {{"platform", platform}});
}

}  // namespace

PublisherApi::Reactor* PublisherApi::LendAppAccess(Context* context, const v1::LendAppAccessRequest* request,
                                                   v1::LendAppAccessResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto lend = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("access.lend", request->org_id()));
      ASSIGN_OR_RETURN(const v1::App app, AppWithToken(reader_, request->org_id(), request->platform()));
      ASSIGN_OR_RETURN(AppSecrets secrets, OpenAppSecrets(credentials_, app));
      response->set_app_id(app.id());
      response->set_base_url(app.base_url());
      response->set_app_token(std::move(secrets.app_token));
      response->set_valid_for_s(kLendSeconds);
      return Ok();
    };
    call.Finish(lend());
  });
}

}  // namespace carillon::publisher
