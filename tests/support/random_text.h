// Random valid UTF-8 for property tests, by seed: made of pieces that mean something to a scanner, so that they meet in every way.
#pragma once

#include <unicode/utf8.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::support {

class RandomText {
 public:
  RandomText(uint64_t seed, std::vector<std::string> pieces) : random_(seed), pieces_(std::move(pieces)) {}

  std::string Make(int pieces_max) {
    std::string out;
    for (int left = Below(pieces_max + 1); left > 0; --left) {
      constexpr int kForeignOneIn = 8;
      if (Below(kForeignOneIn) == 0) {
        AppendAny(out);
      } else {
        out += pieces_[Below(static_cast<int>(pieces_.size()))];
      }
    }
    return out;
  }

 private:
  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  void AppendAny(std::string& out) {
    UChar32 c = Below(2) == 0 ? Below(0x3000) : Below(0x110000);
    if (c >= 0xD800 && c <= 0xDFFF) c = 0xFFFD;
    uint8_t bytes[U8_MAX_LENGTH];
    int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, c);
    out.append(reinterpret_cast<const char*>(bytes), size);
  }

  std::mt19937_64 random_;
  std::vector<std::string> pieces_;
};

inline bool IsCodePointBorder(std::string_view text, size_t at) {
  return at == text.size() || (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80);
}

// `unit` again and again, up to `bytes`.
inline std::string Repeated(std::string_view unit, size_t bytes) {
  std::string out;
  out.reserve(bytes + unit.size());
  while (out.size() < bytes) out += unit;
  return out;
}

}  // namespace carillon::support
