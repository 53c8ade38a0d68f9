#include "common/media_store/media_urls.h"

#include <sodium.h>
#include <sys/stat.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "common/base/hmac.h"
#include "common/media_store/media_store.h"

namespace carillon::media_store {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kExpiresDigitsMax = 12;

std::string Sign(std::string_view key, std::string_view sha256, std::string_view expires) {
  return Base64Url(HmacSha256(key, fmt::format("media\n{}\n{}", sha256, expires)));
}

Status BadFile(const std::string& path, std::string_view what) {
  return Refuse(Code::kFailedPrecondition, "MEDIA_URL_KEY_FILE", fmt::format("{}: {}", path, what), {{"path", path}});
}

std::optional<absl::Time> ReadExpires(std::string_view text) {
  int64_t seconds = 0;
  if (text.empty() || text.size() > kExpiresDigitsMax) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return absl::FromUnixSeconds(seconds);
}

}  // namespace

Result<MediaUrls> MediaUrls::FromFile(const std::string& path, std::string public_url, const Clock& clock) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return BadFile(path, "cannot be read");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) return BadFile(path, "others may use it; set its mode to 0600");
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return BadFile(path, "cannot be read");
  auto urls = FromText(text.str(), std::move(public_url), clock);
  if (!urls.ok()) return BadFile(path, Message(urls.status()));
  return urls;
}

Result<MediaUrls> MediaUrls::FromText(std::string_view keys_base64, std::string public_url, const Clock& clock) {
  std::vector<std::string> keys;
  std::istringstream lines{std::string(keys_base64)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    std::string key(kKeyBytes, '\0');
    size_t size = 0;
    const int bad = sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), line.data(), line.size(),
                                      " \r", &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
    if (bad != 0 || size != kKeyBytes) {
      return Refuse(Code::kInvalidArgument, "MEDIA_URL_KEY_FILE", "a line is not 32 bytes in base64");
    }
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return Refuse(Code::kInvalidArgument, "MEDIA_URL_KEY_FILE", "there is no key");
  return MediaUrls(std::move(keys), std::move(public_url), clock);
}

std::string MediaUrls::Make(const std::string& sha256, absl::Duration lifetime) const {
  const std::string expires = std::to_string(absl::ToUnixSeconds(clock_->Now() + lifetime));
  return fmt::format("{}/media/{}?expires={}&signature={}", public_url_, sha256, expires,
                     Sign(keys_.front(), sha256, expires));
}

Status MediaUrls::Check(std::string_view sha256, std::string_view expires, std::string_view signature) const {
  const Status refused = Refuse(Code::kPermissionDenied, "BAD_MEDIA_URL", "the URL is not one of ours, or its time is over");
  bool good = false;
  for (const std::string& key : keys_) good |= IsSameSecret(Sign(key, sha256, expires), signature);
  const auto end = ReadExpires(expires);
  return good && IsSha256(sha256) && end && clock_->Now() < *end ? Ok() : refused;
}

absl::Duration MediaUrls::Left(std::string_view expires) const {
  const auto end = ReadExpires(expires);
  return end ? std::max(*end - clock_->Now(), absl::ZeroDuration()) : absl::ZeroDuration();
}

}  // namespace carillon::media_store
