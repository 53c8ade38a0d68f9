#include "common/service/service.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/impl/service_type.h>
#include <prometheus/exposer.h>

#include <future>
#include <thread>

#include "common/base/check.h"
#include "common/deadletter/api.h"
#include "common/observe/internal.h"
#include "common/observe/log.h"
#include "common/rpc/forward.h"
#include "common/rpc/metadata.h"
#include "common/service/health.h"
#include "common/service/late_ledger.h"
#include "common/service/open_files.h"
#include "common/service/peers.h"
#include "common/service/signals.h"

namespace carillon::service {
namespace {

constexpr int kReceiveSizeMax = 4 << 20;
constexpr absl::Duration kHealthPeriod = absl::Seconds(1);
constexpr auto kFinishCalls = std::chrono::seconds(5);
constexpr auto kStartEnds = std::chrono::seconds(1);

std::string WithPort(const std::string& address, int port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

rpc::RouterOptions RouterOptionsOf(const ServiceOptions& options) {
  rpc::RouterOptions router;
  router.service_token = options.tokens.service_token;
  return router;
}

}  // namespace

struct Service::State {
  State(const ServiceOptions& given, const ledger::Domain& domain, ledger::EffectRunner* effects,
        const Clock& clock)
      : options(given),
        ledger(options.ledger.shards,
               [this, &domain, effects, &clock] {
                 return ledger::MakeLedger(options.ledger, domain, effects, clock);
               }),
        reader(ledger::MakeReader(options.ledger, domain)),
        authorizer(auth::MakeTokenAuthorizer(options.tokens)),
        router(rpc::MakeRouter(ledger, *reader, *authorizer, clock, RouterOptionsOf(options))),
        forward(rpc::MakeForwardService(ledger, *authorizer, clock, RouterOptionsOf(options))),
        operations(deadletter::MakeOperationsService(options.ledger, domain, *router, clock)) {}

  bool OpenMetrics();
  bool OpenServer();
  void Start();
  void Stop(Health& health, std::thread& starter);

