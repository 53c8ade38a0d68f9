#include "services/cli/session.h"

#include <chrono>

#include "common/base/ids.h"

namespace carillon::cli {
namespace {

template <typename Service>
Result<typename Service::Stub*> Open(Session& session, const std::string& name,
                                     std::unique_ptr<typename Service::Stub>& stub) {
  if (!stub) {
    ASSIGN_OR_RETURN(const auto channel, session.Channel(name));
    stub = Service::NewStub(channel);
  }
  return stub.get();
}

}  // namespace

Session::Session(std::istream& in_stream, std::ostream& out_stream, std::ostream& err_stream)
    : in(in_stream), out(out_stream), err(err_stream) {}
Session::~Session() = default;

const std::string& Session::RequestId() {
  if (used_request_id_.empty()) {
    used_request_id_ = globals.request_id.empty() ? RandomText() : globals.request_id;
  }
  return used_request_id_;
}

Result<const Endpoints*> Session::OpenEndpoints() {
  if (!endpoints_) {
    ASSIGN_OR_RETURN(endpoints_, ReadEndpoints(globals.endpoints));
  }
  return &*endpoints_;
}

Result<std::shared_ptr<grpc::Channel>> Session::Channel(const std::string& service) {
  auto& channel = channels_[service];
  if (!channel) {
    ASSIGN_OR_RETURN(const Endpoints* endpoints, OpenEndpoints());
    const auto address = endpoints->addresses.find(service);
    if (address == endpoints->addresses.end()) {
      return Local(fmt::format("{} does not say where {} is", endpoints->path, service));
    }
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    channel = grpc::CreateCustomChannel(address->second, grpc::InsecureChannelCredentials(),
                                        arguments);
  }
  return channel;
}

Result<Strategy*> Session::strategy() {
  return Open<strategy::v1::StrategyService>(*this, "strategy", strategy_);
}
Result<Scheduler*> Session::scheduler() {
  return Open<scheduler::v1::SchedulerService>(*this, "scheduler", scheduler_);
}
Result<Publisher*> Session::publisher() {
  return Open<publisher::v1::PublisherService>(*this, "publisher", publisher_);
}
Result<Authorizer*> Session::authorizer() {
  return Open<publisher::v1::AuthorizationService>(*this, "publisher", authorizer_);
}
Result<Listener*> Session::listener() {
  return Open<listener::v1::ListenerService>(*this, "listener", listener_);
}
Result<Analytics*> Session::analytics() {
  return Open<analytics::v1::AnalyticsService>(*this, "analytics", analytics_);
}

Status Session::Prepare(grpc::ClientContext& context, double extra_s) {
  if (token_.empty()) {
    ASSIGN_OR_RETURN(const Endpoints* endpoints, OpenEndpoints());
    ASSIGN_OR_RETURN(token_, ReadOperatorToken(endpoints->tokens_file));
  }
  context.AddMetadata("authorization", "Bearer " + token_);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(static_cast<int64_t>((globals.timeout_s + extra_s) * 1000)));
  return Ok();
}

void Session::Show(const Json& object) {
  if (globals.json) {
    out << object.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    PrintObject(out, object);
  }
}

void Session::ShowList(const std::vector<Json>& rows, const std::vector<Column>& columns) {
  if (globals.json) {
    Show(Json(rows));
  } else {
    PrintTable(out, rows, columns);
  }
}

void Session::Note(const std::string& text) { err << "carillon: " << text << "\n"; }

}  // namespace carillon::cli
