// Pages of posts and of users. A token says between which ids to go on: "n" and an id for older ones, "p" and an id for newer.
#include "services/sandbox/x/api.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

struct Range {
  Id after = 0, before = INT64_MAX;  // both are left out
  absl::Time start = absl::InfinitePast(), end = absl::InfiniteFuture();
  bool from_oldest = false, has_token = false;
};

Result<absl::Time> TimeOf(const Call& call, const char* name, absl::Time otherwise) {
  const std::string text = call.Query(name);
  if (text.empty()) return otherwise;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error))
    return Invalid(name, text, fmt::format("The `{}` query parameter value [{}] is not a time", name, text));
  return time;
}

Result<Id> IdOf(const Call& call, const char* name, Id otherwise) {
  const std::string text = call.Query(name);
  if (text.empty()) return otherwise;
  if (const Id id = ReadId(text); id != 0) return id;
  return Invalid(name, text, fmt::format("The `{}` query parameter value [{}] is not valid", name, text));
}

std::string TokenOf(const Call& call) {
  const std::string token = call.Query("pagination_token");
  return token.empty() ? call.Query("next_token") : token;
}

Status BadToken(const std::string& token) {
  return Invalid("pagination_token", token,
                 fmt::format("The `pagination_token` query parameter value [{}] is not valid", token));
}

Result<Range> ReadRange(const Call& call) {
  Range range;
  ASSIGN_OR_RETURN(range.after, IdOf(call, "since_id", range.after));
  ASSIGN_OR_RETURN(range.before, IdOf(call, "until_id", range.before));
  ASSIGN_OR_RETURN(range.start, TimeOf(call, "start_time", range.start));
  ASSIGN_OR_RETURN(range.end, TimeOf(call, "end_time", range.end));
  const std::string token = TokenOf(call);
  if (token.empty()) return range;
  const Id id = ReadId(std::string_view(token).substr(1));
  if (id == 0 || (token[0] != 'n' && token[0] != 'p')) return BadToken(token);
  range.has_token = true;
  range.from_oldest = token[0] == 'p';
  if (range.from_oldest)
    range.after = std::max(range.after, id);
  else
    range.before = std::min(range.before, id);
  return range;
}

// Up to `limit` and one more, where there are as many.
std::vector<const Post*> Collect(const State& state, const std::set<Id>& posts, const Range& range,
                                 size_t limit, const PageRules& rules) {
  std::vector<const Post*> out;
  auto take = [&](Id id) {
    const Post* post = state.FindPost(id);
    if (post != nullptr && post->at >= range.start && post->at < range.end &&
        (!rules.takes || rules.takes(*post)))
      out.push_back(post);
    return out.size() <= limit;
  };
  if (range.after >= range.before) return out;
  const auto begin = posts.upper_bound(range.after), end = posts.lower_bound(range.before);
  if (range.from_oldest) {
    for (auto id = begin; id != end && take(*id); ++id) {
    }
  } else {
    for (auto id = end; id != begin && take(*--id);) {
    }
  }
  return out;
}

}  // namespace

Result<json> PostPage(State& state, const Call& call, const std::set<Id>& posts,
                      const PageRules& rules) {
  ASSIGN_OR_RETURN(const size_t limit, call.MaxResults(rules.usual, rules.least, rules.most));
  ASSIGN_OR_RETURN(const Range range, ReadRange(call));
  std::vector<const Post*> found = Collect(state, posts, range, limit, rules);
  const bool has_more = found.size() > limit;
  if (has_more) found.pop_back();
  if (range.from_oldest) std::reverse(found.begin(), found.end());
  json meta = {{"result_count", found.size()}};
  if (found.empty()) return json{{"meta", std::move(meta)}};
  const std::string newest = std::to_string(found.front()->id),
                    oldest = std::to_string(found.back()->id);
  meta["newest_id"] = newest;
  meta["oldest_id"] = oldest;
  if (has_more || range.from_oldest) meta["next_token"] = "n" + oldest;
  if (range.from_oldest ? has_more : range.has_token) meta["previous_token"] = "p" + newest;
  const Viewer viewer = call.ViewerOf(state);
  json data = json::array();
  for (const Post* post : found) data.push_back(PostJson(viewer, *post));
  json out = WithIncludes(viewer, std::move(data), found);
  out["meta"] = std::move(meta);
  return out;
}

Result<json> UserPage(State& state, const Call& call, const std::vector<const User*>& users,
                      int64_t most) {
  ASSIGN_OR_RETURN(const size_t limit, call.MaxResults(100, 1, most));
  const std::string token = TokenOf(call);
  size_t begin = 0;
  if (!token.empty()) {
    begin = static_cast<size_t>(ReadId(std::string_view(token).substr(1)));
    if (begin == 0 || token[0] != 'n') return BadToken(token);
  }
  const size_t end = begin >= users.size() ? begin : std::min(users.size(), begin + limit);
  json meta = {{"result_count", end - begin}};
  if (end < users.size()) meta["next_token"] = fmt::format("n{}", end);
  json out = {{"meta", std::move(meta)}};
  const Viewer viewer = call.ViewerOf(state);
  for (size_t i = begin; i < end; ++i) out["data"].push_back(UserJson(viewer, *users[i]));
  return out;
}

}  // namespace carillon::sandbox::x
