#include "services/publisher/api/authorization_api.h"

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/http/url_guard.h"
#include "common/platform/json.h"
#include "common/platform/webhook.h"
#include "common/rpc/metadata.h"
#include "services/publisher/domain/publisher_domain.h"

namespace carillon::publisher {
namespace {

using platform::GetText;
using platform::Json;

constexpr size_t kSecretSizeMax = 4'096;
constexpr size_t kNameSizeMax = 200;

const v1::PublisherRecord& RecordOf(const ledger::Answer& answer) {
  return static_cast<const v1::PublisherRecord&>(*answer.record);
}

// What is sealed, and what proves it, is nobody's business.
v1::Authorization Shown(v1::Authorization authorization) {
  authorization.clear_key_id();
  authorization.clear_nonce();
  authorization.clear_ciphertext();
  authorization.clear_state_hash();
  return authorization;
}

Status Need(const std::string& value, const char* field) {
  if (!value.empty()) return Ok();
  return Refuse(Code::kInvalidArgument, "MISSING_FIELD", fmt::format("{} is empty", field), {{"field", field}});
}

Status CheckSize(const std::string& value, const char* field, size_t size_max) {
  if (value.size() <= size_max) return Ok();
  return Refuse(Code::kInvalidArgument, "TOO_LONG",
                fmt::format("{} has {} bytes, {} are allowed", field, value.size(), size_max), {{"field", field}});
}

// The origin of what was given, or the platform's usual one.
Result<std::string> BaseUrl(const platform::OAuth& oauth, const std::string& given, bool allow_private) {
  const std::string url = given.empty() ? oauth.UsualBaseUrl() : given;
  RETURN_IF_ERROR(Need(url, "base_url"));
  ASSIGN_OR_RETURN(const http::UrlParts parts, http::CheckUrl(url, allow_private));
  return parts.origin;
}

std::string Associated(const std::string& authorization_id) { return "authorization/" + authorization_id; }

}  // namespace

Result<AuthorizationApi::FlowSecrets> AuthorizationApi::OpenFlow(const v1::Authorization& authorization) const {
  ASSIGN_OR_RETURN(const std::string text,
                   vault_.Open({authorization.key_id(), authorization.nonce(), authorization.ciphertext()},
                               Associated(authorization.id())));
  const std::optional<Json> json = platform::ParseJson(text);
  if (!json) return MakeStatus(Code::kDataLoss, "an authorization's secrets cannot be read");
  return FlowSecrets{GetText(*json, "state"), GetText(*json, "verifier"), GetText(*json, "url"), GetText(*json, "kept")};
}

void AuthorizationApi::SealFlow(const FlowSecrets& secrets, v1::Authorization* authorization) const {
  Json json = {{"state", secrets.state}, {"verifier", secrets.verifier}};
  if (!secrets.url.empty()) json["url"] = secrets.url;
  if (!secrets.kept.empty()) json["kept"] = secrets.kept;
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const vault::Sealed sealed = vault_.Seal(text, Associated(authorization->id()));
  authorization->set_key_id(sealed.key_id);
  authorization->set_nonce(sealed.nonce);
  authorization->set_ciphertext(sealed.ciphertext);
}

Result<v1::PutApp> AuthorizationApi::MakeApp(const v1::CreateAppRequest& request, absl::Time deadline) const {
  RETURN_IF_ERROR(Need(request.org_id(), "org_id"));
  RETURN_IF_ERROR(Need(request.client_id(), "client_id"));
  RETURN_IF_ERROR(CheckSize(request.name(), "name", kNameSizeMax));
  RETURN_IF_ERROR(CheckSize(request.client_id(), "client_id", kSecretSizeMax));
  RETURN_IF_ERROR(CheckSize(request.client_secret(), "client_secret", kSecretSizeMax));
  RETURN_IF_ERROR(CheckSize(request.webhook_secret(), "webhook_secret", kSecretSizeMax));
  RETURN_IF_ERROR(CheckSize(request.app_token(), "app_token", kSecretSizeMax));
  RETURN_IF_ERROR(CheckSize(request.consumer_key(), "consumer_key", kSecretSizeMax));
  if (request.app_token().find_first_of(" \t\r\n") != std::string::npos) {
    return Refuse(Code::kInvalidArgument, "BAD_TOKEN", "the app's token is one word; this has spaces or lines");
  }
  ASSIGN_OR_RETURN(platform::OAuth* const oauth, platforms_.FindOAuth(request.platform()));
  if (oauth->HasOwnClients()) {
    return Refuse(Code::kInvalidArgument, "NO_APP_NEEDED",
                  fmt::format("{} needs no app: the gateway's own document is the client", request.platform()),
                  {{"platform", request.platform()}});
  }
  ASSIGN_OR_RETURN(const std::string base_url,
                   BaseUrl(*oauth, request.base_url(), options_.allow_private_addresses));
  v1::PutApp command;
  v1::App& app = *command.mutable_app();
  app.set_id(MakeId("app", {request.org_id(), request.platform(), base_url, request.client_id()}));
  app.set_org_id(request.org_id());
  app.set_platform(request.platform());
  app.set_base_url(base_url);
  app.set_name(request.name());
  app.set_client_id(request.client_id());
  app.set_redirect_uri(RedirectUri(options_, *oauth, base_url));
  Apps::TokenGetter get_token;
  if (!request.consumer_key().empty()) {
    get_token = [&](const AppSecrets& known) -> Result<std::string> {
      if (!known.webhook_secret.empty()) {
        return oauth->AppToken({base_url, request.consumer_key(), known.webhook_secret}, options_.platform_timeout);
      }
      return Refuse(Code::kInvalidArgument, "NO_CONSUMER_SECRET",
                    "the consumer key gives a token only with its secret: add --webhook-secret-file", {{"platform", request.platform()}});
    };
  }
  const AppSecrets given{request.client_secret(), request.webhook_secret(), request.app_token()};
  RETURN_IF_ERROR(apps_.FillSecrets(command, given, deadline, get_token));
  return command;
}

AuthorizationApi::Reactor* AuthorizationApi::CreateApp(Context* context, const v1::CreateAppRequest* request,
                                                       v1::CreateAppResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    constexpr char kAction[] = "app.create";
    if (Status allowed = call.Authorize(kAction, request->org_id()); !allowed.ok()) return call.Finish(allowed);
    auto command = MakeApp(*request, call.deadline());
    if (!command.ok()) return call.Finish(command.status());
    const std::string id = command->app().id();
    call.Submit({.action = kAction,
                 .resource = id,
                 .aggregate_id = id,
                 .org_id = request->org_id(),
                 .creates = true,
                 .body = std::make_shared<v1::PutApp>(*std::move(command))},
                [this, response](const ledger::Answer& answer) {
                  const v1::App& app = RecordOf(answer).app();
                  *response->mutable_app() = app;
                  response->set_redirect_uri(app.redirect_uri());
                  response->set_webhook_url(platform::WebhookUrl(options_.public_url, app.platform(), app.id()));
                });
  });
}

