#include "common/service/health.h"

#include <google/protobuf/descriptor.h>

#include "common/observe/log.h"
#include "common/observe/metrics.h"

namespace carillon::service {
namespace {

std::vector<std::string> ServingNames(const std::string& service) {
  std::vector<std::string> names = {""};
  const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
      fmt::format("carillon/{0}/v1/{0}_api.proto", service));
  for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
    names.push_back(file->service(i)->full_name());
  }
  return names;
}

}  // namespace

Health::Health(grpc::Server& server, const std::string& service)
    : health_(server.GetHealthCheckService()),
      serving_{"serving", ServingNames(service), std::nullopt},
      flowing_{"flowing", {"carillon.flow"}, std::nullopt} {
  const Status starting = MakeStatus(Code::kUnavailable, "the service is starting");
  Set(serving_, starting);
  Set(flowing_, starting);
}

void Health::Update(const ledger::Ledger& ledger) {
  Set(serving_, ledger.Serving());
  Set(flowing_, ledger.Flowing());
}

void Health::Stop() {
  const Status stopping = MakeStatus(Code::kUnavailable, "the service stops");
  Set(serving_, stopping);
  Set(flowing_, stopping);
}

void Health::Set(Name& name, const Status& status) {
  if (name.last == status.ok()) return;
  name.last = status.ok();
  for (const auto& service : name.names) health_->SetServingStatus(service, status.ok());
  observe::Gauge(name.what, "1 while the health name of this says yes").Set(status.ok() ? 1 : 0);
  observe::Counter("health_changes_total", "Changes of a health name", {{"name", name.what}})
      .Increment();
  const observe::Fields fields = {{"health", name.what}, {"status", ToString(status)}};
  if (status.ok()) {
    observe::Info("health is good", fields);
  } else {
    observe::Warn("health is bad", fields);
  }
}

}  // namespace carillon::service
