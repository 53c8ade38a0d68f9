#include "common/s3/s3_client.h"

#include <absl/strings/numbers.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "common/s3/s3_xml.h"

namespace carillon::s3 {
namespace {

constexpr int kTriesMax = 3;
constexpr int kPartsMax = 10'000;
constexpr int kNotFound = 404;
constexpr int kNotImplemented = 501;
constexpr int64_t kAnswerBytesMax = 4 << 20;

// SHA-256 of a stretch of a file, read in chunks.
Result<std::string> HashOf(const http::FileRange& range) {
  const int file = ::open(range.path.c_str(), O_RDONLY | O_CLOEXEC);
  crypto_hash_sha256_state hash;
  crypto_hash_sha256_init(&hash);
  std::vector<unsigned char> chunk(256 << 10);
  int64_t done = 0;
  while (file >= 0 && done < range.size) {
    const auto wanted = static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(chunk.size()), range.size - done));
    const ssize_t n = ::pread(file, chunk.data(), wanted, range.offset + done);
    if (n <= 0) break;
    crypto_hash_sha256_update(&hash, chunk.data(), static_cast<size_t>(n));
    done += n;
  }
  if (file >= 0) ::close(file);
  if (done != range.size) return MakeStatus(Code::kUnavailable, "the file can't be read to its end: " + range.path);
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&hash, digest.data());
  std::array<char, crypto_hash_sha256_BYTES * 2 + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  return std::string(hex.data());
}

// A 200 to a finished upload can carry an error.
bool IsError(const http::HttpResponse& response) {
  return !response.ok() || response.body.find("<Error>") != std::string::npos;
}

bool MayTryAgain(const http::HttpOutcome& outcome) {
  if (!outcome.ok()) {
    return outcome.error.code() == Code::kUnavailable || outcome.error.code() == Code::kDeadlineExceeded;
  }
  const int status = outcome.response->status;
  return (status >= 500 && status != kNotImplemented) || status == 408 || status == 429 || (status == 200 && IsError(*outcome.response));
}

Status ErrorOf(const http::HttpResponse& response, const std::string& host) {
  const std::string code = ElementText(response.body, "Code");
  const std::string what = fmt::format("{} answers {} {}", host, response.status, code);
  if (response.status == kNotImplemented) return MakeStatus(Code::kUnimplemented, what);
  if (response.status == kNotFound && code != "NoSuchBucket") return MakeStatus(Code::kNotFound, what);
  if (response.status >= 400 && response.status < 500 && response.status != 408 && response.status != 429) {
    return Refuse(Code::kFailedPrecondition, "S3_REFUSED", what, {{"code", code}});
  }
  return MakeStatus(Code::kUnavailable, what);
}

absl::Time TimeIn(const std::string& text) {
  absl::Time time = absl::InfiniteFuture();  // what is not understood is never old
  std::string error;
  absl::ParseTime(absl::RFC3339_full, text, &time, &error);
  return time;
}

}  // namespace

std::string S3Client::PathOf(const std::string& key) const {
  return "/" + bucket_.name + (key.empty() ? "" : "/" + key);
}

std::string S3Client::Host() const { return bucket_.endpoint.substr(bucket_.endpoint.find("//") + 2); }

http::HttpOutcome S3Client::SendOnce(const Call& call) {
  const Signable signable{call.method, Host(), PathOf(call.key), call.query, call.headers,
                          call.payload_sha256.empty() ? Sha256Hex(call.body) : call.payload_sha256};
  http::HttpRequest request;
  request.method = call.method;
  request.headers = Sign(signable, bucket_.credentials, clock_.Now());
  request.url = bucket_.endpoint + EncodePath(signable.path);
  if (!call.query.empty()) request.url += "?" + EncodeQuery(call.query);
  request.body = call.body;
  request.file = call.file;
  request.content_type = call.content_type;
  request.on_body = call.on_body;
  request.deadline = options_.request_timeout;
  request.response_bytes_max = call.on_body ? INT64_MAX : kAnswerBytesMax;
  return http_.Send(request);
}

Result<http::HttpResponse> S3Client::Send(const Call& call) {
  absl::Duration wait = options_.retry_after;
  for (int tries = 1;; ++tries) {
    http::HttpOutcome outcome = SendOnce(call);
    if (tries == kTriesMax || !MayTryAgain(outcome)) {
      if (!outcome.ok()) return outcome.error;
      if (IsError(*outcome.response)) return ErrorOf(*outcome.response, Host());
      return *std::move(outcome.response);
    }
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(wait));
    wait *= 2;
    if (call.before_retry) call.before_retry();
  }
}

Status S3Client::Put(const std::string& key, std::string body) {
  return Send({.method = "PUT", .key = key, .body = std::move(body), .content_type = "application/octet-stream"})
      .status();
}

Status S3Client::PutFile(const std::string& key, const std::string& path, int64_t size_bytes,
                         const std::string& content_type) {
  Call whole{.method = "PUT", .key = key, .content_type = content_type};
  whole.file = http::FileRange{path, 0, size_bytes};
  if (size_bytes <= options_.part_bytes) {
    ASSIGN_OR_RETURN(whole.payload_sha256, HashOf(*whole.file));
    return Send(whole).status();
  }
  ASSIGN_OR_RETURN(const http::HttpResponse begun,
                   Send({.method = "POST", .key = key, .query = {{"uploads", ""}}, .content_type = content_type}));
  const std::string upload_id = ElementText(begun.body, "UploadId");
  if (upload_id.empty()) return MakeStatus(Code::kUnavailable, Host() + " begins an upload without an id");
  auto parts = PutParts(whole, upload_id, size_bytes);
  Status status = parts.status();
  if (parts.ok()) {
    status = Send({.method = "POST",
                   .key = key,
                   .query = {{"uploadId", upload_id}},
                   .body = "<CompleteMultipartUpload>" + *parts + "</CompleteMultipartUpload>",
                   .content_type = "application/xml"})
                 .status();
    // It may have been finished by a request whose answer was lost.
    if (status.code() == Code::kNotFound && Head(key).ok()) return Ok();
  }
  if (!status.ok()) (void)Send({.method = "DELETE", .key = key, .query = {{"uploadId", upload_id}}});
  return status;
}

