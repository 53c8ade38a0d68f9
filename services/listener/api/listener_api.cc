#include "services/listener/api/listener_api.h"

#include <fmt/format.h>

#include "common/base/ids.h"
#include "common/platform/rules.h"
#include "common/rpc/metadata.h"
#include "common/text/utf8.h"
#include "services/listener/domain/reply_text.h"

namespace carillon::listener {
namespace {

const v1::ListenerRecord& RecordOf(const ledger::ProtoPtr& record) {
  return static_cast<const v1::ListenerRecord&>(*record);
}

Status UnknownItem(const std::string& id) {
  return Refuse(Code::kNotFound, "UNKNOWN_INBOX_ITEM",
                fmt::format("there is no inbox item '{}'; list the inbox for what there is", id),
                {{"id", id}});
}

Status CheckItemId(const std::string& id) { return IsId(id, "item") ? Ok() : UnknownItem(id); }

ledger::ListQuery InboxQuery(const v1::ListInboxRequest& request) {
  ledger::ListQuery query;
  query.page_size = request.page_size();
  query.page_token = request.page_token();
  if (!request.brand_id().empty()) {
    query.index = "inbox";
    query.prefix = fmt::format("{}|{}|", request.brand_id(), static_cast<int>(request.state()));
    return query;
  }
  query.index = "inbox_all";
  if (request.state() != v1::INBOX_STATE_UNSPECIFIED) {
    query.keep = [state = request.state()](const ledger::Proto& record) {
      return static_cast<const v1::ListenerRecord&>(record).inbox_item().state() == state;
    };
  }
  return query;
}

}  // namespace

Result<v1::InboxItem> ListenerApi::Look(const std::string& id) {
  RETURN_IF_ERROR(CheckItemId(id));
  ASSIGN_OR_RETURN(const ledger::ProtoPtr record, reader_.Get(id));
  return record == nullptr ? v1::InboxItem() : RecordOf(record).inbox_item();
}

Status ListenerApi::CheckLength(const v1::InboxItem& item, const std::string& text) {
  if (item.account_id().empty()) return Ok();
  ASSIGN_OR_RETURN(const publisher::v1::Account account, accounts_.Account(item.account_id()));
  publisher::v1::Content reply;
  reply.set_text(ReplyText(account.platform(), item.author(), text));
  return platform::CheckForAccount(reply, account);
}

grpc::ServerUnaryReactor* ListenerApi::ListInbox(grpc::CallbackServerContext* context,
                                                 const v1::ListInboxRequest* request,
                                                 v1::ListInboxResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    call.Finish([&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("inbox.list", request->brand_id()));
      ledger::ListQuery query = InboxQuery(*request);
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

grpc::ServerUnaryReactor* ListenerApi::GetInboxItem(grpc::CallbackServerContext* context,
                                                    const v1::GetInboxItemRequest* request,
                                                    v1::GetInboxItemResponse* response) {
  return router_.Read<v1::GetInboxItemRequest, v1::GetInboxItemResponse>(
      context, request, response, "inbox.get", request->id(),
      [id = request->id()](const ledger::Answer& answer, v1::GetInboxItemResponse* out) {
        if (answer.record == nullptr || !RecordOf(answer.record).has_inbox_item()) {
          return UnknownItem(id);
        }
        *out->mutable_item() = RecordOf(answer.record).inbox_item();
        return Ok();
      });
}

grpc::ServerUnaryReactor* ListenerApi::Reply(grpc::CallbackServerContext* context,
                                             const v1::ReplyRequest* request,
                                             v1::ReplyResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    v1::InboxItem item;
    const Status checked = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("inbox.reply", request->id()));
      if (IsBlank(request->text())) {
        return Refuse(Code::kInvalidArgument, "EMPTY_TEXT", "a reply needs a text",
                      {{"key", "text"}});
      }
      if (!text::IsValidUtf8(request->text())) {
        return Refuse(Code::kInvalidArgument, "BAD_UTF8", "the text is not valid UTF-8",
                      {{"key", "text"}});
      }
      ASSIGN_OR_RETURN(item, Look(request->id()));
      return CheckLength(item, request->text());
    }();
    if (!checked.ok()) return call.Finish(checked);
    call.Submit({.action = "inbox.reply",
                 .resource = request->id(),
                 .aggregate_id = request->id(),
                 .org_id = item.org_id(),
                 .brand_id = item.brand_id()},
                [response](const ledger::Answer& answer) {
                  *response->mutable_item() = RecordOf(answer.record).inbox_item();
                });
  });
}

grpc::ServerUnaryReactor* ListenerApi::CloseInboxItem(grpc::CallbackServerContext* context,
                                                      const v1::CloseInboxItemRequest* request,
                                                      v1::CloseInboxItemResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    v1::InboxItem item;
    const Status checked = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("inbox.close", request->id()));
      ASSIGN_OR_RETURN(item, Look(request->id()));
      return Ok();
    }();
    if (!checked.ok()) return call.Finish(checked);
    call.Submit({.action = "inbox.close",
                 .resource = request->id(),
                 .aggregate_id = request->id(),
                 .org_id = item.org_id(),
                 .brand_id = item.brand_id()},
                [response](const ledger::Answer& answer) {
                  *response->mutable_item() = RecordOf(answer.record).inbox_item();
                });
  });
}

grpc::ServerUnaryReactor* ListenerApi::ActOnInboxItem(grpc::CallbackServerContext* context,
                                                      const v1::ActOnInboxItemRequest* request,
                                                      v1::ActOnInboxItemResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    v1::InboxItem item;
    const Status checked = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("inbox.act", request->id()));
      ASSIGN_OR_RETURN(item, Look(request->id()));
      if (item.account_id().empty()) return Ok();
      ASSIGN_OR_RETURN(const publisher::v1::Account account, accounts_.Account(item.account_id()));
      return platform::CheckAction(request->action(), account);
    }();
    if (!checked.ok()) return call.Finish(checked);
    call.Submit({.action = "inbox.act",
                 .resource = request->id(),
                 .aggregate_id = request->id(),
                 .org_id = item.org_id(),
                 .brand_id = item.brand_id()},
                [response](const ledger::Answer& answer) {
                  *response->mutable_item() = RecordOf(answer.record).inbox_item();
                });
  });
}

grpc::ServerUnaryReactor* ListenerApi::ListCollections(
    grpc::CallbackServerContext* context, const v1::ListCollectionsRequest* request,
    v1::ListCollectionsResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    call.Finish([&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("collection.list", request->brand_id()));
      ledger::ListQuery query{.index = "collection",
                              .page_size = request->page_size(),
                              .page_token = request->page_token()};
      if (!request->brand_id().empty()) query.prefix = request->brand_id() + "|";
      ASSIGN_OR_RETURN(query.at_least, rpc::AtLeast(*context));
      ASSIGN_OR_RETURN(const ledger::Page page, reader_.List(query));
      for (const ledger::ProtoPtr& record : page.records) {
        *response->add_collections() = RecordOf(record).collection();
      }
      response->set_next_page_token(page.next_page_token);
      return Ok();
    }());
  });
}

}  // namespace carillon::listener
