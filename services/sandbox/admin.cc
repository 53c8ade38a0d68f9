#include "services/sandbox/admin.h"

#include "services/sandbox/json_answer.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr size_t kPageMax = 1000;
constexpr int kEngageMax = 1000;

ServerResponse ErrorAnswer(int status, const std::string& message) {
  return Answer({{"error", message}}, status);
}

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
  if (account.username.empty()) account.username = TextOf(body, "handle");
  if (body.contains("platform")) account.platform = TextOf(body, "platform");
  const auto added = sandbox->AddAccount(account);
  if (!added.ok()) return Refused(added.status());
  return Answer({{"id", added->id},
                 {"username", added->username},
                 {"platform", account.platform},
                 {"zone", added->zone}},
                201);
}

// Of ?platform=, or all.
ServerResponse ListAccounts(Sandbox* sandbox, const http::ServerRequest& request) {
  const std::string only = request.Query("platform");
  json out = json::array();
  for (const auto& platform : sandbox->platforms()) {
    if (!only.empty() && only != platform->name()) continue;
    for (const AccountInfo& account : platform->Accounts()) {
      const Rhythm rhythm = RhythmOf(sandbox->shared.seed, account.username, account.zone);
      out.push_back({{"id", account.id},
                     {"username", account.username},
                     {"platform", platform->name()},
                     {"zone", account.zone},
                     {"best_hour", rhythm.best_hour},
                     {"followers", account.followers}});
    }
  }
  return Answer({{"accounts", std::move(out)}});
}

json TruthJson(const Accepted& accepted, const PostTruth& truth) {
  json out = truth.more;
  out.update({{"sequence", accepted.sequence},
              {"platform", accepted.platform},
              {"id", accepted.post},
              {"account", accepted.username},
              {"account_id", accepted.account_id},
              {"text", truth.text},
              {"idempotency_key", accepted.key},
              {"accepted_at", IsoTime(accepted.accepted_at)},
              {"in_reply_to", truth.in_reply_to.empty() ? json(nullptr) : json(truth.in_reply_to)},
              {"media", truth.media},
              {"deleted", truth.deleted},
              {"edited", truth.edited}});
  return out;
}

// One page by ?after=, ?limit= and ?platform=; each post as `render` makes it. "next" is the ?after= of the next page, null at
// the end.
json TruthPage(Sandbox* sandbox, const http::ServerRequest& request,
               json (*render)(const Accepted&, const PostTruth&)) {
  auto number = [&](const char* name) {
    return static_cast<size_t>(
        std::max(0LL, std::strtoll(request.Query(name).c_str(), nullptr, 10)));
  };
  const size_t limit = number("limit") == 0 ? kPageMax : std::min(number("limit"), kPageMax);
  const std::string platform = request.Query("platform");
  const size_t all = sandbox->shared.truth.count();
  json posts = json::array();
  json next = nullptr;
  for (const Accepted& one : sandbox->shared.truth.After(number("after"), limit, platform)) {
    posts.push_back(render(one, sandbox->Find(one.platform)->TruthOf(one.post)));
    next = one.sequence < all ? json(one.sequence) : json(nullptr);
  }
  return {{"posts", std::move(posts)}, {"next", next}};
}

ServerResponse Posts(Sandbox* sandbox, const http::ServerRequest& request) {
  const size_t count = sandbox->shared.truth.count(request.Query("platform"));
  json page = TruthPage(sandbox, request, &TruthJson);
  page["count"] = count;
  return Answer(page);
}

// What was done to posts that are out there, in order.
ServerResponse Actions(Sandbox* sandbox, const http::ServerRequest& request) {
  const auto after = static_cast<size_t>(std::max(0LL, std::strtoll(request.Query("after").c_str(), nullptr, 10)));
  json actions = json::array();
  for (const Acted& one : sandbox->shared.truth.ActedAfter(after, kPageMax)) {
    actions.push_back({{"sequence", one.sequence},
                       {"platform", one.platform},
                       {"account", one.username},
                       {"action", one.action},
                       {"post", one.post},
                       {"detail", one.detail},
                       {"at", IsoTime(one.at)}});
  }
  return Answer({{"actions", std::move(actions)}});
}

json EngagementJson(const Accepted& accepted, const PostTruth& truth) {
  return {{"id", accepted.post},
          {"platform", accepted.platform},
          {"account", accepted.username},
          {"favourites", truth.favourites},
          {"reblogs", truth.reblogs},
          {"replies", truth.replies}};
}

