// The scheduler: what goes out, when, and with whose approval. The parts and how they hang together, nothing else.
#include "common/base/clock.h"
#include "common/observe/log.h"
#include "common/service/service.h"
#include "services/scheduler/api/scheduler_api.h"
#include "services/scheduler/client/peers.h"
#include "services/scheduler/client/stored_media.h"
#include "services/scheduler/config.h"
#include "services/scheduler/domain/scheduler_domain.h"
#include "services/scheduler/flow/beat.h"
#include "services/scheduler/flow/media_keeper.h"
#include "services/scheduler/flow/post_metrics.h"

int main(int argc, char** argv) {
  using namespace carillon;
  using namespace carillon::scheduler;
  service::ServiceOptions options("scheduler");
  options.ledger.commit_pace = absl::Milliseconds(40);
  SchedulerConfig config;
  config.AddFlags(options);
  if (auto code = service::ParseFlags(options, argc, argv)) return *code;

  SystemClock clock;
  const auto store = media_store::OpenStore(config.media, clock);
  if (!store.ok()) {
    observe::Error("the scheduler cannot start", {{"error", ToString(store.status())}});
    return 1;
  }
  const auto probe = media_probe::MakeMediaProbe();
  if (Status status = probe->Check(); !status.ok()) {
    observe::Warn("media are refused", {{"error", ToString(status)}});
  }
  StoredMedia media(**store, *probe, config.MediaWorkDir(), config.media_bytes_max);
  const SchedulerDomain domain(absl::Seconds(config.prepare_lead_s));
  PostMetrics metrics;
  service::Service service(options, domain, &metrics, clock);

  const PrepareCall prepare = [&](grpc::ClientContext& context, absl::Duration timeout) {
    service.Prepare(context, timeout);
  };
  StrategyClient strategy(strategy::v1::StrategyService::NewStub(service.Peer("strategy")), prepare,
                          clock);
  PublisherClient publisher(publisher::v1::PublisherService::NewStub(service.Peer("publisher")),
                            prepare, clock);
  SchedulerApi api(service.router(), service.reader(), {strategy, publisher, strategy}, media,
                   clock);
  ControlBeat beat(service.ledger(), clock);
  DueGauge due(service.reader(), clock);
  MediaKeeper keeper(service.reader(), **store, clock);
  service.Register(&api);
  service.OnStart([&] {
    beat.Start();
    due.Start();
    keeper.Start();
  });
  service.OnStop([&] {
    beat.Stop();
    due.Stop();
    keeper.Stop();
  });
  return service.Run();
}
