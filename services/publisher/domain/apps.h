// What organizations have registered with platforms, for connecting accounts by OAuth and for webhooks. An app is removed, never
// forgotten: its id may come back with the same client id.
#pragma once

#include "carillon/publisher/v1/authorization_internal.pb.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// The same app again is updated; what it does not say stays as it was. ABORTED, APP_RACE: another request changed its secrets in between.
Status Put(Turn& turn, const v1::PutApp& command);
// Its secrets are ended. NOT_FOUND with UNKNOWN_APP.
Status Remove(Turn& turn, const std::string& app_id);
// Servers keep an app that has tokens.
Status Connected(Turn& turn, const std::string& app_id);

}  // namespace carillon::publisher
