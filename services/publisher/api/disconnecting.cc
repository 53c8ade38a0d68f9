// DisconnectAccount: first the log forgets the token, then the platform is asked to end it; whoever asked is told where that was not confirmed.
#include <algorithm>

#include "common/base/clock.h"
#include "common/rpc/metadata.h"
#include "services/publisher/api/apps.h"
#include "services/publisher/api/publisher_api.h"

namespace carillon::publisher {
namespace {

constexpr absl::Duration kAnswerMargin = absl::Milliseconds(500);

const v1::PublisherRecord& RecordOf(const ledger::ProtoPtr& record) { return static_cast<const v1::PublisherRecord&>(*record); }

// Then the platform was told of the token before, which says nothing of the next one.
bool IsRenewed(const v1::Account& before, const v1::Account& after) {
  return after.credential_version() != before.credential_version() || after.refresh().has_send_before();
}

}  // namespace

// What is not to be had any more after the log has forgotten it.
struct PublisherApi::Revoking {
  platform::OAuth* oauth = nullptr;
  platform::OAuthApp app;
  std::string secret;
};

Result<PublisherApi::Revoking> PublisherApi::PrepareRevoking(const v1::Account& account, absl::Time deadline) {
  Revoking revoking;
  ASSIGN_OR_RETURN(revoking.oauth, platforms_.FindOAuth(account.platform()));
  const ledger::Answer known = router_.GetAndWait(account.app_id(), deadline);
  RETURN_IF_ERROR(known.status);
  if (known.record == nullptr || RecordOf(known.record).app().removed()) {
    return Refuse(Code::kFailedPrecondition, "UNKNOWN_APP", "the app that it was connected by was removed here", {{"app", account.app_id()}});
  }
  const v1::App& app = RecordOf(known.record).app();
  ASSIGN_OR_RETURN(const AppSecrets secrets, OpenAppSecrets(credentials_, app));
  revoking.app = {account.base_url(), app.client_id(), secrets.client_secret, app.redirect_uri()};
  ASSIGN_OR_RETURN(revoking.secret, credentials_.Open(account.id(), account.credential_version()));
  return revoking;
}

Status PublisherApi::Revoke(const Revoking& revoking, absl::Time deadline) const {
  const absl::Duration left = deadline - clock_.Now() - kAnswerMargin;
  if (left <= absl::ZeroDuration()) return MakeStatus(Code::kDeadlineExceeded, "no time was left to ask the platform");
  return revoking.oauth->Revoke(revoking.app, revoking.secret, std::min(options_.platform_timeout, left));
}

PublisherApi::Reactor* PublisherApi::DisconnectAccount(Context* context, const v1::DisconnectAccountRequest* request,
                                                       v1::DisconnectAccountResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto disconnect = [&]() -> Status {
      constexpr char kAction[] = "account.disconnect";
      const std::string& id = request->account_id();
      RETURN_IF_ERROR(call.Authorize(kAction, id));
      ASSIGN_OR_RETURN(const v1::Account before, AccountById(id, call.deadline()));
      const bool has_token = before.state() != v1::ACCOUNT_STATE_DISCONNECTED;
      const bool got_it = has_token && !before.app_id().empty();
      const Result<Revoking> revoking = got_it ? PrepareRevoking(before, call.deadline()) : MakeStatus(Code::kNotFound, "");
      const ledger::Answer answer = call.SubmitAndWait({.action = kAction, .resource = id, .aggregate_id = id});
      RETURN_IF_ERROR(answer.status);
      const v1::Account& after = *response->mutable_account() = RecordOf(answer.record).account();
      // The account may have been connected anew since this command was carried out.
      if (!has_token || answer.repeated) return Ok();
      if (!got_it) {
        response->set_revocation(v1::REVOCATION_NOT_ASKED);
        return Ok();
      }
      Status ended = revoking.ok() ? Revoke(*revoking, call.deadline()) : revoking.status();
      if (ended.ok() && IsRenewed(before, after)) ended = MakeStatus(Code::kUnavailable, "the token was being renewed at the same moment");
      response->set_revocation(ended.ok() ? v1::REVOCATION_REVOKED : v1::REVOCATION_UNCONFIRMED);
      if (!ended.ok()) response->set_revocation_error(Message(ended));
      return Ok();
    };
    call.Finish(disconnect());
  });
}

}  // namespace carillon::publisher
