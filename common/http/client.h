// The one HTTP client: blocking, over libcurl. It never follows a redirect (a 3xx is the response), uses no proxy, and says after
// every failure whether the server may have acted.
//
// A request with `has_effect` is written at most once, over a connection of its own that is closed after it: libcurl silently
// sends a request again when a *reused* connection dies before the first byte of the answer (its lib/transfer.c,
// Curl_retry_request), and the server may have executed the first copy. Others reuse connections, and may be sent twice like that.
//
// Addresses are checked when the socket is made (url_guard.h), so a name that resolves anew to a private address is refused too.
// Thread-safe. Send() blocks for at most `deadline`. Headers and bodies are never logged, nor do they appear in an error.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace carillon::http {

// Header names compare without case (RFC 9110 5.1).
struct HeaderNameLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
// A field that came several times is joined with ", " (RFC 9110 5.2).
using Headers = std::map<std::string, std::string, HeaderNameLess>;
using FormFields = std::vector<std::pair<std::string, std::string>>;

// A stretch of a file, read in chunks while it is sent: memory does not depend on its size.
struct FileRange {
  std::string path;
  int64_t offset = 0;
  int64_t size = -1;  // -1: to the file's end
};

// One part of multipart/form-data: `value`, or the file at `file_path`, or a stretch of it, like FileRange.
struct FormPart {
  std::string name;
  std::string value;
  std::string file_path;     // not empty: a file part
  std::string file_name;     // what the server is told; the path's last part if empty
  std::string content_type;  // empty: none is told for a value, libcurl's guess for a file
  int64_t file_offset = 0;
  int64_t file_size = -1;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http or https, absolute, no user:password
  Headers headers;

  // At most one of these four is set.
  std::string body;                 // with `content_type`
  std::optional<FileRange> file;    // the body, with `content_type`
  FormFields form;                  // application/x-www-form-urlencoded
  std::vector<FormPart> multipart;  // multipart/form-data
  std::string content_type;         // of `body` or `file`; empty: none is told

  absl::Duration deadline =
      absl::Seconds(30);  // all of it: name, connection, request, whole response
  absl::Duration connect_timeout = absl::Seconds(5);  // name and connection, TLS included
  int64_t response_bytes_max = 4 << 20;  // of the body; more is an error, and reading stops
  // Takes the body of a 2xx response as it comes, in place of HttpResponse::body. An error stops reading, and is the outcome's.
  std::function<Status(std::string_view)> on_body;

  // Called about once a second, while a body goes out more often, on the thread that called Send(): how many bytes of the body are out.
  // False: it is given up, and the error is ABORTED with GIVEN_UP.
  std::function<bool(int64_t sent)> on_progress;

  // The request changes something that cannot be taken back (see above).
  bool has_effect = false;
  // Called once when the connection stands, as the last thing before the first byte of the request is written, on the thread that
  // called Send(). False: nothing is sent, and the error's reason is SEND_REFUSED.
  std::function<bool()> before_first_byte;
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;

  // "" if there is none.
  std::string Header(std::string_view name) const;
  bool ok() const { return status >= 200 && status < 300; }
};

// Either a response (of any status) or an error.
struct HttpOutcome {
  std::optional<HttpResponse> response;
  // DEADLINE_EXCEEDED; UNAVAILABLE (no connection, or it died); RESOURCE_EXHAUSTED (the response is larger than allowed);
  // ABORTED with GIVEN_UP (by on_progress);
  // refusals, before anything was sent, have a reason: INVALID_ARGUMENT with BAD_URL, BAD_HEADER or PRIVATE_ADDRESS, UNAVAILABLE
  // with UNKNOWN_HOST, ABORTED with SEND_REFUSED, FAILED_PRECONDITION with UNREADABLE_FILE or CERTIFICATE_REFUSED.
  Status error;
  // False proves that no byte of the request was written. Always true with a response.
  bool maybe_executed = false;

  bool ok() const { return response.has_value(); }
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual HttpOutcome Send(const HttpRequest& request) = 0;
};

struct ClientOptions {
  // Operator's choice: loopback and private addresses, and plain http. Off: https to public addresses only.
  bool allow_private_addresses = false;
  std::string user_agent = "Carillon/0.1";
  int idle_connections_max = 32;  // kept open for requests without an effect
  std::string ca_file;            // empty: the system's
};

std::unique_ptr<HttpClient> MakeHttpClient(ClientOptions options);

// "a=1&b=%C3%A9" of fields, as application/x-www-form-urlencoded; for query strings too.
std::string EncodeForm(const FormFields& fields);
// Percent-encodes everything but unreserved characters (RFC 3986 2.3).
std::string EncodeComponent(std::string_view text);

}  // namespace carillon::http
