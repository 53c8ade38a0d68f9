#include "services/sandbox/bluesky/record_check.h"

#include <functional>
#include <map>

#include "common/text/utf8.h"
#include "services/sandbox/bluesky/cid.h"
#include "services/sandbox/bluesky/names.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr int64_t kImageBytesMax = 2'000'000, kThumbBytesMax = 1'000'000,
                  kVideoBytesMax = 300'000'000, kCaptionBytesMax = 20'000;

// A rule judges a value at its path; the blobs that it meets are noted.
using Blobs = std::vector<BlobUse>;
using Rule = std::function<Status(const json&, const std::string& path, Blobs*)>;

Status Bad(const std::string& path, std::string_view what) {
  return MakeStatus(Code::kInvalidArgument, fmt::format("{} {}", path, what));
}

Rule Text(size_t bytes_max = 0, size_t graphemes_max = 0) {
  return [=](const json& value, const std::string& path, Blobs*) -> Status {
    if (!value.is_string()) return Bad(path, "must be a string");
    const std::string& text = value.get_ref<const std::string&>();
    if (bytes_max > 0 && text.size() > bytes_max)
      return Bad(path, fmt::format("must not be longer than {} characters", bytes_max));
    if (graphemes_max > 0 && text::CountGraphemes(text) > static_cast<int64_t>(graphemes_max))
      return Bad(path, fmt::format("must not be longer than {} graphemes", graphemes_max));
    return Ok();
  };
}

Rule Format(bool (*is)(std::string_view), const char* what) {
  return [=](const json& value, const std::string& path, Blobs*) -> Status {
    if (!value.is_string()) return Bad(path, "must be a string");
    if (!is(value.get_ref<const std::string&>()))
      return Bad(path, fmt::format("must be a valid {}", what));
    return Ok();
  };
}

// `minimum` is not negative.
Rule Integer(int64_t minimum) {
  return [=](const json& value, const std::string& path, Blobs*) -> Status {
    if (!value.is_number_integer()) return Bad(path, "must be an integer");
    const bool fits = value.is_number_unsigned()
                          ? value.get<uint64_t>() >= static_cast<uint64_t>(minimum)
                          : value.get<int64_t>() >= minimum;
    return fits ? Ok() : Bad(path, fmt::format("can not be less than {}", minimum));
  };
}

Rule Array(Rule item, size_t length_max = 0) {
  return [=](const json& value, const std::string& path, Blobs* blobs) -> Status {
    if (!value.is_array()) return Bad(path, "must be an array");
    if (length_max > 0 && value.size() > length_max)
      return Bad(path, fmt::format("must not have more than {} elements", length_max));
    for (size_t i = 0; i < value.size(); ++i)
      RETURN_IF_ERROR(item(value[i], fmt::format("{}/{}", path, i), blobs));
    return Ok();
  };
}

struct Member {
  const char* name;
  Rule rule;
  bool required = false;
};

Rule Object(std::vector<Member> members) {
  return [=](const json& value, const std::string& path, Blobs* blobs) -> Status {
    if (!value.is_object()) return Bad(path, "must be an object");
    for (const Member& member : members) {
      const auto found = value.find(member.name);
      if (found != value.end())
        RETURN_IF_ERROR(member.rule(*found, path + "/" + member.name, blobs));
      else if (member.required)
        return Bad(path, fmt::format("must have the property \"{}\"", member.name));
    }
    return Ok();
  };
}

// An open union: what it does not name is taken as it is.
Rule Union(std::map<std::string, Rule> rules) {
  return [=](const json& value, const std::string& path, Blobs* blobs) -> Status {
    if (!value.is_object() || !value.contains("$type") || !value["$type"].is_string())
      return Bad(path, "must be an object which includes the \"$type\" property");
    const auto rule = rules.find(value["$type"].get<std::string>());
    return rule == rules.end() ? Ok() : rule->second(value, path, blobs);
  };
}

std::optional<BlobUse> BlobIn(const json& value) {
  if (!value.is_object() || value.value("$type", json()) != "blob") return std::nullopt;
  const json ref = value.value("ref", json()), mime = value.value("mimeType", json()),
             size = value.value("size", json());
  if (!ref.is_object() || !ref.contains("$link") || !ref["$link"].is_string() ||
      !IsCid(ref["$link"].get_ref<const std::string&>()) || !mime.is_string() ||
      !size.is_number_integer()) {
    return std::nullopt;
  }
  return BlobUse{ref["$link"], mime, size.get<int64_t>(), "*/*", 0};
}

