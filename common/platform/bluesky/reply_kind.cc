#include "common/platform/bluesky/reply_kind.h"

#include "common/platform/bluesky/record.h"

namespace carillon::bluesky {

using platform::GetMember;
using platform::GetText;
using platform::Json;

RecordKind KindOfReply(const Json& record, std::string_view did) {
  RecordKind out;
  for (const Json& facet : GetMember(record, "facets")) {
    for (const Json& feature : GetMember(facet, "features")) {
      if (GetText(feature, "did") != did) continue;
      out.kind = platform::SignalKind::kMention;
      out.is_named = true;
      return out;
    }
  }
  const Json& quoted = GetMember(GetMember(record, "embed"), "record");
  const std::string ours = "at://" + std::string(did) + "/" + std::string(kPostCollection) + "/";
  for (const std::string& uri : {GetText(quoted, "uri"), GetText(GetMember(quoted, "record"), "uri")}) {
    if (!uri.starts_with(ours)) continue;
    out.kind = platform::SignalKind::kMention;
    out.post_uri = uri;
    out.is_named = true;
    return out;
  }
  return out;
}

std::string_view AuthorityOf(std::string_view uri) {
  if (!uri.starts_with("at://")) return {};
  uri.remove_prefix(5);
  return uri.substr(0, uri.find('/'));
}

}  // namespace carillon::bluesky
