// GET /2/tweets/search/stream and its rules, with an app's own token (docs.x.com/x-api/posts/filtered-stream).
#include <atomic>
#include <deque>
#include <mutex>

#include "services/sandbox/stream_faults.h"
#include "services/sandbox/x/api.h"
#include "services/sandbox/x/streams.h"

namespace carillon::sandbox::x {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr int64_t kRuleCharactersMax = 1'024;
constexpr size_t kWaitingMax = 10'000;  // of one connection; what comes then is lost
constexpr absl::Duration kSignOfLife = absl::Seconds(20);

class Feed : public http::WebSocketFeed, public std::enable_shared_from_this<Feed> {
 public:
  Feed(X* server, std::string app, std::string base_url, Fields fields)
      : server_(server), app_(std::move(app)), base_url_(std::move(base_url)), fields_(std::move(fields)) {}

  // False: the app has its connection already.
  bool Join() {
    return server_->streams.Join(app_, [weak = weak_from_this()](State& state, const Post& post, const json& rules) {
      if (const auto self = weak.lock()) self->Take(state, post, rules);
    });
  }

  void OnOpen(std::function<void()> wake) override {
    {
      std::lock_guard lock(mutex_);
      wake_ = std::move(wake);
    }
    ShowLife();
  }

  std::optional<std::string> Next() override {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    std::string text = std::move(waiting_.front());
    waiting_.pop_front();
    return text;
  }

  bool OnText(std::string_view) override { return false; }

  void OnClose() override {
    is_closed_ = true;
    server_->streams.Leave(app_);
  }

 private:
  void Take(State& state, const Post& post, const json& rules) {
    const Viewer viewer{state, nullptr, base_url_, fields_};
    json line = WithIncludes(viewer, PostJson(viewer, post), {&post});
    line["matching_rules"] = rules;
    Push(Dump(line));
  }

  void ShowLife() {
    if (is_closed_) return;
    Push("");
    server_->shared->timers.After(kSignOfLife, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->ShowLife();
    });
  }

  void Push(std::string text) {
    std::function<void()> wake;
    {
      std::lock_guard lock(mutex_);
      if (waiting_.size() >= kWaitingMax) return;
      waiting_.push_back(std::move(text));
      wake = wake_;
    }
    if (wake) wake();
  }

  X* const server_;
  const std::string app_, base_url_;
  const Fields fields_;
  std::mutex mutex_;
  std::deque<std::string> waiting_;
  std::function<void()> wake_;
  std::atomic<bool> is_closed_ = false;
};

// The request has the old names of fields, the answer the new ones (X API OpenAPI 2.167).
Fields FieldsOfStream(const http::ServerRequest& request) {
  Fields fields = ReadFields(request);
  fields.says_posts = true;
  if (fields.post.count("referenced_tweets") > 0) fields.post.insert("referenced_posts");
  return fields;
}

ServerResponse TooManyConnections() {
  ServerResponse response = Answer({{"title", "ConnectionException"},
                                    {"detail", "This stream is currently at the maximum allowed connection limit."},
                                    {"connection_issue", "TooManyConnections"},
                                    {"type", "https://api.x.com/2/problems/streaming-connection"}},
                                   429);
  response.content_type = "application/problem+json; charset=utf-8";
  return response;
}

ServerResponse Stream(X* server, const Call& call) {
  auto feed = std::make_shared<Feed>(server, call.app, call.base_url, FieldsOfStream(call.request));
  if (!feed->Join()) return TooManyConnections();
  ServerResponse response;
  response.lines = WithFaults(std::move(feed), server->shared, "x", "");
  return response;
}

json RuleJson(Id id, const Rule& rule) {
  json out = {{"id", std::to_string(id)}, {"value", rule.value}};
  if (!rule.tag.empty()) out["tag"] = rule.tag;
  return out;
}

json Meta(X* server) { return {{"sent", IsoTime(server->shared->clock->Now())}}; }

Result<json> List(X* server, const Call& call) {
  json data = json::array();
  for (const auto& [id, rule] : server->streams.RulesOf(call.app)) data.push_back(RuleJson(id, rule));
  json meta = Meta(server);
  meta["result_count"] = data.size();
  json out = {{"meta", std::move(meta)}};
  if (!data.empty()) out["data"] = std::move(data);
  return out;
}

Result<Rule> ReadRule(const json& input) {
  Rule rule;
  rule.value = TextAt(input, {"value"});
  rule.tag = TextAt(input, {"tag"});
  ASSIGN_OR_RETURN(rule.terms, ReadTerms(rule.value, kRuleCharactersMax));
  return rule;
}

// One bad rule, and none is taken.
Result<json> AddAll(X* server, State& state, const Call& call, const json& wanted) {
  std::vector<Rule> rules;
  for (const json& one : wanted) {
    ASSIGN_OR_RETURN(Rule rule, ReadRule(one));
    rules.push_back(std::move(rule));
  }
  json data = json::array(), errors = json::array();
  for (Rule& rule : rules) {
    const Id id = state.NextId();
    const Rule kept = rule;
    if (server->streams.Add(call.app, id, std::move(rule))) {
      data.push_back(RuleJson(id, kept));
    } else {
      errors.push_back({{"value", kept.value}, {"title", "DuplicateRule"}, {"type", "https://api.x.com/2/problems/duplicate-rules"}});
    }
  }
  json out = {{"meta", Meta(server)}};
  out["meta"]["summary"] = {{"created", data.size()}, {"not_created", errors.size()}, {"valid", data.size()}, {"invalid", errors.size()}};
  if (!data.empty()) out["data"] = std::move(data);
  if (!errors.empty()) out["errors"] = std::move(errors);
  return out;
}

Result<json> RemoveAll(X* server, const Call& call, const json& wanted) {
  int64_t deleted = 0, not_deleted = 0;
  const json* ids = At(wanted, {"ids"});
  const json* values = At(wanted, {"values"});
  for (const json& id : ids != nullptr && ids->is_array() ? *ids : json::array()) {
    const bool gone = id.is_string() && server->streams.Remove(call.app, ReadId(id.get_ref<const std::string&>()));
    ++(gone ? deleted : not_deleted);
  }
  for (const json& value : values != nullptr && values->is_array() ? *values : json::array()) {
    const bool gone = value.is_string() && server->streams.RemoveByValue(call.app, value);
    ++(gone ? deleted : not_deleted);
  }
  json out = {{"meta", Meta(server)}};
  out["meta"]["summary"] = {{"deleted", deleted}, {"not_deleted", not_deleted}};
  return out;
}

Result<json> Update(X* server, State& state, const Call& call) {
  const json* add = At(call.input, {"add"});
  const json* remove = At(call.input, {"delete"});
  if (add != nullptr && add->is_array() && !add->empty()) return AddAll(server, state, call, *add);
  if (remove != nullptr && remove->is_object()) return RemoveAll(server, call, *remove);
  return Invalid("add", "", "add or delete is needed");
}

}  // namespace

void AddStreamRoutes(Api* api) {
  X* const server = api->server();
  Route stream{"GET /2/tweets/search/stream", "", 50};
  Route list{"GET /2/tweets/search/stream/rules", "", 450};
  Route update{"POST /2/tweets/search/stream/rules", "", 100, false, true};
  stream.of_app = list.of_app = update.of_app = true;
  api->AddRaw(stream, [=](Call& call) { return Stream(server, call); });
  api->Add(list, [=](State&, const Call& call) { return List(server, call); });
  api->Add(update, [=](State& state, const Call& call) { return Update(server, state, call); });
}

}  // namespace carillon::sandbox::x
