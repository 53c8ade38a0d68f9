// Public statuses by hashtag and by words. Everything that is public is found: here every author lets it be.
#include <algorithm>

#include "common/platform/keyword.h"
#include "services/sandbox/mastodon/api.h"

namespace carillon::sandbox::mastodon {
namespace {

using nlohmann::json;

json Statuses(const std::vector<StatusView>& found, const Call& call) {
  json out = json::array();
  for (const StatusView& status : found) out.push_back(RenderStatus(status, call.base_url));
  return out;
}

}  // namespace

void AddSearchRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v1/timelines/tag/:hashtag", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) {
             const Page page = ReadPage(call.fields, 20, 40);
             const auto term = platform::NormalTerm("#" + call.params.at("hashtag"));
             if (!term.ok()) return Answer(json::array());
             const auto found = server->store.Search(*term, page, call.viewer());
             http::ServerResponse response = Answer(Statuses(found, call));
             if (!found.empty()) {
               AddLinks(&response, call, page, found.size(), found.front().post.id, found.back().post.id);
             }
             return response;
           });
  AddRoute(router, server, "GET /api/v2/search", Auth::kUser, Reads::kTimeline, [=](const Call& call) {
    json out = {{"accounts", json::array()}, {"statuses", json::array()}, {"hashtags", json::array()}};
    std::string words = call.fields.Get("q");
    if (words.empty()) return ErrorAnswer(400, "Missing parameter: q");
    std::replace(words.begin(), words.end(), '"', ' ');
    const std::string type = call.fields.Get("type");
    const auto term = platform::NormalTerm(words);
    if (!term.ok() || (!type.empty() && type != "statuses")) return Answer(out);
    // Unlike elsewhere, min_id gives the newest ones above it.
    Page page = ReadPage(call.fields, 20, 40);
    page.since_id = std::max(page.since_id, page.min_id);
    page.min_id = -1;
    out["statuses"] = Statuses(server->store.Search(*term, page, call.viewer()), call);
    return Answer(out);
  });
}

}  // namespace carillon::sandbox::mastodon
