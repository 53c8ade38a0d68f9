// URLs by which anybody can fetch one file until a moment, for platforms that fetch media themselves:
//   https://carillon.example/media/<sha256>?expires=<Unix time>&signature=<base64url>
// The signature is HMAC-SHA256 over the hash and the moment, so neither can be changed. The program that makes them (the publisher) and the one that
// answers them (the gateway) share a key of its own, which opens nothing else. Thread-safe; nothing blocks.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace carillon::media_store {

class MediaUrls {
 public:
  // Keys of 32 bytes in base64, one a line: the first signs, all are good, so one is changed by putting a new one before it. The file is
  // only its owner's: else FAILED_PRECONDITION with MEDIA_URL_KEY_FILE. `public_url` is where the gateway is reached; `clock` outlives it.
  static Result<MediaUrls> FromFile(const std::string& path, std::string public_url, const Clock& clock);
  static Result<MediaUrls> FromText(std::string_view keys_base64, std::string public_url, const Clock& clock);

  std::string Make(const std::string& sha256, absl::Duration lifetime) const;
  // PERMISSION_DENIED, whatever is wrong; both as they stood in the URL.
  Status Check(std::string_view sha256, std::string_view expires, std::string_view signature) const;
  // How long that URL will be good.
  absl::Duration Left(std::string_view expires) const;

 private:
  MediaUrls(std::vector<std::string> keys, std::string public_url, const Clock& clock)
      : keys_(std::move(keys)), public_url_(std::move(public_url)), clock_(&clock) {}

  std::vector<std::string> keys_;  // secret
  std::string public_url_;
  const Clock* clock_;
};

}  // namespace carillon::media_store
