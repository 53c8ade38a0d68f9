#include "services/scheduler/client/peers.h"

#include "common/rpc/router.h"

namespace carillon::scheduler {
namespace {

constexpr absl::Duration kCallTime = absl::Seconds(2);
// Long enough for a file of rows, short enough that a change shows at once to people.
constexpr absl::Duration kKeptTime = absl::Seconds(10);
constexpr size_t kKeptMax = 20'000;

// A refusal by the peer is the caller's answer; anything else means that the peer is away, and says who.
Status FromPeer(const grpc::Status& status, const char* peer) {
  const Status out = rpc::FromGrpc(status);
  if (GetErrorInfo(out).has_value() && out.code() != Code::kUnauthenticated &&
      out.code() != Code::kPermissionDenied) {
    return out;
  }
  return MakeStatus(Code::kUnavailable, fmt::format("{} does not answer ({}); try again",
                                                    peer, Message(out)));
}

}  // namespace

StrategyClient::StrategyClient(std::shared_ptr<strategy::v1::StrategyService::StubInterface> stub,
                               PrepareCall prepare, const Clock& clock)
    : stub_(std::move(stub)), prepare_(std::move(prepare)), brands_(clock, kKeptTime, kKeptMax),
      campaigns_(clock, kKeptTime, kKeptMax) {}

Result<strategy::v1::Brand> StrategyClient::FindBrand(const std::string& org_id,
                                                      const std::string& brand) {
  if (auto kept = brands_.Find(org_id, brand)) return *std::move(kept);
  grpc::ClientContext context;
  prepare_(context, kCallTime);
  strategy::v1::GetBrandRequest request;
  request.set_org_id(org_id);
  request.set_brand(brand);
  strategy::v1::GetBrandResponse response;
  const grpc::Status status = stub_->GetBrand(&context, request, &response);
  if (!status.ok()) return FromPeer(status, "the strategy service");
  brands_.Keep(org_id, brand, response.brand());
  return response.brand();
}

Result<strategy::v1::Campaign> StrategyClient::FindCampaign(const std::string& brand_id,
                                                            const std::string& campaign) {
  if (auto kept = campaigns_.Find(brand_id, campaign)) return *std::move(kept);
  grpc::ClientContext context;
  prepare_(context, kCallTime);
  strategy::v1::GetCampaignRequest request;
  request.set_brand_id(brand_id);
  request.set_campaign(campaign);
  strategy::v1::GetCampaignResponse response;
  const grpc::Status status = stub_->GetCampaign(&context, request, &response);
  if (!status.ok()) return FromPeer(status, "the strategy service");
  campaigns_.Keep(brand_id, campaign, response.campaign());
  return response.campaign();
}

PublisherClient::PublisherClient(
    std::shared_ptr<publisher::v1::PublisherService::StubInterface> stub, PrepareCall prepare,
    const Clock& clock)
    : stub_(std::move(stub)), prepare_(std::move(prepare)), accounts_(clock, kKeptTime, kKeptMax) {}

Result<publisher::v1::Account> PublisherClient::FindAccount(const std::string& brand_id,
                                                            const std::string& account) {
  if (auto kept = accounts_.Find(brand_id, account)) return *std::move(kept);
  grpc::ClientContext context;
  prepare_(context, kCallTime);
  publisher::v1::GetAccountRequest request;
  request.set_brand_id(brand_id);
  request.set_account(account);
  publisher::v1::GetAccountResponse response;
  const grpc::Status status = stub_->GetAccount(&context, request, &response);
  if (!status.ok()) return FromPeer(status, "the publisher service");
  accounts_.Keep(brand_id, account, response.account());
  return response.account();
}

}  // namespace carillon::scheduler
