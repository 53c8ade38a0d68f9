#include "services/sandbox/mastodon/api.h"

namespace carillon::sandbox::mastodon {
namespace {

using http::ServerResponse;

constexpr size_t kDescriptionMax = 1500;

std::string MediaType(const std::string& content_type) {
  if (content_type == "image/gif") return "gifv";
  return content_type.substr(0, content_type.find('/'));
}

ServerResponse Upload(Mastodon* server, const Call& call) {
  const http::ReceivedPart* file = nullptr;
  for (const http::ReceivedPart& part : call.fields.files) {
    if (part.name == "file") file = &part;
  }
  if (file == nullptr || file->body.empty())
    return ErrorAnswer(422, "Validation failed: File can't be blank");
  Media media;
  media.owner = call.viewer();
  media.content_type = ContentType(*file);
  if (media.content_type.empty())
    return ErrorAnswer(422, "Validation failed: File content type is invalid, File is invalid");
  media.type = MediaType(media.content_type);
  media.description = call.fields.Get("description");
  if (media.description.size() > 4 * kDescriptionMax) {
    return ErrorAnswer(
        422, fmt::format("Validation failed: Description is too long (maximum is {} characters)",
                         kDescriptionMax));
  }
  media.bytes = static_cast<int64_t>(file->body.size());
  media.ready_at = server->store.clock().Now() + server->options.media_processing;
  const auto id = server->store.AddMedia(media);
  if (!id.ok()) return ErrorAnswer(503, Message(id.status()));
  media.id = *id;
  const bool is_ready = server->options.media_processing <= absl::ZeroDuration();
  return Answer(RenderMedia(media, call.base_url, is_ready), is_ready ? 200 : 202);
}

ServerResponse MediaAnswer(Mastodon* server, const Call& call, const std::optional<Media>& media) {
  if (!media) return NotFound();
  const bool is_ready = media->ready_at <= server->store.clock().Now();
  return Answer(RenderMedia(*media, call.base_url, is_ready), is_ready ? 200 : 206);
}

}  // namespace

std::string ContentType(const http::ReceivedPart& file) {
  const std::string_view body = file.body;
  if (body.starts_with("\x89PNG")) return "image/png";
  if (body.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (body.starts_with("GIF8")) return "image/gif";
  if (body.starts_with("RIFF") && body.substr(0, 12).ends_with("WEBP")) return "image/webp";
  for (const char* known : {"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4",
                            "video/webm", "audio/mpeg", "audio/ogg"}) {
    if (file.content_type == known) return known;
  }
  return "";
}

void AddMediaRoutes(http::Router* router, Mastodon* server) {
  AddRoute(router, server, "POST /api/v2/media", Auth::kUser, Reads::kNo,
           [=](const Call& call) { return Upload(server, call); });
  AddRoute(router, server, "GET /api/v1/media/:id", Auth::kUser, Reads::kNo,
           [=](const Call& call) {
             return MediaAnswer(server, call, server->store.FindMedia(call.viewer(), call.Id()));
           });
  AddRoute(
      router, server, "PUT /api/v1/media/:id", Auth::kUser, Reads::kNo, [=](const Call& call) {
        return MediaAnswer(
            server, call,
            server->store.UpdateMedia(call.viewer(), call.Id(), call.fields.Find("description")));
      });
}

}  // namespace carillon::sandbox::mastodon
