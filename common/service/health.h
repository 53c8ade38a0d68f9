// What the process says of itself over gRPC's health protocol and in metrics: "" and the service's full name = I can serve,
// "carillon.flow" = work flows. A change is logged with its reason. Not thread-safe: one thread calls Update.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/ledger/ledger.h"

namespace carillon::service {

class Health {
 public:
  // `server` was built with EnableDefaultHealthCheckService(true). `service` is e.g. "strategy".
  Health(grpc::Server& server, const std::string& service);
  void Update(const ledger::Ledger& ledger);
  // Not serving, for good.
  void Stop();

 private:
  struct Name {
    std::string what;  // "serving"
    std::vector<std::string> names;
    std::optional<bool> last;
  };
  void Set(Name& name, const Status& status);

  grpc::HealthCheckServiceInterface* const health_;
  Name serving_;
  Name flowing_;
};

}  // namespace carillon::service
