// A server's answers to the connector and the collector: the first line names the calls (letters), the rest is what the server says
// (answers.h). No call throws or hangs. A post counts as published only by a 2xx with an id, and is sent at most once; an answer that was
// lost is never a refusal. What goes on into events is UTF-8 and does not hold the token.
#include <algorithm>
#include <optional>

#include "common/platform/mastodon/collector.h"
#include "common/platform/mastodon/connector.h"
#include "common/platform/mastodon/facts.h"
#include "common/platform/json.h"
#include "common/text/utf8.h"
#include "tests/fuzz/answers.h"
#include "tests/fuzz/support.h"
#include "tests/support/upload.h"

namespace carillon::fuzz {
namespace {

using platform::ErrorClass;
using platform::LookupOutcome;
using platform::PublishOutcome;

constexpr size_t kInputBytesMax = 256 * 1024;
constexpr size_t kCallsMax = 6;
constexpr absl::Duration kTimeout = absl::Seconds(30);
constexpr char kRemoteAccount[] = "7";

// Text that becomes a field of an event or a log line.
void CheckText(std::string_view text, const char* what) {
  CARILLON_CHECK(text::IsValidUtf8(text), "{} is not UTF-8", what);
}
void CheckError(std::string_view text) {
  CheckText(text, "an error");
  CARILLON_CHECK(text.find(kToken) == std::string_view::npos, "an error holds the token");
}
void CheckStatus(const Status& status) {
  if (!status.ok()) CheckError(Message(status));
}
// Instants that an event can hold: not the infinite ones.
void CheckTime(absl::Time time, const char* what) {
  CARILLON_CHECK(time != absl::InfiniteFuture() && time != absl::InfinitePast(), "{} is infinite", what);
}

class Calls {
 public:
  explicit Calls(std::string_view answers) : client_(ReadAnswers(answers), clock_) {
    mastodon::ConnectorOptions options;
    options.sleep = [this](absl::Duration time) { clock_.Advance(time); };
    connector_ = mastodon::MakeConnector(client_, clock_, mastodon::OwnFacts(), options);
    collector_ = mastodon::MakeCollector(client_, clock_);
  }

  void Do(char call) {
    const int before = client_.requests;
    switch (call) {
      case 'p': Publish(0); break;
      case 'm': Publish(2); break;
      case 'u': Upload(); break;
      case 'l': Lookup(); break;
      case 'v': Verify(); break;
      case 'i': Limits(); break;
      case 's': Signals(); break;
      case 't': Timeline(); break;
      case 'b': Posts(); break;
      case 'r': Replies(); break;
      case 'a': Account(); break;
      default: return;
    }
    CARILLON_CHECK(client_.requests - before <= 300, "{} requests for one call", client_.requests - before);
  }

 private:
  platform::AccountAccess Access() const { return {"acct_1", kBaseUrl, kRemoteAccount, kToken}; }
  platform::CollectorAccess Reading() const { return {"acct_1", kBaseUrl, kRemoteAccount, kToken}; }

  platform::PublishContent Content(int media) const {
    platform::PublishContent content{.text = "Spring is here https://trailkin.example/a", .link = "https://trailkin.example/"};
    for (int i = 0; i < media; ++i) content.media.push_back({"/nonexistent.png", "image/png", "A hill"});
    return content;
  }

