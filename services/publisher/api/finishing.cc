// The callback: whose it is, once; the code for a token; the token for an account. Nothing of what came in is ever in an error.
#include "common/base/clock.h"
#include "common/base/hmac.h"
#include "common/base/ids.h"
#include "common/http/url_guard.h"
#include "common/observe/log.h"
#include "common/platform/redact.h"
#include "services/publisher/api/authorization_api.h"

namespace carillon::publisher {
namespace {

constexpr absl::Duration kFinishMax = absl::Seconds(40);
constexpr size_t kFieldSizeMax = 4'096;
constexpr size_t kErrorCodeShownMax = 64;
// Another connection, or a token refresh, of the same account may come in between.
constexpr int kConnectTriesMax = 3;

Status Unknown() {
  return Refuse(Code::kNotFound, "UNKNOWN_AUTHORIZATION", "this answer belongs to nothing that was begun here");
}

// RFC 6749 4.1.2.1 allows no more than these characters.
std::string ErrorCode(const std::string& error) {
  std::string shown;
  for (const char c : error.substr(0, kErrorCodeShownMax)) {
    shown += (c >= 'a' && c <= 'z') || c == '_' ? c : '?';
  }
  return shown;
}

Status Refusal(const std::string& error, const std::string& server) {
  if (error == "access_denied") {
    return Refuse(Code::kFailedPrecondition, "CONSENT_DENIED",
                  fmt::format("nobody agreed at {}: the account is not connected", server), {{"host", server}});
  }
  return Refuse(Code::kFailedPrecondition, "AUTHORIZATION_REFUSED",
                fmt::format("{} refused: {}", server, ErrorCode(error)), {{"host", server}});
}

}  // namespace

struct AuthorizationApi::Flow {
  v1::Authorization authorization;
  platform::OAuth* oauth = nullptr;
  platform::OAuthApp app;
  platform::CodeGrant grant;
};

Result<v1::PublisherRecord> AuthorizationApi::Submit(std::string id, std::shared_ptr<const rpc::Message> command,
                                                     const common::v1::Envelope& envelope,
                                                     absl::Time deadline) const {
  ledger::Input input;
  input.aggregate_id = std::move(id);
  input.body = std::move(command);
  input.envelope = envelope;
  input.envelope.clear_request_id();
  const ledger::Answer answer = router_.SubmitAndWait(std::move(input), deadline);
  RETURN_IF_ERROR(answer.status);
  return static_cast<const v1::PublisherRecord&>(*answer.record);
}

Result<v1::Authorization> AuthorizationApi::FindFlow(const v1::FinishAuthorizationRequest& request,
                                                     absl::Time deadline) const {
  const size_t dot = request.state().find('.');
  if (request.state().size() > kFieldSizeMax || dot == std::string::npos) return Unknown();
  const std::string id = request.state().substr(0, dot);
  if (!IsId(id, "auth") || RootOf(id) != id) return Unknown();
  const ledger::Answer known = router_.GetAndWait(id, deadline);
  RETURN_IF_ERROR(known.status);
  const auto* record = static_cast<const v1::PublisherRecord*>(known.record.get());
  if (record == nullptr || !record->has_authorization()) return Unknown();
  const v1::Authorization& flow = record->authorization();
  const std::string hash = HashText({"oauth state", id, request.state().substr(dot + 1)});
  if (!IsSameSecret(hash, flow.state_hash())) return Unknown();
  return flow;
}

// Before the claim: what is not here yet may be here when the person tries again.
Status AuthorizationApi::OpenSecrets(Flow& flow, absl::Time deadline) const {
  const v1::Authorization& authorization = flow.authorization;
  // The claim says why not.
  if (authorization.state() != v1::AUTHORIZATION_STATE_WAITING) return Ok();
  ASSIGN_OR_RETURN(const v1::App app, apps_.Get(authorization.app_id(), deadline));
  ASSIGN_OR_RETURN(const AppSecrets app_secrets, apps_.Open(app));
  ASSIGN_OR_RETURN(const FlowSecrets secrets, OpenFlow(authorization));
  flow.app = {authorization.base_url(), app.client_id(), app_secrets.client_secret, authorization.redirect_uri()};
  flow.grant.verifier = secrets.verifier;
  flow.grant.kept = secrets.kept;
  return Ok();
}

// RFC 9207: a server that says who it is must be the one that was asked; one that says so of itself at the beginning must say it again.
bool AuthorizationApi::IsWrongIssuer(const platform::OAuth& oauth, const v1::Authorization& flow, const std::string& iss) const {
  if (!flow.issuer().empty()) return iss != flow.issuer();
  const bool own_issuer = oauth.UsualBaseUrl().empty();
  const auto given = http::CheckUrl(iss, options_.allow_private_addresses);
  return own_issuer && !iss.empty() && (!given.ok() || given->origin != flow.base_url());
}

Result<v1::Account> AuthorizationApi::Finish(const v1::FinishAuthorizationRequest& request,
                                             const common::v1::Envelope& caller) const {
  const absl::Time deadline = clock_.Now() + kFinishMax;
  Flow flow;
  ASSIGN_OR_RETURN(flow.authorization, FindFlow(request, deadline));
  v1::Authorization& authorization = flow.authorization;
  common::v1::Envelope envelope = caller;
  envelope.set_org_id(authorization.org_id());
  envelope.set_brand_id(authorization.brand_id());
  const std::string server = platform::HostOf(authorization.base_url());
  ASSIGN_OR_RETURN(flow.oauth, platforms_.FindOAuth(authorization.platform()));
  if (IsWrongIssuer(*flow.oauth, authorization, request.iss()) || request.issuer_path() != IssuerPath(*flow.oauth, authorization.base_url())) {
    return Refuse(Code::kInvalidArgument, "WRONG_ISSUER", "this answer does not come from the server that was asked");
  }
  if (request.error().empty()) {
    if (request.code().empty() || request.code().size() > kFieldSizeMax) {
      return Refuse(Code::kInvalidArgument, "MISSING_FIELD", "the answer has no code", {{"field", "code"}});
    }
    flow.grant.code = request.code();
    RETURN_IF_ERROR(OpenSecrets(flow, deadline));
  }
  auto claim = std::make_shared<v1::ClaimAuthorization>();
  claim->set_authorization_id(authorization.id());
  RETURN_IF_ERROR(Submit(authorization.id(), std::move(claim), envelope, deadline).status());
  if (!request.error().empty()) {
    const Result<v1::Account> refused = Refusal(request.error(), server);
    EndFlow(authorization, refused, envelope);
    return refused;
  }
  const Result<v1::Account> account = RedeemAndConnect(flow, envelope);
  EndFlow(authorization, account, envelope);
  return account;
}

Result<v1::Account> AuthorizationApi::RedeemAndConnect(const Flow& flow, const common::v1::Envelope& envelope) const {
  const auto secret = flow.oauth->Redeem(flow.app, flow.grant, options_.platform_timeout);
  const Result<v1::Account> account = secret.ok() ? Connect(flow.authorization, *secret, envelope)
                                                  : Result<v1::Account>(secret.status());
  if (account.ok() || GetErrorInfo(account.status())) return account;
  return Refuse(Code::kUnavailable, "PLATFORM_UNAVAILABLE",
                fmt::format("{}; begin anew", Message(account.status())),
                {{"base_url", flow.authorization.base_url()}});
}

Result<v1::Account> AuthorizationApi::Connect(const v1::Authorization& flow, const std::string& secret,
                                              const common::v1::Envelope& envelope) const {
  v1::ConnectAccountRequest request;
  request.set_org_id(flow.org_id());
  request.set_brand_id(flow.brand_id());
  request.set_platform(flow.platform());
  request.set_base_url(flow.base_url());
  request.set_zone(flow.zone());
  request.set_access_token(secret);
  const ApiOptions options{options_.allow_private_addresses, options_.platform_timeout};
  Result<v1::PublisherRecord> connected = MakeStatus(Code::kUnavailable, "not tried");
  for (int i = 0; i < kConnectTriesMax; ++i) {
    const absl::Time deadline = clock_.Now() + kFinishMax;
    ASSIGN_OR_RETURN(v1::ConnectCommand command,
                     CheckConnection({router_, platforms_, credentials_, options}, request, deadline));
    command.mutable_account()->set_app_id(flow.app_id());
    const v1::Account& account = command.account();
    if (!flow.account_id().empty() && account.id() != flow.account_id()) {
      return Refuse(Code::kFailedPrecondition, "ANOTHER_ACCOUNT",
                    fmt::format("{} agreed, which is another account than the one to be connected again; sign in "
                                "there as that one and begin anew",
                                account.username()),
                    {{"account", flow.account_id()}, {"username", account.username()}});
    }
    const std::string id = account.id();
    connected = Submit(id, std::make_shared<v1::ConnectCommand>(std::move(command)), envelope, deadline);
    if (connected.ok() || ReasonOf(connected.status()) != "CONNECT_RACE") break;
  }
  RETURN_IF_ERROR(connected.status());
  return connected->account();
}

// If it fails, the flow ends by its time.
void AuthorizationApi::EndFlow(const v1::Authorization& flow, const Result<v1::Account>& outcome,
                               const common::v1::Envelope& envelope) const {
  auto end = std::make_shared<v1::EndAuthorization>();
  end->set_authorization_id(flow.id());
  end->set_state(outcome.ok() ? v1::AUTHORIZATION_STATE_CONNECTED : v1::AUTHORIZATION_STATE_FAILED);
  if (outcome.ok()) {
    end->set_connected_account_id(outcome->id());
  } else {
    end->set_error_reason(ReasonOf(outcome.status()));
    end->set_error(Message(outcome.status()));
  }
  const absl::Time deadline = clock_.Now() + kFinishMax;
  const Status ended = Submit(flow.id(), std::move(end), envelope, deadline).status();
  if (!ended.ok()) {
    observe::Warn("the end of an authorization is not noted",
                  {{"authorization", flow.id()}, {"error", ToString(ended)}});
  }
  if (!outcome.ok()) return;
  auto used = std::make_shared<v1::AppConnected>();
  used->set_app_id(flow.app_id());
  if (const Status noted = Submit(flow.app_id(), std::move(used), envelope, deadline).status(); !noted.ok()) {
    observe::Warn("an app's use is not noted", {{"app", flow.app_id()}, {"error", ToString(noted)}});
  }
}

}  // namespace carillon::publisher
