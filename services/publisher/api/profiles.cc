// GetProfile and SetProfile. A change is ordered here, without another service in between: it belongs to no post and has no calendar, and who
// asks for it is who approves it.
#include "common/base/ids.h"
#include "common/platform/rules.h"
#include "services/publisher/api/publisher_api.h"

namespace carillon::publisher {
namespace {

constexpr int kFieldsMax = 50;

// The platform's refusal is ours too; anything else proves nothing, and the caller tries again.
Status OfPlatform(const Status& status, const v1::Account& account) {
  if (status.code() == Code::kUnauthenticated) {
    return Refuse(Code::kFailedPrecondition, "TOKEN_REFUSED",
                  fmt::format("{} does not accept the account's token; connect it again", account.base_url()),
                  {{"account", account.id()}});
  }
  return Annotate(status, account.username());
}

// What the store has under that hash, and keeps: its size and kind are what is approved.
Status Complete(media_store::MediaStore& store, v1::Media* media) {
  const std::string sha256 = media->sha256();
  ASSIGN_OR_RETURN(const media_store::StoredFile stored, store.Find(sha256));
  RETURN_IF_ERROR(store.Keep(sha256));
  media->Clear();
  media->set_sha256(sha256);
  media->set_mime_type(stored.mime_type);
  media->set_size_bytes(stored.size_bytes);
  return Ok();
}

std::shared_ptr<v1::Dispatch> OrderOf(const v1::Account& account, const std::string& request_id, v1::ProfileChange change) {
  auto order = std::make_shared<v1::Dispatch>();
  order->set_delivery_id(MakeId("dlv", {account.id(), "profile", request_id}, account.id()));
  order->set_account_id(account.id());
  order->set_org_id(account.org_id());
  order->set_brand_id(account.brand_id());
  order->set_zone(account.zone());
  order->set_action(v1::ACTION_KIND_SET_PROFILE);
  order->set_target_remote_id(account.remote_account_id());
  *order->mutable_content()->mutable_profile() = std::move(change);
  return order;
}

}  // namespace

PublisherApi::Reactor* PublisherApi::GetProfile(Context* context, const v1::GetProfileRequest* request,
                                                v1::GetProfileResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto read = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("profile.get", request->account_id()));
      ASSIGN_OR_RETURN(const v1::Account account, ConnectedAccount(request->account_id(), call.deadline()));
      ASSIGN_OR_RETURN(platform::Connector * connector, platforms_.FindConnector(account.platform()));
      ASSIGN_OR_RETURN(std::string token, credentials_.Open(account.id(), account.credential_version()));
      const auto profile = connector->ReadProfile(
          {account.id(), account.base_url(), account.remote_account_id(), std::move(token)}, options_.platform_timeout);
      if (!profile.ok()) return OfPlatform(profile.status(), account);
      *response->mutable_profile() = platform::ToProto(*profile);
      return Ok();
    };
    call.Finish(read());
  });
}

PublisherApi::Reactor* PublisherApi::SetProfile(Context* context, const v1::SetProfileRequest* request,
                                                v1::SetProfileResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    constexpr char kAction[] = "profile.set";
    v1::ProfileChange change = request->change();
    v1::Account account;
    const auto check = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize(kAction, request->account_id()));
      if (change.fields_size() > kFieldsMax) {
        return Refuse(Code::kInvalidArgument, "TOO_MANY_FIELDS",
                      fmt::format("{} fields are named, {} are possible at a time", change.fields_size(), kFieldsMax));
      }
      ASSIGN_OR_RETURN(account, ConnectedAccount(request->account_id(), call.deadline()));
      RETURN_IF_ERROR(platform::CheckAction(v1::ACTION_KIND_SET_PROFILE, account));
      ASSIGN_OR_RETURN(const platform::Connector* connector, platforms_.FindConnector(account.platform()));
      if (change.has_avatar()) RETURN_IF_ERROR(Complete(media_, change.mutable_avatar()));
      if (change.has_header()) RETURN_IF_ERROR(Complete(media_, change.mutable_header()));
      return connector->CheckProfile(platform::ProfileChangeOf(change));
    };
    if (const Status checked = check(); !checked.ok()) return call.Finish(checked);
    const auto order = OrderOf(account, request->request_id(), std::move(change));
    call.Submit({.action = kAction,
                 .resource = account.id(),
                 .aggregate_id = order->delivery_id(),
                 .org_id = account.org_id(),
                 .brand_id = account.brand_id(),
                 .creates = true,
                 .body = order},
                [response](const ledger::Answer& answer) {
                  *response->mutable_delivery() = static_cast<const v1::PublisherRecord&>(*answer.record).delivery();
                });
  });
}

}  // namespace carillon::publisher
