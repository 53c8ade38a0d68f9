#include "services/publisher/api/publisher_api.h"

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/rpc/metadata.h"
#include "services/publisher/api/account_pages.h"
#include "services/publisher/api/connecting.h"
#include "services/publisher/domain/publisher_domain.h"

namespace carillon::publisher {
namespace {

constexpr int kLendSeconds = 300;
constexpr int kUploadsMax = 50;  // more than a thread has parts

// Never longer than the token is good for; a second where it is over, so that the listener soon asks for the next one.
int LendSeconds(const v1::Account& account, absl::Time now) {
  if (!account.has_token_expires_at()) return kLendSeconds;
  const int64_t left = absl::ToInt64Seconds(FromProto(account.token_expires_at()) - now);
  return static_cast<int>(std::clamp<int64_t>(left, 1, kLendSeconds));
}

Status UnknownAccount(const std::string& account) {
  return Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT",
                fmt::format("there is no account '{}'; see the list of accounts", account),
                {{"account", account}});
}

Status UnknownDelivery(const std::string& delivery) {
  return Refuse(Code::kNotFound, "UNKNOWN_DELIVERY", fmt::format("there is no delivery '{}'", delivery),
                {{"delivery", delivery}});
}

const v1::PublisherRecord& RecordOf(const ledger::Answer& answer) {
  return static_cast<const v1::PublisherRecord&>(*answer.record);
}

// Ends a blocking call that did not get as far as the Ledger; the status is final either way.
PublisherApi::Reactor* Refused(rpc::Router& router, PublisherApi::Context* context,
                               const rpc::Message* request, rpc::Message* response, Status status) {
  return router.Blocking(context, request, response,
                         [status = std::move(status)](rpc::Call& call) { call.Finish(status); });
}

}  // namespace

PublisherApi::Reactor* PublisherApi::ConnectAccount(Context* context,
                                                    const v1::ConnectAccountRequest* request,
                                                    v1::ConnectAccountResponse* response) {
  return router_.Blocking(context, request, response, [this, request, response](rpc::Call& call) {
    constexpr char kAction[] = "account.connect";
    if (Status allowed = call.Authorize(kAction, request->brand_id()); !allowed.ok()) {
      return call.Finish(allowed);
    }
    auto command = CheckConnection({router_, platforms_, credentials_, options_}, *request, call.deadline());
    if (!command.ok()) return call.Finish(command.status());
    const std::string id = command->account().id();
    call.Submit({.action = kAction,
                 .resource = id,
                 .aggregate_id = id,
                 .org_id = request->org_id(),
                 .brand_id = request->brand_id(),
                 .creates = true,
                 .body = std::make_shared<v1::ConnectCommand>(*std::move(command))},
                [response](const ledger::Answer& answer) {
                  *response->mutable_account() = RecordOf(answer).account();
                });
  });
}

PublisherApi::Reactor* PublisherApi::GetAccount(Context* context,
                                                const v1::GetAccountRequest* request,
                                                v1::GetAccountResponse* response) {
  if (IsId(request->account(), "acct")) {
    return router_.Read<v1::GetAccountRequest, v1::GetAccountResponse>(
        context, request, response, "account.get", request->account(),
        [id = request->account()](const ledger::Answer& answer, v1::GetAccountResponse* out) {
          if (!answer.record || !RecordOf(answer).has_account()) return UnknownAccount(id);
          *out->mutable_account() = RecordOf(answer).account();
          return Ok();
        });
  }
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    if (Status allowed = call.Authorize("account.get", request->brand_id()); !allowed.ok()) {
      return call.Finish(allowed);
    }
    auto at_least = rpc::AtLeast(*context);
    if (!at_least.ok()) return call.Finish(at_least.status());
    auto account = AccountByName(request->account(), request->brand_id(), *std::move(at_least));
    if (!account.ok()) return call.Finish(account.status());
    *response->mutable_account() = *std::move(account);
    call.Finish(Ok());
  });
}

PublisherApi::Reactor* PublisherApi::ListAccounts(Context* context,
                                                  const v1::ListAccountsRequest* request,
                                                  v1::ListAccountsResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto list = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("account.list", request->brand_id()));
      ASSIGN_OR_RETURN(const ledger::Page page, ListAccountPage(reader_, *request, *context));
      for (const ledger::ProtoPtr& record : page.records) {
        *response->add_accounts() = static_cast<const v1::PublisherRecord&>(*record).account();
      }
      response->set_next_page_token(page.next_page_token);
      return Ok();
    };
    call.Finish(list());
  });
}

