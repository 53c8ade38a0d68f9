#include "services/analytics/client/grpc_directory.h"

#include "carillon/publisher/v1/publisher_api.grpc.pb.h"
#include "carillon/strategy/v1/strategy_api.grpc.pb.h"
#include "common/rpc/router.h"

namespace carillon::analytics {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(3);
constexpr int kPageSize = 200;
constexpr size_t kRowsMax = 10'000;

using Strategy = strategy::v1::StrategyService::Stub;
using Publisher = publisher::v1::PublisherService::Stub;

class GrpcDirectory : public Directory {
 public:
  GrpcDirectory(std::shared_ptr<grpc::Channel> strategy, std::shared_ptr<grpc::Channel> publisher,
                std::function<void(grpc::ClientContext&, absl::Duration)> prepare)
      : strategy_(strategy), publisher_(publisher), prepare_(std::move(prepare)) {}

  Result<strategy::v1::Brand> Brand(const std::string& brand, const std::string& org_id) override {
    strategy::v1::GetBrandRequest request;
    request.set_brand(brand);
    request.set_org_id(org_id);
    ASSIGN_OR_RETURN(const auto response, Call(strategy_, &Strategy::GetBrand, request));
    return response.brand();
  }

  Result<std::vector<strategy::v1::Brand>> Brands(const std::string& org_id) override {
    strategy::v1::ListBrandsRequest request;
    request.set_org_id(org_id);
    return Pages(strategy_, &Strategy::ListBrands, request, &strategy::v1::ListBrandsResponse::brands);
  }

  Result<std::vector<strategy::v1::Goal>> Goals(const std::string& brand_id) override {
    strategy::v1::ListGoalsRequest request;
    request.set_brand_id(brand_id);
    return Pages(strategy_, &Strategy::ListGoals, request, &strategy::v1::ListGoalsResponse::goals);
  }

  Result<std::vector<strategy::v1::Campaign>> Campaigns(const std::string& brand_id) override {
    strategy::v1::ListCampaignsRequest request;
    request.set_brand_id(brand_id);
    return Pages(strategy_, &Strategy::ListCampaigns, request,
                 &strategy::v1::ListCampaignsResponse::campaigns);
  }

  Result<std::map<std::string, std::string>> Usernames(const std::string& brand_id) override {
    publisher::v1::ListAccountsRequest request;
    request.set_brand_id(brand_id);
    ASSIGN_OR_RETURN(const auto accounts, Pages(publisher_, &Publisher::ListAccounts, request,
                                                &publisher::v1::ListAccountsResponse::accounts));
    std::map<std::string, std::string> names;
    for (const auto& account : accounts) names[account.id()] = account.username();
    return names;
  }

 private:
  template <typename Stub, typename Request, typename Response>
  Result<Response> Call(Stub& stub,
                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request) {
    grpc::ClientContext context;
    prepare_(context, kCallTimeout);
    Response response;
    RETURN_IF_ERROR(rpc::FromGrpc((stub.*method)(&context, request, &response)));
    return response;
  }

  template <typename Stub, typename Request, typename Response, typename Row>
  Result<std::vector<Row>> Pages(
      Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
      Request request, const google::protobuf::RepeatedPtrField<Row>& (Response::*rows)() const) {
    std::vector<Row> all;
    request.set_page_size(kPageSize);
    do {
      ASSIGN_OR_RETURN(const Response response, Call(stub, method, request));
      for (const Row& row : (response.*rows)()) all.push_back(row);
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty() && all.size() < kRowsMax);
    return all;
  }

  Strategy strategy_;
  Publisher publisher_;
  std::function<void(grpc::ClientContext&, absl::Duration)> prepare_;
};

}  // namespace

std::unique_ptr<Directory> MakeGrpcDirectory(
    std::shared_ptr<grpc::Channel> strategy, std::shared_ptr<grpc::Channel> publisher,
    std::function<void(grpc::ClientContext&, absl::Duration timeout)> prepare) {
  return std::make_unique<GrpcDirectory>(std::move(strategy), std::move(publisher),
                                         std::move(prepare));
}

}  // namespace carillon::analytics
