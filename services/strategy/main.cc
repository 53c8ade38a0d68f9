// strategy: the why and the what. The parts and how they hang together, nothing else.
#include "common/base/clock.h"
#include "common/service/service.h"
#include "services/strategy/api/strategy_api.h"
#include "services/strategy/domain/strategy_domain.h"

int main(int argc, char** argv) {
  using namespace carillon;
  service::ServiceOptions options("strategy");
  if (auto code = service::ParseFlags(options, argc, argv)) return *code;
  const SystemClock clock;
  const strategy::StrategyDomain domain;
  service::Service service(options, domain, /*effects=*/nullptr, clock);
  strategy::StrategyApi api(service.router(), service.reader(), clock);
  service.Register(&api);
  return service.Run();
}
