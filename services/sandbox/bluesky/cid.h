// Content identifiers: CIDv1 with SHA-256, of DAG-CBOR for records and of raw bytes for blobs, written in base32. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/hmac.h"
#include "common/base/status.h"

namespace carillon::sandbox::bluesky {

// DAG-CBOR of the AT Protocol's data model: {"$link": cid} is a link, {"$bytes": base64} a byte string. INVALID_ARGUMENT for what
// the model has not: fractions, broken links or bytes, nesting deeper than 64.
Result<std::string> EncodeDagCbor(const nlohmann::json& value);

std::string CidOfCbor(std::string_view bytes);
std::string CidOfRaw(std::string_view bytes);
Result<std::string> CidOfRecord(const nlohmann::json& value);

// A CIDv1 in base32 of one of the two kinds above.
bool IsCid(std::string_view text);

// Lower case, without padding (RFC 4648 section 6).
std::string Base32(std::string_view bytes);

}  // namespace carillon::sandbox::bluesky
