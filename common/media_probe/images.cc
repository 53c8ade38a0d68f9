// Pictures, by libvips' programs.
#include <absl/strings/numbers.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "common/media_probe/tools.h"

namespace carillon::media_probe {
namespace {

constexpr int64_t kCleanBytesMax = int64_t{1} << 30;

struct Kind {
  std::string_view mime_type;
  std::string_view loader;   // as vipsheader calls it; with a suffix for where it reads from
  std::string_view frames;   // option of loaders that know more than one
  std::string_view extension;
  std::string_view save;     // options of the saver
};
constexpr Kind kKinds[] = {
    {"image/png", "pngload", "", ".png", "strip"},
    {"image/jpeg", "jpegload", "", ".jpg", "strip,Q=95"},
    {"image/gif", "gifload", "n=-1", ".gif", "strip"},
    {"image/webp", "webpload", "n=-1", ".webp", "strip,Q=90"},
};

const Kind* FindKind(std::string_view mime_type) {
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const Kind& k) { return k.mime_type == mime_type; });
  return kind == std::end(kKinds) ? nullptr : kind;
}

// "name: value" lines. Values of several lines give lines that are no fields of ours.
std::map<std::string, std::string> FieldsOf(const std::string& text) {
  std::map<std::string, std::string> fields;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const size_t colon = text.find(": ", at);
    if (colon < end) fields.emplace(text.substr(at, colon - at), text.substr(colon + 2, end - colon - 2));
    at = end + 1;
  }
  return fields;
}

Result<int> NumberIn(const std::map<std::string, std::string>& fields, const char* name, int if_absent) {
  const auto field = fields.find(name);
  if (field == fields.end()) return if_absent;
  int number = 0;
  if (!absl::SimpleAtoi(field->second, &number)) return BadMedia("the file says nothing about its size");
  return number;
}

// libvips does not tell of GIF's application extensions; XMP names itself in one.
Result<bool> HasXmpExtension(const std::string& path) {
  constexpr std::string_view kName = "XMP DataXMP";
  std::ifstream file(path, std::ios::binary);
  std::string window;
  std::string chunk(64 << 10, '\0');
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    window.append(chunk, 0, static_cast<size_t>(file.gcount()));
    if (window.find(kName) != std::string::npos) return true;
    window.erase(0, window.size() - std::min(window.size(), kName.size()));
  }
  if (file.bad()) return MakeStatus(Code::kUnavailable, "the file can't be read");
  return false;
}

bool IsPrivateField(const std::string& name) {
  return name == "exif-data" || name == "xmp-data" || name == "iptc-data" || name == "photoshop-data" ||
         name.starts_with("png-comment-") || name == "gif-comment";
}

}  // namespace

Result<MediaFacts> ProbeImage(const Tools& tools, const std::string& path, const std::string& mime_type,
                              const std::string& work_folder) {
  const Kind* kind = FindKind(mime_type);
  if (kind == nullptr) return BadMedia(fmt::format("'{}' is no kind of picture that is taken", mime_type));
  ASSIGN_OR_RETURN(const std::string header, tools.Run({"vipsheader", "-a", path}, path, work_folder));
  const auto fields = FieldsOf(header);
  const auto loader = fields.find("vips-loader");
  if (loader == fields.end() || !loader->second.starts_with(kind->loader)) {
    return BadMedia(fmt::format("the file begins as {} and is another kind", mime_type));
  }
  MediaFacts facts;
  facts.mime_type = mime_type;
  ASSIGN_OR_RETURN(facts.width, NumberIn(fields, "width", 0));
  ASSIGN_OR_RETURN(facts.height, NumberIn(fields, "height", 0));
  ASSIGN_OR_RETURN(facts.frames, NumberIn(fields, "n-pages", 1));
  ASSIGN_OR_RETURN(const int orientation, NumberIn(fields, "orientation", 1));
  RETURN_IF_ERROR(CheckFrame(facts.width, facts.height, tools.limits()));
  const int64_t pixels = int64_t{facts.width} * facts.height;
  if (facts.frames < 1 || facts.frames > tools.limits().all_pixels_max / pixels) {
    return TooComplex(fmt::format("{} frames of {} x {} are too many; shorten it", facts.frames,
                                  facts.width, facts.height));
  }
  if (orientation >= 5 && orientation <= 8) std::swap(facts.width, facts.height);
  facts.is_private = std::any_of(fields.begin(), fields.end(),
                                 [](const auto& field) { return IsPrivateField(field.first); });
  if (mime_type == "image/gif" && !facts.is_private) {
    ASSIGN_OR_RETURN(facts.is_private, HasXmpExtension(path));
  }
  // Every pixel once: what is cut or broken fails here.
  std::string options = "fail_on=truncated";
  if (!kind->frames.empty()) options += fmt::format(",{}", kind->frames);
  RETURN_IF_ERROR(tools.Run({"vips", "avg", fmt::format("{}[{}]", path, options)}, path, work_folder).status());
  return facts;
}

Result<std::string> CleanImage(const Tools& tools, const std::string& path, const MediaFacts& facts,
                               const std::string& work_folder) {
  const Kind* kind = FindKind(facts.mime_type);
  if (kind == nullptr) return BadMedia("no kind of picture that is taken");
  const std::string input = kind->frames.empty() ? path : fmt::format("{}[{}]", path, kind->frames);
  std::string output = work_folder + "/clean" + std::string(kind->extension);
  // Only ever smaller than this: the size stays, and the rest of what a thumbnail is made by (turning, sRGB) is what is wanted.
  RETURN_IF_ERROR(tools.Run({"vipsthumbnail", input, "--size", "1000000x1000000>", "--export-profile", "srgb",
                             "--output", fmt::format("{}[{}]", output, kind->save)},
                            path, work_folder, kCleanBytesMax)
                      .status());
  return output;
}

}  // namespace carillon::media_probe
