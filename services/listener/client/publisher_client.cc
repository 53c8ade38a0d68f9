#include "services/listener/client/publisher_client.h"

#include "common/rpc/router.h"

namespace carillon::listener {
namespace {

constexpr absl::Duration kCallTime = absl::Seconds(5);
constexpr absl::Duration kAccountAgeMax = absl::Minutes(10);

}  // namespace

template <typename T>
std::optional<T> PublisherClient::Find(const Cache<T>& cache, const std::string& id) {
  std::lock_guard lock(mutex_);
  const auto it = cache.find(id);
  if (it == cache.end() || it->second.until <= clock_.BootTime()) return std::nullopt;
  return it->second.value;
}

template <typename T>
void PublisherClient::Keep(Cache<T>& cache, const std::string& id, const T& value,
                           absl::Duration valid_for) {
  std::lock_guard lock(mutex_);
  if (cache.size() >= kCachedMax) cache.clear();
  cache[id] = {value, clock_.BootTime() + valid_for};
}

Result<platform::CollectorAccess> PublisherClient::Lend(const std::string& account_id) {
  if (auto kept = Find(access_, account_id)) return *std::move(kept);
  const absl::Duration asked_at = clock_.BootTime();
  grpc::ClientContext context;
  prepare_(context, kCallTime);
  publisher::v1::LendAccessRequest request;
  publisher::v1::LendAccessResponse response;
  request.set_account_id(account_id);
  const grpc::Status status = stub_->LendAccess(&context, request, &response);
  if (!status.ok()) return Annotate(rpc::FromGrpc(status), "the publisher lent no access");
  platform::CollectorAccess access{.account_id = account_id,
                         .base_url = response.base_url(),
                         .remote_account_id = response.remote_account_id(),
                         .access_token = response.access_token()};
  // Counted from the question: the answer's way is part of the time.
  const absl::Duration left =
      absl::Seconds(response.valid_for_s()) - (clock_.BootTime() - asked_at);
  if (left > absl::ZeroDuration()) Keep(access_, account_id, access, left);
  return access;
}

void PublisherClient::Drop(const std::string& account_id) {
  std::lock_guard lock(mutex_);
  access_.erase(account_id);
}

Result<platform::AppAccess> PublisherClient::LendApp(const std::string& org_id, const std::string& platform) {
  const std::string key = platform + "|" + org_id;
  if (auto kept = Find(apps_, key)) return *std::move(kept);
  const absl::Duration asked_at = clock_.BootTime();
  grpc::ClientContext context;
  prepare_(context, kCallTime);
  publisher::v1::LendAppAccessRequest request;
  publisher::v1::LendAppAccessResponse response;
  request.set_org_id(org_id);
  request.set_platform(platform);
  const grpc::Status status = stub_->LendAppAccess(&context, request, &response);
  if (!status.ok()) return Annotate(rpc::FromGrpc(status), "the publisher lent no app's access");
  platform::AppAccess access{response.app_id(), response.base_url(), response.app_token()};
  const absl::Duration left = absl::Seconds(response.valid_for_s()) - (clock_.BootTime() - asked_at);
  if (left > absl::ZeroDuration()) Keep(apps_, key, access, left);
  return access;
}

void PublisherClient::DropApp(const std::string& org_id, const std::string& platform) {
  std::lock_guard lock(mutex_);
  apps_.erase(platform + "|" + org_id);
}

Result<publisher::v1::Account> PublisherClient::Account(const std::string& account_id) {
  if (auto kept = Find(accounts_, account_id)) return *std::move(kept);
  grpc::ClientContext context;
  prepare_(context, kCallTime);
  publisher::v1::GetAccountRequest request;
  publisher::v1::GetAccountResponse response;
  request.set_account(account_id);
  const grpc::Status status = stub_->GetAccount(&context, request, &response);
  if (!status.ok()) {
    return Annotate(rpc::FromGrpc(status), "the publisher did not show the account");
  }
  Keep(accounts_, account_id, response.account(), kAccountAgeMax);
  return response.account();
}

}  // namespace carillon::listener