  void Publish(int media) {
    platform::PublishRequest request;
    request.access = Access();
    request.content = Content(media);
    request.idempotency_key = "key-1";
    request.timeout = kTimeout;
    request.may_send = [] { return true; };
    for (int i = 0; i < media; ++i) request.media_handles.push_back(handle_.empty() ? "1" : handle_);
    const int before = client_.effects;
    const platform::PublishOutcome out = connector_->Publish(request);
    CARILLON_CHECK(client_.effects - before == 1, "published {} times", client_.effects - before);
    CheckError(out.error);
    CheckText(out.remote_id, "a remote id");
    CheckText(out.remote_url, "a remote URL");
    if (out.kind == platform::PublishOutcome::Kind::kPublished) {
      CARILLON_CHECK(!out.remote_id.empty(), "published without an id");
      CARILLON_CHECK(client_.last_status >= 200 && client_.last_status < 300, "published by a {}", client_.last_status);
    } else {
      CARILLON_CHECK(out.remote_id.empty(), "an id of what is not published");
      CARILLON_CHECK(!out.error.empty(), "not published, and nobody says why");
    }
    if (out.kind == platform::PublishOutcome::Kind::kRefused) {
      CARILLON_CHECK(out.error_class != platform::ErrorClass::kNone, "a refusal of no class");
    }
    if (out.error_class == platform::ErrorClass::kRateLimited) CARILLON_CHECK(out.retry_at.has_value(), "a rate limit without a time");
    if (out.retry_at) {
      const absl::Duration wait = *out.retry_at - clock_.Now();
      CARILLON_CHECK(wait >= absl::ZeroDuration() && wait <= absl::Hours(24), "ask again in {}", absl::FormatDuration(wait));
    }
    Planted({out.kind == platform::PublishOutcome::Kind::kPublished, out.limit_reset.has_value(), out.remote_url.empty()});
  }

  void Upload() {
    const Result<std::string> handle = carillon::testing::Upload(*connector_, Access(), {"/nonexistent.png", "image/png", "A hill"}, kTimeout);
    CheckStatus(handle.status());
    if (!handle.ok()) return;
    CARILLON_CHECK(!handle->empty(), "an upload without a handle");
    handle_ = *handle;
  }

  void Lookup() {
    platform::LookupRequest request;
    request.access = Access();
    request.content = Content(0);
    request.since = clock_.Now() - absl::Minutes(2);
    request.known_remote_ids = {"100"};
    request.timeout = kTimeout;
    const platform::LookupOutcome out = connector_->Lookup(request);
    CheckError(out.error);
    CheckText(out.remote_id, "a remote id");
    if (out.kind == platform::LookupOutcome::Kind::kFound) {
      CARILLON_CHECK(!out.remote_id.empty() && out.remote_id != "100", "found what another target owns");
    }
    if (out.kind == platform::LookupOutcome::Kind::kAbsent) {
      CARILLON_CHECK(client_.last_status >= 200 && client_.last_status < 300, "absent by a {}", client_.last_status);
    }
  }

  void Verify() {
    const Result<platform::AccountInfo> info = connector_->Verify(Access(), kTimeout);
    CheckStatus(info.status());
    if (!info.ok()) return;
    CARILLON_CHECK(!info->remote_account_id.empty(), "an account without an id");
    for (const std::string* text : {&info->username, &info->display_name, &info->profile_url}) CheckText(*text, "a name");
  }

  void Limits() {
    const Result<platform::PlatformLimits> limits = connector_->Limits(Access(), kTimeout);
    CheckStatus(limits.status());
    if (!limits.ok()) return;
    CARILLON_CHECK(limits->text_characters_max > 0 && limits->url_characters >= 0 && limits->media_count_max >= 0 &&
                       limits->alt_characters_max >= 0 && limits->image_bytes_max >= 0 && limits->video_bytes_max >= 0,
                   "a limit below nothing");
    for (const std::string& type : limits->mime_types) CheckText(type, "a MIME type");
    CheckStatus(connector_->Validate(Content(1), *limits));
  }

  void Signals() {
    const Result<platform::SignalPage> page = collector_->Signals(Reading(), cursor_, 40, kTimeout);
    CheckStatus(page.status());
    if (!page.ok()) return;
    CheckText(page->cursor, "a cursor");
    for (const platform::Signal& signal : page->signals) CheckSignal(signal);
    cursor_ = page->cursor;
  }

