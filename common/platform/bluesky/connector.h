// The Connector for Bluesky: an account on a PDS (Personal Data Server) of atproto.
//
// A post is a record that is put under a key of ours (com.atproto.repo.putRecord with swapRecord null: only if there is none yet), so a
// repeated attempt can't make a second one, and com.atproto.repo.getRecord says for sure whether the first got through. A post that says
// who may reply is two records, in one commit (com.atproto.repo.applyWrites): a second attempt is refused as a whole.
// Thread-safe: it keeps no state between calls.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/connector.h"
#include "common/platform/facts.h"

namespace carillon::bluesky {

// `client`, `clock` and `facts` must outlive the connector.
std::unique_ptr<platform::Connector> MakeConnector(http::HttpClient& client, const Clock& clock,
                                                   const platform::Facts& facts);

}  // namespace carillon::bluesky
