// What a librdkafka error means for us. One table, tested.
#pragma once

#include <librdkafka/rdkafka.h>

#include "common/base/status.h"
#include "common/kafka/verdict.h"

namespace carillon::kafka {

// Of an error that a transactional call returned. `committing`: from commit_transaction, where "retriable" means that the outcome
// is not known.
Verdict VerdictOf(const rd_kafka_error_t* error, bool committing);

// The same from an error's parts: code and its three flags.
struct ErrorFlags {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  bool fatal = false;
  bool retriable = false;
  bool requires_abort = false;
};
Verdict VerdictOf(const ErrorFlags& flags, bool committing);

// True if the group no longer knows this member (or its generation): wait for the assignment.
bool IsMembershipError(rd_kafka_resp_err_t code);
// True if another producer has taken the transactional id.
bool IsFenced(rd_kafka_resp_err_t code);

// For people: "_TRANSPORT: Local: Broker transport failure"; UNAVAILABLE without ErrorInfo.
Status ToStatus(rd_kafka_resp_err_t code, std::string_view what);

}  // namespace carillon::kafka
