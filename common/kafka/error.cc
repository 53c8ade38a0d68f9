#include "common/kafka/error.h"

#include <fmt/format.h>

namespace carillon::kafka {

const char* ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kRetry: return "retry";
    case Verdict::kAbort: return "abort";
    case Verdict::kRecreate: return "recreate";
    case Verdict::kUncertain: return "uncertain";
    case Verdict::kFatal: return "fatal";
  }
  return "?";
}

bool IsFenced(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING:
    case RD_KAFKA_RESP_ERR_INVALID_TXN_STATE:
    case RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED:
      return true;
    default:
      return false;
  }
}

bool IsMembershipError(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      return true;
    default:
      return false;
  }
}

Verdict VerdictOf(const ErrorFlags& flags, bool committing) {
  if (flags.code == RD_KAFKA_RESP_ERR_NO_ERROR) return Verdict::kOk;
  if (flags.fatal || IsFenced(flags.code)) return Verdict::kRecreate;
  if (flags.requires_abort) return Verdict::kAbort;
  if (IsMembershipError(flags.code)) return Verdict::kAbort;
  const bool timed_out = flags.code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
                         flags.code == RD_KAFKA_RESP_ERR__TRANSPORT ||
                         flags.code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
  if (flags.retriable || timed_out) return committing ? Verdict::kUncertain : Verdict::kRetry;
  // librdkafka: an error with none of the flags is to be treated as fatal. While committing the outcome is not known either.
  return committing ? Verdict::kUncertain : Verdict::kFatal;
}

Verdict VerdictOf(const rd_kafka_error_t* error, bool committing) {
  if (error == nullptr) return Verdict::kOk;
  return VerdictOf(ErrorFlags{rd_kafka_error_code(error), rd_kafka_error_is_fatal(error) != 0,
                              rd_kafka_error_is_retriable(error) != 0,
                              rd_kafka_error_txn_requires_abort(error) != 0},
                   committing);
}

Status ToStatus(rd_kafka_resp_err_t code, std::string_view what) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Ok();
  return MakeStatus(Code::kUnavailable, fmt::format("{}: {} ({})", what, rd_kafka_err2str(code),
                                                    rd_kafka_err2name(code)));
}

}  // namespace carillon::kafka