AuthorizationApi::Reactor* AuthorizationApi::ListApps(Context* context, const v1::ListAppsRequest* request,
                                                      v1::ListAppsResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto list = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("app.list", request->org_id()));
      ledger::ListQuery query;
      query.index = kAppsIndex;
      if (!request->org_id().empty()) query.prefix = request->org_id() + "|";
      if (request->page_size() != 0) query.page_size = request->page_size();
      query.page_token = request->page_token();
      ASSIGN_OR_RETURN(query.at_least, rpc::AtLeast(*context));
      ASSIGN_OR_RETURN(const ledger::Page page, reader_.List(query));
      for (const ledger::ProtoPtr& record : page.records) {
        *response->add_apps() = static_cast<const v1::PublisherRecord&>(*record).app();
      }
      response->set_next_page_token(page.next_page_token);
      return Ok();
    };
    call.Finish(list());
  });
}

AuthorizationApi::Reactor* AuthorizationApi::RemoveApp(Context* context, const v1::RemoveAppRequest* request,
                                                       v1::RemoveAppResponse* response) {
  if (!IsId(request->app_id(), "app")) {
    return router_.Blocking(context, request, response, [app = request->app_id()](rpc::Call& call) {
      call.Finish(Refuse(Code::kNotFound, "UNKNOWN_APP", fmt::format("there is no app '{}'", app), {{"app", app}}));
    });
  }
  return router_.Command<v1::RemoveAppRequest, v1::RemoveAppResponse>(
      context, request, response,
      {.action = "app.remove", .resource = request->app_id(), .aggregate_id = request->app_id()},
      [](const ledger::Answer& answer, v1::RemoveAppResponse* out) {
        *out->mutable_app() = RecordOf(answer).app();
      });
}

