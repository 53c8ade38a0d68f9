// The AT Protocol's names in the forms that a server asks for. Pure. Their syntax is common/atproto_syntax'.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/atproto_syntax/at_uri.h"
#include "common/atproto_syntax/datetime.h"
#include "common/atproto_syntax/identifiers.h"
#include "common/atproto_syntax/language.h"
#include "common/atproto_syntax/tid.h"

namespace carillon::sandbox::bluesky {

using atproto_syntax::AtUri;
using atproto_syntax::IsDid;
using atproto_syntax::IsHandle;
using atproto_syntax::IsNsid;
using atproto_syntax::IsRecordKey;
using atproto_syntax::ParseDatetime;

inline bool IsAtUri(std::string_view text) { return atproto_syntax::ParseAtUri(text).has_value(); }
inline bool IsTid(std::string_view text) { return atproto_syntax::ParseTid(text).has_value(); }
inline bool IsDatetime(std::string_view text) { return ParseDatetime(text).has_value(); }
inline bool IsLanguage(std::string_view text) { return atproto_syntax::IsLanguage(text); }
bool IsUri(std::string_view text);  // a scheme, and something after it without spaces

std::string RecordUri(const std::string& did, const std::string& collection,
                      const std::string& rkey);
// An at-URI with all three parts.
std::optional<AtUri> ParseRecordUri(std::string_view text);

}  // namespace carillon::sandbox::bluesky