Rule Blob(const char* accept, int64_t bytes_max) {
  return [=](const json& value, const std::string& path, Blobs* blobs) -> Status {
    auto blob = BlobIn(value);
    if (!blob) return Bad(path, "should be a blob ref");
    blob->accept = accept;
    blob->bytes_max = bytes_max;
    blobs->push_back(*std::move(blob));
    return Ok();
  };
}

Rule Did() { return Format(&IsDid, "did"); }
Rule Uri() { return Format(&IsUri, "uri"); }
Rule Datetime() { return Format(&IsDatetime, "atproto datetime (both RFC-3339 and ISO-8601)"); }
Rule Language() { return Format(&IsLanguage, "language tag"); }

Rule StrongRef() {
  return Object({{"uri", Format(&IsAtUri, "at-uri"), true}, {"cid", Format(&IsCid, "cid"), true}});
}

Rule AspectRatio() {
  return Object({{"width", Integer(1), true}, {"height", Integer(1), true}});
}

Rule SelfLabels() {
  return Union({{"com.atproto.label.defs#selfLabels",
                 Object({{"values", Array(Object({{"val", Text(128), true}}), 10), true}})}});
}

Rule Facet() {
  const Rule slice =
      Object({{"byteStart", Integer(0), true}, {"byteEnd", Integer(0), true}});
  const std::string facet = "app.bsky.richtext.facet";
  return Object({{"index", slice, true},
                 {"features",
                  Array(Union({{facet + "#mention", Object({{"did", Did(), true}})},
                               {facet + "#link", Object({{"uri", Uri(), true}})},
                               {facet + "#tag", Object({{"tag", Text(640, 64), true}})}})),
                  true}});
}

Rule Image(bool needs_ratio) {
  return Object({{"image", Blob("image/*", kImageBytesMax), true},
                 {"alt", Text(), true},
                 {"aspectRatio", AspectRatio(), needs_ratio}});
}

