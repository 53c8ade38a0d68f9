#include "services/publisher/domain/publisher_domain.h"

#include <algorithm>

#include "carillon/listener/v1/listener.pb.h"
#include "carillon/publisher/v1/authorization_internal.pb.h"
#include "carillon/publisher/v1/internal.pb.h"
#include "carillon/publisher/v1/authorization_api.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "carillon/publisher/v1/publisher_api.pb.h"
#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/publisher/domain/apps.h"
#include "services/publisher/domain/authorizing.h"
#include "services/publisher/domain/connection.h"
#include "services/publisher/domain/limits.h"
#include "services/publisher/domain/preparing.h"
#include "services/publisher/domain/profile.h"
#include "services/publisher/domain/rates.h"
#include "services/publisher/domain/refresh.h"
#include "services/publisher/domain/sending.h"
#include "services/publisher/domain/settling.h"
#include "services/publisher/domain/states.h"
#include "services/publisher/domain/uploading.h"

namespace carillon::publisher {
namespace {

// '|' separates the parts of an index member.
std::string Part(std::string text) {
  std::replace(text.begin(), text.end(), '|', '_');
  return text;
}

template <typename T>
const T* As(const ledger::Proto& body) {
  return body.GetDescriptor() == T::descriptor() ? static_cast<const T*>(&body) : nullptr;
}

std::vector<ledger::IndexEntry> AccountIndexes(const v1::Account& account) {
  const std::string brand = Part(account.brand_id());
  const std::string username = Part(account.username());
  std::vector<ledger::IndexEntry> entries = {
      {kAccountsIndex, brand + "|" + username + "|" + account.id()},
      {kAccountNamesIndex, username + "|" + brand + "|" + account.id()}};
  if (account.state() == v1::ACCOUNT_STATE_CONNECTED && UsesAppLimits(account)) {
    entries.push_back({kAppUsersIndex, AppKey(account) + "|" + account.id()});
  }
  absl::Time due = std::min(RefreshDueAt(account), LimitsDueAt(account));
  if (account.has_wake_at()) due = std::min(due, FromProto(account.wake_at()));
  if (due < absl::InfiniteFuture()) entries.push_back({"due", ledger::DueMember(due, account.id())});
  return entries;
}

std::vector<ledger::IndexEntry> DeliveryIndexes(const v1::Delivery& delivery) {
  const std::string time_and_id =
      ledger::TimeKey(FromProto(delivery.dispatch().due_at())) + "|" + delivery.id();
  std::vector<ledger::IndexEntry> entries = {
      {kDeliveriesIndex, std::string(RootOf(delivery.id())) + "|" + time_and_id},
      {kStatesIndex, StateName(delivery.state()) + "|" + time_and_id}};
  if (delivery.state() == v1::DELIVERY_STATE_QUEUED) {
    entries.push_back({kQueueIndex, std::string(RootOf(delivery.id())) + "|" + time_and_id});
  }
  if (!IsFinal(delivery.state()) && delivery.has_next_at()) {
    entries.push_back({"due", ledger::DueMember(FromProto(delivery.next_at()), delivery.id())});
  }
  return entries;
}

std::vector<ledger::IndexEntry> AppIndexes(const v1::App& app) {
  if (app.removed()) return {};
  return {{kAppsIndex, fmt::format("{}|{}|{}|{}", Part(app.org_id()), app.platform(), Part(app.name()), app.id())}};
}

std::vector<ledger::IndexEntry> AuthorizationIndexes(const v1::Authorization& authorization) {
  if (!IsOpen(authorization)) return {};
  return {{"due", ledger::DueMember(FromProto(authorization.expires_at()), authorization.id())}};
}

std::vector<ledger::IndexEntry> UploadIndexes(const v1::MediaUpload& upload) {
  std::vector<ledger::IndexEntry> entries = {
      {kUploadsIndex, fmt::format("{}|{:02}|{}", upload.thread_id(), upload.part(), upload.id())}};
  if (upload.has_next_at()) entries.push_back({"due", ledger::DueMember(FromProto(upload.next_at()), upload.id())});
  return entries;
}

// Nothing if the command is about neither apps nor authorizations.
std::optional<Status> DecideAuthorizing(Turn& turn, const ledger::Proto& body) {
  if (const auto* command = As<v1::PutApp>(body)) return Put(turn, *command);
  if (const auto* command = As<v1::RemoveAppRequest>(body)) return Remove(turn, command->app_id());
  if (const auto* command = As<v1::AppConnected>(body)) return Connected(turn, command->app_id());
  if (const auto* command = As<v1::BeginAuthorization>(body)) return Begin(turn, *command);
  if (const auto* command = As<v1::ClaimAuthorization>(body)) return Claim(turn, *command);
  if (const auto* command = As<v1::EndAuthorization>(body)) return End(turn, *command);
  return std::nullopt;
}

// Nothing if the command is no run's report.
std::optional<Status> DecideUploading(Turn& turn, const ledger::Proto& body) {
  if (const auto* report = As<v1::UploadProgress>(body)) return OnUploadProgress(turn, *report);
  if (const auto* report = As<v1::MediaUploaded>(body)) return OnMediaUploaded(turn, *report);
  if (const auto* report = As<v1::UploadStopped>(body)) return OnUploadStopped(turn, *report);
  return std::nullopt;
}

}  // namespace

const ledger::Proto& PublisherDomain::RecordPrototype() const {
  return v1::PublisherRecord::default_instance();
}

const ledger::Proto& PublisherDomain::MessagePrototype() const {
  return v1::PublisherMessage::default_instance();
}

std::vector<const ledger::Proto*> PublisherDomain::Sends() const {
  return {&scheduler::v1::SchedulerMessage::default_instance(),
          &listener::v1::ListenerMessage::default_instance(),
          &v1::CredentialRecord::default_instance()};
}

std::vector<std::string> PublisherDomain::IndexNames() const {
  return {"due", kAccountsIndex, kAccountNamesIndex, kDeliveriesIndex, kStatesIndex, kQueueIndex,
          kAppUsersIndex, kAppsIndex, kUploadsIndex};
}

std::vector<ledger::IndexEntry> PublisherDomain::Indexes(const ledger::Proto& record) const {
  const auto& typed = static_cast<const v1::PublisherRecord&>(record);
  if (typed.has_account()) return AccountIndexes(typed.account());
  if (typed.has_delivery()) return DeliveryIndexes(typed.delivery());
  if (typed.has_app()) return AppIndexes(typed.app());
  if (typed.has_media_upload()) return UploadIndexes(typed.media_upload());
  if (typed.has_authorization()) return AuthorizationIndexes(typed.authorization());
  return {};
}

std::vector<std::string> PublisherDomain::Reads(const ledger::Input& input) const {
  std::vector<std::string> ids = {input.aggregate_id};
  const std::string root(RootOf(input.aggregate_id));
  if (root != input.aggregate_id) ids.push_back(root);
  return ids;
}

Status PublisherDomain::DecideCommand(Turn& turn, const ledger::Input& input) const {
  const ledger::Proto& body = *input.body;
  if (const auto* command = As<v1::ConnectCommand>(body)) return Connect(turn, *command);
  if (const auto* command = As<v1::DisconnectAccountRequest>(body)) {
    return Disconnect(turn, command->account_id());
  }
  if (const auto* reseal = As<v1::ResealCredential>(body)) return ResealCredential(turn, reseal->credential());
  if (const auto* report = As<v1::RefreshReport>(body)) {
    ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(report->account_id()));
    return OnRefreshReport(turn, *account, *report);
  }
  if (const auto* report = As<v1::LimitsReport>(body)) {
    ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(report->account_id()));
    return OnLimitsReport(turn, *account, *report);
  }
  if (const auto* freed = As<v1::SlotFreed>(body)) {
    ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(freed->account_id()));
    return StartNext(turn, *account);
  }
  if (const auto decided = DecideAuthorizing(turn, body)) return *decided;
  if (const auto* wanted = As<v1::Dispatch>(body)) {
    return OnProfileWish(turn, input.aggregate_id, input.envelope.actor().id(), *wanted);
  }
  if (const auto decided = DecideUploading(turn, body)) return *decided;
  ASSIGN_OR_RETURN(v1::Delivery * delivery, turn.NeedDelivery(input.aggregate_id));
  if (const auto* report = As<v1::PublishReport>(body)) return OnReport(turn, *delivery, *report);
  if (const auto* report = As<v1::LookupReport>(body)) return OnLookup(turn, *delivery, *report);
  if (const auto* request = As<v1::ResolveDeliveryRequest>(body)) {
    return Resolve(turn, *delivery, *request);
  }
  return Refuse(Code::kInvalidArgument, "UNKNOWN_COMMAND",
                "the publisher has no command " + body.GetTypeName());
}

