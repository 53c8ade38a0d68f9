#include "common/atproto_syntax/language.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace carillon::atproto_syntax {
namespace {

constexpr size_t kTagMax = 128;

// Those of RFC 5646's grandfathered tags that its grammar does not make. In small letters.
constexpr std::string_view kIrregular[] = {"en-gb-oed", "i-ami",   "i-bnn", "i-default", "i-enochian", "i-hak",
                                           "i-klingon", "i-lux",   "i-mingo", "i-navajo", "i-pwn",     "i-tao",
                                           "i-tay",     "i-tsu",   "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"};

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsLower(c) || IsDigit(c); }

template <typename Accept>
bool IsMadeOf(std::string_view part, size_t min, size_t max, Accept accept) {
  return part.size() >= min && part.size() <= max && std::all_of(part.begin(), part.end(), accept);
}

std::vector<std::string> Split(const std::string& tag) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= tag.size();) {
    const size_t end = std::min(tag.find('-', begin), tag.size());
    parts.push_back(tag.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// The parts of a tag, taken from the front.
class Parts {
 public:
  explicit Parts(std::vector<std::string> parts) : parts_(std::move(parts)) {}

  bool done() const { return at_ == parts_.size(); }
  const std::string& front() const { return parts_[at_]; }

  template <typename Accept>
  bool Take(size_t min, size_t max, Accept accept) {
    if (done() || !IsMadeOf(front(), min, max, accept)) return false;
    ++at_;
    return true;
  }

 private:
  std::vector<std::string> parts_;
  size_t at_ = 0;
};

bool TakeVariant(Parts& parts) {
  if (parts.Take(5, 8, IsAlnum)) return true;
  return !parts.done() && IsDigit(parts.front()[0]) && parts.Take(4, 4, IsAlnum);
}

bool TakeVariants(Parts& parts) {
  std::set<std::string> seen;
  while (!parts.done()) {
    const std::string variant = parts.front();
    if (variant.empty() || !TakeVariant(parts)) return true;
    if (!seen.insert(variant).second) return false;
  }
  return true;
}

// Each a single character and what belongs to it.
bool TakeExtensions(Parts& parts) {
  std::set<std::string> seen;
  while (!parts.done() && parts.front() != "x") {
    const std::string singleton = parts.front();
    if (!parts.Take(1, 1, IsAlnum) || !seen.insert(singleton).second) return false;
    if (!parts.Take(2, 8, IsAlnum)) return false;
    while (parts.Take(2, 8, IsAlnum)) {
    }
  }
  return true;
}

bool TakePrivateUse(Parts& parts) {
  if (parts.done()) return true;
  if (!parts.Take(1, 1, [](char c) { return c == 'x'; })) return false;
  if (!parts.Take(1, 8, IsAlnum)) return false;
  while (parts.Take(1, 8, IsAlnum)) {
  }
  return parts.done();
}

}  // namespace

bool IsLanguage(std::string_view text) {
  constexpr int kExtendedMax = 3;
  if (text.empty() || text.size() > kTagMax) return false;
  std::string tag(text);
  std::transform(tag.begin(), tag.end(), tag.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  if (std::find(std::begin(kIrregular), std::end(kIrregular), tag) != std::end(kIrregular)) return true;
  Parts parts(Split(tag));
  if (tag.starts_with("x-")) return TakePrivateUse(parts);
  if (!IsMadeOf(text.substr(0, text.find('-')), 2, 3, IsLower)) return false;  // before it was made small
  parts.Take(2, 3, IsLower);
  for (int extended = 0; extended < kExtendedMax && parts.Take(3, 3, IsLower);) ++extended;
  parts.Take(4, 4, IsLower);                                 // the script
  if (!parts.Take(2, 2, IsLower)) parts.Take(3, 3, IsDigit);  // the region
  return TakeVariants(parts) && TakeExtensions(parts) && TakePrivateUse(parts);
}

}  // namespace carillon::atproto_syntax
