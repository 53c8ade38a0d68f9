#include "services/sandbox/x/x.h"

#include "services/sandbox/x/activity.h"
#include "services/sandbox/x/api.h"

namespace carillon::sandbox::x {
namespace {

using nlohmann::json;

constexpr uint64_t kBodyBytesMax = 8 << 20;  // one segment, in base64

std::string IdText(Id id) { return id == 0 ? "" : std::to_string(id); }

AccountInfo InfoOf(const User& user) {
  return {IdText(user.id), user.username, user.zone,
          user.past_followers + static_cast<int64_t>(user.followers.size())};
}

const char* TypeOf(const Media& media) {
  return media.kind == Media::Kind::kVideo ? "video" : media.kind == Media::Kind::kGif ? "gifv" : "image";
}

}  // namespace

X::X(Options given, Shared* the_shared)
    : options(std::move(given)),
      shared(the_shared),
      state(shared->clock, shared->seed, options.limits, !options.is_enterprise, &shared->truth),
      grants(shared->clock, shared->seed, options.access_ttl),
      api_(std::make_unique<Api>(&router_, this)) {
  AddOauthRoutes(api_.get());
  AddUserRoutes(api_.get());
  AddPostRoutes(api_.get());
  AddPublishingRoutes(api_.get());
  AddTimelineRoutes(api_.get());
  AddSearchRoutes(api_.get());
  AddReactionRoutes(api_.get());
  AddMediaRoutes(api_.get());
  AddMessageRoutes(api_.get());
  AddStreamRoutes(api_.get());
  AddWebhookRoutes(api_.get());
  state.Lock()->OnPost([this](State& posted, const Post& post) {
    streams.OnPost(posted, post);
    TellPost(posted, post, webhooks);
  });
  state.Lock()->OnHappening([this](State& told, const Happening& happening) { TellHappening(told, happening, webhooks); });
}

X::~X() = default;

Status X::Start() {
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

void X::Stop() {
  webhooks.Stop();  // first: it may owe the server answers
  if (server_) server_->Stop();
}

Result<AccountInfo> X::AddAccount(const NewAccount& account) {
  const auto locked = state.Lock();
  ASSIGN_OR_RETURN(const User* user, locked->AddAccount(account));
  return InfoOf(*user);
}

std::vector<AccountInfo> X::Accounts() const {
  const auto locked = state.Lock();
  std::vector<AccountInfo> out;
  for (const User* user : locked->Customers()) out.push_back(InfoOf(*user));
  return out;
}

std::string X::FindAccount(const std::string& username) const {
  const auto locked = state.Lock();
  const User* user = locked->FindByName(username);
  return user == nullptr ? "" : IdText(user->id);
}

std::string X::AuthorOf(const std::string& post) const {
  const auto locked = state.Lock();
  const Post* found = locked->FindPost(ReadId(post));
  return found == nullptr ? "" : IdText(found->author);
}

PostTruth X::TruthOf(const std::string& id) const {
  const auto locked = state.Lock();
  PostTruth truth;
  const Post* post = locked->AnyPost(ReadId(id));
  if (post == nullptr) return truth;
  truth.edited = !post->versions.empty();
  if (truth.edited) post = locked->AnyPost(post->versions.back());
  truth.text = post->text;
  truth.in_reply_to = IdText(post->reply_to);
  truth.deleted = post->deleted;
  truth.favourites = post->like_count();
  truth.reblogs = post->repost_count();
  truth.replies = post->reply_count();
  for (const Id one : post->media) {
    const Media& media = *locked->AnyMedia(one);
    truth.media.push_back({{"id", IdText(media.id)},
                           {"type", TypeOf(media)},
                           {"description", media.alt_text},
                           {"warnings", media.warnings},
                           {"bytes", media.bytes},
                           {"number", media.number},
                           {"segments_taken", media.segments_taken},
                           {"segments_repeated", media.segments_repeated}});
  }
  truth.more = {{"quoted", IdText(post->quoted)},
                {"reply_settings", post->reply_settings},
                {"quotes", post->quotes.size()},
                {"version", IdText(post->id)}};
  if (!post->labels.empty()) truth.more["labels"] = json::parse(post->labels);
  if (post->poll) truth.more["poll"] = {{"options", post->poll->options}, {"minutes", post->poll->minutes}};
  return truth;
}

std::string X::React(Reaction reaction, int user, const std::string& account,
                     const std::string& post, const std::string& text) {
  return state.Lock()->React(reaction, user, ReadId(account), ReadId(post), text);
}

Status X::CheckFault(const Fault& fault) const {
  if (!fault.error.empty() &&
      (fault.kind != "unauthorized" || fault.error != "UnsupportedAuthentication")) {
    return MakeStatus(Code::kInvalidArgument,
                      "error is UnsupportedAuthentication on x, and of unauthorized only");
  }
  if (fault.step == "upload" && (fault.kind == "withhold" || fault.kind == "lookup_down" ||
                                 fault.kind == "ignore_idempotency_key")) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("{} is about posts, not about uploads", fault.kind));
  }
  return Ok();
}

}  // namespace carillon::sandbox::x