std::map<std::string, Rule> MediaEmbeds() {
  const Rule caption = Object(
      {{"lang", Language(), true}, {"file", Blob("text/vtt", kCaptionBytesMax), true}});
  const Rule external = Object({{"uri", Uri(), true},
                                {"title", Text(), true},
                                {"description", Text(), true},
                                {"thumb", Blob("image/*", kThumbBytesMax)}});
  return {{"app.bsky.embed.images", Object({{"images", Array(Image(false), 4), true}})},
          {"app.bsky.embed.gallery",
           Object({{"items", Array(Union({{"app.bsky.embed.gallery#image", Image(true)}}), 20),
                    true}})},
          {"app.bsky.embed.video", Object({{"video", Blob("video/mp4", kVideoBytesMax), true},
                                           {"captions", Array(caption, 20)},
                                           {"alt", Text(10'000, 1000)},
                                           {"aspectRatio", AspectRatio()}})},
          {"app.bsky.embed.external", Object({{"external", external, true}})}};
}

Rule Embed() {
  std::map<std::string, Rule> embeds = MediaEmbeds();
  const Rule record = Object({{"record", StrongRef(), true}});
  const Rule media = Union(embeds);
  embeds["app.bsky.embed.record"] = record;
  embeds["app.bsky.embed.recordWithMedia"] =
      Object({{"record", record, true}, {"media", media, true}});
  return Union(std::move(embeds));
}

Rule Post() {
  return Object({{"text", Text(3000, 300), true},
                 {"facets", Array(Facet())},
                 {"reply", Object({{"root", StrongRef(), true}, {"parent", StrongRef(), true}})},
                 {"embed", Embed()},
                 {"langs", Array(Language(), 3)},
                 {"labels", SelfLabels()},
                 {"tags", Array(Text(640, 64), 8)},
                 {"createdAt", Datetime(), true}});
}

Rule Profile() {
  return Object({{"displayName", Text(640, 64)},
                 {"description", Text(2560, 256)},
                 {"pronouns", Text(200, 20)},
                 {"website", Uri()},
                 {"avatar", Blob("image/png,image/jpeg", kThumbBytesMax)},
                 {"banner", Blob("image/png,image/jpeg", kThumbBytesMax)},
                 {"labels", SelfLabels()},
                 {"joinedViaStarterPack", StrongRef()},
                 {"pinnedPost", StrongRef()},
                 {"createdAt", Datetime()}});
}

Rule Gate() {
  const std::string gate = "app.bsky.feed.threadgate";
  const Rule any = Object({});
  const Rule list = Object({{"list", Format(&IsAtUri, "at-uri"), true}});
  return Object({{"post", Format(&IsAtUri, "at-uri"), true},
                 {"allow",
                  Array(Union({{gate + "#mentionRule", any},
                               {gate + "#followerRule", any},
                               {gate + "#followingRule", any},
                               {gate + "#listRule", list}}),
                        5)},
                 {"createdAt", Datetime(), true},
                 {"hiddenReplies", Array(Format(&IsAtUri, "at-uri"), 300)}});
}

const std::map<std::string, Rule, std::less<>>& Collections() {
  static const auto* const rules = [] {
    const Rule reaction = Object({{"subject", StrongRef(), true},
                                  {"createdAt", Datetime(), true},
                                  {"via", StrongRef()}});
    return new std::map<std::string, Rule, std::less<>>{
        {"app.bsky.feed.post", Post()},
        {"app.bsky.feed.threadgate", Gate()},
        {"app.bsky.feed.like", reaction},
        {"app.bsky.feed.repost", reaction},
        {"app.bsky.graph.follow",
         Object({{"subject", Did(), true}, {"createdAt", Datetime(), true}})},
        {"app.bsky.actor.profile", Profile()}};
  }();
  return *rules;
}

bool IsInsideCharacter(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// Of facets that have the form that they should have.
Status CheckFacetRanges(std::string_view text, const json& facets, std::string_view path) {
  for (size_t i = 0; i < facets.size(); ++i) {
    const auto start = facets[i]["index"]["byteStart"].get<uint64_t>(),
               end = facets[i]["index"]["byteEnd"].get<uint64_t>();
    const std::string index = fmt::format("{}/{}/index", path, i);
    if (start >= end || end > text.size()) return Bad(index, "must lie within the text");
    if (IsInsideCharacter(text, start) || IsInsideCharacter(text, end))
      return Bad(index, "must not cut a character");
  }
  return Ok();
}

void FindBlobs(const json& value, Blobs* blobs) {
  if (auto blob = BlobIn(value)) {
    blobs->push_back(*std::move(blob));
    return;
  }
  if (!value.is_structured()) return;
  for (const json& item : value) FindBlobs(item, blobs);
}

}  // namespace

bool IsKnownCollection(std::string_view collection) {
  return Collections().find(collection) != Collections().end();
}

Result<std::vector<BlobUse>> CheckRecord(const std::string& collection, const json& record) {
  const auto rule = Collections().find(collection);
  if (rule == Collections().end()) return BlobsIn(record);
  Blobs blobs;
  Status status = rule->second(record, "Record", &blobs);
  if (status.ok() && collection == "app.bsky.feed.post" && record.contains("facets")) {
    status = CheckFacetRanges(record["text"].get_ref<const std::string&>(), record["facets"],
                              "Record/facets");
  }
  if (!status.ok()) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("Invalid {} record: {}", collection, carillon::Message(status)));
  }
  return blobs;
}

std::vector<BlobUse> BlobsIn(const json& record) {
  Blobs blobs;
  FindBlobs(record, &blobs);
  return blobs;
}

Status CheckFacets(std::string_view text, const json& facets, const std::string& path) {
  Blobs none;
  RETURN_IF_ERROR(Array(Facet())(facets, path, &none));
  return CheckFacetRanges(text, facets, path);
}

Status CheckKey(const std::string& collection, const std::string& rkey) {
  const bool is_literal = collection == "app.bsky.actor.profile";
  if (!IsRecordKey(rkey) || (is_literal && rkey != "self") ||
      (!is_literal && IsKnownCollection(collection) && !IsTid(rkey))) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("Invalid record key for {}: '{}'", collection, rkey));
  }
  return Ok();
}

bool MimeMatches(std::string_view mime, std::string_view patterns) {
  for (size_t begin = 0; begin <= patterns.size();) {
    const size_t end = std::min(patterns.find(',', begin), patterns.size());
    const std::string_view pattern = patterns.substr(begin, end - begin);
    if (pattern == "*/*" || mime == pattern) return true;
    if (pattern.ends_with("/*") && mime.starts_with(pattern.substr(0, pattern.size() - 1)))
      return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace carillon::sandbox::bluesky