Status PublisherDomain::DecideMessage(Turn& turn, const v1::PublisherMessage& message) const {
  switch (message.body_case()) {
    case v1::PublisherMessage::kDispatch:
      return OnDispatch(turn, message.header().to(), message.dispatch());
    case v1::PublisherMessage::kCancel:
      return OnCancel(turn, message.header().from_aggregate(), message.cancel());
    case v1::PublisherMessage::kPrepare:
      return OnPrepare(turn, message.header().to(), message.prepare());
    case v1::PublisherMessage::kEndPreparation:
      return OnEndPreparation(turn, message.header().to(), message.end_preparation());
    default:
      return Refuse(Code::kInvalidArgument, "UNKNOWN_MESSAGE", "the message has no known body");
  }
}

Status PublisherDomain::DecideDue(Turn& turn, const std::string& id) const {
  if (TypeOf(id) == "acct") {
    ASSIGN_OR_RETURN(v1::Account * account, turn.NeedAccount(id));
    RETURN_IF_ERROR(OnRefreshDue(turn, *account));
    RETURN_IF_ERROR(OnLimitsDue(turn, *account));
    return WakeWaiting(turn, *account);
  }
  if (TypeOf(id) == "auth") return OnAuthorizationDue(turn, id);
  if (TypeOf(id) == "upl") return OnUploadDue(turn, id);
  ASSIGN_OR_RETURN(v1::Delivery * delivery, turn.NeedDelivery(id));
  switch (delivery->state()) {
    case v1::DELIVERY_STATE_QUEUED:
      return turn.IsBefore(delivery->next_at()) ? Ok() : TryStart(turn, *delivery);
    case v1::DELIVERY_STATE_SENDING:
      return OnSendingDue(turn, *delivery);
    case v1::DELIVERY_STATE_CHECKING:
      return OnCheckingDue(turn, *delivery);
    default:
      return Ok();
  }
}

Result<ledger::Decision> PublisherDomain::Decide(const ledger::Input& input,
                                                 ledger::StateView& states,
                                                 const ledger::DecideContext& context) const {
  Turn turn(states, context, rules_, gates_);
  switch (input.kind) {
    case ledger::Input::Kind::kCommand:
      RETURN_IF_ERROR(DecideCommand(turn, input));
      break;
    case ledger::Input::Kind::kMessage:
      RETURN_IF_ERROR(
          DecideMessage(turn, static_cast<const v1::PublisherMessage&>(*input.body)));
      break;
    case ledger::Input::Kind::kDue:
      RETURN_IF_ERROR(DecideDue(turn, input.aggregate_id));
      break;
  }
  return turn.Take();
}

}  // namespace carillon::publisher
