// Whether a delivery's post is there, after its answer was lost.
//
// The repository says: com.atproto.repo.getRecord for the key that every attempt uses. "It is not there" alone proves nothing, as a server
// that does not hold the repository may answer for others; so com.atproto.repo.listRecords, which only its holder answers, must bear it out.
// The listing also finds an attempt at another time than `first_sent_at`, which is known no more when Kafka was put back from an older
// copy: the key carries the delivery beside the time.
#pragma once

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"

namespace carillon::bluesky {

// Blocks for at most request.timeout. Needs no token: what is asked is public.
platform::LookupOutcome LookUp(http::HttpClient& client, const Clock& clock,
                               const platform::LookupRequest& request);

}  // namespace carillon::bluesky
