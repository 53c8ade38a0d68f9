// One bucket of an S3-compatible server. Thread-safe; calls block on the network: each request for at most `request_timeout`, tried
// three times where the server did not answer or said 5xx (everything here may be repeated).
//
// Errors: NOT_FOUND (no such object), FAILED_PRECONDITION with S3_REFUSED (the key or the bucket is not accepted: the message has the
// server's code), UNAVAILABLE for the rest. Memory is bounded by a part's buffers, not by the object.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/s3/sigv4.h"

namespace carillon::s3 {

struct Bucket {
  std::string endpoint;  // "https://s3.example:9000"
  std::string name;
  Credentials credentials;
};

struct ClientOptions {
  absl::Duration request_timeout = absl::Minutes(5);
  int64_t part_bytes = 16 << 20;  // a larger file goes up in such parts; at least 5 MB, at most 10'000 of them
  absl::Duration retry_after = absl::Milliseconds(200);  // then twice as long
};

struct Object {
  std::string key;
  int64_t size_bytes = 0;
  absl::Time modified_at;
};

class S3Client {
 public:
  // `http` and `clock` outlive it.
  S3Client(Bucket bucket, http::HttpClient& http, const Clock& clock, ClientOptions options = {})
      : bucket_(std::move(bucket)), http_(http), clock_(clock), options_(options) {}

  Status Put(const std::string& key, std::string body);
  // The file has `size_bytes`. In parts if it is large; then it becomes visible whole at the end, and what is left of an upload that
  // failed is taken back, or found by OldUploads().
  Status PutFile(const std::string& key, const std::string& path, int64_t size_bytes,
                 const std::string& content_type);
  Result<Object> Head(const std::string& key);
  // Gives `take` the bytes from `offset` on as they come, at most `size`; the object's whole size.
  Result<int64_t> Get(const std::string& key, int64_t offset, int64_t size,
                      const std::function<Status(std::string_view)>& take);
  Status Delete(const std::string& key);  // OK if it is not there
  // In the keys' order, page by page until the end or until `take` refuses.
  Status List(const std::string& prefix, const std::function<Status(const Object&)>& take);
  // Ends uploads in parts that began before `before`, of keys with this prefix; how many.
  Result<int> AbortUploads(const std::string& prefix, absl::Time before);

  // Whoever has it can fetch the object until the time is over.
  std::string PresignedUrl(const std::string& key, absl::Duration lifetime) const;

 private:
  struct Call {
    std::string method;
    std::string key;
    http::FormFields query;
    http::Headers headers;
    std::string body;
    std::optional<http::FileRange> file;
    std::string payload_sha256;  // "": of the body
    std::string content_type;
    std::function<Status(std::string_view)> on_body;
    std::function<void()> before_retry;
  };
  Result<http::HttpResponse> Send(const Call& call);
  http::HttpOutcome SendOnce(const Call& call);
  Result<std::string> PutParts(const Call& whole, const std::string& upload_id, int64_t size_bytes);
  std::string PathOf(const std::string& key) const;
  std::string Host() const;

  const Bucket bucket_;
  http::HttpClient& http_;
  const Clock& clock_;
  const ClientOptions options_;
};

}  // namespace carillon::s3