PublisherApi::Reactor* PublisherApi::GetDelivery(Context* context,
                                                 const v1::GetDeliveryRequest* request,
                                                 v1::GetDeliveryResponse* response) {
  if (!IsId(request->id(), "dlv")) {
    return Refused(router_, context, request, response, UnknownDelivery(request->id()));
  }
  return router_.Read<v1::GetDeliveryRequest, v1::GetDeliveryResponse>(
      context, request, response, "delivery.get", request->id(),
      [id = request->id()](const ledger::Answer& answer, v1::GetDeliveryResponse* out) {
        if (!answer.record || !RecordOf(answer).has_delivery()) return UnknownDelivery(id);
        *out->mutable_delivery() = RecordOf(answer).delivery();
        return Ok();
      });
}

PublisherApi::Reactor* PublisherApi::ListDeliveries(Context* context,
                                                    const v1::ListDeliveriesRequest* request,
                                                    v1::ListDeliveriesResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto list = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("delivery.list", request->account_id()));
      if (!IsId(request->account_id(), "acct")) return UnknownAccount(request->account_id());
      ledger::ListQuery query;
      query.index = kDeliveriesIndex;
      query.prefix = request->account_id() + "|";
      if (request->page_size() != 0) query.page_size = request->page_size();
      query.page_token = request->page_token();
      ASSIGN_OR_RETURN(query.at_least, rpc::AtLeast(*context));
      ASSIGN_OR_RETURN(ledger::Page page, reader_.List(query));
      for (const ledger::ProtoPtr& record : page.records) {
        *response->add_deliveries() = static_cast<const v1::PublisherRecord&>(*record).delivery();
      }
      response->set_next_page_token(page.next_page_token);
      return Ok();
    };
    call.Finish(list());
  });
}

PublisherApi::Reactor* PublisherApi::ListMediaUploads(Context* context,
                                                      const v1::ListMediaUploadsRequest* request,
                                                      v1::ListMediaUploadsResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto list = [&]() -> Status {
      const std::string& id = request->delivery_id();
      RETURN_IF_ERROR(call.Authorize("delivery.list", std::string(RootOf(id))));
      if (!IsId(id, "dlv")) return UnknownDelivery(id);
      ledger::ListQuery query;
      query.index = kUploadsIndex;
      query.prefix = id + "|";
      query.page_size = kUploadsMax;
      ASSIGN_OR_RETURN(query.at_least, rpc::AtLeast(*context));
      ASSIGN_OR_RETURN(const ledger::Page page, reader_.List(query));
      for (const ledger::ProtoPtr& record : page.records) {
        *response->add_uploads() = static_cast<const v1::PublisherRecord&>(*record).media_upload();
      }
      return Ok();
    };
    call.Finish(list());
  });
}

PublisherApi::Reactor* PublisherApi::ResolveDelivery(Context* context,
                                                     const v1::ResolveDeliveryRequest* request,
                                                     v1::ResolveDeliveryResponse* response) {
  if (!IsId(request->delivery_id(), "dlv")) {
    return Refused(router_, context, request, response, UnknownDelivery(request->delivery_id()));
  }
  return router_.Command<v1::ResolveDeliveryRequest, v1::ResolveDeliveryResponse>(
      context, request, response,
      {.action = "delivery.resolve",
       .resource = request->delivery_id(),
       .aggregate_id = request->delivery_id()},
      [](const ledger::Answer& answer, v1::ResolveDeliveryResponse* out) {
        *out->mutable_delivery() = RecordOf(answer).delivery();
      });
}

PublisherApi::Reactor* PublisherApi::LendAccess(Context* context,
                                                const v1::LendAccessRequest* request,
                                                v1::LendAccessResponse* response) {
  if (!IsId(request->account_id(), "acct")) {
    return Refused(router_, context, request, response, UnknownAccount(request->account_id()));
  }
  return router_.Read<v1::LendAccessRequest, v1::LendAccessResponse>(
      context, request, response, "access.lend", request->account_id(),
      [this, id = request->account_id()](const ledger::Answer& answer, v1::LendAccessResponse* out) {
        if (!answer.record || !RecordOf(answer).has_account()) return UnknownAccount(id);
        const v1::Account& account = RecordOf(answer).account();
        if (account.state() != v1::ACCOUNT_STATE_CONNECTED) {
          return Refuse(Code::kFailedPrecondition, "NOT_CONNECTED",
                        "the account is not connected; connect it again", {{"account", id}});
        }
        ASSIGN_OR_RETURN(const auto* connector, platforms_.FindConnector(account.platform()));
        ASSIGN_OR_RETURN(const std::string secret,
                         credentials_.Open(id, account.credential_version()));
        out->set_base_url(account.base_url());
        out->set_remote_account_id(account.remote_account_id());
        out->set_access_token(connector->Lendable(secret));
        out->set_valid_for_s(LendSeconds(account, clock_.Now()));
        out->set_platform(account.platform());
        return Ok();
      });
}

}  // namespace carillon::publisher
