// The scheduler: what goes out, when, and with whose approval. The parts and how they hang together, nothing else.
#include "common/base/clock.h"
#include "common/observe/log.h"
#include "common/service/service.h"
#include "services/scheduler/api/scheduler_api.h"
#include "services/scheduler/client/media_folder.h"
#include "services/scheduler/client/peers.h"
#include "services/scheduler/config.h"
#include "services/scheduler/domain/scheduler_domain.h"
#include "services/scheduler/flow/beat.h"
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
  MediaFolder media(config.media_dir);
  if (Status status = media.Open(); !status.ok()) {
    observe::Error("the scheduler cannot start", {{"error", ToString(status)}});
    return 1;
  }
  const SchedulerDomain domain;
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
  service.Register(&api);
  service.OnStart([&] {
    beat.Start();
    due.Start();
  });
  service.OnStop([&] {
    beat.Stop();
    due.Stop();
  });
  return service.Run();
}