  void CheckSignal(const platform::Signal& signal) {
    CheckTime(signal.created_at, "a signal's time");
    for (const std::string* text : {&signal.remote_id, &signal.author, &signal.author_name, &signal.post_remote_id,
                                    &signal.status_remote_id, &signal.status_url, &signal.text}) {
      CheckText(*text, "a signal");
    }
  }

  void CheckPosts(const std::vector<platform::MetricSnapshot>& posts) {
    for (const platform::MetricSnapshot& post : posts) {
      CARILLON_CHECK(!post.post_remote_id.empty(), "a post without an id");
      CheckTime(post.posted_at, "a post's time");
      CheckText(post.post_remote_id, "a post's id");
      for (const int64_t count : {post.replies, post.boosts, post.favourites}) {
        CARILLON_CHECK(count >= 0 && count <= platform::kCountMax, "{} of something", count);
      }
      CheckText(post.text, "a post's text");
      CheckText(post.url, "a post's URL");
    }
  }

  void Timeline() {
    const Result<platform::TimelinePage> page = collector_->Timeline(Reading(), cursor_, 40, kTimeout);
    CheckStatus(page.status());
    if (!page.ok()) return;
    CheckPosts(page->posts);
    cursor_ = page->next;
  }

  void Posts() {
    const auto posts = collector_->Posts(Reading(), {"1", "../../2", "3?x=y#z", "4\r\nX: y"}, kTimeout);
    CheckStatus(posts.status());
    if (posts.ok()) CheckPosts(*posts);
  }

  void Replies() {
    const auto replies = collector_->Replies(Reading(), cursor_.empty() ? "1" : cursor_, kTimeout);
    CheckStatus(replies.status());
    if (!replies.ok()) return;
    for (const platform::Signal& signal : *replies) CheckSignal(signal);
  }

  void Account() { CheckStatus(collector_->Account(Reading(), kTimeout).status()); }

  // 2026-09-01, as the seeds' dates.
  carillon::testing::FakeClock clock_{absl::FromUnixSeconds(1'788'220'800)};
  AnsweringClient client_;
  std::unique_ptr<platform::Connector> connector_;
  std::unique_ptr<platform::Collector> collector_;
  std::string cursor_;
  std::string handle_;
};

void Run(std::string_view input) {
  if (input.size() > kInputBytesMax) return;
  const size_t end = std::min(input.find('\n'), input.size());
  Calls calls(input.substr(std::min(end + 1, input.size())));
  for (const char call : input.substr(0, std::min(end, kCallsMax))) calls.Do(call);
}

}  // namespace
}  // namespace carillon::fuzz

#ifdef CARILLON_FUZZ
#include "tests/fuzz/structure_mutator.h"
#include "tests/fuzz/token_mutator.h"

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  static const carillon::fuzz::Words kValues = {"0", "1", "-1", "null", "true", "\"\"", "\"x\"", "[]", "{}", "{\"id\":\"7\"}", "1e999",
                                                "\"2026-09-01T00:05:00Z\"", "\"https://a.example/\"", "18446744073709551615"};
  if (seed % 2 == 0) return carillon::fuzz::MutateFields(data, size, size_max, seed, kValues);
  return carillon::fuzz::MutateTokens(data, size, size_max, seed, "\n\",:{}[]<>& ",
                                      {"id", "error", "created_at", "2026-08-31T23:59:30Z", "101", "0", "7", "null", "true", "-1", "1e999",
                                       "18446744073709551615", "account", "url", "uri", "content", "status", "in_reply_to_id",
                                       "in_reply_to_account_id", "reblog", "mentions", "descendants", "configuration", "type",
                                       "mention", "HTTP 200", "HTTP 202", "HTTP 401", "HTTP 404", "HTTP 422", "HTTP 429", "HTTP 503",
                                       "--", "FAIL deadline sent", "Retry-After: 30", "NEST 70", "token-9f86d081884c", "#128512;", "p",
                                       "br", "span class", "not finished processing"});
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  carillon::fuzz::Run(carillon::fuzz::Text(data, size));
  return 0;
}
