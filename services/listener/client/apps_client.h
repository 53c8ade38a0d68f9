// What the publisher says of apps, over gRPC. Thread-safe; a call blocks for at most 5 s.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "carillon/publisher/v1/authorization_api.grpc.pb.h"
#include "services/listener/ports.h"

namespace carillon::listener {

class AppsClient : public AppSource {
 public:
  // `prepare` adds the service token and a deadline to a call.
  using Prepare = std::function<void(grpc::ClientContext&, absl::Duration timeout)>;
  AppsClient(std::shared_ptr<publisher::v1::AuthorizationService::StubInterface> stub, Prepare prepare)
      : stub_(std::move(stub)), prepare_(std::move(prepare)) {}

  Result<bool> HasWebhookSecret(const std::string& org_id, const std::string& app_id) override;

 private:
  const std::shared_ptr<publisher::v1::AuthorizationService::StubInterface> stub_;
  const Prepare prepare_;
};

}  // namespace carillon::listener
