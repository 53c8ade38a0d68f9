#include "common/media_store/open_store.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/media_store/s3_store.h"

namespace carillon::media_store {
namespace {

// A bucket's store with what it stands on.
struct BucketParts {
  BucketParts(s3::Bucket bucket, const Clock& clock)
      : http(http::MakeHttpClient({.allow_private_addresses = true})),  // the operator named the endpoint
        client(std::move(bucket), *http, clock) {}
  std::unique_ptr<http::HttpClient> http;
  s3::S3Client client;
};
class BucketStore : private BucketParts, public S3Store {
 public:
  BucketStore(s3::Bucket bucket, const StoreConfig& config, const Clock& clock)
      : BucketParts(std::move(bucket), clock), S3Store(client, config.s3_prefix, config.folder, clock) {}
};

Status Bad(const std::string& what) { return MakeStatus(Code::kFailedPrecondition, "the media bucket: " + what); }

Status ReadCredentials(const std::string& path, s3::Credentials* credentials) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return Bad("--media-s3-credentials-file can't be read: " + path);
  if ((about.st_mode & 077) != 0) return Bad(path + " is readable for others: chmod 600");
  std::ifstream file(path);
  const auto json = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("key_id") || !json["key_id"].is_string() || !json.contains("secret") ||
      !json["secret"].is_string()) {
    return Bad(path + " has to be {\"key_id\": \"...\", \"secret\": \"...\"}");
  }
  credentials->key_id = json["key_id"].get<std::string>();
  credentials->secret = json["secret"].get<std::string>();
  return Ok();
}

}  // namespace

void StoreConfig::AddFlags(CLI::App& app) {
  app.add_option("--media-dir", folder, "Folder of uploaded media; shared by scheduler and publisher unless a bucket is named")
      ->envname("CARILLON_MEDIA_DIR")
      ->capture_default_str();
  app.add_option("--media-s3-endpoint", s3_endpoint, "Keep media in an S3-compatible bucket instead: https://host[:port]")
      ->envname("CARILLON_MEDIA_S3_ENDPOINT");
  app.add_option("--media-s3-bucket", s3_bucket, "The bucket's name")->envname("CARILLON_MEDIA_S3_BUCKET");
  app.add_option("--media-s3-region", s3_region, "Its region")->envname("CARILLON_MEDIA_S3_REGION")->capture_default_str();
  app.add_option("--media-s3-prefix", s3_prefix, "Before every key, ending with '/'; the bucket may hold other things beside it")
      ->envname("CARILLON_MEDIA_S3_PREFIX");
  app.add_option("--media-s3-credentials-file", s3_credentials_file, "JSON {\"key_id\", \"secret\"}, mode 0600")
      ->envname("CARILLON_MEDIA_S3_CREDENTIALS_FILE");
  app.add_option("--media-url-key-file", url_key_file,
                 "File with the keys that sign URLs of media (32 bytes in base64, newest first, mode 0600)")
      ->envname("CARILLON_MEDIA_URL_KEY_FILE");
}

Result<std::shared_ptr<const MediaUrls>> OpenUrls(const StoreConfig& config, const Clock& clock) {
  if (config.url_key_file.empty()) return std::shared_ptr<const MediaUrls>();
  ASSIGN_OR_RETURN(MediaUrls urls, MediaUrls::FromFile(config.url_key_file, config.public_url, clock));
  return std::shared_ptr<const MediaUrls>(std::make_shared<MediaUrls>(std::move(urls)));
}

Result<std::unique_ptr<MediaStore>> OpenStore(const StoreConfig& config, const Clock& clock) {
  if (config.s3_endpoint.empty()) {
    ASSIGN_OR_RETURN(auto urls, OpenUrls(config, clock));
    auto store = std::make_unique<FolderStore>(config.folder, config.public_url.empty() ? nullptr : std::move(urls));
    RETURN_IF_ERROR(store->Prepare());
    return store;
  }
  if (!config.s3_endpoint.starts_with("https://") && !config.s3_endpoint.starts_with("http://")) {
    return Bad("--media-s3-endpoint has to be https://host[:port]");
  }
  if (config.s3_endpoint.find('/', config.s3_endpoint.find("//") + 2) != std::string::npos) {
    return Bad("--media-s3-endpoint has no path; the bucket is named by --media-s3-bucket");
  }
  if (config.s3_bucket.empty()) return Bad("--media-s3-bucket is missing");
  if (!config.s3_prefix.empty() && !config.s3_prefix.ends_with("/")) return Bad("--media-s3-prefix has to end with '/'");
  s3::Bucket bucket{config.s3_endpoint, config.s3_bucket, {"", "", config.s3_region}};
  RETURN_IF_ERROR(ReadCredentials(config.s3_credentials_file, &bucket.credentials));
  auto store = std::make_unique<BucketStore>(std::move(bucket), config, clock);
  RETURN_IF_ERROR(store->Prepare());
  return store;
}

}  // namespace carillon::media_store
