// Which store a program uses: a local folder, or a bucket where one is named. The same flags in every program that has a store.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/media_store/media_store.h"
#include "common/media_store/media_urls.h"

namespace CLI {
class App;
}

namespace carillon::media_store {

struct StoreConfig {
  std::string folder = "media";  // the store itself; with a bucket, what comes in and goes out of it
  std::string s3_endpoint;       // empty: no bucket
  std::string s3_bucket;
  std::string s3_region = "us-east-1";
  std::string s3_prefix;
  std::string s3_credentials_file;
  // Of a folder's public URLs: the key that the gateway shares, and where it is reached.
  std::string url_key_file;
  std::string public_url;

  // Must outlive the parsing.
  void AddFlags(CLI::App& app);
};

// Null without --media-url-key-file. `clock` outlives them.
Result<std::shared_ptr<const MediaUrls>> OpenUrls(const StoreConfig& config, const Clock& clock);

// Ready to be used; FAILED_PRECONDITION says what is wrong and which flag it is. `clock` outlives it.
Result<std::unique_ptr<MediaStore>> OpenStore(const StoreConfig& config, const Clock& clock);

}  // namespace carillon::media_store
