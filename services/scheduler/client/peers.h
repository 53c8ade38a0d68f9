// Strategy's brands and campaigns and the publisher's accounts over gRPC, with a short memory of what was found. Thread-safe; a call
// blocks for at most 2 s.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "carillon/publisher/v1/publisher_api.grpc.pb.h"
#include "carillon/strategy/v1/strategy_api.grpc.pb.h"
#include "common/base/clock.h"
#include "services/scheduler/client/ttl_cache.h"
#include "services/scheduler/ports.h"

namespace carillon::scheduler {

// Adds the service token and a deadline to a call.
using PrepareCall = std::function<void(grpc::ClientContext&, absl::Duration timeout)>;

class StrategyClient : public BrandDirectory, public CampaignDirectory {
 public:
  StrategyClient(std::shared_ptr<strategy::v1::StrategyService::StubInterface> stub,
                 PrepareCall prepare, const Clock& clock);
  Result<strategy::v1::Brand> FindBrand(const std::string& org_id,
                                        const std::string& brand) override;
  Result<strategy::v1::Campaign> FindCampaign(const std::string& brand_id,
                                              const std::string& campaign) override;

 private:
  const std::shared_ptr<strategy::v1::StrategyService::StubInterface> stub_;
  const PrepareCall prepare_;
  TtlCache<strategy::v1::Brand> brands_;
  TtlCache<strategy::v1::Campaign> campaigns_;
};

class PublisherClient : public AccountDirectory {
 public:
  PublisherClient(std::shared_ptr<publisher::v1::PublisherService::StubInterface> stub,
                  PrepareCall prepare, const Clock& clock);
  Result<publisher::v1::Account> FindAccount(const std::string& brand_id,
                                             const std::string& account) override;

 private:
  const std::shared_ptr<publisher::v1::PublisherService::StubInterface> stub_;
  const PrepareCall prepare_;
  TtlCache<publisher::v1::Account> accounts_;
};

}  // namespace carillon::scheduler
