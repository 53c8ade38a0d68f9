// OAuth of atproto (atproto.com/specs/oauth): the account's own server is found by its handle, the request is pushed there, tokens are bound to
// a key, and the client is a document that the gateway serves under its client_id. On a loopback address it is the specification's
// localhost client, which has no document and no key: for development.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/facts.h"
#include "common/platform/oauth.h"

namespace carillon::bluesky {

// All outlive it.
std::unique_ptr<platform::OAuth> MakeOAuth(http::HttpClient& client, const Clock& clock, const platform::Facts& facts);

}  // namespace carillon::bluesky
