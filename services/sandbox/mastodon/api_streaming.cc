// GET /api/v1/streaming as a WebSocket: the streams user, user:notification and hashtag, one or several on a connection
// (docs.joinmastodon.org/methods/streaming#websocket).
#include <deque>

#include "services/sandbox/json_input.h"
#include "services/sandbox/mastodon/api.h"
#include "services/sandbox/mastodon/text.h"
#include "services/sandbox/stream_faults.h"

namespace carillon::sandbox::mastodon {
namespace {

using nlohmann::json;

constexpr size_t kWaitingMax = 10'000;  // of one connection; what comes then is lost, as it is with Redis' pub/sub
constexpr size_t kTagsMax = 100;

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

class Feed : public http::WebSocketFeed {
 public:
  Feed(Mastodon* server, int64_t account, std::string base_url)
      : server_(server), account_(account), base_url_(std::move(base_url)) {}

  // False for a stream that is not known here.
  bool Subscribe(const std::string& stream, const std::string& tag) {
    std::lock_guard lock(mutex_);
    if (stream == "user" || stream == "user:notification") {
      user_ = stream;
    } else if (stream == "hashtag" && !tag.empty() && tags_.size() < kTagsMax) {
      tags_.insert(Lower(tag));
    } else {
      return false;
    }
    return true;
  }

  void OnOpen(std::function<void()> wake) override {
    wake_ = std::move(wake);
    listener_ = server_->store.streams.Join(
        {.on_notification = [this](int64_t account, int64_t id) {
           if (account == account_) Add({.notification = id});
         },
         .on_status = [this](int64_t id, const std::set<std::string>& tags) { AddStatus(id, tags); }});
  }

  std::optional<std::string> Next() override {
    while (const std::optional<Entry> entry = Take()) {
      if (auto text = Render(*entry)) return text;
    }
    return std::nullopt;
  }

  // {"type": "subscribe", "stream": "hashtag", "tag": "glocke"}
  bool OnText(std::string_view text) override {
    const json message = ReadJson(text);
    const std::string type = TextAt(message, {"type"}), stream = TextAt(message, {"stream"});
    if (type == "subscribe") {
      if (!Subscribe(stream, TextAt(message, {"tag"}))) Add({.error = "Unknown stream type"});
    } else if (type == "unsubscribe" && stream == "hashtag") {
      std::lock_guard lock(mutex_);
      tags_.erase(Lower(TextAt(message, {"tag"})));
    }
    return true;
  }

  void OnClose() override { server_->store.streams.Leave(listener_); }

 private:
  struct Entry {
    int64_t notification = 0, status = 0;
    std::string tag, error;
  };

  // With the store's lock held.
  void Add(Entry entry) {
    {
      std::lock_guard lock(mutex_);
      if (entry.notification != 0 && user_.empty()) return;
      if (waiting_.size() >= kWaitingMax) return;
      waiting_.push_back(std::move(entry));
    }
    wake_();
  }

  void AddStatus(int64_t id, const std::set<std::string>& tags) {
    std::string tag;
    {
      std::lock_guard lock(mutex_);
      for (const std::string& one : tags) {
        if (tags_.count(one) > 0) tag = one;
      }
    }
    if (!tag.empty()) Add({.status = id, .tag = tag});
  }

  std::optional<Entry> Take() {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    Entry entry = std::move(waiting_.front());
    waiting_.pop_front();
    return entry;
  }

  std::optional<std::string> Render(const Entry& entry) {
    if (!entry.error.empty()) return Dump({{"error", entry.error}, {"status", 400}});
    if (entry.notification != 0) {
      const auto found = server_->store.Notifications(
          account_,
          {.max_id = entry.notification + 1, .since_id = entry.notification - 1, .limit = 1}, {}, {});
      if (found.empty()) return std::nullopt;
      return Message({user_}, "notification", RenderNotification(found.front(), base_url_));
    }
    const auto status = server_->store.FindStatus(entry.status, account_);
    if (!status) return std::nullopt;
    return Message({"hashtag", entry.tag}, "update", RenderStatus(*status, base_url_));
  }

  static std::string Message(const json& stream, const char* event, const json& payload) {
    return Dump({{"stream", stream}, {"event", event}, {"payload", Dump(payload)}});
  }

  Mastodon* const server_;
  const int64_t account_;
  const std::string base_url_;
  std::function<void()> wake_;
  int64_t listener_ = 0;
  std::mutex mutex_;
  std::string user_;  // the stream of the account's own that it has
  std::set<std::string> tags_;
  std::deque<Entry> waiting_;
};

}  // namespace

void AddStreamingRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v1/streaming", Auth::kUser, Reads::kNo, [=](const Call& call) {
    auto feed = std::make_shared<Feed>(server, call.viewer(), call.base_url);
    const std::string stream = call.fields.Get("stream");
    if (!stream.empty() && !feed->Subscribe(stream, call.fields.Get("tag"))) {
      return ErrorAnswer(400, "Unknown stream type");
    }
    http::ServerResponse response;
    response.websocket = WithFaults(std::move(feed), server->shared, "mastodon", call.account->username);
    return response;
  });
  router->Add("GET /api/v1/streaming/health", [](const http::ServerRequest&, const http::PathParams&) {
    http::ServerResponse response;
    response.content_type = "text/plain; charset=utf-8";
    response.body = "OK";
    return response;
  });
}

}  // namespace carillon::sandbox::mastodon
