// What S3's answers say. Pure. The answers are flat and small (at most 1000 entries), so elements are found by name; a text that is no
// XML has no elements.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carillon::s3 {

// The content of each <name> in order, as it is: nested elements and entities are left.
std::vector<std::string_view> Elements(std::string_view xml, std::string_view name);
// The text of the first <name>, entities resolved; "" without one.
std::string ElementText(std::string_view xml, std::string_view name);
// For texts in XML.
std::string EscapeXml(std::string_view text);

}  // namespace carillon::s3
