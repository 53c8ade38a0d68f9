#include "common/platform/bluesky/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/tid.h"
#include "common/base/ids.h"
#include "common/bluesky_text/facets.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using atproto_syntax::Tid;
using bluesky_text::Facet;
using platform::Json;

Json FeatureOf(const Facet& facet, const std::map<std::string, std::string>& did_of) {
  switch (facet.kind) {
    case Facet::Kind::kLink:
      return {{"$type", "app.bsky.richtext.facet#link"}, {"uri", facet.value}};
    case Facet::Kind::kTag:
      return {{"$type", "app.bsky.richtext.facet#tag"}, {"tag", facet.value}};
    case Facet::Kind::kMention: {
      const auto found = did_of.find(facet.value);
      // Nobody of that name: it stays text.
      if (found == did_of.end()) return Json();
      return {{"$type", "app.bsky.richtext.facet#mention"}, {"did", found->second}};
    }
  }
  return Json();
}

Json FacetsOf(const std::string& text, const std::map<std::string, std::string>& did_of) {
  Json facets = Json::array();
  for (const Facet& facet : bluesky_text::FindFacets(text)) {
    Json feature = FeatureOf(facet, did_of);
    if (feature.is_null()) continue;
    facets.push_back({{"index", {{"byteStart", facet.range.begin}, {"byteEnd", facet.range.end}}},
                      {"features", Json::array({std::move(feature)})}});
  }
  return facets;
}

Json MediaEmbedOf(const platform::PublishContent& content, const std::vector<Json>& blobs) {
  if (!content.media.empty() && content.media[0].mime_type.starts_with("video/")) {
    Json video = {{"$type", "app.bsky.embed.video"}, {"video", blobs[0]}};
    if (!content.media[0].alt_text.empty()) video["alt"] = content.media[0].alt_text;
    return video;
  }
  if (!content.media.empty()) {
    Json images = Json::array();
    for (size_t i = 0; i < content.media.size(); ++i) {
      images.push_back({{"image", blobs[i]}, {"alt", content.media[i].alt_text}});
    }
    return {{"$type", "app.bsky.embed.images"}, {"images", std::move(images)}};
  }
  if (content.link.empty()) return Json();
  // A card of the address alone: what the page says of itself is not fetched.
  return {{"$type", "app.bsky.embed.external"},
          {"external",
           {{"uri", content.link}, {"title", platform::HostOf(content.link)}, {"description", ""}}}};
}

Json RefOf(const StrongRef& ref) { return {{"uri", ref.uri}, {"cid", ref.cid}}; }

Json EmbedOf(const platform::PublishContent& content, const PostParts& parts) {
  Json media = MediaEmbedOf(content, parts.blobs);
  if (!parts.quoted) return media;
  Json record = {{"$type", "app.bsky.embed.record"}, {"record", RefOf(*parts.quoted)}};
  if (media.is_null()) return record;
  return {{"$type", "app.bsky.embed.recordWithMedia"}, {"record", std::move(record)}, {"media", std::move(media)}};
}

Json LabelsOf(const std::vector<std::string>& labels) {
  Json values = Json::array();
  for (const std::string& label : labels) values.push_back({{"val", label}});
  return {{"$type", "com.atproto.label.defs#selfLabels"}, {"values", std::move(values)}};
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

Json RuleOf(platform::ReplyGroup group) {
  const char* name = group == platform::ReplyGroup::kMentioned   ? "mentionRule"
                     : group == platform::ReplyGroup::kFollowers ? "followerRule"
                                                                 : "followingRule";
  return {{"$type", fmt::format("{}#{}", kGateCollection, name)}};
}

Tid OwnPart(std::string_view idempotency_key) {
  const auto hash = static_cast<uint32_t>(Murmur2(idempotency_key));
  return {hash / 1024 % 1000, static_cast<int>(hash % 1024)};
}

}  // namespace

std::string PostText(const platform::PublishContent& content) {
  if (content.link.empty() || content.text.find(content.link) != std::string::npos) return content.text;
  // With media there is no room for a card.
  if (content.media.empty()) return content.text;
  return content.text.empty() ? content.link : content.text + "\n\n" + content.link;
}

// Our times have milliseconds: the microseconds below and the clock id are the delivery's.
std::string RecordKey(absl::Time first_sent_at, std::string_view idempotency_key) {
  const Tid own = OwnPart(idempotency_key);
  return atproto_syntax::FormatTid(
      {absl::ToUnixMillis(first_sent_at) * 1000 + own.microseconds, own.clock_id});
}

bool IsKeyOf(std::string_view record_key, std::string_view idempotency_key) {
  const auto tid = atproto_syntax::ParseTid(record_key);
  const Tid own = OwnPart(idempotency_key);
  return tid && tid->microseconds % 1000 == own.microseconds && tid->clock_id == own.clock_id;
}

std::vector<std::string> MentionedHandles(const platform::PublishContent& content) {
  std::vector<std::string> out;
  for (const Facet& facet : bluesky_text::FindFacets(PostText(content))) {
    if (facet.kind != Facet::Kind::kMention) continue;
    if (std::find(out.begin(), out.end(), facet.value) == out.end()) out.push_back(facet.value);
  }
  return out;
}

Json MakePost(const platform::PublishContent& content, absl::Time created_at,
              const PostParts& parts) {
  const std::string text = PostText(content);
  Json post = {{"$type", kPostCollection},
               {"text", text},
               {"createdAt", TimeText(created_at)}};
  if (Json facets = FacetsOf(text, parts.did_of); !facets.empty()) post["facets"] = std::move(facets);
  if (Json embed = EmbedOf(content, parts); !embed.is_null()) post["embed"] = std::move(embed);
  if (!content.language.empty()) post["langs"] = Json::array({content.language});
  if (!content.content_labels.empty()) post["labels"] = LabelsOf(content.content_labels);
  if (parts.reply) {
    post["reply"] = {{"root", RefOf(parts.reply->root)}, {"parent", RefOf(parts.reply->parent)}};
  }
  return post;
}

Json MakeGate(const std::vector<platform::ReplyGroup>& groups, absl::Time created_at, std::string_view post_uri) {
  Json allow = Json::array();
  for (const platform::ReplyGroup group : groups) allow.push_back(RuleOf(group));
  return {{"$type", kGateCollection}, {"post", post_uri}, {"allow", std::move(allow)}, {"createdAt", TimeText(created_at)}};
}

std::string QuotedUri(std::string_view quoted) {
  constexpr std::string_view kWeb = "https://bsky.app/profile/", kPost = "/post/";
  std::string uri(quoted);
  if (quoted.starts_with(kWeb)) {
    quoted = quoted.substr(kWeb.size(), quoted.find_first_of("?#") - kWeb.size());
    const size_t post = quoted.find(kPost);
    if (post == std::string_view::npos) return "";
    uri = fmt::format("at://{}/{}/{}", quoted.substr(0, post), kPostCollection, quoted.substr(post + kPost.size()));
  }
  const auto parsed = atproto_syntax::ParseAtUri(uri);
  return parsed && parsed->collection == kPostCollection && !parsed->record_key.empty() ? uri : "";
}

std::string WebAddress(std::string_view uri, std::string_view handle) {
  const auto parsed = atproto_syntax::ParseAtUri(uri);
  if (!parsed) return "";
  return fmt::format("https://bsky.app/profile/{}/post/{}", handle.empty() ? parsed->authority : handle,
                     parsed->record_key);
}

}  // namespace carillon::bluesky
