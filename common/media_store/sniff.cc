#include "common/media_store/sniff.h"

namespace carillon::media_store {

std::string SniffMimeType(std::string_view first) {
  if (first.substr(0, 8) == "\x89PNG\r\n\x1A\n") return "image/png";
  if (first.substr(0, 3) == "\xFF\xD8\xFF") return "image/jpeg";
  if (first.substr(0, 6) == "GIF87a" || first.substr(0, 6) == "GIF89a") return "image/gif";
  if (first.size() < 12) return "";
  if (first.substr(0, 4) == "RIFF" && first.substr(8, 4) == "WEBP") return "image/webp";
  // QuickTime files begin the same way; they are another format.
  if (first.substr(4, 4) == "ftyp" && first.substr(8, 4) != "qt  ") return "video/mp4";
  return "";
}

}  // namespace carillon::media_store
