// Uploads a file as a test needs it: from its begin, to its end, and the handle is what counts.
#pragma once

#include <string>

#include "common/platform/connector.h"

namespace carillon::testing {

inline Result<std::string> Upload(platform::Connector& connector, const platform::AccountAccess& access,
                                  const platform::MediaItem& item, absl::Duration timeout) {
  platform::UploadRequest request;
  request.access = access;
  request.item = item;
  request.timeout = timeout;
  ASSIGN_OR_RETURN(platform::UploadedMedia uploaded, connector.Upload(request));
  return std::move(uploaded.handle);
}

}  // namespace carillon::testing
