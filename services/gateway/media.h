// Media by signed URLs (common/media_store/media_urls.h), from the folder that scheduler and publisher share: for platforms that fetch media
// themselves. Read-only; there is no listing, and without a signature nobody learns whether a file is there. A bucket signs URLs of its own.
#pragma once

#include <memory>

#include "common/media_store/media_store.h"
#include "common/media_store/media_urls.h"
#include "services/gateway/gateway.h"

namespace carillon::gateway {

// One range of RFC 9110 14.1.2, of a file of `size` bytes: first and last byte. Nothing: the whole file is to be sent (there is no range,
// or it is none of bytes, or several). `unsatisfiable` where it lies behind the end.
struct ByteRange {
  int64_t first = 0;
  int64_t last = 0;
};
std::optional<ByteRange> ReadRange(std::string_view header, int64_t size, bool* unsatisfiable);

// Both outlive the routes.
void AddMedia(const AddRoute& add, media_store::MediaStore& store, const media_store::MediaUrls& urls);

}  // namespace carillon::gateway