Result<v1::BeginAuthorization> AuthorizationApi::MakeAuthorization(const v1::StartAuthorizationRequest& request,
                                                                   const common::v1::Envelope& envelope,
                                                                   absl::Time deadline) const {
  v1::BeginAuthorization command;
  v1::Authorization& flow = *command.mutable_authorization();
  std::string handle = request.handle();
  flow.set_org_id(request.org_id());
  flow.set_brand_id(request.brand_id());
  flow.set_platform(request.platform());
  flow.set_base_url(request.base_url());
  flow.set_zone(request.zone());
  if (!request.account_id().empty()) {
    const Status unknown = Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT",
                                  fmt::format("there is no account '{}'", request.account_id()),
                                  {{"account", request.account_id()}});
    if (!IsId(request.account_id(), "acct")) return unknown;
    const ledger::Answer known = router_.GetAndWait(request.account_id(), deadline);
    RETURN_IF_ERROR(known.status);
    if (known.record == nullptr || !RecordOf(known).has_account()) return unknown;
    const v1::Account& account = RecordOf(known).account();
    flow.set_account_id(account.id());
    flow.set_org_id(account.org_id());
    flow.set_brand_id(account.brand_id());
    flow.set_platform(account.platform());
    flow.set_base_url(account.base_url());
    flow.set_zone(account.zone());
    handle = account.remote_account_id();
  } else if (!handle.empty() && !flow.base_url().empty()) {
    return Refuse(Code::kInvalidArgument, "UNEXPECTED_FIELD",
                  "say the handle or the base_url: the handle leads to its own server", {{"field", "base_url"}});
  }
  RETURN_IF_ERROR(Need(flow.org_id(), "org_id"));
  RETURN_IF_ERROR(Need(flow.brand_id(), "brand_id"));
  RETURN_IF_ERROR(rpc::CheckRequestId(request.request_id()));
  if (options_.public_url.empty()) {
    return Refuse(Code::kFailedPrecondition, "NO_PUBLIC_URL",
                  "the publisher does not know where the outside reaches the gateway; start it with --public-url");
  }
  ASSIGN_OR_RETURN(platform::OAuth * oauth, platforms_.FindOAuth(flow.platform()));
  if (!request.handle().empty() && !oauth->HasOwnClients()) {
    return Refuse(Code::kInvalidArgument, "UNEXPECTED_FIELD",
                  fmt::format("{} is not asked by a handle; say the base_url of the server", flow.platform()), {{"field", "handle"}});
  }
  if (oauth->HasOwnClients() && handle.empty() && flow.base_url().empty()) {
    return Refuse(Code::kInvalidArgument, "MISSING_FIELD",
                  "say the handle of who will sign in, or the base_url of a server", {{"field", "handle"}});
  }
  if (!flow.base_url().empty() || !oauth->HasOwnClients()) {
    ASSIGN_OR_RETURN(*flow.mutable_base_url(),
                     BaseUrl(*oauth, flow.base_url(), options_.allow_private_addresses));
  }
  const std::string app_base_url = AppBaseUrl(options_, *oauth, flow.base_url());
  ASSIGN_OR_RETURN(const v1::App app,
                   apps_.Choose(*oauth, {flow.org_id(), app_base_url, request.app()}, envelope, deadline));
  flow.set_id(MakeId("auth", {flow.org_id(), request.request_id()}));
  flow.set_app_id(app.id());
  flow.set_redirect_uri(RedirectUri(options_, *oauth, flow.base_url()));
  *flow.mutable_expires_at() = ToProto(clock_.Now() + options_.window);
  FlowSecrets secrets{platform::NewOAuthSecret(), platform::NewOAuthSecret(), "", ""};
  RETURN_IF_ERROR(StartFlow(*oauth, app, handle, flow, secrets));
  flow.set_state_hash(HashText({"oauth state", flow.id(), secrets.state}));
  SealFlow(secrets, &flow);
  return command;
}

Status AuthorizationApi::StartFlow(platform::OAuth& oauth, const v1::App& app, const std::string& handle,
                                   v1::Authorization& flow, FlowSecrets& secrets) const {
  if (!oauth.HasOwnClients()) return Ok();
  ASSIGN_OR_RETURN(const AppSecrets app_secrets, apps_.OpenSoon(app));
  ASSIGN_OR_RETURN(platform::StartedFlow started,
                   oauth.Start({app.base_url(), app.client_id(), app_secrets.client_secret, flow.redirect_uri()},
                               {{flow.id() + "." + secrets.state, platform::ChallengeOf(secrets.verifier)}, flow.base_url(), handle},
                               options_.platform_timeout));
  ASSIGN_OR_RETURN(const http::UrlParts url, http::CheckUrl(started.base_url, options_.allow_private_addresses));
  flow.set_base_url(url.origin);
  flow.set_issuer(started.issuer);
  secrets.url = std::move(started.authorization_url);
  secrets.kept = std::move(started.kept);
  return Ok();
}

