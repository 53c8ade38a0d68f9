#include "tests/fuzz/token_mutator.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace carillon::fuzz {
namespace {

// Tokens and the marks between them, in turn: an odd number, tokens at the even places.
std::vector<std::string> Cut(std::string_view text, std::string_view marks) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (marks.find(c) == std::string_view::npos) {
      out.back() += c;
    } else {
      out.emplace_back(1, c);
      out.emplace_back();
    }
  }
  return out;
}

}  // namespace

size_t MutateTokens(uint8_t* data, size_t size, size_t size_max, unsigned seed, std::string_view marks,
                    std::initializer_list<std::string_view> words) {
  std::mt19937 random(seed);
  const auto below = [&random](size_t end) { return static_cast<size_t>(random() % end); };
  if (below(2) == 0) return LLVMFuzzerMutate(data, size, size_max);
  std::vector<std::string> parts = Cut({reinterpret_cast<const char*>(data), size}, marks);
  const auto token = [&] { return 2 * below(parts.size() / 2 + 1); };
  const size_t at = token();
  switch (below(5)) {
    case 0: parts[at] = std::string(parts[token()]); break;
    case 1: parts[at] = std::data(words)[below(words.size())]; break;
    case 2: std::swap(parts[at], parts[token()]); break;
    case 3:  // a word or a token more
      parts[at] += marks[below(2) == 0 ? 0 : below(marks.size())];
      parts[at] += below(2) == 0 ? std::string(parts[token()]) : std::string(std::data(words)[below(words.size())]);
      break;
    default:
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at),
                  parts.begin() + static_cast<std::ptrdiff_t>(std::min(at + 2, parts.size())));
  }
  std::string text;
  for (const std::string& part : parts) text += part;
  text.resize(std::min(text.size(), size_max));
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

}  // namespace carillon::fuzz
