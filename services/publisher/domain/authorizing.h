// A try to connect an account by OAuth: WAITING → REDEEMING → CONNECTED or FAILED; EXPIRED where nobody came in time. The log lets in
// one callback, whoever asks and however often: what was sealed for it is gone with that record.
#pragma once

#include "carillon/publisher/v1/authorization_internal.pb.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// Something is still to happen, or to be given up.
bool IsOpen(const v1::Authorization& authorization);

Status Begin(Turn& turn, const v1::BeginAuthorization& command);
// FAILED_PRECONDITION with AUTHORIZATION_USED or AUTHORIZATION_EXPIRED.
Status Claim(Turn& turn, const v1::ClaimAuthorization& command);
// Also of one that waits: the person said no. One that has ended stays as it ended.
Status End(Turn& turn, const v1::EndAuthorization& command);
Status OnAuthorizationDue(Turn& turn, const std::string& id);

}  // namespace carillon::publisher