// The same request again gives the same URL, while it can still be used.
void AuthorizationApi::FillStarted(const v1::Authorization& authorization, const v1::App& app,
                                   v1::StartAuthorizationResponse* response) const {
  *response->mutable_authorization() = Shown(authorization);
  if (authorization.state() != v1::AUTHORIZATION_STATE_WAITING) return;
  const auto secrets = OpenFlow(authorization);
  const auto oauth = platforms_.FindOAuth(authorization.platform());
  if (!secrets.ok() || !oauth.ok()) return;
  if (!secrets->url.empty()) return response->set_authorization_url(secrets->url);
  response->set_authorization_url((*oauth)->AuthorizationUrl(
      {authorization.base_url(), app.client_id(), "", authorization.redirect_uri()},
      {authorization.id() + "." + secrets->state, platform::ChallengeOf(secrets->verifier)}));
}

AuthorizationApi::Reactor* AuthorizationApi::StartAuthorization(Context* context,
                                                                const v1::StartAuthorizationRequest* request,
                                                                v1::StartAuthorizationResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    constexpr char kAction[] = "authorization.start";
    if (Status allowed = call.Authorize(kAction, request->brand_id()); !allowed.ok()) return call.Finish(allowed);
    auto envelope = rpc::EnvelopeFrom(*context, call.principal());
    if (!envelope.ok()) return call.Finish(envelope.status());
    envelope->set_org_id(request->org_id());
    *envelope->mutable_occurred_at() = ToProto(clock_.Now());
    auto command = MakeAuthorization(*request, *envelope, call.deadline());
    if (!command.ok()) return call.Finish(command.status());
    const auto app = apps_.Get(command->authorization().app_id(), call.deadline());
    if (!app.ok()) return call.Finish(app.status());
    const v1::Authorization& flow = command->authorization();
    rpc::CommandSpec spec{.action = kAction,
                          .resource = flow.id(),
                          .aggregate_id = flow.id(),
                          .org_id = flow.org_id(),
                          .brand_id = flow.brand_id(),
                          .creates = true};
    spec.body = std::make_shared<v1::BeginAuthorization>(*std::move(command));
    call.Submit(std::move(spec), [this, response, app = *app](const ledger::Answer& answer) {
      FillStarted(RecordOf(answer).authorization(), app, response);
    });
  });
}

AuthorizationApi::Reactor* AuthorizationApi::GetAuthorization(Context* context,
                                                              const v1::GetAuthorizationRequest* request,
                                                              v1::GetAuthorizationResponse* response) {
  const auto unknown = [id = request->id()] {
    return Refuse(Code::kNotFound, "UNKNOWN_AUTHORIZATION", fmt::format("there is no authorization '{}'", id),
                  {{"authorization", id}});
  };
  if (!IsId(request->id(), "auth")) {
    return router_.Blocking(context, request, response, [unknown](rpc::Call& call) { call.Finish(unknown()); });
  }
  return router_.Read<v1::GetAuthorizationRequest, v1::GetAuthorizationResponse>(
      context, request, response, "authorization.get", request->id(),
      [unknown](const ledger::Answer& answer, v1::GetAuthorizationResponse* out) {
        if (!answer.record || !RecordOf(answer).has_authorization()) return unknown();
        *out->mutable_authorization() = Shown(RecordOf(answer).authorization());
        return Ok();
      });
}

AuthorizationApi::Reactor* AuthorizationApi::FinishAuthorization(Context* context,
                                                                 const v1::FinishAuthorizationRequest* request,
                                                                 v1::FinishAuthorizationResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto finish = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("authorization.finish", ""));
      ASSIGN_OR_RETURN(common::v1::Envelope envelope, rpc::EnvelopeFrom(*context, call.principal()));
      *envelope.mutable_occurred_at() = ToProto(clock_.Now());
      ASSIGN_OR_RETURN(*response->mutable_account(), Finish(*request, envelope));
      return Ok();
    };
    call.Finish(finish());
  });
}

}  // namespace carillon::publisher
