#include "common/service/peers.h"

#include <gtest/gtest.h>

#include <future>

#include "carillon/strategy/v1/strategy_api.grpc.pb.h"

namespace carillon::service {
namespace {

namespace sv1 = strategy::v1;

// Remembers the authorization of its callers.
class Listening : public sv1::StrategyService::Service {
 public:
  grpc::Status ListBrands(grpc::ServerContext* context, const sv1::ListBrandsRequest*,
                          sv1::ListBrandsResponse*) override {
    seen.clear();
    const auto [begin, end] = context->client_metadata().equal_range("authorization");
    for (auto it = begin; it != end; ++it) seen.emplace_back(it->second.data(), it->second.size());
    return grpc::Status::OK;
  }
  std::vector<std::string> seen;
};

TEST(Peers, EachCallCarriesTheServiceTokenOnce) {
  Listening api;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&api);
  const auto server = builder.BuildAndStart();
  const auto stub = sv1::StrategyService::NewStub(
      MakePeerChannel("127.0.0.1:" + std::to_string(port), "secret-service-token"));
  sv1::ListBrandsResponse response;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->ListBrands(&context, {}, &response).ok());
    EXPECT_EQ(api.seen, std::vector<std::string>{"Bearer secret-service-token"});
  }
  {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer the-callers-own");
    ASSERT_TRUE(stub->ListBrands(&context, {}, &response).ok());
    EXPECT_EQ(api.seen, std::vector<std::string>{"Bearer the-callers-own"});
  }
  {
    grpc::ClientContext context;
    std::promise<grpc::Status> promise;
    auto status = promise.get_future();
    sv1::ListBrandsRequest request;
    stub->async()->ListBrands(&context, &request, &response,
                              [&](grpc::Status given) { promise.set_value(std::move(given)); });
    ASSERT_TRUE(status.get().ok());
    EXPECT_EQ(api.seen, std::vector<std::string>{"Bearer secret-service-token"});
  }
}

}  // namespace
}  // namespace carillon::service
