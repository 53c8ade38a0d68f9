// What becomes of an attempt: its report, the look-ups after a lost answer, a person's word.
#pragma once

#include "carillon/publisher/v1/internal.pb.h"
#include "carillon/publisher/v1/publisher_api.pb.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// A report of any attempt, at any time, any number of times. "Published" is never dropped.
Status OnReport(Turn& turn, v1::Delivery& delivery, const v1::PublishReport& report);
Status OnLookup(Turn& turn, v1::Delivery& delivery, const v1::LookupReport& report);

// The platform's own refusal of the latest attempt.
Status OnRefused(Turn& turn, v1::Delivery& delivery, v1::Attempt& attempt, const v1::PublishReport& report);
// The platform refused the account's token of that version. Said of an older token, it says nothing of the present one.
void OnTokenRefused(Turn& turn, v1::Account& account, uint32_t version, const std::string& error);
// When it has left SENDING, the account's next may go.
Status AfterStep(Turn& turn, v1::Delivery& delivery, bool was_sending);
// As an attempt keeps it: "PUBLISHED".
const char* OutcomeText(v1::PublishResult result);

// CHECKING, with the next look-up when it can tell something; UNCONFIRMED after the last.
Status LookLater(Turn& turn, v1::Delivery& delivery, std::string_view error);

// SENDING without a report in time; CHECKING whose next look-up is due.
Status OnSendingDue(Turn& turn, v1::Delivery& delivery);
Status OnCheckingDue(Turn& turn, v1::Delivery& delivery);

// FAILED_PRECONDITION, NOT_UNCONFIRMED; INVALID_ARGUMENT, BAD_URL or NO_RESOLUTION.
Status Resolve(Turn& turn, v1::Delivery& delivery, const v1::ResolveDeliveryRequest& request);

}  // namespace carillon::publisher
