// What every service's main() shares: flags (with env fallbacks), tokens, log, metrics, Ledger, Reader, Router, the gRPC server with
// health and reflection, SIGTERM. A service's main.cc is the parts list and nothing else:
//
//   int main(int argc, char** argv) {
//     service::ServiceOptions options("strategy");
//     if (auto code = service::ParseFlags(options, argc, argv)) return *code;
//     SystemClock clock;
//     StrategyDomain domain;
//     service::Service service(options, domain, /*effects=*/nullptr, clock);
//     StrategyApi api(service.router(), service.reader());
//     service.Register(&api);
//     return service.Run();   // until SIGTERM / SIGINT; 0 = orderly stop
//   }
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/auth/authorizer.h"
#include "common/ledger/ledger.h"
#include "common/ledger/reader.h"
#include "common/rpc/router.h"

namespace CLI {
class App;
}

namespace carillon::service {

struct ServiceOptions {
  explicit ServiceOptions(std::string service_name);

  std::string name;
  ledger::Options ledger;
  std::string listen = "127.0.0.1:0";
  std::string metrics_listen = "127.0.0.1:0";
  std::string tokens_file;
  std::string log_level = "info";
  std::map<std::string, std::string> peers;  // "strategy" -> host:port
  bool allow_private_addresses = false;
  auth::Tokens tokens;  // read from tokens_file by ParseFlags; secret

  // For flags of one service: add options to it before ParseFlags.
  std::shared_ptr<CLI::App> app;
};

// Reads flags and environment, validates everything once, prints the result redacted to the log. A value: exit with that code.
std::optional<int> ParseFlags(ServiceOptions& options, int argc, char** argv);

class Service {
 public:
  // `effects` may be null. Everything passed by reference outlives the service.
  Service(const ServiceOptions& options, const ledger::Domain& domain,
          ledger::EffectRunner* effects, const Clock& clock);
  ~Service();

  ledger::Ledger& ledger();
  ledger::Reader& reader();
  rpc::Router& router();
  const auth::Authorizer& authorizer();
  // A channel to another service, with its bearer token on every call. UNAVAILABLE at once while it is away (no endless waits).
  std::shared_ptr<grpc::Channel> Peer(const std::string& service);
  // Adds the service token and a deadline to a client call.
  void Prepare(grpc::ClientContext& context, absl::Duration timeout) const;

  void Register(grpc::Service* api);
  // Called after the Ledger started / before it stops.
  void OnStart(std::function<void()> start);
  void OnStop(std::function<void()> stop);
  // Starts everything, serves until SIGTERM or SIGINT, stops in order (take nothing new, finish, leave the group, close).
  int Run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carillon::service
