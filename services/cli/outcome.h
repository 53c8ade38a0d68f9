// How a command ended, as its exit code. A Status carries it: OK is 0; a local problem (Local()) is 2; a service's refusal, which has
// an ErrorInfo and proves that nothing was changed, is 1; every other error leaves the outcome unknown and is 3.
// Pure functions, thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>

#include "common/base/status.h"

namespace carillon::cli {

enum class ExitCode { kOk = 0, kRefused = 1, kUsage = 2, kUnknown = 3 };

// A problem on this side, before anything was asked: a bad argument, an unreadable file.
[[nodiscard]] Status Local(std::string_view message);

// A check of ours that did not hold after an answer ("not serving"): exit code 1.
[[nodiscard]] Status Failed(std::string_view reason, std::string_view message);

ExitCode ExitCodeOf(const Status& status);

// A gRPC status with the ErrorInfo of its details (google.rpc.Status in grpc-status-details-bin, https://google.aip.dev/193).
Status FromGrpc(const grpc::Status& status);

// What stands on standard error for `status`: what happened, the reason, and what to do. `request_id` is empty for reads.
std::string Explain(const Status& status, const std::string& request_id);

}  // namespace carillon::cli
