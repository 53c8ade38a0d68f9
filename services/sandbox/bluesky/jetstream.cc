#include "services/sandbox/bluesky/jetstream.h"

#include <charconv>
#include <set>
#include <vector>

#include "common/base/status.h"
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr size_t kCollectionsMax = 100, kDidsMax = 10'000;

struct Wanted {
  std::set<std::string> collections;
  std::vector<std::string> prefixes;  // "app.bsky.graph." of "app.bsky.graph.*"
  std::set<std::string> dids;
  size_t bytes_max = 0;  // 0: any

  bool Takes(const FirehoseEvent& event) const {
    if (!dids.empty() && dids.count(event.did) == 0) return false;
    if (bytes_max > 0 && event.line->size() > bytes_max) return false;
    // Whoever listens hears of accounts and identities.
    if (event.collection.empty() || (collections.empty() && prefixes.empty())) return true;
    if (collections.count(event.collection) > 0) return true;
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
      return event.collection.starts_with(prefix);
    });
  }
};

Status Bad(const std::string& what) { return MakeStatus(Code::kInvalidArgument, what); }

Result<Wanted> ReadWanted(const std::vector<std::string>& collections,
                          const std::vector<std::string>& dids) {
  if (collections.size() > kCollectionsMax)
    return Bad(fmt::format("too many wanted collections: {} > {}", collections.size(), kCollectionsMax));
  if (dids.size() > kDidsMax)
    return Bad(fmt::format("too many wanted DIDs: {} > {}", dids.size(), kDidsMax));
  Wanted wanted;
  for (const std::string& collection : collections) {
    if (collection.ends_with(".*")) {
      wanted.prefixes.push_back(collection.substr(0, collection.size() - 1));
    } else if (IsNsid(collection)) {
      wanted.collections.insert(collection);
    } else {
      return Bad(fmt::format("invalid collection: {}", collection));
    }
  }
  for (const std::string& did : dids) {
    if (!IsDid(did)) return Bad(fmt::format("invalid DID: {}", did));
    wanted.dids.insert(did);
  }
  return wanted;
}

class Subscription : public http::WebSocketFeed {
 public:
  Subscription(Firehose* firehose, Wanted wanted, int64_t next_us, bool is_waiting)
      : firehose_(firehose), wanted_(std::move(wanted)), next_us_(next_us), is_waiting_(is_waiting) {}

  void OnOpen(std::function<void()> wake) override {
    wake_ = wake;
    listener_ = firehose_->Listen(std::move(wake));
  }

  std::optional<std::string> Next() override {
    if (is_waiting_) return std::nullopt;
    while (auto event = firehose_->At(next_us_)) {
      next_us_ = event->time_us + 1;
      if (wanted_.Takes(*event)) return *event->line;
    }
    return std::nullopt;
  }

  // {"type":"options_update","payload":{"wantedCollections":[],"wantedDids":[],"maxMessageSizeBytes":0}}
  bool OnText(std::string_view text) override {
    const json message = ReadJson(text);
    if (!message.is_object() || message.value("type", json()) != "options_update") return false;
    const json payload = message.value("payload", json::object());
    if (!payload.is_object()) return false;
    auto list = [&](const char* name) {
      std::vector<std::string> out;
      for (const json& item : payload.value(name, json::array())) {
        if (item.is_string()) out.push_back(item);
      }
      return out;
    };
    auto wanted = ReadWanted(list("wantedCollections"), list("wantedDids"));
    if (!wanted.ok()) return false;
    if (const json bytes = payload.value("maxMessageSizeBytes", json(0)); bytes.is_number_unsigned())
      wanted->bytes_max = bytes.get<size_t>();
    wanted_ = *std::move(wanted);
    is_waiting_ = false;
    wake_();
    return true;
  }

  void OnClose() override { firehose_->Forget(listener_); }

 private:
  Firehose* const firehose_;
  Wanted wanted_;
  int64_t next_us_;
  bool is_waiting_;  // for the first options_update
  std::function<void()> wake_;
  int64_t listener_ = 0;
};

std::vector<std::string> All(const http::ServerRequest& request, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : request.query) {
    if (key == name) out.push_back(value);
  }
  return out;
}

// "" is nothing; INVALID_ARGUMENT for what is no whole number.
Result<std::optional<int64_t>> Number(const http::ServerRequest& request, const char* name) {
  const std::string text = request.Query(name);
  if (text.empty()) return std::optional<int64_t>();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return Bad(fmt::format("invalid {}: {}", name, text));
  return std::optional<int64_t>(value);
}

Result<std::shared_ptr<Subscription>> ReadSubscription(Firehose* firehose,
                                                       const http::ServerRequest& request) {
  ASSIGN_OR_RETURN(Wanted wanted,
                   ReadWanted(All(request, "wantedCollections"), All(request, "wantedDids")));
  ASSIGN_OR_RETURN(const auto bytes_max, Number(request, "maxMessageSizeBytes"));
  if (bytes_max && *bytes_max > 0) wanted.bytes_max = static_cast<size_t>(*bytes_max);
  ASSIGN_OR_RETURN(const auto cursor, Number(request, "cursor"));
  if (request.Query("compress") == "true") return Bad("compress: there is no zstd here");
  // Without a cursor, or with one of the future: from now on.
  const int64_t live = firehose->last_us() + 1;
  return std::make_shared<Subscription>(firehose, std::move(wanted),
                                        cursor ? std::min(*cursor, live) : live,
                                        request.Query("requireHello") == "true");
}

}  // namespace

http::ServerResponse Subscribe(Firehose* firehose, const http::ServerRequest& request) {
  http::ServerResponse response;
  auto subscription = ReadSubscription(firehose, request);
  if (subscription.ok()) {
    response.websocket = *std::move(subscription);
  } else {
    response.status = 400;
    response.content_type = "text/plain; charset=utf-8";
    response.body = carillon::Message(subscription.status());
  }
  return response;
}

}  // namespace carillon::sandbox::bluesky