Result<std::string> S3Client::PutParts(const Call& whole, const std::string& upload_id, int64_t size_bytes) {
  const int64_t part_bytes = std::max(options_.part_bytes, (size_bytes + kPartsMax - 1) / kPartsMax);
  std::string parts;
  int number = 0;
  for (int64_t offset = 0; offset < size_bytes; offset += part_bytes) {
    Call part{.method = "PUT", .key = whole.key};
    part.query = {{"partNumber", std::to_string(++number)}, {"uploadId", upload_id}};
    part.content_type = "application/octet-stream";
    part.file = http::FileRange{whole.file->path, offset, std::min(part_bytes, size_bytes - offset)};
    ASSIGN_OR_RETURN(part.payload_sha256, HashOf(*part.file));
    ASSIGN_OR_RETURN(const http::HttpResponse put, Send(part));
    parts += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number,
                         EscapeXml(put.Header("ETag")));
  }
  return parts;
}

Result<Object> S3Client::Head(const std::string& key) {
  ASSIGN_OR_RETURN(const http::HttpResponse head, Send({.method = "HEAD", .key = key}));
  Object object{.key = key, .modified_at = absl::InfiniteFuture()};
  std::string error;
  if (!absl::SimpleAtoi(head.Header("Content-Length"), &object.size_bytes)) {
    return MakeStatus(Code::kUnavailable, Host() + " tells no size");
  }
  absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", head.Header("Last-Modified"), &object.modified_at, &error);
  return object;
}

Result<int64_t> S3Client::Get(const std::string& key, int64_t offset, int64_t size,
                              const std::function<Status(std::string_view)>& take) {
  // A repetition goes on where the bytes ended.
  int64_t taken = 0;
  Call call{.method = "GET", .key = key};
  const auto set_range = [&] {
    call.headers["Range"] = fmt::format("bytes={}-{}", offset + taken, offset + size - 1);
  };
  call.on_body = [&](std::string_view bytes) {
    taken += static_cast<int64_t>(bytes.size());
    return take(bytes);
  };
  call.before_retry = set_range;
  set_range();
  ASSIGN_OR_RETURN(const http::HttpResponse got, Send(call));
  const std::string range = got.Header("Content-Range");  // "bytes 0-15/1234"
  int64_t whole = 0;
  if (got.status != 206 || !absl::SimpleAtoi(range.substr(range.find('/') + 1), &whole)) {
    return MakeStatus(Code::kUnavailable, Host() + " does not answer with the stretch that was asked for");
  }
  return whole;
}

Status S3Client::Delete(const std::string& key) {
  const Status status = Send({.method = "DELETE", .key = key}).status();
  return status.code() == Code::kNotFound ? Ok() : status;
}

Status S3Client::List(const std::string& prefix, const std::function<Status(const Object&)>& take) {
  std::string token;
  do {
    Call call{.method = "GET", .query = {{"list-type", "2"}, {"prefix", prefix}}};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    ASSIGN_OR_RETURN(const http::HttpResponse page, Send(call));
    for (const std::string_view entry : Elements(page.body, "Contents")) {
      Object object{.key = ElementText(entry, "Key"), .modified_at = TimeIn(ElementText(entry, "LastModified"))};
      if (!absl::SimpleAtoi(ElementText(entry, "Size"), &object.size_bytes)) continue;
      RETURN_IF_ERROR(take(object));
    }
    token = ElementText(page.body, "IsTruncated") == "true" ? ElementText(page.body, "NextContinuationToken") : "";
  } while (!token.empty());
  return Ok();
}

Result<int> S3Client::AbortUploads(const std::string& prefix, absl::Time before) {
  // One page a call: what is aborted is gone from the next.
  const auto found = Send({.method = "GET", .query = {{"uploads", ""}, {"prefix", prefix}}});
  if (found.status().code() == Code::kUnimplemented) return 0;  // such servers end them by themselves
  RETURN_IF_ERROR(found.status());
  const http::HttpResponse& page = *found;
  int aborted = 0;
  for (const std::string_view entry : Elements(page.body, "Upload")) {
    if (TimeIn(ElementText(entry, "Initiated")) >= before) continue;
    RETURN_IF_ERROR(Send({.method = "DELETE",
                          .key = ElementText(entry, "Key"),
                          .query = {{"uploadId", ElementText(entry, "UploadId")}}})
                        .status());
    ++aborted;
  }
  return aborted;
}

std::string S3Client::PresignedUrl(const std::string& key, absl::Duration lifetime) const {
  const Signable signable{"GET", Host(), PathOf(key), {}, {}, std::string(kUnsignedPayload)};
  return fmt::format("{}{}?{}", bucket_.endpoint, EncodePath(signable.path),
                     PresignedQuery(signable, bucket_.credentials, clock_.Now(), lifetime));
}

}  // namespace carillon::s3
