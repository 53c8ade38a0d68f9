#include "services/sandbox/bluesky/bluesky.h"

#include "services/sandbox/bluesky/jetstream.h"
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/xrpc.h"
#include "services/sandbox/json_input.h"
#include "services/sandbox/stream_faults.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr uint64_t kBodyBytesMax = 301'000'000;  // one video

AccountInfo InfoOf(const Actor& actor) {
  return {actor.did, actor.handle, actor.zone,
          actor.past_followers + static_cast<int64_t>(actor.followers.size())};
}

void AddMedia(const json& holder, const char* name, const char* type, json* media) {
  const std::string cid = TextAt(holder, {name, "ref", "$link"});
  const json* bytes = At(holder, {name, "size"});
  media->push_back({{"id", cid},
                    {"type", type},
                    {"description", TextAt(holder, {"alt"})},
                    {"bytes", bytes == nullptr ? json(0) : *bytes}});
}

// The pictures and videos of a post, as the ground truth of all platforms tells them.
json MediaOf(const json& record) {
  json media = json::array();
  const json* embed = At(record, {"embed"});
  if (embed == nullptr) return media;
  if (const json* inner = At(*embed, {"media"})) embed = inner;
  for (const char* list : {"images", "items"}) {
    const json* images = At(*embed, {list});
    if (images == nullptr) continue;
    for (const json& image : *images) AddMedia(image, "image", "image", &media);
  }
  if (At(*embed, {"video"}) != nullptr) AddMedia(*embed, "video", "video", &media);
  return media;
}

}  // namespace

Bluesky::Bluesky(Options given, Shared* the_shared)
    : options(std::move(given)),
      shared(the_shared),
      firehose(shared->clock, options.limits.events_max),
      state(shared->clock, shared->seed, options.limits, &firehose),
      sessions(shared->clock, shared->seed, options.access_ttl),
      grants(shared->clock, shared->seed, options.access_ttl),
      rate(options),
      xrpc_(std::make_unique<Xrpc>(&router_, this)),
      clients(shared->clock) {
  AddServerMethods(xrpc_.get());
  AddRepoMethods(xrpc_.get());
  AddPublishingMethods(xrpc_.get());
  AddBlobMethods(xrpc_.get());
  AddVideoMethods(xrpc_.get());
  AddActorMethods(xrpc_.get());
  AddFeedMethods(xrpc_.get());
  AddThreadMethods(xrpc_.get());
  AddSearchMethods(xrpc_.get());
  AddNotificationMethods(xrpc_.get());
  AddChatMethods(xrpc_.get());
  AddOAuthRoutes(&router_, this);
  router_.Add("GET /subscribe", [this](const http::ServerRequest& request, const http::PathParams&) {
    http::ServerResponse response = Subscribe(&firehose, request);
    if (response.websocket) response.websocket = WithFaults(response.websocket, shared, "bluesky", "");
    return response;
  });
}

Bluesky::~Bluesky() { Stop(); }

Status Bluesky::Start() {
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

void Bluesky::Stop() {
  if (server_) server_->Stop();
}

Result<AccountInfo> Bluesky::AddAccount(const NewAccount& account) {
  const auto locked = state.Lock();
  ASSIGN_OR_RETURN(const Actor* actor, locked->AddAccount(account));
  return InfoOf(*actor);
}

std::vector<AccountInfo> Bluesky::Accounts() const {
  const auto locked = state.Lock();
  std::vector<AccountInfo> out;
  for (const Actor* actor : locked->Customers()) out.push_back(InfoOf(*actor));
  return out;
}

std::string Bluesky::FindAccount(const std::string& username) const {
  const auto locked = state.Lock();
  const Actor* actor = locked->Find(username);
  return actor == nullptr ? "" : actor->did;
}

std::string Bluesky::AuthorOf(const std::string& post) const {
  const auto locked = state.Lock();
  const Post* found = locked->FindPost(post);
  return found == nullptr ? "" : found->did;
}

PostTruth Bluesky::TruthOf(const std::string& uri) const {
  const auto locked = state.Lock();
  PostTruth truth;
  const Post* post = locked->AnyPost(uri);
  if (post == nullptr) return truth;
  truth.text = post->text;
  truth.in_reply_to = post->parent;
  truth.deleted = post->deleted;
  truth.edited = post->edited;
  truth.favourites = post->like_count();
  truth.reblogs = post->repost_count();
  truth.replies = post->reply_count();
  const json record = json::parse(*post->value);
  truth.media = MediaOf(record);
  truth.more = {{"cid", post->cid}, {"record", record}, {"quotes", post->quotes.size()}};
  if (const Record* gate = locked->GateOf(*post)) truth.more["threadgate"] = json::parse(*gate->value);
  return truth;
}

std::string Bluesky::React(Reaction reaction, int user, const std::string& account,
                           const std::string& post, const std::string& text) {
  return state.Lock()->React(reaction, user, account, post, text);
}

Status Bluesky::CheckFault(const Fault& fault) const {
  if (fault.kind == "ignore_idempotency_key") {
    return MakeStatus(Code::kInvalidArgument,
                      "bluesky has no idempotency keys: a record's key is where it lies, and there"
                      " is one record at each");
  }
  if (!fault.error.empty() && fault.error != "ExpiredToken" && fault.error != "InvalidToken")
    return MakeStatus(Code::kInvalidArgument, "error is ExpiredToken or InvalidToken on bluesky");
  if (fault.step == "upload" && (fault.kind == "withhold" || fault.kind == "lookup_down")) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("{} is about posts, not about uploads", fault.kind));
  }
  return Ok();
}

}  // namespace carillon::sandbox::bluesky
