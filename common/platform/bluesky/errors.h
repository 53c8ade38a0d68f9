// The one place that says what an answer to the publishing request (com.atproto.repo.putRecord, or applyWrites for two records) means. Pure;
// tested row by row.
#pragma once

#include <absl/time/time.h>

#include "common/http/client.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/connector.h"

namespace carillon::bluesky {

// No response: not sent, refused (no byte left) or unknown, by `maybe_executed`. A response: 2xx with a uri is published; a row of the
// table is a refusal, in the server's own words (JSON with "error"); everything else, 5xx and 3xx and 2xx without a uri included, is
// unknown. The remote_url is left to the caller.
platform::PublishOutcome ClassifyPublish(const http::HttpOutcome& outcome, const Access& access,
                                         absl::Time now);
// The same of chat.bsky.convo.sendMessage. An app password that may not send messages is refused for good, and is no reason to disconnect the
// account.
platform::PublishOutcome ClassifyMessage(const http::HttpOutcome& outcome, const Access& access,
                                         absl::Time now);
// What the PDS says where the app password may do anything but messages (bluesky-social/atproto, packages/pds, pipethrough).
bool SaysNoMessages(const XrpcError& error);

}  // namespace carillon::bluesky
