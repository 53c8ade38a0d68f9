// Media files into the content store. Blocking; reads the file in chunks and never holds it whole.
#pragma once

#include <string>
#include <vector>

#include "services/cli/session.h"

namespace carillon::cli {

// Streams the file at `path`; the answer names it by its SHA-256. A file that cannot be read is a local problem.
Result<publisher::v1::Media> UploadFile(Session& session, const std::string& path);

// --media and --alt, which belong together by their order. More alts than media is a local problem.
Result<std::vector<publisher::v1::Media>> UploadAll(Session& session,
                                                    const std::vector<std::string>& paths,
                                                    const std::vector<std::string>& alts);

}  // namespace carillon::cli