ServerResponse EngagementTruth(Sandbox* sandbox, const http::ServerRequest& request) {
  json page = TruthPage(sandbox, request, &EngagementJson);
  const EngagementEngine& engagement = sandbox->shared.engagement;
  page.update({{"planned", engagement.planned()},
               {"happened", engagement.happened()},
               {"dropped", engagement.dropped()},
               {"waiting", sandbox->shared.timers.waiting()}});
  return Answer(page);
}

// Of ?platform=, or all together.
ServerResponse Stats(Sandbox* sandbox, const http::ServerRequest& request) {
  const std::string only = request.Query("platform");
  auto sum = [&](std::atomic<int64_t> Counts::*count) {
    int64_t total = 0;
    for (const auto& platform : sandbox->platforms()) {
      if (only.empty() || only == platform->name()) total += platform->counts.*count;
    }
    return total;
  };
  return Answer({{"requests", sum(&Counts::requests)},
                 {"accepted", sum(&Counts::accepted)},
                 {"replayed", sum(&Counts::replayed)},
                 {"refused",
                  {{"validation", sum(&Counts::refused_validation)},
                   {"unauthorized", sum(&Counts::refused_unauthorized)},
                   {"rate_limit", sum(&Counts::refused_rate_limit)},
                   {"fault", sum(&Counts::refused_fault)}}},
                 {"hidden", sandbox->shared.truth.hidden()},
                 {"faults", sandbox->shared.faults.Report()["hits"]}});
}

// Where it would reach several platforms, those that it has no meaning on are left out; where it names one, that is a refusal.
Status CheckFault(const Sandbox& sandbox, const Fault& fault) {
  Status last = Ok();
  for (const auto& platform : sandbox.platforms()) {
    if (!fault.platform.empty() && fault.platform != platform->name()) continue;
    last = platform->CheckFault(fault);
    if (last.ok()) return last;
  }
  if (!last.ok()) return last;
  return MakeStatus(Code::kInvalidArgument, fmt::format("'{}' is no platform", fault.platform));
}

ServerResponse AddFault(Sandbox* sandbox, const json& body) {
  Fault fault;
  fault.kind = TextOf(body, "kind");
  fault.count = NumberOf(body, "count", 1);
  fault.platform = TextOf(body, "platform");
  fault.account = TextOf(body, "account");
  fault.text = TextOf(body, "text");
  if (body.contains("step")) fault.step = TextOf(body, "step");
  fault.error = TextOf(body, "error");
  fault.every = NumberOf(body, "every", 1);
  fault.reset = absl::Seconds(NumberOf(body, "reset_s", 60));
  fault.delay = absl::Milliseconds(NumberOf(body, "delay_ms", 1000));
  fault.close = body.contains("close") && body["close"] == true;
  if (const Status checked = CheckFault(*sandbox, fault); !checked.ok()) return Refused(checked);
  const Status added = sandbox->shared.faults.Add(fault);
  return added.ok() ? Answer(sandbox->shared.faults.Report(), 201) : Refused(added);
}

struct Target {
  Platform* platform = nullptr;
  std::string account, post;
};

// By `post`, else by `account`, on `platform` or any.
std::optional<Target> TargetOf(const Sandbox& sandbox, const json& body) {
  const std::string only = TextOf(body, "platform"), post = TextOf(body, "post");
  for (const auto& platform : sandbox.platforms()) {
    if (!only.empty() && only != platform->name()) continue;
    const std::string account = post.empty() ? platform->FindAccount(TextOf(body, "account"))
                                             : platform->AuthorOf(post);
    if (!account.empty()) return Target{platform.get(), account, post};
  }
  return std::nullopt;
}

