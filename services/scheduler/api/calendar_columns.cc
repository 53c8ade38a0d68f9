#include "services/scheduler/api/calendar_columns.h"

namespace carillon::scheduler {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string> SplitCell(std::string_view cell) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (begin <= cell.size()) {
    const size_t end = std::min(cell.find(';', begin), cell.size());
    const std::string_view part = Trim(cell.substr(begin, end - begin));
    if (!part.empty()) out.emplace_back(part);
    begin = end + 1;
  }
  return out;
}

std::string JoinCell(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += ";";
    out += part;
  }
  return out;
}

std::vector<std::string> SplitAlts(std::string_view cell, int count) {
  if (count <= 1) return {std::string(cell)};
  std::vector<std::string> out(1);
  for (size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] == '\\' && i + 1 < cell.size() && (cell[i + 1] == '|' || cell[i + 1] == '\\')) {
      out.back() += cell[++i];
    } else if (cell[i] == '|') {
      out.emplace_back();
    } else {
      out.back() += cell[i];
    }
  }
  return out;
}

std::string JoinAlts(const std::vector<std::string>& alts) {
  if (alts.size() == 1) return alts.front();
  bool any = false;
  std::string out;
  for (size_t i = 0; i < alts.size(); ++i) {
    if (i > 0) out += '|';
    for (char c : alts[i]) {
      if (c == '|' || c == '\\') out += '\\';
      out += c;
    }
    any = any || !alts[i].empty();
  }
  return any ? out : "";
}

}  // namespace carillon::scheduler
