#include "tests/unit/x/fake_x.h"

#include <absl/strings/str_replace.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "common/base/check.h"
#include "common/http/form.h"
#include "common/twitter_text/urls.h"

namespace carillon::x::testing {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

std::string Iso(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

std::string Problem(int status, const std::string& type, const std::string& title, const std::string& detail) {
  return Json{{"type", type}, {"title", title}, {"detail", detail}, {"status", status}}.dump();
}

std::string At(const std::map<std::string, std::string>& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

std::string ReadPart(const http::FormPart& part) {
  std::ifstream file(part.file_path, std::ios::binary);
  file.seekg(part.file_offset);
  std::string out(static_cast<size_t>(part.file_size), '\0');
  CARILLON_CHECK(file.read(out.data(), part.file_size), "{} has no such stretch", part.file_path);
  return out;
}

}  // namespace

std::string FakeMedia::Bytes() const {
  std::string out;
  for (const auto& [index, bytes] : segments) out += bytes;
  return out;
}

void FakeX::Break(const std::string& what, Fault fault, int status, const std::string& body) {
  broken_.push_back({what, fault, status, body});
}

void FakeX::Settle() {
  for (const auto& done : late_) done();
  late_.clear();
}

std::string FakeX::AddPost(FakePost post) {
  if (post.id.empty()) post.id = std::to_string(++next_id_);
  if (post.author_id.empty()) post.author_id = kAccountId;
  if (post.created_at == absl::UnixEpoch()) post.created_at = clock_.Now();
  posts.push_back(post);
  return posts.back().id;
}

int FakeX::CountOf(const std::string& what) const {
  return static_cast<int>(std::count_if(exchanges.begin(), exchanges.end(), [&](const Exchange& exchange) {
    return (exchange.request.method + " " + exchange.path).ends_with(what);
  }));
}

http::HttpOutcome FakeX::Answer(int status, const std::string& body) const {
  http::HttpOutcome out;
  out.response = http::HttpResponse{status, headers, body};
  out.maybe_executed = true;
  return out;
}

http::HttpOutcome FakeX::Send(const http::HttpRequest& request) {
  const size_t path_at = request.url.find('/', request.url.find("://") + 3);
  const size_t query_at = request.url.find('?');
  const std::string path = request.url.substr(path_at, query_at - path_at);
  const http::FormFields fields =
      query_at == std::string::npos ? http::FormFields() : *http::ParseForm(request.url.substr(query_at + 1));
  const Query query(fields.begin(), fields.end());
  http::HttpOutcome out;
  out.error = MakeStatus(Code::kUnavailable, "connection died");
  out.maybe_executed = true;
  const auto broken = std::find_if(broken_.begin(), broken_.end(), [&](const Broken& b) {
    return (request.method + " " + path).ends_with(b.what);
  });
  if (request.before_first_byte && !request.before_first_byte()) {
    out.error = Refuse(Code::kAborted, "SEND_REFUSED", "not sent");
    out.maybe_executed = false;
  } else if (broken == broken_.end()) {
    out = Serve(request, path, query);
  } else {
    const Broken now = *broken;
    broken_.erase(broken);
    if (now.fault == Fault::kAnswerLost) Serve(request, path, query);
    if (now.fault == Fault::kLate) late_.push_back([=, this] { Serve(request, path, query); });
    if (now.fault == Fault::kNoConnection) out.maybe_executed = false;
    if (now.fault == Fault::kRefused) out = Answer(now.status, now.body);
  }
  exchanges.push_back({request, path, fields, out});
  return out;
}

http::HttpOutcome FakeX::Serve(const http::HttpRequest& request, const std::string& path, const Query& query) {
  const std::string call = request.method + " " + path;
  const std::string user = fmt::format("/2/users/{}", kAccountId);
  if (path.starts_with("/2/media/")) return Upload(request, path, query);
  if (path.starts_with("/2/webhooks")) return ServeWebhooks(request, path);
  if (path.starts_with("/2/account_activity/")) return ServeSubscriptions(request, path);
  if (call == "POST /2/tweets") return CreatePost(*platform::ParseJson(request.body));
  if (call == "GET " + user + "/tweets") {
    return List(query, [](const FakePost& post) { return post.author_id == kAccountId; });
  }
  if (call == "GET " + user + "/mentions") {
    return List(query, [](const FakePost& post) { return post.text.find("@brand") != std::string::npos; });
  }
  if (call == "GET /2/tweets/search/recent") {
    return List(query, [&](const FakePost& post) {
      return At(query, "query") == "conversation_id:" + GetText(Describe(post), "conversation_id") &&
             !post.reply_to_id.empty();
    });
  }
  if (call == "GET /2/users/me" || call == "GET " + user) {
    Json data = {{"id", kAccountId}, {"name", "Brand"}, {"username", "brand"}};
    if (At(query, "user.fields").find("public_metrics") != std::string::npos) {
      data["public_metrics"] = {{"followers_count", 12}, {"following_count", 3}, {"post_count", 45}, {"listed_count", 0}};
    }
    return Answer(200, Json{{"data", data}}.dump());
  }
  if (call == "GET /2/tweets") {
    Json data = Json::array(), errors = Json::array();
    const std::string ids = "," + At(query, "ids") + ",";
    for (const FakePost& post : posts) {
      if (ids.find("," + post.id + ",") != std::string::npos) data.push_back(Describe(post));
    }
    if (At(query, "post.fields").find("non_public_metrics") != std::string::npos) {
      for (Json& post : data) {
        post["non_public_metrics"] = {{"impression_count", 99}, {"engagements", 9}, {"url_link_clicks", 7}, {"user_profile_clicks", 5}};
      }
    }
    if (data.empty()) {
      errors.push_back({{"type", "https://api.x.com/2/problems/resource-not-found"},
                        {"title", "Not Found Error"}, {"detail", "Could not find it"}, {"resource_type", "post"}});
    }
    return Answer(200, (data.empty() ? Json{{"errors", errors}} : Json{{"data", data}}).dump());
  }
  if (call == "GET /2/tweets/search/stream/rules") {
    Json data = Json::array();
    for (const auto& [id, rule] : rules) data.push_back({{"id", id}, {"tag", rule.first}, {"value", rule.second}});
    Json out = {{"meta", {{"result_count", data.size()}}}};
    if (!data.empty()) out["data"] = data;
    return Answer(200, out.dump());
  }
  if (call == "POST /2/tweets/search/stream/rules") return UpdateRules(*platform::ParseJson(request.body));
  if (call == "POST /oauth2/token") return Answer(200, R"({"token_type":"bearer","access_token":"AAAA%2Bkey"})");
  if (call == "POST /2/oauth2/token") {
    const bool good = !is_token_spent && At(Query(request.form.begin(), request.form.end()), "refresh_token") == "r1";
    if (!good) {
      return Answer(400, R"({"error":"invalid_request","error_description":"Value passed for the token was invalid."})");
    }
    is_token_spent = true;
    return Answer(200, R"({"token_type":"bearer","expires_in":7200,"access_token":"a2","scope":"s","refresh_token":"r2"})");
  }
  return Answer(404, Problem(404, "about:blank", "Not Found", "Not Found"));
}

http::HttpOutcome FakeX::CreatePost(const Json& body) {
  FakePost post{.text = GetText(body, "text"),
                .reply_to_id = GetText(GetMember(body, "reply"), "in_reply_to_tweet_id"),
                .quoted_id = GetText(body, "quote_tweet_id"),
                .has_poll = GetMember(body, "poll").is_object()};
  const Json& ids = GetMember(GetMember(body, "media"), "media_ids");
  for (const Json& id : ids.is_array() ? ids : Json::array()) {
    const auto item = media.find(id.get<std::string>());
    const bool ready = item != media.end() && item->second.finalized && item->second.polls_left == 0 &&
                       item->second.Bytes().size() == item->second.total_bytes;
    if (!ready) {
      return Answer(400, R"({"errors":[{"message":"Your media IDs are invalid."}],"title":"Invalid Request",)"
                         R"("detail":"One or more parameters to your request was invalid.",)"
                         R"("type":"https://api.x.com/2/problems/invalid-request"})");
    }
    post.media_ids.push_back(item->first);
  }
  for (const FakePost& other : posts) {
    if (other.author_id == kAccountId && other.text == post.text && post.media_ids.empty()) {
      return Answer(403, Problem(403, "about:blank", "Forbidden",
                                 "You are not allowed to create a Tweet with duplicate content."));
    }
  }
  const std::string edited = GetText(GetMember(body, "edit_options"), "previous_post_id");
  if (!edited.empty()) return EditPost(edited, std::move(post));
  const std::string id = AddPost(post);
  return Answer(201, Json{{"data", {{"id", id}, {"text", post.text}}}}.dump());
}

// Of the latest version only.
http::HttpOutcome FakeX::EditPost(const std::string& edited, FakePost post) {
  const auto old = std::find_if(posts.begin(), posts.end(), [&](const FakePost& one) { return one.id == edited; });
  std::vector<std::string> versions = old == posts.end() ? std::vector<std::string>() : old->versions;
  if (versions.empty()) versions.push_back(edited);
  if (old == posts.end() || versions.back() != edited) {
    return Answer(400, Problem(400, "https://api.x.com/2/problems/invalid-request", "Invalid Request", "not the latest version"));
  }
  const std::string id = AddPost(std::move(post));
  versions.push_back(id);
  for (FakePost& one : posts) {
    if (std::find(versions.begin(), versions.end(), one.id) != versions.end()) one.versions = versions;
  }
  return Answer(201, Json{{"data", {{"id", id}, {"text", posts.back().text}}}}.dump());
}

http::HttpOutcome FakeX::MediaState(const std::string& id, FakeMedia& item) {
  Json data = {{"id", id}, {"media_key", "3_" + id}, {"size", item.Bytes().size()}, {"expires_after_secs", 86400}};
  if (item.failed) {
    data["processing_info"] = {{"state", "failed"}};
  } else if (item.polls_left > 0) {
    --item.polls_left;
    data["processing_info"] = {{"state", "in_progress"}, {"check_after_secs", 5}, {"progress_percent", 50}};
  } else if (item.category != "tweet_image") {
    data["processing_info"] = {{"state", "succeeded"}, {"progress_percent", 100}};
  }
  return Answer(200, Json{{"data", data}}.dump());
}

http::HttpOutcome FakeX::Upload(const http::HttpRequest& request, const std::string& path, const Query& query) {
  if (path.ends_with("/initialize")) {
    const Json body = *platform::ParseJson(request.body);
    const std::string id = std::to_string(++next_id_);
    media[id] = {.type = GetText(body, "media_type"), .category = GetText(body, "media_category"),
                 .total_bytes = static_cast<size_t>(platform::GetInteger(body, "total_bytes"))};
    return Answer(200, Json{{"data", {{"id", id}, {"expires_after_secs", 86400}, {"media_key", "3_" + id}}}}.dump());
  }
  if (path.ends_with("/metadata")) {
    const Json body = *platform::ParseJson(request.body);
    const std::string id = GetText(body, "id");
    media.at(id).warning = GetMember(GetMember(body, "metadata"), "sensitive_media_warning");
    media.at(id).alt_text = GetText(GetMember(GetMember(body, "metadata"), "alt_text"), "text");
    return Answer(200, Json{{"data", {{"id", id}, {"associated_metadata", Json::object()}}}}.dump());
  }
  const std::string id = path == "/2/media/upload" ? At(query, "media_id") : path.substr(16, path.rfind('/') - 16);
  const auto found = media.find(id);
  if (found == media.end()) {
    return Answer(404, Problem(404, "https://api.x.com/2/problems/resource-not-found", "Not Found Error", "no media"));
  }
  FakeMedia& item = found->second;
  if (path.ends_with("/append")) {
    const int segment = std::stoi(request.multipart.at(0).value);
    ++appends[segment];
    item.segments[segment] = ReadPart(request.multipart.at(1));
    return Answer(200, Json{{"data", {{"expires_at", 1'900'000'000}}}}.dump());
  }
  if (path.ends_with("/finalize") && !item.finalized) {
    item.finalized = true;
    if (item.category != "tweet_image") {
      item.polls_left = polls_needed;
      item.failed = processing_fails;
    }
  }
  return MediaState(id, item);
}

// As X writes it: URLs as short links, three characters escaped, the media's link at the end, names before a reply.
Json FakeX::Describe(const FakePost& post) const {
  std::string text = post.reply_to_id.empty() || post.author_id != kAccountId ? "" : "@parent ";
  Json urls = Json::array();
  size_t from = 0;
  const auto add = [&](const std::string& url, const std::string& media_key) {
    const std::string shortened = fmt::format("https://t.co/{}{}", post.id.substr(13), urls.size());
    Json entity = {{"start", text.size()}, {"end", text.size() + shortened.size()}, {"url", shortened},
                   {"expanded_url", url}, {"display_url", url}};
    if (!media_key.empty()) entity["media_key"] = media_key;
    urls.push_back(entity);
    text += shortened;
  };
  const auto escaped = [](std::string_view part) {
    return absl::StrReplaceAll(std::string(part), {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
  };
  for (const text::TextRange& url : twitter_text::FindUrls(post.text)) {
    text += escaped(std::string_view(post.text).substr(from, url.begin - from));
    const std::string written(text::Slice(post.text, url));
    add(written.find("://") == std::string::npos ? "http://" + written : written, "");
    from = url.end;
  }
  text += escaped(std::string_view(post.text).substr(from));
  Json media_keys = Json::array();
  for (const std::string& id : post.media_ids) {
    media_keys.push_back("3_" + id);
    if (media_keys.size() > 1) continue;
    if (!text.empty()) text += " ";
    add(fmt::format("https://x.com/brand/status/{}/photo/1", post.id), "3_" + id);
  }
  if (!post.quoted_id.empty()) {
    text += " ";
    add(fmt::format("https://x.com/ann/status/{}", post.quoted_id), "");
  }
  const auto parent = std::find_if(posts.begin(), posts.end(),
                                   [&](const FakePost& other) { return other.id == post.reply_to_id; });
  Json out = {{"id", post.id}, {"text", text}, {"created_at", Iso(post.created_at)}, {"author_id", post.author_id},
              {"conversation_id", post.reply_to_id.empty() ? post.id : post.reply_to_id},
              {"edit_history_post_ids", post.versions.empty() ? Json::array({post.id}) : Json(post.versions)},
              {"public_metrics", {{"repost_count", 2}, {"reply_count", 1}, {"like_count", 3}, {"quote_count", 4},
                                  {"bookmark_count", 0}, {"impression_count", 99}}}};
  const auto first = std::find_if(posts.begin(), posts.end(), [&](const FakePost& one) {
    return !post.versions.empty() && one.id == post.versions.front();
  });
  const int edits = post.versions.empty() ? 0 : static_cast<int>(post.versions.size()) - 1;
  out["edit_controls"] = {{"is_edit_eligible", !post.has_poll},
                          {"edits_remaining", 5 - edits},
                          {"editable_until", Iso((first == posts.end() ? post : *first).created_at + absl::Minutes(30))}};
  if (!urls.empty()) out["entities"]["urls"] = urls;
  if (!media_keys.empty()) out["attachments"]["media_keys"] = media_keys;
  if (post.is_repost) out["referenced_posts"] = Json::array({{{"type", "retweeted"}, {"id", "1"}}});
  if (!post.reply_to_id.empty()) {
    out["referenced_posts"] = Json::array({{{"type", "replied_to"}, {"id", post.reply_to_id}}});
    out["in_reply_to_user_id"] = parent == posts.end() ? kOtherId : parent->author_id;
  }
  if (!post.quoted_id.empty()) out["referenced_posts"].push_back({{"type", "quoted"}, {"id", post.quoted_id}});
  if (post.has_poll) out["attachments"]["poll_ids"] = Json::array({post.id});
  if (const size_t name = post.text.find("@brand"); name != std::string::npos) {
    out["entities"]["mentions"] = Json::array({{{"start", name}, {"end", name + 6}, {"username", "brand"}, {"id", kAccountId}}});
  }
  return out;
}

// One bad rule, and none is taken.
http::HttpOutcome FakeX::UpdateRules(const Json& body) {
  Json data = Json::array();
  for (const Json& rule : body.value("add", Json::array())) {
    if (GetText(rule, "value").find("refused") != std::string::npos) {
      return Answer(400, Problem(400, "https://api.x.com/2/problems/invalid-rules", "Invalid Rule", "no rule"));
    }
    data.push_back(rule);
    data.back()["id"] = std::to_string(++next_id_);
  }
  for (const Json& rule : data) rules[GetText(rule, "id")] = {GetText(rule, "tag"), GetText(rule, "value")};
  for (const Json& id : body.value("/delete/ids"_json_pointer, Json::array())) rules.erase(id.get<std::string>());
  Json out = {{"meta", {{"summary", {{"created", data.size()}}}}}};
  if (!data.empty()) out["data"] = data;
  return Answer(200, out.dump());
}

http::HttpOutcome FakeX::List(const Query& query, const std::function<bool(const FakePost&)>& keep) {
  const std::string start = At(query, "start_time"), since = At(query, "since_id");
  std::vector<const FakePost*> found;
  for (const FakePost& post : posts) {
    const bool in_time = start.empty() || Iso(post.created_at) >= start;
    if (keep(post) && in_time && (since.empty() || post.id > since)) found.push_back(&post);
  }
  std::reverse(found.begin(), found.end());
  const std::string token = At(query, "pagination_token") + At(query, "next_token");
  if (!token.empty() && !token.starts_with("page")) {
    return Answer(400, Problem(400, "https://api.x.com/2/problems/invalid-request", "Invalid Request", "bad token"));
  }
  const size_t from = token.empty() ? 0 : std::stoul(token.substr(4));
  const size_t to = std::min(found.size(), from + std::stoul(At(query, "max_results")));
  Json data = Json::array();
  for (size_t i = from; i < to; ++i) data.push_back(Describe(*found[i]));
  Json meta = {{"result_count", data.size()}};
  if (to < found.size()) meta["next_token"] = fmt::format("page{}", to);
  Json body = {{"meta", meta}};
  if (!data.empty()) body["data"] = data;
  if (At(query, "expansions").find("author_id") != std::string::npos) {
    body["includes"]["users"] = Json::array({{{"id", kOtherId}, {"name", "Anna"}, {"username", "anna"}},
                                             {{"id", kAccountId}, {"name", "Brand"}, {"username", "brand"}}});
  }
  return Answer(200, body.dump());
}

}  // namespace carillon::x::testing
