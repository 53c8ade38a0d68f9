// What a file is by its first bytes: the kinds that are taken, and no others. Pure. A table of our own and not libmagic, which knows a
// thousand kinds by a parser in this process; what is behind the first bytes is judged outside of it (common/media_probe).
// Formats: PNG 5.2, GIF89a, JFIF, the WebP container, ISO/IEC 14496-12 (ftyp).
#pragma once

#include <string>
#include <string_view>

namespace carillon::media_store {

inline constexpr size_t kSniffBytes = 16;  // are enough

// "image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4"; "" for what is not taken.
std::string SniffMimeType(std::string_view first_bytes);

}  // namespace carillon::media_store
