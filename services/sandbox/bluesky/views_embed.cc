#include "services/sandbox/bluesky/views.h"
#include "services/sandbox/json_answer.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr int kDepthMax = 2;

std::string BlobCid(const json& holder, const char* name) {
  return TextAt(holder, {name, "ref", "$link"});
}

std::string PictureUrl(const Viewer& viewer, const Post& post, const char* size,
                       const std::string& cid) {
  return fmt::format("{}/img/{}/plain/{}/{}@jpeg", viewer.base_url, size, post.did, cid);
}

void CopyIfThere(const json& from, const char* name, json* to) {
  if (const json* found = At(from, {name})) (*to)[name] = *found;
}

json ImageView(const Viewer& viewer, const Post& post, const json& image, const char* thumb_name) {
  const std::string cid = BlobCid(image, "image");
  json out = {{thumb_name, PictureUrl(viewer, post, "feed_thumbnail", cid)},
              {"fullsize", PictureUrl(viewer, post, "feed_fullsize", cid)},
              {"alt", TextAt(image, {"alt"})}};
  CopyIfThere(image, "aspectRatio", &out);
  return out;
}

json ImagesView(const Viewer& viewer, const Post& post, const json& embed) {
  json images = json::array();
  for (const json& image : embed.value("images", json::array()))
    images.push_back(ImageView(viewer, post, image, "thumb"));
  return {{"$type", "app.bsky.embed.images#view"}, {"images", std::move(images)}};
}

json GalleryView(const Viewer& viewer, const Post& post, const json& embed) {
  json items = json::array();
  for (const json& item : embed.value("items", json::array())) {
    json view = ImageView(viewer, post, item, "thumbnail");
    view["$type"] = "app.bsky.embed.gallery#viewImage";
    items.push_back(std::move(view));
  }
  return {{"$type", "app.bsky.embed.gallery#view"}, {"items", std::move(items)}};
}

json VideoView(const Viewer& viewer, const Post& post, const json& embed) {
  const std::string cid = BlobCid(embed, "video");
  const std::string base = fmt::format("{}/watch/{}/{}", viewer.base_url, post.did, cid);
  json out = {{"$type", "app.bsky.embed.video#view"},
              {"cid", cid},
              {"playlist", base + "/playlist.m3u8"},
              {"thumbnail", base + "/thumbnail.jpg"}};
  CopyIfThere(embed, "alt", &out);
  CopyIfThere(embed, "aspectRatio", &out);
  return out;
}

json ExternalView(const Viewer& viewer, const Post& post, const json& embed) {
  json view = {{"uri", TextAt(embed, {"external", "uri"})},
               {"title", TextAt(embed, {"external", "title"})},
               {"description", TextAt(embed, {"external", "description"})}};
  const std::string thumb = TextAt(embed, {"external", "thumb", "ref", "$link"});
  if (!thumb.empty()) view["thumb"] = PictureUrl(viewer, post, "feed_thumbnail", thumb);
  return {{"$type", "app.bsky.embed.external#view"}, {"external", std::move(view)}};
}

json MediaView(const Viewer& viewer, const Post& post, const json& embed) {
  const std::string type = TextAt(embed, {"$type"});
  if (type == "app.bsky.embed.images") return ImagesView(viewer, post, embed);
  if (type == "app.bsky.embed.gallery") return GalleryView(viewer, post, embed);
  if (type == "app.bsky.embed.video") return VideoView(viewer, post, embed);
  if (type == "app.bsky.embed.external") return ExternalView(viewer, post, embed);
  return nullptr;
}

}  // namespace

json RecordEmbedView(const Viewer& viewer, const std::string& uri, int depth) {
  json record;
  if (const Post* quoted = viewer.state.FindPost(uri)) {
    record = {{"$type", "app.bsky.embed.record#viewRecord"},
              {"uri", quoted->uri},
              {"cid", quoted->cid},
              {"author", ProfileBasic(viewer, *viewer.state.Find(quoted->did))},
              {"value", json::parse(*quoted->value)},
              {"labels", json::array()},
              {"likeCount", quoted->like_count()},
              {"replyCount", quoted->reply_count()},
              {"repostCount", quoted->repost_count()},
              {"quoteCount", quoted->quotes.size()},
              {"indexedAt", IsoTime(quoted->indexed_at)}};
    if (depth < kDepthMax) {
      json embed = EmbedView(viewer, *quoted, depth + 1);
      record["embeds"] = json::array();
      if (!embed.is_null()) record["embeds"].push_back(std::move(embed));
    }
  } else {
    record = {{"$type", "app.bsky.embed.record#viewNotFound"}, {"uri", uri}, {"notFound", true}};
  }
  return {{"$type", "app.bsky.embed.record#view"}, {"record", std::move(record)}};
}

json EmbedView(const Viewer& viewer, const Post& post, int depth) {
  const json record = json::parse(*post.value);
  const json* embed = At(record, {"embed"});
  if (embed == nullptr) return nullptr;
  const std::string type = TextAt(*embed, {"$type"});
  if (type == "app.bsky.embed.record")
    return RecordEmbedView(viewer, TextAt(*embed, {"record", "uri"}), depth);
  if (type != "app.bsky.embed.recordWithMedia") return MediaView(viewer, post, *embed);
  const json* media = At(*embed, {"media"});
  return {{"$type", "app.bsky.embed.recordWithMedia#view"},
          {"record", RecordEmbedView(viewer, TextAt(*embed, {"record", "record", "uri"}), depth)},
          {"media", MediaView(viewer, post, media == nullptr ? json() : *media)}};
}

}  // namespace carillon::sandbox::bluesky
