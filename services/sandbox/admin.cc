// The admin API: accounts, the ground truth, faults, and engagement on demand. No service and no report reads it.
#include "services/sandbox/api.h"

namespace carillon::sandbox {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr size_t kPageMax = 1000;
constexpr int kEngageMax = 1000;

ServerResponse Refused(const Status& status) {
  const int code = status.code() == Code::kAlreadyExists       ? 409
                   : status.code() == Code::kResourceExhausted ? 503
                                                               : 400;
  return ErrorAnswer(code, Message(status));
}

// A member of `body`, or `otherwise` where it is absent or of another type.
std::string TextOf(const json& body, const char* name) {
  return body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
}
int64_t NumberOf(const json& body, const char* name, int64_t otherwise) {
  return body.contains(name) && body[name].is_number_integer() ? body[name].get<int64_t>()
                                                               : otherwise;
}

ServerResponse AddAccount(Sandbox* sandbox, const json& body) {
  NewAccount account{TextOf(body, "username"), TextOf(body, "display_name"), TextOf(body, "token"),
                     TextOf(body, "zone"), static_cast<int>(NumberOf(body, "history_weeks", 8))};
  const auto added = sandbox->store.AddAccount(account);
  if (!added.ok()) return Refused(added.status());
  return Answer(
      {{"id", std::to_string(added->id)}, {"username", added->username}, {"zone", added->zone}},
      201);
}

ServerResponse ListAccounts(Sandbox* sandbox) {
  json out = json::array();
  for (const AccountView& account : sandbox->store.Accounts()) {
    const Rhythm rhythm =
        RhythmOf(sandbox->store.seed(), account.profile.username, account.profile.zone);
    out.push_back({{"id", std::to_string(account.profile.id)},
                   {"username", account.profile.username},
                   {"zone", account.profile.zone},
                   {"best_hour", rhythm.best_hour},
                   {"followers", account.followers}});
  }
  return Answer({{"accounts", std::move(out)}});
}

json TruthJson(const Store::Truth& truth) {
  json media = json::array();
  for (const Media& one : truth.media) {
    media.push_back({{"id", std::to_string(one.id)},
                     {"type", one.type},
                     {"description", one.description},
                     {"bytes", one.bytes}});
  }
  const Post& post = truth.post;
  return {{"sequence", truth.sequence},
          {"id", std::to_string(post.id)},
          {"account", truth.accepted.username},
          {"account_id", std::to_string(post.account)},
          {"text", post.text},
          {"spoiler_text", post.spoiler_text},
          {"visibility", post.visibility},
          {"idempotency_key", truth.accepted.idempotency_key},
          {"accepted_at", IsoTime(truth.accepted.accepted_at)},
          {"in_reply_to",
           post.in_reply_to == 0 ? json(nullptr) : json(std::to_string(post.in_reply_to))},
          {"media", std::move(media)},
          {"deleted", post.deleted},
          {"edited", post.edited_at != absl::InfinitePast()}};
}

std::vector<Store::Truth> TruthPage(Sandbox* sandbox, const http::ServerRequest& request) {
  const auto after =
      static_cast<size_t>(std::max(0LL, std::strtoll(request.Query("after").c_str(), nullptr, 10)));
  const auto limit =
      static_cast<size_t>(std::max(0LL, std::strtoll(request.Query("limit").c_str(), nullptr, 10)));
  return sandbox->store.AcceptedAfter(after, limit == 0 ? kPageMax : std::min(limit, kPageMax));
}

// {"count": all accepted, "posts": [...], "next": the ?after= of the next page, null at the end}
ServerResponse Posts(Sandbox* sandbox, const http::ServerRequest& request) {
  json posts = json::array();
  json next = nullptr;
  const size_t count = sandbox->store.accepted_count();
  for (const Store::Truth& truth : TruthPage(sandbox, request)) {
    posts.push_back(TruthJson(truth));
    next = truth.sequence < count ? json(truth.sequence) : json(nullptr);
  }
  return Answer({{"count", count}, {"posts", std::move(posts)}, {"next", next}});
}

ServerResponse EngagementTruth(Sandbox* sandbox, const http::ServerRequest& request) {
  json posts = json::array();
  json next = nullptr;
  const size_t count = sandbox->store.accepted_count();
  for (const Store::Truth& truth : TruthPage(sandbox, request)) {
    posts.push_back({{"id", std::to_string(truth.post.id)},
                     {"account", truth.accepted.username},
                     {"favourites", truth.post.favourites()},
                     {"reblogs", truth.post.reblogs()},
                     {"replies", truth.post.reply_count()}});
    next = truth.sequence < count ? json(truth.sequence) : json(nullptr);
  }
  return Answer({{"posts", std::move(posts)},
                 {"next", next},
                 {"planned", sandbox->engagement.planned()},
                 {"happened", sandbox->engagement.happened()},
                 {"dropped", sandbox->engagement.dropped()},
                 {"waiting", sandbox->timers.waiting()}});
}

ServerResponse Stats(Sandbox* sandbox) {
  const Sandbox::Counts& counts = sandbox->counts;
  json hidden = json::array();
  for (const int64_t id : sandbox->hidden()) hidden.push_back(std::to_string(id));
  return Answer({{"requests", counts.requests.load()},
                 {"accepted", counts.accepted.load()},
                 {"replayed", counts.replayed.load()},
                 {"refused",
                  {{"validation", counts.refused_validation.load()},
                   {"unauthorized", counts.refused_unauthorized.load()},
                   {"rate_limit", counts.refused_rate_limit.load()},
                   {"fault", counts.refused_fault.load()}}},
                 {"hidden", std::move(hidden)},
                 {"faults", sandbox->faults.Report()["hits"]}});
}

ServerResponse AddFault(Sandbox* sandbox, const json& body) {
  Fault fault;
  fault.kind = TextOf(body, "kind");
  fault.count = NumberOf(body, "count", 1);
  fault.account = TextOf(body, "account");
  fault.text = TextOf(body, "text");
  fault.every = NumberOf(body, "every", 1);
  fault.reset = absl::Seconds(NumberOf(body, "reset_s", 60));
  fault.delay = absl::Milliseconds(NumberOf(body, "delay_ms", 1000));
  fault.close = body.contains("close") && body["close"] == true;
  const Status added = sandbox->faults.Add(fault);
  return added.ok() ? Answer(sandbox->faults.Report(), 201) : Refused(added);
}

// {"post": ID | "account": USERNAME, "favourites": n, "reblogs": n, "replies": n | "texts": [...], "mentions": n, "follows": n,
//  "first_user": n}: at once, by synthetic users from number `first_user` on.
ServerResponse Engage(Sandbox* sandbox, const json& body) {
  int64_t post = std::strtoll(TextOf(body, "post").c_str(), nullptr, 10), account = 0;
  if (post != 0) {
    const auto status = sandbox->store.FindStatus(post, 0);
    if (!status) return NotFound();
    account = status->post.account;
  } else if (const auto found = sandbox->store.Lookup(TextOf(body, "account"))) {
    account = found->profile.id;
  } else {
    return ErrorAnswer(400, "give a post's id as `post`, or a username as `account`");
  }
  const int first_user = static_cast<int>(std::max<int64_t>(0, NumberOf(body, "first_user", 0)));
  std::vector<std::string> texts;
  if (body.contains("texts") && body["texts"].is_array()) {
    for (const json& text : body["texts"])
      texts.push_back(text.is_string() ? text.get<std::string>() : "");
  }
  json ids = json::object();
  Random random(sandbox->store.seed());
  auto react = [&](const char* name, Reaction reaction, int64_t count, int64_t on) {
    for (int i = 0; i < std::min<int64_t>(count, kEngageMax); ++i) {
      const std::string text =
          i < static_cast<int>(texts.size()) ? texts[i] : SyntheticText(&random, on != 0);
      const int64_t id = sandbox->store.React(reaction, first_user + i, account, on, text);
      if (id != 0) ids[name].push_back(std::to_string(id));
    }
  };
  const int64_t texts_count = static_cast<int64_t>(texts.size());
  react("favourites", Reaction::kFavourite, NumberOf(body, "favourites", 0), post);
  react("reblogs", Reaction::kReblog, NumberOf(body, "reblogs", 0), post);
  react("replies", Reaction::kReply, NumberOf(body, "replies", post == 0 ? 0 : texts_count), post);
  react("mentions", Reaction::kMention, NumberOf(body, "mentions", post == 0 ? texts_count : 0), 0);
  react("follows", Reaction::kFollow, NumberOf(body, "follows", 0), 0);
  return Answer(ids);
}

void AddBodyRoute(http::Router* router, Sandbox* sandbox, std::string_view route,
                  ServerResponse (*handler)(Sandbox*, const json&)) {
  router->Add(route, [=](const http::ServerRequest& request, const http::PathParams&) {
    const json body = json::parse(request.body, nullptr, false);
    if (!body.is_object()) return ErrorAnswer(400, "the body is not a JSON object");
    return handler(sandbox, body);
  });
}

}  // namespace

