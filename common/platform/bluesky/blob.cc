#include "common/platform/bluesky/blob.h"

#include <algorithm>
#include <utility>

#include "common/platform/json.h"
#include "common/platform/redact.h"
#include "common/platform/upload.h"

namespace carillon::bluesky {

Result<platform::Json> UploadBlob(http::HttpClient& client, const Clock& clock, const Access& access,
                                  const platform::UploadRequest& upload) {
  http::HttpRequest request = MakeProcedure(access, "com.atproto.repo.uploadBlob", platform::Json());
  request.file = http::FileRange{upload.item.path};
  request.content_type = upload.item.mime_type;
  request.on_progress = [&upload](int64_t sent) {
    if (upload.on_progress) upload.on_progress("", std::min(sent, upload.item.size_bytes));
    return !upload.may_continue || upload.may_continue();
  };
  const absl::Duration timeout = std::min(upload.timeout, platform::UploadTimeMax(upload.item.size_bytes));
  ASSIGN_OR_RETURN(const platform::Json body, Send(client, clock, access, std::move(request), timeout));
  const platform::Json& blob = platform::GetMember(body, "blob");
  if (blob.is_object()) return blob;
  return MakeStatus(Code::kUnavailable, fmt::format("{} did not describe the upload", platform::HostOf(access.base_url)));
}

}  // namespace carillon::bluesky
