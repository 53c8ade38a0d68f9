// The syntax of atproto's identifiers, as its specification gives it. Pure; linear; ASCII only, so any other byte is refused.
#pragma once

#include <string_view>

namespace carillon::atproto_syntax {

bool IsDid(std::string_view text);           // "did:plc:z72i7hdynmk6r22z27h6tvur"
bool IsHandle(std::string_view text);        // "ana.example.com"
bool IsAtIdentifier(std::string_view text);  // either of them
bool IsNsid(std::string_view text);          // "app.bsky.feed.post"
bool IsRecordKey(std::string_view text);     // "3jzfcijpj2z2a", "self"

}  // namespace carillon::atproto_syntax
