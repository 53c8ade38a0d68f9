// How long until a command is acknowledged, one after another, beside an owner read on the same server.
// ack_bench STRATEGY_ADDRESS TOKENS_FILE COUNT  ->  {"count":..,"ack_ms":{"p50":..,"p99":..},"owner_read_ms":{...},"ratio_p50":..}
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "carillon/strategy/v1/strategy_api.grpc.pb.h"
#include "common/auth/authorizer.h"
#include "common/base/clock.h"
#include "common/base/ids.h"

namespace {

using namespace carillon;

struct Caller {
  std::unique_ptr<strategy::v1::StrategyService::Stub> stub;
  std::string token;

  std::unique_ptr<grpc::ClientContext> Context() const {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + token);
    return context;
  }
};

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

template <typename Function>
std::vector<double> Time(int count, const Clock& clock, Function call) {
  std::vector<double> took_ms;
  for (int i = 0; i < count; ++i) {
    const absl::Duration start = clock.BootTime();
    const grpc::Status status = call(i);
    if (!status.ok()) {
      fprintf(stderr, "call %d: %s\n", i, status.error_message().c_str());
      continue;
    }
    took_ms.push_back(absl::ToDoubleMilliseconds(clock.BootTime() - start));
  }
  return took_ms;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: ack_bench STRATEGY_ADDRESS TOKENS_FILE COUNT\n");
    return 2;
  }
  const auto tokens = auth::ReadTokens(argv[2]);
  if (!tokens.ok()) {
    fprintf(stderr, "%s\n", ToString(tokens.status()).c_str());
    return 2;
  }
  const int count = atoi(argv[3]);
  const SystemClock clock;
  const Caller caller{strategy::v1::StrategyService::NewStub(
                          grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials())),
                      tokens->operator_token};
  const std::string run = RandomText();
  const auto commands = Time(count, clock, [&](int i) {
    strategy::v1::CreateOrganizationRequest request;
    request.set_request_id(run + std::to_string(i));
    request.set_name("bench " + run + " " + std::to_string(i));
    strategy::v1::CreateOrganizationResponse response;
    return caller.stub->CreateOrganization(caller.Context().get(), request, &response);
  });
  const auto reads = Time(count, clock, [&](int) {
    strategy::v1::GetOrganizationRequest request;
    request.set_id(MakeId("org", {"", run + "0"}));
    strategy::v1::GetOrganizationResponse response;
    return caller.stub->GetOrganization(caller.Context().get(), request, &response);
  });
  printf("{\"count\": %zu, \"ack_ms\": {\"p50\": %.2f, \"p99\": %.2f}, "
         "\"owner_read_ms\": {\"p50\": %.2f, \"p99\": %.2f}, \"ratio_p50\": %.1f}\n",
         commands.size(), Percentile(commands, 0.5), Percentile(commands, 0.99),
         Percentile(reads, 0.5), Percentile(reads, 0.99),
         Percentile(commands, 0.5) / std::max(0.01, Percentile(reads, 0.5)));
  return 0;
}
