// The publisher: what leaves the building. The parts and how they hang together, nothing else.
#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/observe/log.h"
#include "common/service/service.h"
#include "services/publisher/api/authorization_api.h"
#include "services/publisher/api/publisher_api.h"
#include "services/publisher/api/webhook_secret_api.h"
#include "services/publisher/client/control_board.h"
#include "services/publisher/client/credential_store.h"
#include "services/publisher/client/topic_feeds.h"
#include "services/publisher/config.h"
#include "services/publisher/domain/publisher_domain.h"
#include "services/publisher/effects/app_shares.h"
#include "services/publisher/effects/charges.h"
#include "services/publisher/effects/prices.h"
#include "services/publisher/effects/publisher_gates.h"
#include "services/publisher/effects/publisher_gauges.h"
#include "services/publisher/effects/sender_pool.h"
#include "services/publisher/effects/upload_pool.h"

int main(int argc, char** argv) {
  using namespace carillon;
  using namespace carillon::publisher;
  service::ServiceOptions options("publisher");
  options.ledger.commit_pace = absl::Milliseconds(40);
  PublisherConfig config;
  config.AddFlags(options);
  if (auto code = service::ParseFlags(options, argc, argv)) return *code;
  const auto vault = config.OpenVault();
  if (!vault.ok()) {
    observe::Error("the publisher cannot start", {{"error", ToString(vault.status())}});
    return 1;
  }

  SystemClock clock;
  config.media.public_url = config.public_url;
  const auto media = media_store::OpenStore(config.media, clock);
  if (!media.ok()) {
    observe::Error("the publisher cannot start", {{"error", ToString(media.status())}});
    return 1;
  }
  const auto http = http::MakeHttpClient({.allow_private_addresses = options.allow_private_addresses,
                                          .idle_connections_max = config.senders + config.uploaders});
  const auto platforms = platform::Registry::MakeAll(*http, clock, config.Platforms());
  if (!platforms.ok()) {
    observe::Error("the publisher cannot start", {{"error", ToString(platforms.status())}});
    return 1;
  }
  Rules rules = config.MakeRules();
  rules.price_of = PricesOf(*platforms);
  if (config.rate_limits == "published") rules.rates_of = RatesOf(*platforms);
  CredentialStore credentials(*vault);
  ControlBoard control(clock);
  KernelDeadlineGuard guard;
  Reporter reporter(clock);
  SenderPool senders({*platforms, credentials, control, guard, clock, **media, rules.lookup_timeout}, credentials, reporter,
                     config.Pool());
  UploadPool uploads({*platforms, credentials, clock, **media}, reporter, senders, config.Uploads());
  PublisherGates gates(control, credentials);
  gates.Bind(senders);
  const PublisherDomain domain(rules, gates);
  service::Service service(options, domain, &uploads, clock);

  TopicFeeds feeds(options.ledger, control, credentials);
  PublisherGauges gauges(service.reader(), control, *platforms, clock);
  AppShares app_shares(service.reader(), clock);
  gates.Bind(app_shares);
  PublisherApi api(service.router(), service.reader(), *platforms, credentials, **media, clock,
                   {.allow_private_addresses = options.allow_private_addresses, .rules = &rules, .gates = &gates});
  const AuthorizationOptions authorizing = config.Authorizing(options.allow_private_addresses);
  const Apps apps(service.router(), service.reader(), credentials, clock, authorizing);
  AuthorizationApi authorization_api(service.router(), service.reader(), *platforms, credentials, *vault, clock,
                                     authorizing);
  WebhookSecretApi webhook_secret_api(service.router(), *platforms, apps);
  service.Register(&api);
  service.Register(&authorization_api);
  service.Register(&webhook_secret_api);
  // Reports need the Ledger; the Ledger needs somebody who takes its effects: both wait for each other in queues.
  reporter.Start(service.ledger());
  senders.Start();
  uploads.Start();
  service.OnStart([&] {
    feeds.Start();
    gauges.Start();
    app_shares.Start();
  });
  service.OnStop([&] {
    uploads.Stop();
    senders.Stop();
    reporter.Stop();
    app_shares.Stop();
    gauges.Stop();
    feeds.Stop();
  });
  return service.Run();
}
