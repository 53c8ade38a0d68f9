// What a call says beside its request: the metadata that every service understands.
//
//   authorization: Bearer <token>
//   x-carillon-user: on whose behalf        x-carillon-correlation-id: one id through a chain of calls
//   traceparent: W3C trace context          x-carillon-at-least: "<shard>:<offset>", a read has to see it; may be repeated
// An answer to a command carries x-carillon-position: "<shard>:<offset>" in its trailers, as a read may name it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>
#include <string_view>
#include <vector>

#include "carillon/common/v1/envelope.pb.h"
#include "common/auth/authorizer.h"
#include "common/base/status.h"
#include "common/ledger/ledger.h"

namespace carillon::rpc {

inline constexpr char kAuthorizationKey[] = "authorization";
inline constexpr char kUserKey[] = "x-carillon-user";
inline constexpr char kCorrelationKey[] = "x-carillon-correlation-id";
inline constexpr char kTraceparentKey[] = "traceparent";
inline constexpr char kAtLeastKey[] = "x-carillon-at-least";
inline constexpr char kPositionKey[] = "x-carillon-position";

// The first value of `key`, "" if there is none.
std::string MetadataValue(const grpc::ServerContextBase& context, const std::string& key);

// 1 to 128 characters, none of them a control character: else INVALID_ARGUMENT BAD_REQUEST_ID.
Status CheckRequestId(const std::string& request_id);

// Who asks and what it belongs to, from the metadata; org, brand, request id and time are the caller's to set.
// INVALID_ARGUMENT BAD_METADATA for values over 128 characters. A malformed traceparent is dropped (W3C says: restart the trace).
Result<common::v1::Envelope> EnvelopeFrom(const grpc::ServerContextBase& context,
                                          const auth::Principal& principal);

// The positions that a read has to see (ListQuery::at_least). INVALID_ARGUMENT BAD_METADATA if one can't be read.
Result<std::vector<ledger::Position>> AtLeast(const grpc::ServerContextBase& context);
std::string PositionText(const ledger::Position& position);

}  // namespace carillon::rpc
