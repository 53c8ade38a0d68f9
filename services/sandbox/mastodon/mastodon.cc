#include "services/sandbox/mastodon/mastodon.h"

#include "services/sandbox/mastodon/api.h"

namespace carillon::sandbox::mastodon {
namespace {

using nlohmann::json;

constexpr uint64_t kBodyBytesMax = 20 << 20;  // one upload

int64_t Number(const std::string& id) { return std::strtoll(id.c_str(), nullptr, 10); }
std::string IdText(int64_t id) { return id == 0 ? "" : std::to_string(id); }

AccountInfo InfoOf(const Profile& profile, int64_t followers) {
  return {std::to_string(profile.id), profile.username, profile.zone, followers};
}

}  // namespace

Mastodon::Mastodon(Options given, Shared* the_shared)
    : options(std::move(given)),
      shared(the_shared),
      store(shared->clock, shared->seed, options.limits, &shared->truth),
      grants(shared->clock, shared->seed),
      rate_limits(options.rate_limit) {
  AddInstanceRoutes(&router_, this);
  AddOauthRoutes(&router_, this);
  AddAccountRoutes(&router_, this);
  AddStatusRoutes(&router_, this);
  AddPostingRoutes(&router_, this);
  AddMediaRoutes(&router_, this);
  AddNotificationRoutes(&router_, this);
  AddSearchRoutes(&router_, this);
  AddStreamingRoutes(&router_, this);
}

Status Mastodon::Start() {
  http::ServerOptions server;
  server.connections_max = kConnectionsMax;
  server.listen = options.listen;
  server.threads = options.threads;
  server.body_bytes_max = kBodyBytesMax;
  ASSIGN_OR_RETURN(server_, http::HttpServer::Start(server, [this](const auto& request) {
                     return router_.Handle(request);
                   }));
  return Ok();
}

void Mastodon::Stop() {
  if (server_) server_->Stop();
}

Result<AccountInfo> Mastodon::AddAccount(const NewAccount& account) {
  ASSIGN_OR_RETURN(const Profile profile, store.AddAccount(account));
  return InfoOf(profile, 0);
}

std::vector<AccountInfo> Mastodon::Accounts() const {
  std::vector<AccountInfo> out;
  for (const AccountView& account : store.Accounts())
    out.push_back(InfoOf(account.profile, account.followers));
  return out;
}

std::string Mastodon::FindAccount(const std::string& username) const {
  const auto found = store.Lookup(username);
  return found ? std::to_string(found->profile.id) : "";
}

std::string Mastodon::AuthorOf(const std::string& post) const {
  const auto status = store.FindStatus(Number(post), 0);
  return status ? std::to_string(status->post.account) : "";
}

PostTruth Mastodon::TruthOf(const std::string& id) const {
  PostTruth truth;
  std::vector<Media> media;
  const auto post = store.AnyPost(Number(id), &media);
  if (!post) return truth;
  truth.text = post->text;
  truth.in_reply_to = IdText(post->in_reply_to);
  truth.deleted = post->deleted;
  truth.edited = post->edited_at != absl::InfinitePast();
  truth.favourites = post->favourites();
  truth.reblogs = post->reblogs();
  truth.replies = post->reply_count();
  for (const Media& one : media) {
    truth.media.push_back({{"id", std::to_string(one.id)},
                           {"type", one.type},
                           {"description", one.description},
                           {"bytes", one.bytes}});
  }
  truth.more = {{"spoiler_text", post->spoiler_text},
                {"sensitive", post->sensitive},
                {"visibility", post->visibility},
                {"quoted", IdText(post->quoted)}};
  if (post->poll) {
    truth.more["poll"] = {{"options", post->poll->options},
                          {"expires_in", post->poll->expires_in_s},
                          {"multiple", post->poll->multiple},
                          {"hide_totals", post->poll->hide_totals}};
  }
  return truth;
}

bool Mastodon::Has(Reaction reaction) const {
  return reaction != Reaction::kQuote;
}

std::string Mastodon::React(Reaction reaction, int user, const std::string& account,
                            const std::string& post, const std::string& text) {
  return IdText(store.React(reaction, user, Number(account), Number(post), text));
}

Status Mastodon::CheckFault(const Fault& fault) const {
  if (fault.step == "upload")
    return MakeStatus(Code::kInvalidArgument, "mastodon plays no faults on uploads");
  if (!fault.error.empty())
    return MakeStatus(Code::kInvalidArgument, "mastodon has one error for unauthorized");
  return Ok();
}

}  // namespace carillon::sandbox::mastodon
