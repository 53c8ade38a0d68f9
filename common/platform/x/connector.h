// The Connector for X: its API v2 with an OAuth 2.0 user token (docs.x.com/x-api).
//
// X keeps no idempotency key and its refusal of a duplicate names no post, so after a lost answer only the account's own listing tells
// (lookup.h). The base URL of an account is the API's: https://api.x.com. Thread-safe: it keeps no state between calls.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"
#include "common/platform/x/media.h"

namespace carillon::x {

struct ConnectorOptions {
  // How a wait between two polls of an upload is spent; the thread's sleep if empty.
  Sleep sleep;
};

// `client`, `clock` and `facts` must outlive the connector.
std::unique_ptr<platform::Connector> MakeConnector(http::HttpClient& client, const Clock& clock,
                                                   const platform::Facts& facts,
                                                   ConnectorOptions options = {});

}  // namespace carillon::x
