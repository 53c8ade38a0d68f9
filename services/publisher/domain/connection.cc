#include "services/publisher/domain/connection.h"

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/content/content.h"
#include "services/publisher/domain/actions.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/domain/limits.h"
#include "services/publisher/domain/rates.h"
#include "services/publisher/domain/refresh.h"
#include "services/publisher/domain/sending.h"
#include "services/publisher/domain/states.h"
#include "services/publisher/domain/thread.h"

namespace carillon::publisher {
namespace {

// The new credential is handed over after the commit; the waiting deliveries need it.
constexpr absl::Duration kWakeAfter = absl::Milliseconds(200);

// In the log, and then here: this process need not wait to read it from there.
void StoreCredential(Turn& turn, const v1::CredentialRecord& credential) {
  const std::string key = CredentialKey(credential.account_id(), credential.version());
  turn.Send({.id = "credential/" + key,
             .to = credential.account_id(),
             .key = key,
             .from_aggregate = credential.account_id(),
             .body = std::make_shared<v1::CredentialRecord>(credential)});
  auto stored = std::make_shared<CredentialStored>();
  stored->credential = credential;
  turn.Do(std::move(stored));
}

// The version that its owner, an account or an app, points to; 0: it has ended.
Result<uint32_t> PresentCredential(Turn& turn, const std::string& id) {
  if (TypeOf(id) == "app") {
    ASSIGN_OR_RETURN(const v1::App* app, turn.FindApp(id));
    return app == nullptr || app->removed() ? 0U : app->credential_version();
  }
  ASSIGN_OR_RETURN(const v1::Account* account, turn.NeedAccount(id));
  return account->state() == v1::ACCOUNT_STATE_DISCONNECTED ? 0U : account->credential_version();
}

Status CheckShape(const std::string& to, const v1::Dispatch& dispatch) {
  if (IsId(dispatch.delivery_id(), "dlv") && dispatch.delivery_id() == to &&
      IsId(dispatch.account_id(), "acct") &&
      RootOf(dispatch.delivery_id()) == dispatch.account_id()) {
    return Ok();
  }
  return Refuse(Code::kInvalidArgument, "BAD_DISPATCH",
                fmt::format("a dispatch to '{}' names delivery '{}' of account '{}': a delivery "
                            "lives with its account",
                            to, dispatch.delivery_id(), dispatch.account_id()));
}

}  // namespace

std::string CredentialKey(const std::string& account_id, uint32_t version) {
  return fmt::format("{}/{}", account_id, version);
}

// A version without ciphertext under the same key: compaction then removes the sealed token.
void BlankCredential(Turn& turn, const std::string& id, uint32_t version) {
  if (version == 0) return;
  v1::CredentialRecord blank;
  blank.set_account_id(id);
  blank.set_version(version);
  StoreCredential(turn, blank);
}

void PutCredential(Turn& turn, const v1::CredentialRecord& credential, uint32_t before) {
  StoreCredential(turn, credential);
  BlankCredential(turn, credential.account_id(), before);
}

void ReplaceCredential(Turn& turn, v1::Account& account, const v1::CredentialRecord& credential) {
  const uint32_t before = account.credential_version();
  account.set_credential_version(credential.version());
  if (account.waiting_size() > 0) *account.mutable_wake_at() = ToProto(turn.now() + kWakeAfter);
  PutCredential(turn, credential, before);
}

Status Connect(Turn& turn, const v1::ConnectCommand& command) {
  const v1::Account& wanted = command.account();
  // A pod forwards it: another aggregate could bear this id.
  if (!IsId(wanted.id(), "acct")) {
    return Refuse(Code::kInvalidArgument, "BAD_ACCOUNT_ID",
                  fmt::format("'{}' is not an account's id (acct_...)", wanted.id()),
                  {{"account", wanted.id()}});
  }
  ASSIGN_OR_RETURN(v1::Account * account, turn.FindAccount(wanted.id()));
  const uint32_t before = account == nullptr ? 0U : account->credential_version();
  if (command.credential().version() != before + 1 || command.credential().ciphertext().empty() ||
      command.credential().account_id() != wanted.id()) {
    return Refuse(Code::kAborted, "CONNECT_RACE",
                  "the account was connected by another request at the same moment; ask again",
                  {{"account", wanted.id()}});
  }
  if (account == nullptr) account = &turn.AddAccount(wanted.id());
  if (account->state() != v1::ACCOUNT_STATE_CONNECTED) {
    *account->mutable_connected_at() = ToProto(turn.now());
  }
  account->set_org_id(wanted.org_id());
  account->set_brand_id(wanted.brand_id());
  account->set_platform(wanted.platform());
  account->set_base_url(wanted.base_url());
  account->set_remote_account_id(wanted.remote_account_id());
  account->set_username(wanted.username());
  account->set_display_name(wanted.display_name());
  account->set_profile_url(wanted.profile_url());
  if (!wanted.zone().empty()) account->set_zone(wanted.zone());
  *account->mutable_limits() = wanted.limits();
  PlanLimits(*account, turn.rules(), turn.now());
  if (account->app_id() != wanted.app_id()) ForgetAppWindows(*account);
  account->set_app_id(wanted.app_id());
  *account->mutable_granted_scopes() = wanted.granted_scopes();
  account->set_state(v1::ACCOUNT_STATE_CONNECTED);
  account->clear_last_error();
  account->clear_last_error_at();
  account->clear_token_refreshed_at();
  account->clear_token_expires_at();
  account->set_token_refreshable(wanted.token_refreshable());
  if (wanted.has_token_expires_at()) *account->mutable_token_expires_at() = wanted.token_expires_at();
  // A refresh of the old credential that is under way says nothing of this one.
  if (account->has_refresh()) account->mutable_refresh()->set_number(account->refresh().number() + 1);
  PlanRefresh(*account, turn.rules(), turn.now());
  ReplaceCredential(turn, *account, command.credential());
  turn.Changed(account->id(), before == 0 ? "account.connected" : "account.updated");
  turn.Announce(*account);
  return Ok();
}

Status Disconnect(Turn& turn, const std::string& account_id) {
  ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(account_id));
  if (account->state() == v1::ACCOUNT_STATE_DISCONNECTED) return Ok();
  account->set_state(v1::ACCOUNT_STATE_DISCONNECTED);
  if (account->waiting_size() > 0) *account->mutable_wake_at() = ToProto(turn.now());
  BlankCredential(turn, account->id(), account->credential_version());
  turn.Changed(account->id(), "account.disconnected");
  turn.Announce(*account);
  return Ok();
}

