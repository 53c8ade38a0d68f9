#include "services/cli/table.h"

#include "common/base/ids.h"
#include "common/text/utf8.h"

namespace carillon::cli {
namespace {

constexpr int64_t kCellMax = 60;  // characters; longer ones are cut, with an ellipsis

bool IsEmpty(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         ((value.is_array() || value.is_object()) && value.empty());
}

const Json* Find(const Json& row, const std::string& path) {
  const Json* at = &row;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const auto found = at->find(path.substr(begin, end - begin));
    if (found == at->end()) return nullptr;
    at = &*found;
    begin = end + 1;
  }
  return at;
}

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string Cell(const Json& row, const Column& column) {
  const Json* value = Find(row, column.path);
  if (value == nullptr || IsEmpty(*value)) return "-";
  std::string text = OneLine(*value);
  // An id is there to be copied: it stays whole.
  if (IsId(text) || text::CountGraphemes(text) <= kCellMax) return text;
  size_t bytes = text.size();
  while (text::CountGraphemes(text) >= kCellMax) {
    bytes = bytes * 3 / 4;
    text = std::string(text::Truncate(text, bytes));
  }
  return text + "…";
}

}  // namespace

std::string OneLine(const Json& value) {
  if (value.is_string()) return Escaped(value.get<std::string>());
  if (!value.is_array()) return Escaped(value.dump());
  std::string out;
  for (const Json& item : value) out += (out.empty() ? "" : ", ") + OneLine(item);
  return out;
}

void PrintTable(std::ostream& out, const std::vector<Json>& rows,
                const std::vector<Column>& columns) {
  if (rows.empty()) {
    out << "none\n";
    return;
  }
  std::vector<std::vector<std::string>> cells(1);
  for (const Column& column : columns) cells[0].push_back(column.title);
  for (const Json& row : rows) {
    auto& line = cells.emplace_back();
    for (const Column& column : columns) line.push_back(Cell(row, column));
  }
  std::vector<int64_t> widths(columns.size());
  for (const auto& line : cells) {
    for (size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], text::CountGraphemes(line[i]));
    }
  }
  for (const auto& line : cells) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      text += line[i];
      if (i + 1 < line.size()) {
        text += std::string(static_cast<size_t>(widths[i] - text::CountGraphemes(line[i]) + 2), ' ');
      }
    }
    out << text << "\n";
  }
}

void PrintObject(std::ostream& out, const Json& object, int indent) {
  const std::string space(static_cast<size_t>(indent), ' ');
  for (const auto& [name, value] : object.items()) {
    if (IsEmpty(value)) continue;
    if (value.is_object()) {
      out << space << name << ":\n";
      PrintObject(out, value, indent + 2);
    } else if (value.is_array() && value.front().is_object()) {
      for (size_t i = 0; i < value.size(); ++i) {
        out << space << name << " " << i + 1 << ":\n";
        PrintObject(out, value[i], indent + 2);
      }
    } else {
      out << space << name << ": " << OneLine(value) << "\n";
    }
  }
}

}  // namespace carillon::cli
