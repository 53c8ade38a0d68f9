#include "tests/fuzz/structure_mutator.h"

#include <algorithm>
#include <random>
#include <string>

namespace carillon::fuzz {
namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  size_t Below(size_t end) { return static_cast<size_t>(random_() % end); }
  template <typename T>
  const T& Of(const std::vector<T>& all) { return all[Below(all.size())]; }

 private:
  std::mt19937 random_;
};

std::string_view TextOf(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

size_t Put(const std::string& text, uint8_t* data, size_t size_max) {
  const size_t size = std::min(text.size(), size_max);
  std::copy_n(text.begin(), size, data);
  return size;
}

// At marks outside of quotes; each piece keeps its mark.
std::vector<std::string> Split(std::string_view text, char mark) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (const char c : text) {
    out.back() += c;
    if (c == '"') quoted = !quoted;
    if (c == mark && !quoted) out.emplace_back();
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

std::string Join(const std::vector<std::string>& pieces) {
  std::string out;
  for (const std::string& piece : pieces) out += piece;
  return out;
}

void PutCell(std::string& line, size_t column, std::string_view word) {
  std::vector<std::string> cells = Split(line, ',');
  if (column >= cells.size()) return;
  const size_t end = cells[column].find_last_not_of(",\r\n");
  cells[column] = std::string(word) + cells[column].substr(end == std::string::npos ? 0 : end + 1);
  line = Join(cells);
}

}  // namespace

size_t MutateTable(uint8_t* data, size_t size, size_t size_max, unsigned seed, const std::vector<Words>& columns) {
  Dice dice(seed);
  std::vector<std::string> lines = Split(TextOf(data, size), '\n');
  if (lines.size() < 2) return size;
  if (!lines.back().ends_with('\n')) lines.back() += '\n';
  const size_t at = 1 + dice.Below(lines.size() - 1);
  switch (dice.Below(6)) {
    case 0: {
      // Its first column says which it is.
      std::string again = lines[at];
      PutCell(again, 0, "");
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), again);
      break;
    }
    case 1:
      std::swap(lines[at], lines[1 + dice.Below(lines.size() - 1)]);
      if (lines.size() > 3) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    default: {
      const size_t column = dice.Below(columns.size());
      PutCell(lines[at], column, dice.Of(columns[column]));
    }
  }
  return Put(Join(lines), data, size_max);
}

size_t MutateFields(uint8_t* data, size_t size, size_t size_max, unsigned seed, const Words& values) {
  Dice dice(seed);
  std::string text(TextOf(data, size));
  std::vector<size_t> begins;
  for (size_t at = 0; (at = text.find(':', at)) != std::string::npos; ++at) begins.push_back(at + 1);
  if (begins.empty()) return size;
  size_t begin = dice.Of(begins);
  const bool header = begin < text.size() && text[begin] == ' ';
  if (header) ++begin;
  const size_t end = std::min(text.find_first_of(header ? "\n" : ",}]\n", begin), text.size());
  std::string value(dice.Of(values));
  if (header) std::erase(value, '"');
  text.replace(begin, end - begin, value);
  return Put(text, data, size_max);
}

size_t MutateArguments(uint8_t* data, size_t size, size_t size_max, unsigned seed, const Words& options) {
  Dice dice(seed);
  const std::string_view text = TextOf(data, size);
  const size_t end = std::min(text.find("\n\n"), text.size());
  std::vector<std::string> lines = Split(std::string(text.substr(0, end)) + "\n", '\n');
  const std::string rest(text.substr(end));
  const size_t at = std::min<size_t>(2, lines.size()) + dice.Below(std::max<size_t>(lines.size(), 3) - 2);
  const auto place = lines.begin() + static_cast<std::ptrdiff_t>(std::min(at, lines.size()));
  if (dice.Below(4) == 0 && place != lines.end()) {
    lines.erase(place);
  } else {
    // An option and its value stay together.
    const auto here = place != lines.end() && !place->starts_with('-') ? lines.end() : place;
    lines.insert(here, std::string(dice.Of(options)) + "\n");
  }
  std::string out = Join(lines);
  if (out.ends_with('\n')) out.pop_back();
  return Put(out + rest, data, size_max);
}

}  // namespace carillon::fuzz
