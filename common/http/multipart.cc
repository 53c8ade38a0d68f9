#include "common/http/multipart.h"

#include "common/http/client.h"

namespace carillon::http {
namespace {

Status Bad(std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_MULTIPART",
                fmt::format("multipart/form-data: {}", what));
}

bool SameNoCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && !HeaderNameLess()(a, b) && !HeaderNameLess()(b, a);
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The parameters after the first ";" of a header's value: name=token or name="quoted \" text".
std::string Parameter(std::string_view value, std::string_view wanted) {
  size_t at = value.find(';');
  while (at != std::string_view::npos && at < value.size()) {
    const size_t equals = value.find('=', ++at);
    if (equals == std::string_view::npos) return "";
    const std::string_view name = Trim(value.substr(at, equals - at));
    std::string text;
    size_t i = equals + 1;
    if (i < value.size() && value[i] == '"') {
      for (++i; i < value.size() && value[i] != '"'; ++i) {
        const bool escaped = value[i] == '\\' && i + 1 < value.size() &&
                             (value[i + 1] == '"' || value[i + 1] == '\\');
        text += value[escaped ? ++i : i];
      }
      i = value.find(';', i);
    } else {
      const size_t end = std::min(value.find(';', i), value.size());
      text = Trim(value.substr(i, end - i));
      i = end < value.size() ? end : std::string_view::npos;
    }
    if (SameNoCase(name, wanted)) return text;
    at = i;
  }
  return "";
}

Status ParsePart(std::string_view text, std::vector<ReceivedPart>* parts) {
  ReceivedPart part;
  bool named = false;
  while (true) {
    const size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return Bad("a part's header does not end");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return Bad("a part's header line has no colon");
    const std::string_view value = Trim(line.substr(colon + 1));
    if (SameNoCase(line.substr(0, colon), "Content-Disposition")) {
      part.name = Parameter(value, "name");
      part.file_name = Parameter(value, "filename");
      named = !part.name.empty();
    } else if (SameNoCase(line.substr(0, colon), "Content-Type")) {
      part.content_type = value;
    }
  }
  if (!named) return Bad("a part has no name");
  part.body = text;
  parts->push_back(std::move(part));
  return Ok();
}

}  // namespace

Result<std::vector<ReceivedPart>> ParseMultipart(std::string_view content_type,
                                                 std::string_view body, size_t parts_max) {
  const std::string boundary = Parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > 70)
    return Bad("the Content-Type has no valid boundary");
  const std::string delimiter = "\r\n--" + boundary;
  std::vector<ReceivedPart> parts;
  // The first delimiter may stand at the very beginning, without a line break before it.
  size_t at = 0;
  if (body.starts_with(delimiter.substr(2))) {
    at = delimiter.size() - 2;
  } else {
    at = body.find(delimiter);
    if (at == std::string_view::npos) return Bad("the body does not contain the boundary");
    at += delimiter.size();
  }
  while (true) {
    if (body.substr(at).starts_with("--")) return parts;
    while (at < body.size() && (body[at] == ' ' || body[at] == '\t')) ++at;
    if (!body.substr(at).starts_with("\r\n"))
      return Bad("a boundary is not followed by a line break");
    at += 2;
    const size_t end = body.find(delimiter, at > 2 ? at - 2 : at);
    if (end == std::string_view::npos) return Bad("the body ends before its last boundary");
    if (parts.size() == parts_max) return Bad(fmt::format("more than {} parts", parts_max));
    if (end < at) return Bad("a part has no header");
    RETURN_IF_ERROR(ParsePart(body.substr(at, end - at), &parts));
    at = end + delimiter.size();
  }
}

}  // namespace carillon::http
