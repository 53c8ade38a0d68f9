// The publisher over gRPC: lent access and accounts, cached in memory. Thread-safe; a call blocks
// for at most 5 s. Tokens are kept no longer than the publisher lends them, and never written
// anywhere.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "carillon/publisher/v1/publisher_api.grpc.pb.h"
#include "common/base/clock.h"
#include "services/listener/ports.h"

namespace carillon::listener {

class PublisherClient : public AccessSource, public AccountSource {
 public:
  // `prepare` adds the service token and a deadline to a call.
  using Prepare = std::function<void(grpc::ClientContext&, absl::Duration timeout)>;
  PublisherClient(std::shared_ptr<publisher::v1::PublisherService::StubInterface> stub,
                  Prepare prepare, const Clock& clock)
      : stub_(std::move(stub)), prepare_(std::move(prepare)), clock_(clock) {}

  Result<platform::CollectorAccess> Lend(const std::string& account_id) override;
  void Drop(const std::string& account_id) override;
  Result<platform::AppAccess> LendApp(const std::string& org_id, const std::string& platform) override;
  void DropApp(const std::string& org_id, const std::string& platform) override;
  Result<publisher::v1::Account> Account(const std::string& account_id) override;

 private:
  // Of 1,000 accounts or ten thousand, all fit; beyond, everything is asked for anew.
  static constexpr size_t kCachedMax = 20'000;
  template <typename T>
  struct Cached {
    T value;
    absl::Duration until;  // boot time
  };
  template <typename T>
  using Cache = std::map<std::string, Cached<T>>;

  template <typename T>
  std::optional<T> Find(const Cache<T>& cache, const std::string& id);
  template <typename T>
  void Keep(Cache<T>& cache, const std::string& id, const T& value, absl::Duration valid_for);

  const std::shared_ptr<publisher::v1::PublisherService::StubInterface> stub_;
  const Prepare prepare_;
  const Clock& clock_;
  std::mutex mutex_;
  Cache<platform::CollectorAccess> access_;
  Cache<platform::AppAccess> apps_;  // by "platform|organization"
  Cache<publisher::v1::Account> accounts_;
};

}  // namespace carillon::listener
