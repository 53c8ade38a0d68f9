// Videos, by ffprobe and ffmpeg.
#include <absl/strings/numbers.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "common/media_probe/tools.h"

namespace carillon::media_probe {
namespace {

using Json = nlohmann::json;

constexpr int64_t kContainerBytesMax = 64 << 20;  // more than the old one

// What a muxer writes about itself. All other tags are somebody's.
const std::set<std::string>& TechnicalTags() {
  static const std::set<std::string> tags = {"major_brand", "minor_version", "compatible_brands", "encoder",
                                             "handler_name", "vendor_id",     "language",          "creation_time"};
  return tags;
}

bool HasForeignTag(const Json& of) {
  const auto tags = of.find("tags");
  if (tags == of.end() || !tags->is_object()) return false;
  for (const auto& [name, value] : tags->items()) {
    if (!TechnicalTags().contains(name)) return true;
  }
  return false;
}

std::string TextIn(const Json& of, const char* name) {
  const auto field = of.find(name);
  return field != of.end() && field->is_string() ? field->get<std::string>() : "";
}

int64_t NumberIn(const Json& of, const char* name) {
  const auto field = of.find(name);
  if (field == of.end()) return 0;
  if (field->is_number_integer()) return field->get<int64_t>();
  int64_t number = 0;
  return field->is_string() && absl::SimpleAtoi(field->get<std::string>(), &number) ? number : 0;
}

bool IsCover(const Json& stream) {
  const auto disposition = stream.find("disposition");
  return disposition != stream.end() && NumberIn(*disposition, "attached_pic") == 1;
}

bool IsTurned(const Json& stream) {
  const auto side_data = stream.find("side_data_list");
  if (side_data == stream.end() || !side_data->is_array()) return false;
  for (const Json& data : *side_data) {
    if (data.is_object() && std::abs(NumberIn(data, "rotation")) % 180 == 90) return true;
  }
  return false;
}

Status TakeStream(const Json& stream, MediaFacts* facts) {
  const std::string type = TextIn(stream, "codec_type");
  facts->is_private = facts->is_private || HasForeignTag(stream);
  if (type == "audio") {
    if (facts->audio_codec.empty()) facts->audio_codec = TextIn(stream, "codec_name");
  } else if (type == "video" && !IsCover(stream)) {
    if (!facts->video_codec.empty()) return BadMedia("the file has more than one video in it");
    facts->video_codec = TextIn(stream, "codec_name");
    const int64_t width = NumberIn(stream, "width");
    const int64_t height = NumberIn(stream, "height");
    if (std::max(width, height) > INT32_MAX) return BadMedia("the file says nothing about its size");
    facts->width = static_cast<int>(IsTurned(stream) ? height : width);
    facts->height = static_cast<int>(IsTurned(stream) ? width : height);
    if (facts->video_codec.empty()) return BadMedia("nobody knows how the video in the file is coded");
  } else {
    facts->is_private = true;  // a cover, texts, positions
  }
  return Ok();
}

}  // namespace

Result<MediaFacts> ProbeVideo(const Tools& tools, const std::string& path, const std::string& mime_type,
                              const std::string& work_folder) {
  ASSIGN_OR_RETURN(const std::string text,
                   tools.Run({"ffprobe", "-v", "error", "-protocol_whitelist", "file", "-f", "mov", "-export_all", "1",
                              "-export_xmp", "1", "-show_format", "-show_streams", "-of", "json", path},
                             path, work_folder));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("format") || !json.contains("streams") || !json["streams"].is_array()) {
    return BadMedia("there is no video in the file");
  }
  MediaFacts facts;
  facts.mime_type = mime_type;
  facts.is_private = HasForeignTag(json["format"]);
  for (const Json& stream : json["streams"]) {
    if (stream.is_object()) RETURN_IF_ERROR(TakeStream(stream, &facts));
  }
  if (facts.video_codec.empty()) return BadMedia("there is no video in the file");
  RETURN_IF_ERROR(CheckFrame(facts.width, facts.height, tools.limits()));
  double seconds = 0;
  if (!absl::SimpleAtod(TextIn(json["format"], "duration"), &seconds) || !(seconds > 0)) {
    return BadMedia("the video has no end or no beginning");
  }
  facts.duration = absl::Seconds(seconds);
  if (facts.duration > tools.limits().duration_max) {
    return TooComplex(fmt::format("the video takes {:.0f} s, {:.0f} s are allowed; shorten it", seconds,
                                  absl::ToDoubleSeconds(tools.limits().duration_max)));
  }
  facts.bits_per_second = NumberIn(json["format"], "bit_rate");
  return facts;
}

Result<std::string> CleanVideo(const Tools& tools, const std::string& path, const std::string& work_folder) {
  std::error_code error;
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error) return MakeStatus(Code::kUnavailable, "the file can't be read: " + error.message());
  std::string output = work_folder + "/clean.mp4";
  RETURN_IF_ERROR(
      tools.Run({"ffmpeg", "-nostdin", "-v", "error", "-y", "-protocol_whitelist", "file", "-f", "mov", "-i", path,
                 "-map", "0:V", "-map", "0:a?", "-codec", "copy", "-map_metadata", "-1", "-map_chapters", "-1",
                 "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", output},
                path, work_folder, size + kContainerBytesMax)
          .status());
  return output;
}

}  // namespace carillon::media_probe
