#include "services/publisher/api/apps.h"

#include <chrono>
#include <thread>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/platform/json.h"
#include "services/publisher/domain/publisher_domain.h"

namespace carillon::publisher {
namespace {

constexpr int kAppsMax = 200;
constexpr size_t kIssuerHashSize = 12;
// Servers forget apps that nobody has used soon (Pleroma after a quarter of an hour).
constexpr absl::Duration kUnusedAppAgeMax = absl::Minutes(10);

constexpr auto kOpenAgain = std::chrono::milliseconds(50);
constexpr int kOpenTriesMax = 60;

using platform::GetText;
using platform::Json;

std::string ToText(const AppSecrets& secrets) {
  return Json{{"client_secret", secrets.client_secret}, {"webhook_secret", secrets.webhook_secret}, {"app_token", secrets.app_token}}
      .dump();
}

Status UnknownApp(const std::string& app) {
  return Refuse(Code::kNotFound, "UNKNOWN_APP", fmt::format("there is no app '{}'; see the list of apps", app),
                {{"app", app}});
}

const v1::PublisherRecord& RecordOf(const ledger::ProtoPtr& record) {
  return static_cast<const v1::PublisherRecord&>(*record);
}

}  // namespace

std::string IssuerPath(const platform::OAuth& oauth, const std::string& base_url) {
  if (!oauth.UsualBaseUrl().empty() || oauth.HasOwnClients()) return oauth.Platform();
  return oauth.Platform() + "/" + HashText({base_url}).substr(0, kIssuerHashSize);
}

std::string RedirectUri(const AuthorizationOptions& options, const platform::OAuth& oauth,
                        const std::string& base_url) {
  return fmt::format("{}/oauth/callback/{}", options.public_url, IssuerPath(oauth, base_url));
}

std::string ClientDocumentUrl(const AuthorizationOptions& options, const std::string& platform, const std::string& app_id) {
  return fmt::format("{}/oauth/clients/{}/{}/client-metadata.json", options.public_url, platform, app_id);
}

std::string AppBaseUrl(const AuthorizationOptions& options, const platform::OAuth& oauth, const std::string& base_url) {
  return oauth.HasOwnClients() ? options.public_url : base_url;
}

Status Apps::FillSecrets(v1::PutApp& command, AppSecrets given, absl::Time deadline, const TokenGetter& get_token) const {
  const std::string id = command.app().id();
  const ledger::Answer known = router_.GetAndWait(id, deadline);
  RETURN_IF_ERROR(known.status);
  uint32_t version = 0;
  AppSecrets secrets;
  if (known.record != nullptr) {
    const v1::App& app = RecordOf(known.record).app();
    version = app.credential_version();
    if (!app.removed()) {
      ASSIGN_OR_RETURN(secrets, Open(app));
    }
  }
  if (!given.client_secret.empty()) secrets.client_secret = given.client_secret;
  if (!given.webhook_secret.empty()) secrets.webhook_secret = given.webhook_secret;
  if (get_token) {
    ASSIGN_OR_RETURN(given.app_token, get_token(secrets));
  }
  if (!given.app_token.empty()) secrets.app_token = given.app_token;
  command.mutable_app()->set_has_client_secret(!secrets.client_secret.empty());
  command.mutable_app()->set_has_webhook_secret(!secrets.webhook_secret.empty());
  command.mutable_app()->set_has_app_token(!secrets.app_token.empty());
  if (given.client_secret.empty() && given.webhook_secret.empty() && given.app_token.empty()) return Ok();
  *command.mutable_credential() = credentials_.Seal(id, version + 1, ToText(secrets));
  return Ok();
}

Result<AppSecrets> OpenAppSecrets(const CredentialStore& credentials, const v1::App& app) {
  AppSecrets secrets;
  if (!app.has_client_secret() && !app.has_webhook_secret() && !app.has_app_token()) return secrets;
  ASSIGN_OR_RETURN(const std::string text, credentials.Open(app.id(), app.credential_version()));
  const std::optional<Json> json = platform::ParseJson(text);
  if (!json) return MakeStatus(Code::kDataLoss, "an app's secrets cannot be read");
  secrets.client_secret = GetText(*json, "client_secret");
  secrets.webhook_secret = GetText(*json, "webhook_secret");
  secrets.app_token = GetText(*json, "app_token");
  return secrets;
}

Result<AppSecrets> Apps::OpenSoon(const v1::App& app) const {
  Result<AppSecrets> secrets = Open(app);
  for (int i = 0; i < kOpenTriesMax && ReasonOf(secrets.status()) == "CREDENTIAL_NOT_HERE"; ++i) {
    std::this_thread::sleep_for(kOpenAgain);
    secrets = Open(app);
  }
  return secrets;
}

Result<v1::App> Apps::Get(const std::string& id, absl::Time deadline) const {
  if (!IsId(id, "app")) return UnknownApp(id);
  const ledger::Answer known = router_.GetAndWait(id, deadline);
  RETURN_IF_ERROR(known.status);
  if (known.record == nullptr || !RecordOf(known.record).has_app() || RecordOf(known.record).app().removed()) {
    return UnknownApp(id);
  }
  return RecordOf(known.record).app();
}

Result<v1::App> Apps::Choose(platform::OAuth& oauth, const Wanted& wanted, const common::v1::Envelope& envelope,
                             absl::Time deadline) const {
  if (IsId(wanted.app, "app")) {
    ASSIGN_OR_RETURN(const v1::App app, Get(wanted.app, deadline));
    const bool fits = app.org_id() == wanted.org_id && app.platform() == oauth.Platform() &&
                      app.base_url() == wanted.base_url;
    return fits ? Result<v1::App>(app) : UnknownApp(wanted.app);
  }
  if (wanted.app.empty() && (oauth.RegistersByCall() || oauth.HasOwnClients())) return Registered(oauth, wanted, envelope, deadline);
  ledger::ListQuery query;
  query.index = kAppsIndex;
  query.prefix = fmt::format("{}|{}|", wanted.org_id, oauth.Platform());
  query.page_size = kAppsMax;
  query.keep = [&](const ledger::Proto& record) {
    const v1::App& app = static_cast<const v1::PublisherRecord&>(record).app();
    return app.base_url() == wanted.base_url && (wanted.app.empty() || app.name() == wanted.app);
  };
  ASSIGN_OR_RETURN(const ledger::Page page, reader_.List(query));
  if (page.records.size() == 1) return RecordOf(page.records.front()).app();
  if (page.records.size() > 1) {
    return Refuse(Code::kInvalidArgument, "AMBIGUOUS_APP",
                  fmt::format("there are {} such apps; say the id of one", page.records.size()),
                  {{"platform", oauth.Platform()}, {"app", wanted.app}});
  }
  if (!wanted.app.empty()) return UnknownApp(wanted.app);
  return Refuse(Code::kFailedPrecondition, "NO_APP",
                fmt::format("there is no app for {} at {}; register one there, then `carillon app create`",
                            oauth.Platform(), wanted.base_url),
                {{"platform", oauth.Platform()}, {"base_url", wanted.base_url}});
}

Result<platform::OwnClient> Apps::MakeClient(platform::OAuth& oauth, const Wanted& wanted, const std::string& id) const {
  const std::string redirect_uri = RedirectUri(options_, oauth, wanted.base_url);
  if (oauth.HasOwnClients()) return oauth.MakeClient(ClientDocumentUrl(options_, oauth.Platform(), id), redirect_uri);
  ASSIGN_OR_RETURN(platform::OAuthApp app, oauth.Register(wanted.base_url, redirect_uri, options_.platform_timeout));
  return platform::OwnClient{std::move(app), ""};
}

Result<v1::App> Apps::Registered(platform::OAuth& oauth, const Wanted& wanted, const common::v1::Envelope& envelope,
                                 absl::Time deadline) const {
  const std::string id = MakeId("app", {wanted.org_id, oauth.Platform(), wanted.base_url});
  const std::string redirect_uri = RedirectUri(options_, oauth, wanted.base_url);
  const ledger::Answer known = router_.GetAndWait(id, deadline);
  RETURN_IF_ERROR(known.status);
  if (known.record != nullptr) {
    const v1::App& app = RecordOf(known.record).app();
    const bool lives = oauth.HasOwnClients() || app.has_last_connected_at() ||
                       clock_.Now() < FromProto(app.registered_at()) + kUnusedAppAgeMax;
    if (!app.removed() && app.redirect_uri() == redirect_uri && lives) return app;
  }
  ASSIGN_OR_RETURN(const platform::OwnClient made, MakeClient(oauth, wanted, id));
  auto command = std::make_shared<v1::PutApp>();
  v1::App& app = *command->mutable_app();
  app.set_id(id);
  app.set_org_id(wanted.org_id);
  app.set_platform(oauth.Platform());
  app.set_base_url(wanted.base_url);
  app.set_client_id(made.app.client_id);
  app.set_client_public_key(made.public_key);
  app.set_registered_by_call(true);
  app.set_redirect_uri(redirect_uri);
  RETURN_IF_ERROR(FillSecrets(*command, {.client_secret = made.app.client_secret}, deadline));
  ledger::Input input;
  input.aggregate_id = id;
  input.body = std::move(command);
  input.envelope = envelope;
  input.envelope.clear_request_id();  // each registration is one of its own
  const ledger::Answer answer = router_.SubmitAndWait(std::move(input), deadline);
  RETURN_IF_ERROR(answer.status);
  return RecordOf(answer.record).app();
}

}  // namespace carillon::publisher
