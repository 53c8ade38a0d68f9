// AWS Signature Version 4 for S3 (docs.aws.amazon.com: "Authenticating Requests (AWS Signature Version 4)", S3 API reference). Pure.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/client.h"

namespace carillon::s3 {

struct Credentials {
  std::string key_id;
  std::string secret;  // never in logs, errors or URLs
  std::string region;  // "us-east-1" for servers that know none
};

struct Signable {
  std::string method;
  std::string host;  // as the request's Host says: with the port where it is not the scheme's
  std::string path;  // "/bucket/key", not encoded
  http::FormFields query;  // not encoded, in any order
  http::Headers headers;   // beside Host; all of them are signed
  std::string payload_sha256;  // hex, or kUnsignedPayload
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// The headers to send beside Host: the given ones, x-amz-date, x-amz-content-sha256 and Authorization.
http::Headers Sign(const Signable& request, const Credentials& credentials, absl::Time now);

// The query of a URL whose holder may do this request until `now` + `lifetime` (at most 7 days), without any header.
std::string PresignedQuery(const Signable& request, const Credentials& credentials, absl::Time now,
                           absl::Duration lifetime);

// The path as it has to be sent: each segment percent-encoded.
std::string EncodePath(std::string_view path);
// "a=b&c=" sorted, as it is signed and sent.
std::string EncodeQuery(http::FormFields fields);

std::string Sha256Hex(std::string_view bytes);

}  // namespace carillon::s3
