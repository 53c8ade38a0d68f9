// app.bsky.feed.searchPosts: every word must be in the text, whatever its case; no stems, no ranking but by likes.
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/bluesky/xrpc.h"
#include "services/sandbox/fold_case.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr size_t kScannedMax = 50'000;

struct Question {
  std::vector<std::string> words;  // folded
  std::string author, mentioned, lang, domain, url;
  std::vector<std::string> tags;  // folded
  absl::Time since = absl::InfinitePast(), until = absl::InfiniteFuture();
};

// A DID or a handle as a DID; what nobody has matches nothing.
std::string DidOr(State& state, const std::string& identifier) {
  if (identifier.empty()) return "";
  const Actor* actor = state.Find(identifier);
  return actor == nullptr ? identifier : actor->did;
}

// A moment, or a day of UTC.
Result<absl::Time> TimeOf(const std::string& text, absl::Time otherwise) {
  if (text.empty()) return otherwise;
  const auto time = ParseDatetime(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!time) return Invalid("since and until are datetimes or days");
  return *time;
}

Result<Question> ReadQuestion(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::string text, call.Need("q"));
  Question question;
  question.author = DidOr(state, call.Get("author"));
  question.mentioned = DidOr(state, call.Get("mentions"));
  question.lang = call.Get("lang");
  question.domain = call.Get("domain");
  question.url = call.Get("url");
  for (const std::string& tag : call.All("tag")) question.tags.push_back(FoldCase(tag));
  ASSIGN_OR_RETURN(question.since, TimeOf(call.Get("since"), question.since));
  ASSIGN_OR_RETURN(question.until, TimeOf(call.Get("until"), question.until));
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != '"') {
      word += c;
    } else if (!word.empty()) {
      if (word.starts_with("from:"))
        question.author = DidOr(state, word.substr(5));
      else if (word != "*")
        question.words.push_back(FoldCase(word));
      word.clear();
    }
  }
  return question;
}

bool HasFeature(const json& record, const char* member, const std::function<bool(const std::string&)>& is) {
  for (const json& facet : record.value("facets", json::array())) {
    const json* features = At(facet, {"features"});
    if (features == nullptr) continue;
    for (const json& feature : *features) {
      const std::string value = TextAt(feature, {member});
      if (!value.empty() && is(value)) return true;
    }
  }
  return false;
}

bool HasTag(const json& record, const std::string& tag) {
  for (const json& one : record.value("tags", json::array())) {
    if (one.is_string() && FoldCase(one) == tag) return true;
  }
  return HasFeature(record, "tag", [&](const std::string& one) { return FoldCase(one) == tag; });
}

bool HasLink(const json& record, const std::function<bool(const std::string&)>& is) {
  const std::string external = TextAt(record, {"embed", "external", "uri"});
  return (!external.empty() && is(external)) || HasFeature(record, "uri", is);
}

bool HasLang(const json& record, const std::string& lang) {
  for (const json& one : record.value("langs", json::array())) {
    if (one.is_string() && one.get<std::string>().starts_with(lang)) return true;
  }
  return false;
}

bool Matches(const Question& question, const Post& post) {
  if (!question.author.empty() && post.did != question.author) return false;
  if (post.indexed_at < question.since || post.indexed_at >= question.until) return false;
  const std::string text = FoldCase(post.text);
  for (const std::string& word : question.words) {
    if (text.find(word) == std::string::npos) return false;
  }
  const json record = json::parse(*post.value);
  for (const std::string& tag : question.tags) {
    if (!HasTag(record, tag)) return false;
  }
  if (!question.lang.empty() && !HasLang(record, question.lang)) return false;
  if (!question.mentioned.empty() &&
      !HasFeature(record, "did", [&](const std::string& did) { return did == question.mentioned; }))
    return false;
  if (!question.url.empty() &&
      !HasLink(record, [&](const std::string& url) { return url == question.url; }))
    return false;
  return question.domain.empty() || HasLink(record, [&](const std::string& url) {
           return url.find("//" + question.domain) != std::string::npos ||
                  url.find("." + question.domain) != std::string::npos;
         });
}

Result<json> Search(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const Question question, ReadQuestion(state, call));
  ASSIGN_OR_RETURN(const size_t limit, call.Limit(25));
  ASSIGN_OR_RETURN(const auto cursor, ReadCursor(call.Get("cursor")));
  const bool by_likes = call.Get("sort") == "top";
  const auto& all = state.posts_by_time();
  std::vector<const Post*> found;
  auto at = cursor ? all.lower_bound(*cursor) : all.end();
  for (size_t scanned = 0; at != all.begin() && scanned < kScannedMax; ++scanned) {
    if (!by_likes && found.size() > limit) break;
    const Post* post = state.FindPost((--at)->second);
    if (Matches(question, *post)) found.push_back(post);
  }
  json out = {{"posts", json::array()}};
  if (by_likes) {
    std::stable_sort(found.begin(), found.end(), [](const Post* a, const Post* b) {
      return a->like_count() > b->like_count();
    });
  } else if (found.size() > limit) {
    out["cursor"] = CursorOf(found[limit - 1]->key);
  }
  if (found.size() > limit) found.resize(limit);
  const Viewer viewer = {state, call.viewer.empty() ? nullptr : state.Find(call.viewer),
                         call.base_url};
  for (const Post* post : found) out["posts"].push_back(PostView(viewer, *post));
  return out;
}

}  // namespace

void AddSearchMethods(Xrpc* xrpc) {
  xrpc->Query("app.bsky.feed.searchPosts", Auth::kNone, Reads::kTimeline, &Search);
}

}  // namespace carillon::sandbox::bluesky
