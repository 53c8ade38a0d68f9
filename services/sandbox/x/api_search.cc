// GET /2/tweets/search/recent: over the last seven days.
#include "services/sandbox/x/api.h"
#include "services/sandbox/x/query.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

constexpr int64_t kQueryCharactersMax = 512;
constexpr absl::Duration kRecent = absl::Hours(7 * 24);

Result<json> Search(State& state, const Call& call) {
  ASSIGN_OR_RETURN(const std::vector<Term> terms, ReadTerms(call.Query("query"), kQueryCharactersMax));
  const absl::Time since = state.Now() - kRecent;
  auto takes = [&](const Post& post) { return post.at >= since && Holds(state, terms, post); };
  return PostPage(state, call, state.posts_by_time(), {10, 10, 100, takes});
}

}  // namespace

void AddSearchRoutes(Api* api) {
  api->Add({"GET /2/tweets/search/recent", "tweet.read", 300, true}, &Search);
}

}  // namespace carillon::sandbox::x
