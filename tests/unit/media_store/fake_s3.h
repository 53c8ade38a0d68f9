// A bucket in memory behind the HTTP client's port: what S3's API says of the calls that the store makes, nothing else. Before each
// request it calls `on_request`, so that a test can have anything happen between any two.
#pragma once

#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include "common/http/client.h"
#include "common/http/form.h"

namespace carillon::s3::testing {

class FakeS3 : public http::HttpClient {
 public:
  struct Entry {
    std::string bytes;
    absl::Time modified_at;
  };

  http::HttpOutcome Send(const http::HttpRequest& request) override {
    ++requests;
    if (on_request) on_request(requests);
    http::HttpOutcome outcome;
    outcome.maybe_executed = true;
    outcome.response = Answer(request);
    if (request.on_body && outcome.response->ok()) {
      outcome.error = request.on_body(outcome.response->body);
      if (!outcome.error.ok()) outcome.response.reset();
    }
    return outcome;
  }

  std::map<std::string, Entry> objects;
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  std::function<void(int number)> on_request;
  int requests = 0;

 private:
  static constexpr std::string_view kRoot = "http://s3.test/bucket";

  http::HttpResponse Answer(const http::HttpRequest& request) {
    const std::string url = http::DecodeComponent(request.url.substr(kRoot.size()), false);
    const size_t question = url.find('?');
    const std::string query = question == std::string::npos ? "" : url.substr(question + 1);
    if (request.method == "GET" && query.find("list-type=2") != std::string::npos) return List(query);
    if (query.find("uploads=") != std::string::npos) return {.status = 200, .body = "<R></R>"};
    const std::string key = url.substr(1, question == std::string::npos ? question : question - 1);
    if (request.method == "PUT") return Put(key, request);
    if (request.method == "DELETE") {
      objects.erase(key);
      return {.status = 204};
    }
    const auto entry = objects.find(key);
    if (entry == objects.end()) return {.status = 404, .body = request.method == "HEAD" ? "" : "<Error><Code>NoSuchKey</Code></Error>"};
    return request.method == "HEAD" ? Head(entry->second) : Get(entry->second, request);
  }

  http::HttpResponse Put(const std::string& key, const http::HttpRequest& request) {
    std::string bytes = request.body;
    if (request.file) {
      std::ifstream file(request.file->path, std::ios::binary);
      bytes.assign(std::istreambuf_iterator<char>(file), {});
    }
    objects[key] = {std::move(bytes), now};
    return {.status = 200};
  }

  http::HttpResponse Head(const Entry& entry) const {
    http::HttpResponse response{.status = 200};
    response.headers["Content-Length"] = std::to_string(entry.bytes.size());
    response.headers["Last-Modified"] = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", entry.modified_at, absl::UTCTimeZone());
    return response;
  }

  http::HttpResponse Get(const Entry& entry, const http::HttpRequest& request) const {
    const std::string range = request.headers.at("Range").substr(6);  // "bytes="
    const size_t from = std::stoull(range);
    const size_t to = std::stoull(range.substr(range.find('-') + 1));
    if (from >= entry.bytes.size()) return {.status = 416};
    http::HttpResponse response{.status = 206, .body = entry.bytes.substr(from, to - from + 1)};
    response.headers["Content-Range"] = fmt::format("bytes {}-{}/{}", from, to, entry.bytes.size());
    return response;
  }

  http::HttpResponse List(const std::string& query) const {
    const size_t at = query.find("prefix=") + 7;
    const std::string prefix = query.substr(at, query.find('&', at) - at);
    std::string body = "<R><IsTruncated>false</IsTruncated>";
    for (const auto& [key, entry] : objects) {
      if (!key.starts_with(prefix)) continue;
      body += fmt::format("<Contents><Key>{}</Key><LastModified>{}</LastModified><Size>{}</Size></Contents>", key,
                          absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", entry.modified_at, absl::UTCTimeZone()), entry.bytes.size());
    }
    return {.status = 200, .body = body + "</R>"};
  }
};

}  // namespace carillon::s3::testing
