// X's webhooks (docs.x.com/x-api/webhooks/quickstart): the challenge-response check and the signature are the same HMAC-SHA256 with the
// app's consumer secret. Events come as the Account Activity API and as the X Activity API word them.
//
// That they are the same makes the check an oracle: whoever could have any text answered as a challenge would hold the signature of that
// text as a body. So a challenge is answered only if it can be no event: X's tokens have letters, digits and a few signs, a body begins with
// a brace.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/webhook.h"

namespace carillon::x {

// Both outlive it.
std::unique_ptr<platform::Webhook> MakeWebhook(http::HttpClient& client, const Clock& clock);

}  // namespace carillon::x
