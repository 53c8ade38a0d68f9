#include "common/service/peers.h"

#include <grpcpp/support/client_interceptor.h>

#include "common/rpc/metadata.h"

namespace carillon::service {
namespace {

using grpc::experimental::InterceptionHookPoints;

class AddToken : public grpc::experimental::Interceptor {
 public:
  explicit AddToken(const std::string& value) : value_(value) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      auto* metadata = methods->GetSendInitialMetadata();
      if (metadata->find(rpc::kAuthorizationKey) == metadata->end()) {
        metadata->insert({rpc::kAuthorizationKey, value_});
      }
    }
    methods->Proceed();
  }

 private:
  const std::string& value_;
};

class AddTokenFactory : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit AddTokenFactory(const std::string& token) : value_("Bearer " + token) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* /*info*/) override {
    return new AddToken(value_);
  }

 private:
  const std::string value_;  // secret
};

}  // namespace

std::shared_ptr<grpc::Channel> MakePeerChannel(const std::string& address,
                                               const std::string& token) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<AddTokenFactory>(token));
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      address, grpc::InsecureChannelCredentials(), arguments, std::move(interceptors));
}

void SetTimeout(grpc::ClientContext& context, absl::Duration timeout) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(timeout));
}

}  // namespace carillon::service
