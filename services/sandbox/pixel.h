// A picture for every address that shows one: one grey pixel, as PNG.
#pragma once

#include "common/http/server.h"

namespace carillon::sandbox {

inline http::ServerResponse PixelAnswer() {
  static const std::string kPixel(
      "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00"
      "\x01"
      "\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\x00\x00\x00\x0a\x49\x44\x41\x54\x78\x9c\x63\x68\x00\x00"
      "\x00"
      "\x82\x00\x81\x77\xcd\x72\xb6\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
      67);
  http::ServerResponse response;
  response.content_type = "image/png";
  response.body = kPixel;
  return response;
}

}  // namespace carillon::sandbox
