// What every verb works with: the streams, the options that all verbs share, and calls to the services. One for each command; used
// from one thread. Calls block for at most --timeout; nothing is ever tried twice on its own.
#pragma once

#include <grpcpp/grpcpp.h>

#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "carillon/analytics/v1/analytics_api.grpc.pb.h"
#include "carillon/listener/v1/listener_api.grpc.pb.h"
#include "carillon/publisher/v1/authorization_api.grpc.pb.h"
#include "carillon/publisher/v1/publisher_api.grpc.pb.h"
#include "carillon/scheduler/v1/scheduler_api.grpc.pb.h"
#include "carillon/strategy/v1/strategy_api.grpc.pb.h"
#include "common/base/status.h"
#include "services/cli/endpoints.h"
#include "services/cli/json.h"
#include "services/cli/outcome.h"
#include "services/cli/table.h"

namespace carillon::cli {

using Strategy = strategy::v1::StrategyService::Stub;
using Scheduler = scheduler::v1::SchedulerService::Stub;
using Publisher = publisher::v1::PublisherService::Stub;
using Authorizer = publisher::v1::AuthorizationService::Stub;
using Listener = listener::v1::ListenerService::Stub;
using Analytics = analytics::v1::AnalyticsService::Stub;

struct Globals {
  bool json = false;
  std::string request_id;
  double timeout_s = 15;
  std::string org;
  std::string endpoints;
};

class Session {
 public:
  Session(std::istream& in, std::ostream& out, std::ostream& err);
  ~Session();

  Globals globals;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;

  // The id of this command's write: --request-id, or one made up now. Marks the command as a write.
  const std::string& RequestId();
  // Empty where nothing was written.
  const std::string& UsedRequestId() const { return used_request_id_; }

  Result<const Endpoints*> OpenEndpoints();
  Result<Strategy*> strategy();
  Result<Scheduler*> scheduler();
  Result<Publisher*> publisher();
  Result<Authorizer*> authorizer();
  Result<Listener*> listener();
  Result<Analytics*> analytics();
  Result<std::shared_ptr<grpc::Channel>> Channel(const std::string& service);

  // Token and deadline: --timeout, and `extra_s` where much is sent.
  Status Prepare(grpc::ClientContext& context, double extra_s = 0);

  // One unary call: session.Call(session.strategy(), &Strategy::CreateBrand, request).
  template <typename Stub, typename Request, typename Response>
  Result<Response> Call(Result<Stub*> stub,
                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request) {
    RETURN_IF_ERROR(stub.status());
    grpc::ClientContext context;
    RETURN_IF_ERROR(Prepare(context));
    Response response;
    RETURN_IF_ERROR(FromGrpc(((*stub)->*method)(&context, request, &response)));
    return response;
  }

  // All pages of a list, up to `limit` rows (0: all of them). `rows` is the response's repeated field.
  template <typename Stub, typename Request, typename Response, typename Row>
  Result<std::vector<Row>> CallPages(
      Result<Stub*> stub,
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), Request request,
      const google::protobuf::RepeatedPtrField<Row>& (Response::*rows)() const, size_t limit = 0) {
    std::vector<Row> all;
    do {
      request.set_page_size(limit == 0 ? kPageSize
                                       : static_cast<int>(std::min<size_t>(
                                             limit - all.size(), static_cast<size_t>(kPageSize))));
      ASSIGN_OR_RETURN(const Response response, Call(stub, method, request));
      for (const Row& row : (response.*rows)()) all.push_back(row);
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty() && (limit == 0 || all.size() < limit));
    return all;
  }

  // The answer: JSON with --json, else "name: value" lines.
  void Show(const Json& object);
  void Show(const google::protobuf::Message& message) { Show(ToJson(message)); }
  // A list: a JSON array with --json, else a table.
  void ShowList(const std::vector<Json>& rows, const std::vector<Column>& columns);
  template <typename Row>
  void ShowRows(const std::vector<Row>& rows, const std::vector<Column>& columns) {
    std::vector<Json> json;
    for (const Row& row : rows) json.push_back(ToJson(row));
    ShowList(json, columns);
  }
  // A remark on standard error.
  void Note(const std::string& text);

 private:
  static constexpr int kPageSize = 200;

  std::string used_request_id_;
  std::optional<Endpoints> endpoints_;
  std::string token_;  // secret
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
  std::unique_ptr<Strategy> strategy_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Authorizer> authorizer_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Analytics> analytics_;
};

}  // namespace carillon::cli
