#include "services/sandbox/bluesky/cid.h"
#include "services/sandbox/bluesky/uploads.h"
#include "services/sandbox/pixel.h"

namespace carillon::sandbox::bluesky {
namespace {

using http::ServerResponse;
using nlohmann::json;

constexpr size_t kBlobBytesMax = 50 << 20;  // a PDS' usual limit

class UploadAttempt : public BlueskyAttempt {
 public:
  UploadAttempt(Bluesky* server, std::function<Result<json>()> accept)
      : BlueskyAttempt(server), accept_(std::move(accept)) {
    step = "upload";
  }
  Outcome Accept(bool) override {
    const Result<json> answer = accept_();
    if (!answer.ok()) return {Kind::kRefused, {}, ErrorAnswer(answer.status())};
    return {Kind::kCreated, {}, Answer(*answer)};
  }

 private:
  const std::function<Result<json>()> accept_;
};

ServerResponse UploadBlob(Bluesky* server, Call& call) {
  if (call.request.body.size() > kBlobBytesMax) {
    return ErrorAnswer(
        Refuse(Code::kOutOfRange, "PayloadTooLarge", "request entity too large"));
  }
  auto content = std::make_shared<const std::string>(call.request.body);
  const std::string cid = CidOfRaw(*content),
                    mime = MimeOf(*content, call.request.Header("Content-Type")),
                    did = call.viewer;
  return PlayUpload(server, call, did, cid, [=]() -> Result<json> {
    const auto state = server->state.Lock();
    RETURN_IF_ERROR(state->AddBlob(state->Find(did), cid, mime, content));
    // The kind that it was given first stays.
    return json{{"blob", BlobJson(cid, state->Find(did)->blobs.at(cid).mime,
                                  static_cast<int64_t>(content->size()))}};
  });
}

ServerResponse GetBlob(Bluesky* server, Call& call) {
  const auto did = call.Need("did"), cid = call.Need("cid");
  if (!did.ok()) return ErrorAnswer(did.status());
  if (!cid.ok()) return ErrorAnswer(cid.status());
  const auto state = server->state.Lock();
  const Actor* actor = state->Find(*did);
  if (actor == nullptr)
    return ErrorAnswer(Invalid(fmt::format("Could not find repo for DID: {}", *did), "RepoNotFound"));
  const auto blob = actor->blobs.find(*cid);
  if (blob == actor->blobs.end() || blob->second.content == nullptr)
    return ErrorAnswer(Invalid("Blob not found", "BlobNotFound"));
  ServerResponse response;
  response.content_type = blob->second.mime;
  response.headers = {{"x-content-type-options", "nosniff"},
                      {"content-security-policy", "default-src 'none'; sandbox"}};
  response.body = *blob->second.content;
  return response;
}

}  // namespace

std::string MimeOf(std::string_view content, const std::string& declared) {
  if (content.starts_with("\x89PNG")) return "image/png";
  if (content.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (content.starts_with("GIF8")) return "image/gif";
  if (content.starts_with("RIFF") && content.substr(0, 12).ends_with("WEBP")) return "image/webp";
  if (content.size() > 12 && content.substr(4, 4) == "ftyp") return "video/mp4";
  if (content.starts_with("\x1a\x45\xdf\xa3")) return "video/webm";
  const std::string plain = declared.substr(0, declared.find(';'));
  return plain.empty() || plain == "*/*" ? "application/octet-stream" : plain;
}

json BlobJson(const std::string& cid, const std::string& mime, int64_t bytes) {
  return {{"$type", "blob"}, {"ref", {{"$link", cid}}}, {"mimeType", mime}, {"size", bytes}};
}

ServerResponse PlayUpload(Bluesky* server, const Call& call, const std::string& did,
                          const std::string& cid, std::function<Result<json>()> accept) {
  auto attempt = std::make_shared<UploadAttempt>(server, std::move(accept));
  attempt->account = server->state.Lock()->Find(did)->handle;
  attempt->key = cid;
  attempt->request_number = call.request.request_number;
  return Publish(server, server->shared, attempt);
}

void AddBlobMethods(Xrpc* xrpc) {
  Bluesky* const server = xrpc->server();
  xrpc->Raw({"com.atproto.repo.uploadBlob", Auth::kUser, Reads::kNo, true, Input::kBytes},
            [=](Call& call) { return UploadBlob(server, call); });
  xrpc->Raw({"com.atproto.sync.getBlob", Auth::kOwn},
            [=](Call& call) { return GetBlob(server, call); });
  for (const char* route : {"GET /img/:size/plain/:did/:file", "GET /watch/:did/:cid/thumbnail.jpg"}) {
    xrpc->router()->Add(
        route, [](const http::ServerRequest&, const http::PathParams&) { return PixelAnswer(); });
  }
}

}  // namespace carillon::sandbox::bluesky
