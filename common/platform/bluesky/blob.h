// Files as blobs of an account, which the server keeps for some hours until a record names them.
#pragma once

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/bluesky/api.h"
#include "common/platform/connector.h"

namespace carillon::bluesky {

// The blob as the server described it; Connector::Upload() says the rest. `access` stands for upload.access. Blocks on HTTP.
Result<platform::Json> UploadBlob(http::HttpClient& client, const Clock& clock, const Access& access,
                                  const platform::UploadRequest& upload);

}  // namespace carillon::bluesky
