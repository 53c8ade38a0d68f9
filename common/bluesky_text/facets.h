// What a client of Bluesky makes a link of in a post's text: the protocol has no markup, so whoever posts says it with facets. Pure;
// linear in the text.
//
// Links and mentions stand at the beginning, after white space, or after an opening bracket or quotation mark; tags not after these.
// - A link is an http or https URL up to white space, or a domain of ASCII labels whose top-level domain exists, with what follows
//   as port, path, query or fragment. Punctuation at its end is not part of it, nor a parenthesis that it does not open.
// - A mention is "@" and a handle. Whether there is one of that name is the caller's question; then it knows the DID.
// - A tag is "#" and at most 64 graphemes up to white space or an invisible character, without punctuation at its end, and not of
//   digits and punctuation alone. Of "##a", the tag is "#a".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/range.h"

namespace carillon::bluesky_text {

struct Facet {
  enum class Kind { kLink, kMention, kTag };

  Kind kind = Kind::kLink;
  text::TextRange range;  // byteStart and byteEnd
  std::string value;      // a whole URI; a handle in small letters; a tag without its "#"

  bool operator==(const Facet&) const = default;
};

// In order, none overlapping. None where `text` is not valid UTF-8. `steps`, if given, gets what was read.
std::vector<Facet> FindFacets(std::string_view text, uint64_t* steps = nullptr);

}  // namespace carillon::bluesky_text
