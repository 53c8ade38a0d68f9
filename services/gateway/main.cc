// The gateway: the only program that the outside may reach. It holds nothing: no key, no Kafka, no Redis, and a token that is good for
// what it passes on alone.
#include <prometheus/exposer.h>

#include "common/base/clock.h"
#include "common/media_store/folder_store.h"
#include "common/observe/internal.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/service/open_files.h"
#include "common/service/signals.h"
#include "services/gateway/config.h"
#include "services/gateway/gateway.h"
#include "services/gateway/grpc_backend.h"

namespace {

constexpr absl::Duration kTick = absl::Seconds(1);

std::unique_ptr<prometheus::Exposer> OpenMetrics(const std::string& listen) {
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(listen, /*num_threads=*/1);
    exposer->RegisterCollectable(carillon::observe::SharedRegistry());
    return exposer;
  } catch (const std::exception& error) {
    carillon::observe::Error("can't listen for metrics: is the port taken?",
                             {{"metrics_listen", listen}, {"error", error.what()}});
    return nullptr;
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace carillon;
  service::BlockStopSignals();
  service::RaiseOpenFilesLimit();
  gateway::Config config;
  if (auto code = gateway::ParseFlags(config, argc, argv)) return *code;
  const auto exposer = OpenMetrics(config.metrics_listen);
  if (exposer == nullptr) return 1;

  SystemClock clock;
  media_store::FolderStore media(config.media_dir);
  std::optional<media_store::MediaUrls> urls;
  if (!config.media_url_key_file.empty()) {
    auto opened = media_store::MediaUrls::FromFile(config.media_url_key_file, config.public_url, clock);
    if (!opened.ok()) {
      observe::Error("the gateway cannot start", {{"error", ToString(opened.status())}});
      return 1;
    }
    urls = *std::move(opened);
  }
  // Before the server, after it: it answers those that the server still waits for.
  auto backend = std::make_unique<gateway::GrpcBackend>(config.publisher, config.listener, config.token);
  gateway::Gateway gateway({*backend, clock, [&backend] { return backend->IsReady(); }, &media,
                            urls ? &*urls : nullptr});
  auto server = http::HttpServer::Start(config.Server(), [&](const http::ServerRequest& request) {
    return gateway.Handle(request);
  });
  if (!server.ok()) {
    observe::Error("the gateway cannot start", {{"error", ToString(server.status())}});
    return 1;
  }
  observe::Info("listening", {{"listen", (*server)->address()}});
  auto& connections = observe::Gauge("connections", "Connections that are open");
  auto& ready = observe::Gauge("ready", "1 while publisher and listener are reached");
  int signal = 0;
  while ((signal = service::WaitForStopSignal(kTick)) == 0) {
    connections.Set(static_cast<double>((*server)->connections()));
    ready.Set(backend->IsReady() ? 1 : 0);
  }
  observe::Info("stopping", {{"signal", std::to_string(signal)}});
  // Requests under way get their answers; then what still waits is given up, while the server is there to be told.
  (*server)->Stop();
  backend.reset();
  observe::Info("stopped");
  return 0;
}
