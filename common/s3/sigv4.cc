#include "common/s3/sigv4.h"

#include <absl/strings/ascii.h>
#include <sodium.h>

#include <algorithm>
#include <array>

namespace carillon::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr absl::Duration kLifetimeMax = absl::Hours(7 * 24);

using Digest = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
std::string_view Text(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string Hex(const unsigned char* bytes, size_t size) {
  std::string hex(size * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes, size);
  hex.pop_back();
  return hex;
}

Digest Hmac(std::string_view key, std::string_view text) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, Bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, Bytes(text), text.size());
  Digest digest;
  crypto_auth_hmacsha256_final(&state, digest.data());
  return digest;
}

std::string TimeStamp(absl::Time now) { return absl::FormatTime("%Y%m%dT%H%M%SZ", now, absl::UTCTimeZone()); }

std::string Scope(const Credentials& credentials, absl::Time now) {
  return fmt::format("{}/{}/s3/aws4_request", TimeStamp(now).substr(0, 8), credentials.region);
}

// Names in lower case and sorted, Host among them.
std::vector<std::pair<std::string, std::string>> SignedHeaders(const Signable& request) {
  std::vector<std::pair<std::string, std::string>> headers = {{"host", request.host}};
  for (const auto& [name, value] : request.headers) headers.emplace_back(absl::AsciiStrToLower(name), value);
  std::sort(headers.begin(), headers.end());
  return headers;
}

std::string NamesOf(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

std::string Signature(const Signable& request, const Credentials& credentials, absl::Time now) {
  const auto headers = SignedHeaders(request);
  std::string canonical = fmt::format("{}\n{}\n{}\n", request.method, EncodePath(request.path),
                                      EncodeQuery(request.query));
  for (const auto& [name, value] : headers) canonical += fmt::format("{}:{}\n", name, value);
  canonical += fmt::format("\n{}\n{}", NamesOf(headers), request.payload_sha256);
  const std::string text = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, TimeStamp(now), Scope(credentials, now),
                                       Sha256Hex(canonical));
  Digest key = Hmac("AWS4" + credentials.secret, TimeStamp(now).substr(0, 8));
  for (const std::string_view part : {std::string_view(credentials.region), std::string_view("s3"),
                                      std::string_view("aws4_request")}) {
    key = Hmac(Text(key), part);
  }
  const Digest signature = Hmac(Text(key), text);
  return Hex(signature.data(), signature.size());
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), Bytes(bytes), bytes.size());
  return Hex(digest.data(), digest.size());
}

std::string EncodePath(std::string_view path) {
  std::string out;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    out += http::EncodeComponent(path.substr(at, end - at));
    if (end < path.size()) out += '/';
    at = end + 1;
  }
  return out;
}

std::string EncodeQuery(http::FormFields fields) {
  for (auto& [name, value] : fields) {
    name = http::EncodeComponent(name);
    value = http::EncodeComponent(value);
  }
  std::sort(fields.begin(), fields.end());
  std::string out;
  for (const auto& [name, value] : fields) out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  return out;
}

http::Headers Sign(const Signable& request, const Credentials& credentials, absl::Time now) {
  Signable complete = request;
  complete.headers["x-amz-date"] = TimeStamp(now);
  complete.headers["x-amz-content-sha256"] = request.payload_sha256;
  http::Headers headers = complete.headers;
  headers["Authorization"] =
      fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm, credentials.key_id,
                  Scope(credentials, now), NamesOf(SignedHeaders(complete)),
                  Signature(complete, credentials, now));
  return headers;
}

std::string PresignedQuery(const Signable& request, const Credentials& credentials, absl::Time now,
                           absl::Duration lifetime) {
  Signable complete = request;
  complete.payload_sha256 = kUnsignedPayload;
  const int64_t seconds =
      std::max<int64_t>(1, absl::ToInt64Seconds(std::min(lifetime, kLifetimeMax)));
  complete.query.insert(complete.query.end(),
                        {{"X-Amz-Algorithm", std::string(kAlgorithm)},
                         {"X-Amz-Credential", credentials.key_id + "/" + Scope(credentials, now)},
                         {"X-Amz-Date", TimeStamp(now)},
                         {"X-Amz-Expires", std::to_string(seconds)},
                         {"X-Amz-SignedHeaders", NamesOf(SignedHeaders(complete))}});
  return EncodeQuery(complete.query) + "&X-Amz-Signature=" + Signature(complete, credentials, now);
}

}  // namespace carillon::s3
