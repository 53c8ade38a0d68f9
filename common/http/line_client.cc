#include "common/http/line_client.h"

#include <fmt/format.h>

#include <atomic>
#include <limits>
#include <thread>
#include <utility>

#include "common/http/url_guard.h"

namespace carillon::http {
namespace {

constexpr absl::Duration kLifeMax = absl::Hours(24);

class Lines : public WebSocket {
 public:
  Lines(HttpClient& client, const Clock& clock, WebSocketRequest request, std::string host)
      : client_(client),
        clock_(clock),
        request_(std::move(request)),
        host_(std::move(host)),
        heard_at_(clock.BootTime()),
        thread_([this] { Run(); }) {}

  ~Lines() override {
    stopping_ = true;
    thread_.join();
  }

 private:
  void Run() {
    HttpRequest http;
    http.url = request_.url;
    http.headers = request_.headers;
    http.deadline = kLifeMax;
    http.response_bytes_max = std::numeric_limits<int64_t>::max();
    http.on_body = [this](std::string_view data) { return Take(data); };
    http.on_progress = [this](int64_t) { return !stopping_ && clock_.BootTime() - heard_at_ <= request_.silence_max; };
    const HttpOutcome outcome = client_.Send(http);
    if (!stopping_) request_.on_end(StatusOf(outcome));
  }

  Status Take(std::string_view data) {
    heard_at_ = clock_.BootTime();
    if (stopping_) return MakeStatus(Code::kAborted, "nobody waits any more");
    if (!std::exchange(is_open_, true)) request_.on_open();
    while (!data.empty()) {
      const size_t end = data.find('\n');
      line_ += data.substr(0, end);
      if (line_.size() > request_.text_bytes_max) {
        return MakeStatus(Code::kUnavailable, fmt::format("{}: a line of more than {} bytes", host_, request_.text_bytes_max));
      }
      if (end == std::string_view::npos) break;
      data.remove_prefix(end + 1);
      if (line_.ends_with('\r')) line_.pop_back();
      if (!line_.empty()) request_.on_text(line_);
      line_.clear();
    }
    return Ok();
  }

  Status StatusOf(const HttpOutcome& outcome) const {
    if (ReasonOf(outcome.error) == "GIVEN_UP") {
      return MakeStatus(Code::kUnavailable, host_ + ": the connection: silent for too long");
    }
    if (!outcome.ok()) return outcome.error;
    if (outcome.response->ok()) return Ok();
    const std::string what = fmt::format("{} from {} where lines were asked for", outcome.response->status, host_);
    if (outcome.response->status == 401) return Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", what, {{"host", host_}});
    if (outcome.response->status == 429) return MakeStatus(Code::kResourceExhausted, what);
    return MakeStatus(Code::kUnavailable, what);
  }

  HttpClient& client_;
  const Clock& clock_;
  const WebSocketRequest request_;
  const std::string host_;
  // Of the thread.
  absl::Duration heard_at_;
  std::string line_;
  bool is_open_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

class LineClient : public WebSocketClient {
 public:
  LineClient(HttpClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  Result<std::unique_ptr<WebSocket>> Open(WebSocketRequest request) override {
    // Which addresses are allowed the client judges.
    ASSIGN_OR_RETURN(UrlParts url, CheckUrl(request.url, /*allow_private_addresses=*/true));
    return std::unique_ptr<WebSocket>(std::make_unique<Lines>(client_, clock_, std::move(request), std::move(url.host)));
  }

 private:
  HttpClient& client_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<WebSocketClient> MakeLineClient(HttpClient& client, const Clock& clock) {
  return std::make_unique<LineClient>(client, clock);
}

}  // namespace carillon::http