// {"post": ID | "account": USERNAME, "platform"?, "favourites": n, "reblogs": n, "replies": n | "texts": [...], "mentions": n,
//  "follows": n, "quotes": n, "messages": n, "first_user": n}: at once, by synthetic users from number `first_user` on.
ServerResponse Engage(Sandbox* sandbox, const json& body) {
  const auto target = TargetOf(*sandbox, body);
  if (!target && TextOf(body, "post").empty())
    return ErrorAnswer(400, "give a post's id as `post`, or a username as `account`");
  if (!target) return ErrorAnswer(404, "Record not found");
  const bool on_post = !target->post.empty();
  const int first_user =
      static_cast<int>(std::clamp<int64_t>(NumberOf(body, "first_user", 0), 0, kSyntheticUsers));
  std::vector<std::string> texts;
  if (body.contains("texts") && body["texts"].is_array()) {
    for (const json& text : body["texts"])
      texts.push_back(text.is_string() ? text.get<std::string>() : "");
  }
  json ids = json::object();
  Random random(sandbox->shared.seed);
  std::string refused;
  auto react = [&](const char* name, Reaction reaction, int64_t count, bool to_post) {
    if (count > 0 && !target->platform->Has(reaction)) refused = name;
    for (int i = 0; refused.empty() && i < std::min<int64_t>(count, kEngageMax); ++i) {
      const std::string text =
          i < static_cast<int>(texts.size()) ? texts[i] : SyntheticText(&random, to_post);
      const std::string id = target->platform->React(reaction, first_user + i, target->account,
                                                     to_post ? target->post : "", text);
      if (!id.empty()) ids[name].push_back(id);
    }
  };
  const int64_t texts_count = static_cast<int64_t>(texts.size());
  const int64_t messages = NumberOf(body, "messages", 0), quotes = NumberOf(body, "quotes", 0);
  const bool is_plain = messages == 0 && quotes == 0;  // texts are of replies or mentions
  react("quotes", Reaction::kQuote, quotes, on_post);
  react("messages", Reaction::kMessage, messages, false);
  react("favourites", Reaction::kFavourite, NumberOf(body, "favourites", 0), on_post);
  react("reblogs", Reaction::kReblog, NumberOf(body, "reblogs", 0), on_post);
  react("replies", Reaction::kReply,
        NumberOf(body, "replies", on_post && is_plain ? texts_count : 0), on_post);
  react("mentions", Reaction::kMention,
        NumberOf(body, "mentions", !on_post && is_plain ? texts_count : 0), false);
  react("follows", Reaction::kFollow, NumberOf(body, "follows", 0), false);
  if (!refused.empty()) {
    return ErrorAnswer(400, fmt::format("{} has no {} here", target->platform->name(), refused));
  }
  return Answer(ids);
}

ServerResponse SetConsent(Sandbox* sandbox, const json& body) {
  const std::string platform = TextOf(body, "platform");
  const Platform* found = nullptr;
  for (const auto& one : sandbox->platforms()) {
    if (one->name() == platform) found = one.get();
  }
  if (found == nullptr) return ErrorAnswer(400, "there is no such platform here");
  const std::string account = TextOf(body, "account");
  if (!account.empty() && found->FindAccount(account).empty()) return ErrorAnswer(400, "there is no such account");
  const bool denies = body.contains("deny") && body["deny"] == true;
  sandbox->shared.consents.Set(platform, {account, denies});
  return Answer({{"platform", platform}, {"account", account}, {"deny", denies}});
}

void AddBodyRoute(http::Router* router, Sandbox* sandbox, std::string_view route,
                  ServerResponse (*handler)(Sandbox*, const json&)) {
  router->Add(route, [=](const http::ServerRequest& request, const http::PathParams&) {
    const json body = ReadJson(request.body);
    if (!body.is_object()) return ErrorAnswer(400, "the body is not a JSON object");
    return handler(sandbox, body);
  });
}

}  // namespace

void AddAdminRoutes(http::Router* router, Sandbox* sandbox) {
  AddBodyRoute(router, sandbox, "POST /admin/accounts", &AddAccount);
  AddBodyRoute(router, sandbox, "POST /admin/faults", &AddFault);
  AddBodyRoute(router, sandbox, "POST /admin/engage", &Engage);
  AddBodyRoute(router, sandbox, "POST /admin/consents", &SetConsent);
  auto get = [&](std::string_view route,
                 std::function<ServerResponse(const http::ServerRequest&)> handler) {
    router->Add(route, [handler = std::move(handler)](const http::ServerRequest& request,
                                                      const http::PathParams&) {
      return handler(request);
    });
  };
  get("GET /admin/accounts",
      [=](const http::ServerRequest& request) { return ListAccounts(sandbox, request); });
  get("GET /admin/posts",
      [=](const http::ServerRequest& request) { return Posts(sandbox, request); });
  get("GET /admin/actions",
      [=](const http::ServerRequest& request) { return Actions(sandbox, request); });
  get("GET /admin/engagement",
      [=](const http::ServerRequest& request) { return EngagementTruth(sandbox, request); });
  get("GET /admin/stats",
      [=](const http::ServerRequest& request) { return Stats(sandbox, request); });
  get("GET /admin/faults",
      [=](const http::ServerRequest&) { return Answer(sandbox->shared.faults.Report()); });
  get("DELETE /admin/faults", [=](const http::ServerRequest&) {
    sandbox->shared.faults.Clear();
    return Answer(sandbox->shared.faults.Report());
  });
}

}  // namespace carillon::sandbox