  ServiceOptions options;
  LateLedger ledger;
  std::unique_ptr<ledger::Reader> reader;
  std::unique_ptr<auth::Authorizer> authorizer;
  std::unique_ptr<rpc::Router> router;
  std::unique_ptr<grpc::Service> forward;
  std::unique_ptr<grpc::Service> operations;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels;
  std::mutex channels_mutex;
  std::vector<grpc::Service*> apis;
  std::vector<std::function<void()>> start_hooks;
  std::vector<std::function<void()>> stop_hooks;
  std::mutex hooks_mutex;  // held while hooks run: a stop waits for a start
  std::promise<void> start_ended;
  bool started = false;
  bool stopping = false;
  std::unique_ptr<prometheus::Exposer> exposer;
  std::unique_ptr<grpc::Server> server;
};

bool Service::State::OpenMetrics() {
  try {
    exposer = std::make_unique<prometheus::Exposer>(options.metrics_listen, /*num_threads=*/2);
    exposer->RegisterCollectable(observe::SharedRegistry());
    const auto ports = exposer->GetListeningPorts();
    if (!ports.empty()) options.metrics_listen = WithPort(options.metrics_listen, ports.front());
    return true;
  } catch (const std::exception& error) {
    observe::Error("can't listen for metrics: is the port taken?",
                   {{"metrics_listen", options.metrics_listen}, {"error", error.what()}});
    return false;
  }
}

bool Service::State::OpenServer() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(kReceiveSizeMax);
  // Two processes on one port would each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  for (auto* api : apis) builder.RegisterService(api);
  builder.RegisterService(forward.get());
  builder.RegisterService(operations.get());
  server = builder.BuildAndStart();
  if (!server || port == 0) {
    observe::Error("can't listen for gRPC: is the port taken?", {{"listen", options.listen}});
    return false;
  }
  options.listen = WithPort(options.listen, port);
  if (options.ledger.advertise.empty()) options.ledger.advertise = options.listen;
  return true;
}

void Service::State::Start() {
  if (!ledger.StartForEver()) return;
  std::lock_guard lock(hooks_mutex);
  if (stopping) return;
  for (const auto& hook : start_hooks) hook();
  started = true;
  observe::Info("started");
}

void Service::State::Stop(Health& health, std::thread& starter) {
  health.Stop();
  {
    std::lock_guard lock(hooks_mutex);
    stopping = true;
    for (auto hook = stop_hooks.rbegin(); started && hook != stop_hooks.rend(); ++hook) (*hook)();
  }
  // New calls are turned away at once; those under way get their answers while the Ledger still works, then it answers the rest.
  auto closed = std::async(std::launch::async, [&] {
    server->Shutdown(std::chrono::system_clock::now() + kFinishCalls);
  });
  closed.wait_for(kFinishCalls + std::chrono::seconds(1));
  ledger.Stop();
  closed.wait();
  if (start_ended.get_future().wait_for(kStartEnds) != std::future_status::ready) {
    // Kafka's client can't be interrupted while it looks for a broker. Nothing is held yet, so nothing is lost.
    observe::Info("stopped while starting");
    std::_Exit(0);
  }
  starter.join();
  exposer.reset();
}

Service::Service(const ServiceOptions& options, const ledger::Domain& domain,
                 ledger::EffectRunner* effects, const Clock& clock) {
  BlockStopSignals();
  RaiseOpenFilesLimit();
  state_ = std::make_unique<State>(options, domain, effects, clock);
}

Service::~Service() {
  // The server goes before what its handlers use.
  state_->server.reset();
}

ledger::Ledger& Service::ledger() { return state_->ledger; }
ledger::Reader& Service::reader() { return *state_->reader; }
rpc::Router& Service::router() { return *state_->router; }
const auth::Authorizer& Service::authorizer() { return *state_->authorizer; }

std::shared_ptr<grpc::Channel> Service::Peer(const std::string& service) {
  std::lock_guard lock(state_->channels_mutex);
  auto& channel = state_->channels[service];
  if (!channel) {
    const auto address = state_->options.peers.find(service);
    if (address == state_->options.peers.end()) {
      observe::Warn("no address for a peer: its calls will fail; set its flag",
                    {{"peer", service}});
    }
    // Port 1 answers nobody: calls fail at once and name the peer's service in their own errors.
    channel =
        MakePeerChannel(address == state_->options.peers.end() ? "127.0.0.1:1" : address->second,
                        state_->options.tokens.service_token);
  }
  return channel;
}

void Service::Prepare(grpc::ClientContext& context, absl::Duration timeout) const {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(timeout));
  context.AddMetadata(rpc::kAuthorizationKey, "Bearer " + state_->options.tokens.service_token);
}

void Service::Register(grpc::Service* api) { state_->apis.push_back(api); }
void Service::OnStart(std::function<void()> start) {
  state_->start_hooks.push_back(std::move(start));
}
void Service::OnStop(std::function<void()> stop) { state_->stop_hooks.push_back(std::move(stop)); }

int Service::Run() {
  State& state = *state_;
  if (!state.OpenMetrics() || !state.OpenServer()) return 1;
  observe::Info("listening", {{"listen", state.options.listen},
                              {"metrics_listen", state.options.metrics_listen},
                              {"advertise", state.options.ledger.advertise}});
  Health health(*state.server, state.options.name);
  std::thread starter([&state] {
    state.Start();
    state.start_ended.set_value();
  });
  int signal = 0;
  while ((signal = WaitForStopSignal(kHealthPeriod)) == 0) health.Update(state.ledger);
  observe::Info("stopping", {{"signal", std::to_string(signal)}});
  state.Stop(health, starter);
  observe::Info("stopped");
  return 0;
}

}  // namespace carillon::service
