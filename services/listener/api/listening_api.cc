// The handlers of listening queries and of what they found.
#include <fmt/format.h>

#include <algorithm>

#include "common/base/ids.h"
#include "common/platform/keyword.h"
#include "common/rpc/metadata.h"
#include "services/listener/api/listener_api.h"
#include "services/listener/domain/ids.h"

namespace carillon::listener {
namespace {

const v1::ListenerRecord& RecordOf(const ledger::ProtoPtr& record) {
  return static_cast<const v1::ListenerRecord&>(*record);
}

Status UnknownAccount(const std::string& id) {
  return Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT",
                fmt::format("nothing is collected for '{}'; connect the account first", id),
                {{"account", id}});
}

}  // namespace

Result<v1::Collection> ListenerApi::LookCollection(const std::string& account_id) {
  if (!IsId(account_id, "acct")) return UnknownAccount(account_id);
  ASSIGN_OR_RETURN(const ledger::ProtoPtr record, reader_.Get(CollectionId(account_id)));
  return record == nullptr ? v1::Collection() : RecordOf(record).collection();
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* ListenerApi::ChangeQueries(const char* action, grpc::CallbackServerContext* context,
                                                     const Request* request, Response* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    auto body = std::make_shared<Request>(*request);
    v1::Collection collection;
    const Status checked = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize(action, request->account_id()));
      ASSIGN_OR_RETURN(*body->mutable_term(), platform::NormalTerm(request->term()));
      ASSIGN_OR_RETURN(collection, LookCollection(request->account_id()));
      return Ok();
    }();
    if (!checked.ok()) return call.Finish(checked);
    call.Submit({.action = action,
                 .resource = request->account_id(),
                 .aggregate_id = CollectionId(request->account_id()),
                 .org_id = collection.org_id(),
                 .brand_id = collection.brand_id(),
                 .body = std::move(body)},
                [response](const ledger::Answer& answer) {
                  *response->mutable_collection() = RecordOf(answer.record).collection();
                });
  });
}

grpc::ServerUnaryReactor* ListenerApi::CreateQuery(grpc::CallbackServerContext* context,
                                                   const v1::CreateQueryRequest* request,
                                                   v1::CreateQueryResponse* response) {
  return ChangeQueries("listening.create", context, request, response);
}

grpc::ServerUnaryReactor* ListenerApi::DeleteQuery(grpc::CallbackServerContext* context,
                                                   const v1::DeleteQueryRequest* request,
                                                   v1::DeleteQueryResponse* response) {
  return ChangeQueries("listening.delete", context, request, response);
}

grpc::ServerUnaryReactor* ListenerApi::ListFound(grpc::CallbackServerContext* context,
                                                 const v1::ListFoundRequest* request,
                                                 v1::ListFoundResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    call.Finish([&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("inbox.list", request->brand_id()));
      ledger::ListQuery query{.index = "found",
                              .prefix = request->brand_id() + "|",
                              .descending = true,
                              .page_size = request->page_size(),
                              .page_token = request->page_token()};
      if (!request->term().empty()) {
        ASSIGN_OR_RETURN(const std::string term, platform::NormalTerm(request->term()));
        query.keep = [term](const ledger::Proto& record) {
          const auto& terms = static_cast<const v1::ListenerRecord&>(record).inbox_item().terms();
          return std::find(terms.begin(), terms.end(), term) != terms.end();
        };
      }
      ASSIGN_OR_RETURN(query.at_least, rpc::AtLeast(*context));
      ASSIGN_OR_RETURN(const ledger::Page page, reader_.List(query));
      for (const ledger::ProtoPtr& record : page.records) {
        *response->add_items() = RecordOf(record).inbox_item();
      }
      response->set_next_page_token(page.next_page_token);
      return Ok();
    }());
  });
}

}  // namespace carillon::listener
