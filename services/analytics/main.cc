#include "common/service/service.h"
#include "services/analytics/api/analytics_api.h"
#include "services/analytics/client/grpc_directory.h"
#include "services/analytics/metered_domain.h"

int main(int argc, char** argv) {
  using namespace carillon;
  service::ServiceOptions options("analytics");
  options.ledger.commit_pace = absl::Milliseconds(500);
  if (const auto code = service::ParseFlags(options, argc, argv)) return *code;
  SystemClock clock;
  analytics::MeteredDomain domain;
  service::Service service(options, domain, /*effects=*/nullptr, clock);
  const auto directory = analytics::MakeGrpcDirectory(
      service.Peer("strategy"), service.Peer("publisher"),
      [&service](grpc::ClientContext& context, absl::Duration timeout) {
        service.Prepare(context, timeout);
      });
  analytics::ReportQuery query(service.reader(), *directory, clock);
  analytics::AnalyticsApi api(service.router(), query);
  service.Register(&api);
  return service.Run();
}
