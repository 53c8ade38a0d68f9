#include <map>

#include "services/sandbox/acting.h"
#include "services/sandbox/mastodon/attempt.h"

namespace carillon::sandbox::mastodon {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr size_t kPictureBytesMax = 8 << 20;

json Relationship(const Mastodon& server, int64_t viewer, int64_t id) {
  return {{"id", std::to_string(id)},
          {"following", server.store.Follows(viewer, id)},
          {"followed_by", server.store.Follows(id, viewer)},
          {"showing_reblogs", true},
          {"notifying", false},
          {"languages", nullptr},
          {"blocking", false},
          {"blocked_by", false},
          {"muting", false},
          {"muting_notifications", false},
          {"muting_expires_at", nullptr},
          {"requested", false},
          {"requested_by", false},
          {"domain_blocking", false},
          {"endorsed", false},
          {"note", ""}};
}

ServerResponse TimelineAnswer(Mastodon* server, const Call& call,
                              const std::vector<int64_t>& accounts) {
  Page page = ReadPage(call.fields, 20, 40);
  Store::TimelineFilter filter;
  filter.exclude_replies = call.fields.Flag("exclude_replies");
  filter.exclude_reblogs = call.fields.Flag("exclude_reblogs");
  filter.only_media = call.fields.Flag("only_media");
  const std::vector<StatusView> found =
      server->store.Timeline(accounts, page, filter, call.viewer());
  json out = json::array();
  for (const StatusView& status : found) out.push_back(RenderStatus(status, call.base_url));
  ServerResponse response = Answer(out);
  if (!found.empty())
    AddLinks(&response, call, page, found.size(), found.front().post.id, found.back().post.id);
  return response;
}

// "fields_attributes[0][name]": entries in the order of their keys; one without name and value is none.
std::optional<std::vector<std::pair<std::string, std::string>>> ReadProfileFields(const Fields& fields) {
  constexpr std::string_view kPrefix = "fields_attributes[", kName = "][name]", kValue = "][value]";
  std::map<std::string, std::pair<std::string, std::string>> found;
  for (const auto& [key, text] : fields.values) {
    if (!key.starts_with(kPrefix)) continue;
    const std::string entry = key.substr(kPrefix.size(), key.find(']') - kPrefix.size());
    if (key.ends_with(kName)) found[entry].first = text;
    if (key.ends_with(kValue)) found[entry].second = text;
  }
  if (found.empty()) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> out;
  for (auto& [entry, field] : found) {
    if (!field.first.empty() || !field.second.empty()) out.push_back(std::move(field));
  }
  return out;
}

// A file of that name; an error if it is no picture of the kinds that are taken.
Result<bool> ReadPicture(const Fields& fields, std::string_view name, const char* what) {
  for (const http::ReceivedPart& file : fields.files) {
    if (file.name != name) continue;
    if (!ContentType(file).starts_with("image/")) {
      return MakeStatus(Code::kInvalidArgument, fmt::format("Validation failed: {} content type is invalid", what));
    }
    if (file.body.size() >= kPictureBytesMax) {
      return MakeStatus(Code::kInvalidArgument, fmt::format("Validation failed: {} file size must be less than 8 MB", what));
    }
    return true;
  }
  return false;
}

Result<Store::ProfileUpdate> ReadUpdate(const Fields& fields) {
  Store::ProfileUpdate update;
  update.display_name = fields.Find("display_name");
  update.note = fields.Find("note");
  update.fields = ReadProfileFields(fields);
  ASSIGN_OR_RETURN(update.avatar, ReadPicture(fields, "avatar", "Avatar"));
  ASSIGN_OR_RETURN(update.header, ReadPicture(fields, "header", "Header"));
  return update;
}

ServerResponse UpdateCredentials(Mastodon* server, const Call& call) {
  const Result<Store::ProfileUpdate> update = ReadUpdate(call.fields);
  if (!update.ok()) return ErrorAnswer(422, Message(update.status()));
  auto decide = [server, update = *update, viewer = call.viewer(), base_url = call.base_url] {
    const Status updated = server->store.UpdateProfile(viewer, update);
    if (!updated.ok()) return ErrorAnswer(422, Message(updated));
    return Answer(RenderCredentialAccount(*server->store.Account(viewer), base_url));
  };
  return Act<MastodonAttempt>(server, {call.account->username, "profile", std::to_string(call.viewer()),
                                       update->display_name.value_or(""), call.request.request_number, std::move(decide)});
}

ServerResponse SetFollow(Mastodon* server, const Call& call, bool follow) {
  const int64_t id = call.Id();
  if (!server->store.SetFollow(call.viewer(), id, follow)) return NotFound();
  return Answer(Relationship(*server, call.viewer(), id));
}

}  // namespace

void AddAccountRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "GET /api/v1/accounts/verify_credentials", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             return Answer(
                 RenderCredentialAccount(*server->store.Account(call.viewer()), call.base_url));
           });
  AddRoute(router, server, "PATCH /api/v1/accounts/update_credentials", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return UpdateCredentials(server, call); });
  AddRoute(router, server, "GET /api/v1/accounts/lookup", Auth::kNone, Reads::kNo,
           [=](const Call& call) {
             const auto account = server->store.Lookup(call.fields.Get("acct"));
             return account ? Answer(RenderAccount(*account, call.base_url)) : NotFound();
           });
  AddRoute(router, server, "GET /api/v1/accounts/relationships", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             json out = json::array();
             for (const std::string& id : call.fields.All("id")) {
               const int64_t number = std::strtoll(id.c_str(), nullptr, 10);
               if (server->store.Account(number))
                 out.push_back(Relationship(*server, call.viewer(), number));
             }
             return Answer(out);
           });
  AddRoute(router, server, "GET /api/v1/accounts/:id", Auth::kNone, Reads::kNo,
           [=](const Call& call) {
             const auto account = server->store.Account(call.Id());
             return account ? Answer(RenderAccount(*account, call.base_url)) : NotFound();
           });
  AddRoute(router, server, "GET /api/v1/accounts/:id/statuses", Auth::kNone, Reads::kTimeline,
           [=](const Call& call) {
             if (!server->store.Account(call.Id())) return NotFound();
             return TimelineAnswer(server, call, {call.Id()});
           });
  AddRoute(router, server, "GET /api/v1/timelines/home", Auth::kUser, Reads::kTimeline,
           [=](const Call& call) {
             return TimelineAnswer(server, call, server->store.HomeOf(call.viewer()));
           });
  AddRoute(router, server, "POST /api/v1/accounts/:id/follow", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return SetFollow(server, call, true); });
  AddRoute(router, server, "POST /api/v1/accounts/:id/unfollow", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return SetFollow(server, call, false); });
}

}  // namespace carillon::sandbox::mastodon
