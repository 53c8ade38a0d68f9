#include "services/cli/health.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>

namespace carillon::cli {
namespace {

bool ConnectsTo(const std::string& host, const std::string& port, absl::Duration timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return false;
  const int file = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  bool connected = false;
  if (file >= 0) {
    (void)::connect(file, found->ai_addr, found->ai_addrlen);
    pollfd wait{file, POLLOUT, 0};
    int error = 1;
    socklen_t size = sizeof error;
    connected = ::poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout))) == 1 &&
                ::getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    ::close(file);
  }
  ::freeaddrinfo(found);
  return connected;
}

}  // namespace

std::string CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& name,
                        absl::Duration timeout) {
  // On the wire HealthCheckRequest{service = 1} is a StringValue, HealthCheckResponse{status = 1} an Int32Value.
  using Stub =
      grpc::TemplatedGenericStub<google::protobuf::StringValue, google::protobuf::Int32Value>;
  constexpr int kServing = 1, kNotServing = 2;
  Stub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
  google::protobuf::StringValue request;
  google::protobuf::Int32Value response;
  request.set_value(name);
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return "UNREACHABLE";
  }
  if (!status.ok()) return "UNKNOWN";
  return response.value() == kServing      ? "SERVING"
         : response.value() == kNotServing ? "NOT_SERVING"
                                           : "UNKNOWN";
}

bool AcceptsConnections(const std::string& url, absl::Duration timeout) {
  const size_t begin = url.find("://");
  const std::string rest = begin == std::string::npos ? url : url.substr(begin + 3);
  const std::string address = rest.substr(0, rest.find('/'));
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return false;
  return ConnectsTo(address.substr(0, colon), address.substr(colon + 1), timeout);
}

}  // namespace carillon::cli
