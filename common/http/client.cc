#include "common/http/client.h"

#include <curl/curl.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "common/base/check.h"
#include "common/http/attachments.h"
#include "common/http/url_guard.h"

namespace carillon::http {
namespace {

constexpr size_t kHeaderBytesMax = 64 << 10;  // of one response

// What the callbacks of one Send() share.
struct Exchange {
  const HttpRequest* request = nullptr;
  bool allow_private_addresses = false;
  HttpResponse response;
  size_t header_bytes = 0;
  int64_t body_bytes = 0;
  Status body_refused;  // by on_body
  bool sent = false;  // the request's first byte may be out
  bool send_refused = false;
  bool given_up = false;  // by on_progress
  bool address_refused = false;
  bool too_large = false;
};

curl_socket_t OpenSocket(void* context, curlsocktype purpose, curl_sockaddr* address) {
  auto* exchange = static_cast<Exchange*>(context);
  if (purpose == CURLSOCKTYPE_IPCXN && !exchange->allow_private_addresses &&
      !IsPublicAddress(&address->addr)) {
    exchange->address_refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int BeforeFirstByte(void* context, char*, char*, int, int) {
  auto* exchange = static_cast<Exchange*>(context);
  if (!exchange->sent && exchange->request->before_first_byte &&
      !exchange->request->before_first_byte()) {
    exchange->send_refused = true;
    return CURL_PREREQFUNC_ABORT;
  }
  exchange->sent = true;
  return CURL_PREREQFUNC_OK;
}

int OnProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
  auto* exchange = static_cast<Exchange*>(context);
  exchange->given_up = !exchange->request->on_progress(sent);
  return exchange->given_up ? 1 : 0;
}

size_t OnBody(char* data, size_t size, size_t count, void* context) {
  auto* exchange = static_cast<Exchange*>(context);
  const size_t bytes = size * count;
  exchange->body_bytes += static_cast<int64_t>(bytes);
  if (exchange->body_bytes > exchange->request->response_bytes_max) {
    exchange->too_large = true;
    return 0;
  }
  if (exchange->request->on_body && exchange->response.ok()) {
    exchange->body_refused = exchange->request->on_body({data, bytes});
    return exchange->body_refused.ok() ? bytes : 0;
  }
  exchange->response.body.append(data, bytes);
  return bytes;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

// Of "HTTP/1.1 200 OK".
int StatusIn(std::string_view line) {
  const size_t space = line.find(' ');
  int status = 0;
  for (const char c : space == std::string_view::npos ? "" : line.substr(space + 1, 3)) {
    if (c >= '0' && c <= '9') status = status * 10 + (c - '0');
  }
  return status;
}

size_t OnHeader(char* data, size_t size, size_t count, void* context) {
  auto* exchange = static_cast<Exchange*>(context);
  const size_t bytes = size * count;
  exchange->header_bytes += bytes;
  if (exchange->header_bytes > kHeaderBytesMax) {
    exchange->too_large = true;
    return 0;
  }
  const std::string_view line(data, bytes);
  if (line.starts_with("HTTP/")) {  // an interim response's fields are not the final one's
    exchange->response.headers.clear();
    exchange->response.status = StatusIn(line);
    return bytes;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bytes;
  const std::string_view value = Trim(line.substr(colon + 1));
  auto [field, is_new] =
      exchange->response.headers.try_emplace(std::string(Trim(line.substr(0, colon))), value);
  if (!is_new) field->second.append(", ").append(value);
  return bytes;
}

long Milliseconds(absl::Duration duration) {
  return std::max<long>(1, static_cast<long>(absl::ToInt64Milliseconds(duration)));
}

Status ErrorOf(CURLcode code, const Exchange& exchange, const UrlParts& url) {
  const std::map<std::string, std::string> params = {{"host", url.host}};
  if (!exchange.body_refused.ok()) return exchange.body_refused;
  if (exchange.send_refused) {
    return Refuse(Code::kAborted, "SEND_REFUSED", "the request was withdrawn before its first byte", params);
  }
  if (exchange.given_up) {
    return Refuse(Code::kAborted, "GIVEN_UP", fmt::format("{}: the request was given up", url.host), params);
  }
  if (exchange.too_large) {
    return MakeStatus(Code::kResourceExhausted,
                      fmt::format("{}: the response is larger than {} bytes", url.host, exchange.request->response_bytes_max));
  }
  if (exchange.address_refused && !exchange.sent) {
    return Refuse(Code::kInvalidArgument, "PRIVATE_ADDRESS",
                  fmt::format("'{}' leads to a loopback, private or reserved address; only the operator can allow these "
                              "(--allow-private-addresses)", url.host),
                  params);
  }
  const std::string text = fmt::format("{}: {}", url.host, curl_easy_strerror(code));
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return MakeStatus(Code::kDeadlineExceeded,
                        fmt::format("{}: no {} in time", url.host,
                                    exchange.sent ? "complete response" : "connection"));
    case CURLE_COULDNT_RESOLVE_HOST:
      return Refuse(Code::kUnavailable, "UNKNOWN_HOST", fmt::format("the name '{}' does not resolve", url.host), params);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      if (exchange.sent) return MakeStatus(Code::kUnavailable, text);
      return Refuse(Code::kFailedPrecondition, "CERTIFICATE_REFUSED",
                    fmt::format("the TLS certificate of '{}' is not valid: {}", url.host, curl_easy_strerror(code)), params);
    case CURLE_OUT_OF_MEMORY:
      return MakeStatus(Code::kResourceExhausted, text);
    default:
      return MakeStatus(Code::kUnavailable, text);
  }
}

class CurlClient : public HttpClient {
 public:
  explicit CurlClient(ClientOptions options) : options_(std::move(options)) {
    static std::once_flag once;
    std::call_once(once, [] {
      CARILLON_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == 0, "libcurl does not start");
    });
  }
  ~CurlClient() override {
    for (const Idle& idle : idle_) curl_easy_cleanup(idle.curl);
  }

  HttpOutcome Send(const HttpRequest& request) override {
    HttpOutcome outcome;
    Result<UrlParts> url = CheckUrl(request.url, options_.allow_private_addresses);
    if (!url.ok()) {
      outcome.error = url.status();
      return outcome;
    }
    if (request.deadline <= absl::ZeroDuration()) {
      outcome.error =
          MakeStatus(Code::kDeadlineExceeded,
                     fmt::format("{}: the deadline had passed before sending", url->host));
      return outcome;
    }
    // Handles of requests with an effect never meet those that keep connections.
    const std::string pool = (request.has_effect ? "effect " : "") + url->origin;
    CURL* curl = Take(pool);
    Perform(curl, request, *url, &outcome);
    curl_easy_reset(curl);
    Give(pool, curl);
    return outcome;
  }

 private:
  struct Idle {
    std::string pool;
    CURL* curl;
  };

  void Perform(CURL* curl, const HttpRequest& request, const UrlParts& url, HttpOutcome* outcome) {
    Exchange exchange;
    exchange.request = &request;
    exchange.allow_private_addresses = options_.allow_private_addresses;
    Attachments attachments;
    outcome->error = AddHeaders(request, &attachments);
    if (outcome->error.ok()) outcome->error = AddBody(curl, request, &attachments);
    if (!outcome->error.ok()) return;
    Configure(curl, request, &exchange, attachments);
    const CURLcode code = curl_easy_perform(curl);
    outcome->maybe_executed = exchange.sent;
    if (code != CURLE_OK) {
      outcome->error = ErrorOf(code, exchange, url);
      for (const auto& file : attachments.files) {
        if (!file->failed()) continue;
        outcome->error = MakeStatus(Code::kUnavailable, "the file ended or failed while it was sent");
      }
      return;
    }
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    outcome->response = std::move(exchange.response);
    outcome->maybe_executed = true;
  }

  void Configure(CURL* curl, const HttpRequest& request, Exchange* exchange,
                 const Attachments& attachments) {
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
                     options_.allow_private_addresses ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, options_.user_agent.c_str());
    if (!options_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, Milliseconds(request.deadline));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     Milliseconds(std::min(request.connect_timeout, request.deadline)));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, attachments.headers);
    curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 1L);
    if (request.has_effect) {
      curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
      curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    }
    if (request.on_progress) {
      curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
      curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
      curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
    }
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &OpenSocket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, &BeforeFirstByte);
    curl_easy_setopt(curl, CURLOPT_PREREQDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &OnHeader);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
  }

  CURL* Take(const std::string& pool) {
    {
      std::lock_guard lock(mutex_);
      for (auto idle = idle_.rbegin(); idle != idle_.rend(); ++idle) {
        if (idle->pool != pool) continue;
        CURL* curl = idle->curl;
        idle_.erase(std::next(idle).base());
        return curl;
      }
    }
    CURL* curl = curl_easy_init();
    CARILLON_CHECK(curl != nullptr, "out of memory for an HTTP handle");
    return curl;
  }

  void Give(const std::string& pool, CURL* curl) {
    CURL* surplus = nullptr;
    {
      std::lock_guard lock(mutex_);
      idle_.push_back({pool, curl});
      if (static_cast<int>(idle_.size()) > options_.idle_connections_max) {
        surplus = idle_.front().curl;
        idle_.erase(idle_.begin());
      }
    }
    if (surplus != nullptr) curl_easy_cleanup(surplus);
  }

  const ClientOptions options_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // oldest first
};

}  // namespace

bool HeaderNameLess::operator()(std::string_view a, std::string_view b) const {
  const int order = strncasecmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order != 0 ? order < 0 : a.size() < b.size();
}

std::string HttpResponse::Header(std::string_view name) const {
  auto field = headers.find(name);
  return field == headers.end() ? "" : field->second;
}

std::unique_ptr<HttpClient> MakeHttpClient(ClientOptions options) {
  return std::make_unique<CurlClient>(std::move(options));
}

}  // namespace carillon::http
