#include "services/sandbox/bluesky/cid.h"

#include <sodium.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr char kDagCbor = 0x71, kRaw = 0x55;
constexpr int kDepthMax = 64;

Status Bad(std::string_view what) { return MakeStatus(Code::kInvalidArgument, what); }

// Nothing for a character outside the alphabet, or for bits that are left over and not zero.
std::optional<std::string> DecodeBase32(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 5) | static_cast<uint32_t>(value);
    count += 5;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xff);
    }
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return out;
}

std::string CidOf(char codec, std::string_view bytes) {
  return "b" + Base32(std::string({1, codec, 0x12, 0x20}) + Sha256(bytes));
}

// A CBOR head: the major type and its argument in the shortest form (RFC 8949, 4.2.1).
void Head(int major, uint64_t argument, std::string* out) {
  const int length = argument < 24          ? 0
                     : argument <= 0xff       ? 1
                     : argument <= 0xffff     ? 2
                     : argument <= 0xffffffff ? 4
                                              : 8;
  const int low = length == 0   ? static_cast<int>(argument)
                  : length == 1 ? 24
                  : length == 2 ? 25
                  : length == 4 ? 26
                                : 27;
  *out += static_cast<char>((major << 5) | low);
  for (int i = length - 1; i >= 0; --i) *out += static_cast<char>((argument >> (8 * i)) & 0xff);
}

Status Encode(const json& value, int depth, std::string* out);

Status EncodeLink(const json& link, std::string* out) {
  if (!link.is_string() || !IsCid(link.get_ref<const std::string&>())) return Bad("a $link is no CID");
  const std::string bytes =
      std::string(1, '\0') + *DecodeBase32(std::string_view(link.get_ref<const std::string&>()).substr(1));
  Head(6, 42, out);
  Head(2, bytes.size(), out);
  *out += bytes;
  return Ok();
}

Status EncodeBytes(const json& text, std::string* out) {
  if (!text.is_string()) return Bad("$bytes is no string");
  const std::string& base64 = text.get_ref<const std::string&>();
  std::string bytes(base64.size(), '\0');
  size_t size = 0;
  const char* end = nullptr;
  const int variant = base64.ends_with('=') ? sodium_base64_VARIANT_ORIGINAL
                                            : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                        base64.data(), base64.size(), nullptr, &size, &end, variant) != 0 ||
      end != base64.data() + base64.size()) {
    return Bad("$bytes is not base64");
  }
  Head(2, size, out);
  *out += bytes.substr(0, size);
  return Ok();
}

Status EncodeObject(const json& value, int depth, std::string* out) {
  if (value.size() == 1 && value.contains("$link")) return EncodeLink(value["$link"], out);
  if (value.size() == 1 && value.contains("$bytes")) return EncodeBytes(value["$bytes"], out);
  std::vector<std::string> keys;
  for (const auto& [key, item] : value.items()) keys.push_back(key);
  std::sort(keys.begin(), keys.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  Head(5, keys.size(), out);
  for (const std::string& key : keys) {
    Head(3, key.size(), out);
    *out += key;
    RETURN_IF_ERROR(Encode(value[key], depth + 1, out));
  }
  return Ok();
}

Status EncodeNumber(const json& value, std::string* out) {
  if (value.is_number_unsigned()) {
    Head(0, value.get<uint64_t>(), out);
    return Ok();
  }
  int64_t number = 0;
  if (value.is_number_integer()) {
    number = value.get<int64_t>();
  } else {
    // JSON's 1.0 is the integer 1 to a server in JavaScript.
    const double fraction = value.get<double>();
    if (std::trunc(fraction) != fraction || std::abs(fraction) > 9e15)
      return Bad("numbers are integers");
    number = static_cast<int64_t>(fraction);
  }
  if (number < 0)
    Head(1, static_cast<uint64_t>(-(number + 1)), out);
  else
    Head(0, static_cast<uint64_t>(number), out);
  return Ok();
}

Status Encode(const json& value, int depth, std::string* out) {
  if (depth > kDepthMax) return Bad("nested too deeply");
  if (value.is_object()) return EncodeObject(value, depth, out);
  if (value.is_number()) return EncodeNumber(value, out);
  if (value.is_array()) {
    Head(4, value.size(), out);
    for (const json& item : value) RETURN_IF_ERROR(Encode(item, depth + 1, out));
  } else if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    Head(3, text.size(), out);
    *out += text;
  } else if (value.is_boolean()) {
    *out += value.get<bool>() ? '\xf5' : '\xf4';
  } else {
    *out += '\xf6';
  }
  return Ok();
}

}  // namespace

std::string Base32(std::string_view bytes) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5) out += kAlphabet[(bits >> (count - 5)) & 31];
  }
  if (count > 0) out += kAlphabet[(bits << (5 - count)) & 31];
  return out;
}

Result<std::string> EncodeDagCbor(const json& value) {
  std::string out;
  RETURN_IF_ERROR(Encode(value, 0, &out));
  return out;
}

std::string CidOfCbor(std::string_view bytes) { return CidOf(kDagCbor, bytes); }
std::string CidOfRaw(std::string_view bytes) { return CidOf(kRaw, bytes); }

Result<std::string> CidOfRecord(const json& value) {
  ASSIGN_OR_RETURN(const std::string bytes, EncodeDagCbor(value));
  return CidOfCbor(bytes);
}

bool IsCid(std::string_view text) {
  if (text.size() != 59 || text.front() != 'b') return false;
  const auto bytes = DecodeBase32(text.substr(1));
  return bytes && bytes->size() == 36 && (*bytes)[0] == 1 &&
         ((*bytes)[1] == kDagCbor || (*bytes)[1] == kRaw) && (*bytes)[2] == 0x12 &&
         (*bytes)[3] == 0x20;
}

}  // namespace carillon::sandbox::bluesky
