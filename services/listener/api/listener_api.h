// The gRPC handlers of ListenerService: thin; what blocks runs on the router's pool. Thread-safe.
#pragma once

#include "carillon/listener/v1/listener_api.grpc.pb.h"
#include "common/ledger/reader.h"
#include "common/rpc/router.h"
#include "services/listener/ports.h"

namespace carillon::listener {

class ListenerApi : public v1::ListenerService::CallbackService {
 public:
  // Everything outlives it.
  ListenerApi(rpc::Router& router, ledger::Reader& reader, AccountSource& accounts)
      : router_(router), reader_(reader), accounts_(accounts) {}

  grpc::ServerUnaryReactor* ListInbox(grpc::CallbackServerContext* context,
                                      const v1::ListInboxRequest* request,
                                      v1::ListInboxResponse* response) override;
  grpc::ServerUnaryReactor* GetInboxItem(grpc::CallbackServerContext* context,
                                         const v1::GetInboxItemRequest* request,
                                         v1::GetInboxItemResponse* response) override;
  grpc::ServerUnaryReactor* Reply(grpc::CallbackServerContext* context,
                                  const v1::ReplyRequest* request,
                                  v1::ReplyResponse* response) override;
  grpc::ServerUnaryReactor* CloseInboxItem(grpc::CallbackServerContext* context,
                                           const v1::CloseInboxItemRequest* request,
                                           v1::CloseInboxItemResponse* response) override;
  grpc::ServerUnaryReactor* ActOnInboxItem(grpc::CallbackServerContext* context,
                                           const v1::ActOnInboxItemRequest* request,
                                           v1::ActOnInboxItemResponse* response) override;
  grpc::ServerUnaryReactor* ListCollections(grpc::CallbackServerContext* context,
                                            const v1::ListCollectionsRequest* request,
                                            v1::ListCollectionsResponse* response) override;

  grpc::ServerUnaryReactor* CreateQuery(grpc::CallbackServerContext* context,
                                        const v1::CreateQueryRequest* request,
                                        v1::CreateQueryResponse* response) override;
  grpc::ServerUnaryReactor* DeleteQuery(grpc::CallbackServerContext* context,
                                        const v1::DeleteQueryRequest* request,
                                        v1::DeleteQueryResponse* response) override;
  grpc::ServerUnaryReactor* ListFound(grpc::CallbackServerContext* context,
                                      const v1::ListFoundRequest* request,
                                      v1::ListFoundResponse* response) override;

 private:
  // A listening query is created or deleted: the same checks, and the collection as it is then.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* ChangeQueries(const char* action, grpc::CallbackServerContext* context,
                                          const Request* request, Response* response);
  // The collection of an account as readers see it, for its organization; refused where no account has this id.
  Result<v1::Collection> LookCollection(const std::string& account_id);
  // The item as readers see it, for its organization; absent is no verdict: that is the owner's.
  Result<v1::InboxItem> Look(const std::string& id);
  Status CheckLength(const v1::InboxItem& item, const std::string& text);

  rpc::Router& router_;
  ledger::Reader& reader_;
  AccountSource& accounts_;
};

}  // namespace carillon::listener
