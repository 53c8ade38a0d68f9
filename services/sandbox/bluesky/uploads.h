// What uploads of blobs and of videos share: the faults of the step "upload", and what kind of file it is.
#pragma once

#include <functional>
#include <string>

#include "services/sandbox/bluesky/attempt.h"

namespace carillon::sandbox::bluesky {

// By the first bytes, else as the client says, else application/octet-stream. Nothing is decoded.
std::string MimeOf(std::string_view content, const std::string& declared);

nlohmann::json BlobJson(const std::string& cid, const std::string& mime, int64_t bytes);

// Plays the upload with its faults; `accept` keeps the file and says how that is answered.
http::ServerResponse PlayUpload(Bluesky* server, const Call& call, const std::string& did,
                                const std::string& cid,
                                std::function<Result<nlohmann::json>()> accept);

}  // namespace carillon::sandbox::bluesky
