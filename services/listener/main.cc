// The listener: what comes in. The parts and how they hang together, nothing else.
#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/http/line_client.h"
#include "common/http/websocket_client.h"
#include "common/observe/log.h"
#include "common/platform/registry.h"
#include "common/service/service.h"
#include "services/listener/api/listener_api.h"
#include "services/listener/api/webhook_api.h"
#include "services/listener/client/apps_client.h"
#include "services/listener/client/publisher_client.h"
#include "services/listener/config.h"
#include "services/listener/domain/listener_domain.h"
#include "services/listener/poll/poll_metrics.h"
#include "services/listener/poll/poll_pool.h"
#include "services/listener/stream/stream_keeper.h"
#include "services/listener/stream/webhook_keeper.h"

int main(int argc, char** argv) {
  using namespace carillon;
  using namespace carillon::listener;
  service::ServiceOptions options("listener");
  options.ledger.commit_pace = absl::Milliseconds(250);
  ListenerConfig config;
  config.AddFlags(options);
  if (auto code = service::ParseFlags(options, argc, argv)) return *code;

  SystemClock clock;
  const auto http = http::MakeHttpClient(
      {.allow_private_addresses = options.allow_private_addresses,
       .idle_connections_max = config.poll_threads});
  const auto platforms = platform::Registry::MakeAll(*http, clock, config.Platforms());
  if (!platforms.ok()) {
    observe::Error("the listener cannot start", {{"error", ToString(platforms.status())}});
    return 1;
  }
  const ListenerDomain domain(config.Domain());
  SystemRuntime runtime;
  PollPool polls(config.Polls(), *platforms, clock, runtime);
  const auto sockets = http::MakeWebSocketClient(
      {.allow_private_addresses = options.allow_private_addresses});
  const auto lines = http::MakeLineClient(*http, clock);
  StreamKeeper streams(config.Streams(), *platforms, *sockets, *lines, clock, runtime);
  WebhookKeeper registrations(config.Webhooks(options.allow_private_addresses), *platforms, clock, runtime);
  service::Service service(options, domain, &polls, clock);

  PublisherClient publisher(
      publisher::v1::PublisherService::NewStub(service.Peer("publisher")),
      [&](grpc::ClientContext& context, absl::Duration timeout) {
        service.Prepare(context, timeout);
      },
      clock);
  polls.Bind(service.ledger(), service.reader(), publisher,
             [&](const std::string& account_id) { return streams.IsStreamed(account_id); });
  streams.Bind(service.ledger(), service.reader(), publisher, [&](std::vector<ledger::Input> inputs, absl::Time deadline) {
    return service.router().SubmitAllAndWait(std::move(inputs), deadline);
  });
  AppsClient apps(publisher::v1::AuthorizationService::NewStub(service.Peer("publisher")),
                  [&](grpc::ClientContext& context, absl::Duration timeout) { service.Prepare(context, timeout); });
  registrations.Bind(service.ledger(), service.reader(), publisher, apps);
  PollAgeGauge age(service.reader(), clock);
  ListenerApi api(service.router(), service.reader(), publisher);
  WebhookApi webhooks(service.router(), *platforms, clock,
                      publisher::v1::WebhookSecretService::NewStub(service.Peer("publisher")),
                      [&](grpc::ClientContext& context, absl::Duration timeout) {
                        service.Prepare(context, timeout);
                      });
  service.Register(&api);
  service.Register(&webhooks);
  service.OnStart([&] {
    polls.Start();
    streams.Start();
    registrations.Start();
    age.Start();
  });
  service.OnStop([&] {
    registrations.Stop();
    streams.Stop();
    polls.Stop();
    age.Stop();
  });
  return service.Run();
}