void AddAdminRoutes(http::Router* router, Sandbox* sandbox) {
  AddBodyRoute(router, sandbox, "POST /admin/accounts", &AddAccount);
  AddBodyRoute(router, sandbox, "POST /admin/faults", &AddFault);
  AddBodyRoute(router, sandbox, "POST /admin/engage", &Engage);
  auto get = [&](std::string_view route,
                 std::function<ServerResponse(const http::ServerRequest&)> handler) {
    router->Add(route, [handler = std::move(handler)](const http::ServerRequest& request,
                                                      const http::PathParams&) {
      return handler(request);
    });
  };
  get("GET /admin/accounts", [=](const http::ServerRequest&) { return ListAccounts(sandbox); });
  get("GET /admin/posts",
      [=](const http::ServerRequest& request) { return Posts(sandbox, request); });
  get("GET /admin/engagement",
      [=](const http::ServerRequest& request) { return EngagementTruth(sandbox, request); });
  get("GET /admin/stats", [=](const http::ServerRequest&) { return Stats(sandbox); });
  get("GET /admin/faults",
      [=](const http::ServerRequest&) { return Answer(sandbox->faults.Report()); });
  get("DELETE /admin/faults", [=](const http::ServerRequest&) {
    sandbox->faults.Clear();
    return Answer(sandbox->faults.Report());
  });
}

}  // namespace carillon::sandbox