Status ResealCredential(Turn& turn, const v1::CredentialRecord& credential) {
  if (credential.ciphertext().empty()) {
    return Refuse(Code::kInvalidArgument, "BAD_CREDENTIAL", "a credential without ciphertext would end it",
                  {{"id", credential.account_id()}});
  }
  const std::string& id = credential.account_id();
  ASSIGN_OR_RETURN(const uint32_t present, PresentCredential(turn, id));
  if (present != credential.version()) return Ok();
  StoreCredential(turn, credential);
  turn.Changed(id, "credential.resealed");
  return Ok();
}

Status WakeWaiting(Turn& turn, v1::Account& account) {
  if (!account.has_wake_at() || turn.IsBefore(account.wake_at())) return Ok();
  account.clear_wake_at();
  turn.Changed(account.id(), "account.woken");
  return StartNext(turn, account);
}

Status OnDispatch(Turn& turn, const std::string& to, const v1::Dispatch& dispatch) {
  RETURN_IF_ERROR(CheckShape(to, dispatch));
  ASSIGN_OR_RETURN(v1::Delivery * known, turn.FindDelivery(dispatch.delivery_id()));
  if (known != nullptr) {
    if (known->dispatch().account_id().empty()) {
      // Its cancel came first.
      *known->mutable_dispatch() = dispatch;
      turn.Changed(known->id(), "delivery.cancelled");
    }
    if (IsFinal(known->state())) turn.Answer(*known);
    return Ok();
  }
  v1::Delivery& delivery = turn.AddDelivery(dispatch.delivery_id());
  *delivery.mutable_dispatch() = dispatch;
  *delivery.mutable_accepted_at() = ToProto(turn.now());
  // Actions never look alike: what holds them up is their Subject.
  delivery.set_text_key(IsAction(delivery) ? delivery.id() : content::TextKey(dispatch.content()));
  if (!dispatch.has_not_after()) {
    return EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED, "BAD_DISPATCH",
                     "the dispatch has no not_after");
  }
  if (dispatch.approved_by().empty()) {
    return EndUnsent(turn, delivery, v1::DELIVERY_STATE_FAILED, "NOT_APPROVED",
                     "the dispatch names nobody who approved it");
  }
  return IsAction(delivery) ? OnActionDispatch(turn, delivery) : TryStart(turn, delivery);
}

Status OnCancel(Turn& turn, const std::string& from, const v1::CancelDelivery& cancel) {
  if (!IsId(cancel.delivery_id(), "dlv")) {
    return Refuse(Code::kInvalidArgument, "BAD_CANCEL",
                  fmt::format("'{}' is no delivery", cancel.delivery_id()));
  }
  ASSIGN_OR_RETURN(v1::Delivery * delivery, turn.FindDelivery(cancel.delivery_id()));
  if (delivery == nullptr) {
    // Before its dispatch: the shell answers the dispatch when it comes.
    v1::Delivery& shell = turn.AddDelivery(cancel.delivery_id());
    shell.mutable_dispatch()->set_post_id(from);
    *shell.mutable_dispatch()->mutable_not_before() = cancel.not_before();
    return EndUnsent(turn, shell, v1::DELIVERY_STATE_CANCELLED, "CANCELLED", cancel.reason());
  }
  switch (delivery->state()) {
    case v1::DELIVERY_STATE_QUEUED:
    case v1::DELIVERY_STATE_HELD:
      return EndUnsent(turn, *delivery, v1::DELIVERY_STATE_CANCELLED, "CANCELLED", cancel.reason());
    case v1::DELIVERY_STATE_SENDING:
    case v1::DELIVERY_STATE_CHECKING:
    case v1::DELIVERY_STATE_PUBLISHED:
    case v1::DELIVERY_STATE_UNCONFIRMED:
      turn.Answer(*delivery, /*too_late=*/true);
      return CancelNextParts(turn, *delivery, cancel.reason());
    default:
      turn.Answer(*delivery);
      return Ok();
  }
}

}  // namespace carillon::publisher
