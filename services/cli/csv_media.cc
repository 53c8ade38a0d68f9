#include "services/cli/csv_media.h"

#include <algorithm>

namespace carillon::cli {
namespace {

constexpr std::string_view kBom = "\xef\xbb\xbf";
constexpr std::string_view kColumn = "media";
constexpr size_t kSha256Hex = 64;

struct Cell {
  std::string text;
  size_t begin = 0;
  size_t end = 0;
  int line = 0;
  bool last_of_row = false;
};

// RFC 4180 cells, one after another. Stops at what is not CSV.
class Scanner {
 public:
  explicit Scanner(const std::string& csv) : csv_(csv), at_(csv.starts_with(kBom) ? kBom.size() : 0) {}

  bool Next(Cell& cell) {
    if (at_ >= csv_.size()) return false;
    cell = {"", at_, at_, line_, false};
    if (!(csv_[at_] == '"' ? Quoted(cell) : Plain(cell))) return false;
    cell.end = at_;
    if (at_ < csv_.size() && csv_[at_] == ',') {
      ++at_;
      return true;
    }
    cell.last_of_row = true;
    if (at_ < csv_.size() && csv_[at_] == '\r') ++at_;
    if (at_ < csv_.size() && csv_[at_] != '\n') return false;
    ++at_;
    ++line_;
    return true;
  }

 private:
  bool Plain(Cell& cell) {
    const size_t end = std::min(csv_.find_first_of(",\r\n", at_), csv_.size());
    cell.text = csv_.substr(at_, end - at_);
    at_ = end;
    return cell.text.find('"') == std::string::npos;
  }

  bool Quoted(Cell& cell) {
    for (++at_; at_ < csv_.size(); ++at_) {
      if (csv_[at_] == '\n') ++line_;
      if (csv_[at_] != '"') {
        cell.text.push_back(csv_[at_]);
      } else if (at_ + 1 < csv_.size() && csv_[at_ + 1] == '"') {
        cell.text.push_back(csv_[at_++]);
      } else {
        ++at_;
        return true;
      }
    }
    return false;
  }

  const std::string& csv_;
  size_t at_;
  int line_ = 1;
};

bool IsSha256(std::string_view text) {
  return text.size() == kSha256Hex &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string> PathsOf(const std::string& text) {
  std::vector<std::string> paths;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(';', begin), text.size());
    std::string path = text.substr(begin, end - begin);
    path.erase(0, path.find_first_not_of(' '));
    path.erase(path.find_last_not_of(' ') + 1);
    if (!path.empty()) paths.push_back(std::move(path));
    begin = end + 1;
  }
  return paths;
}

}  // namespace

std::vector<MediaCell> FindMediaCells(const std::string& csv) {
  Scanner scanner(csv);
  std::vector<MediaCell> found;
  Cell cell;
  int media_column = -1;
  int column = 0;
  bool header = true;
  while (scanner.Next(cell)) {
    if (header) {
      if (cell.text == kColumn) media_column = column;
    } else if (column == media_column) {
      auto paths = PathsOf(cell.text);
      if (!std::all_of(paths.begin(), paths.end(), IsSha256)) {
        found.push_back({cell.begin, cell.end, cell.line, std::move(paths)});
      }
    }
    ++column;
    if (cell.last_of_row) {
      header = false;
      column = 0;
    }
  }
  return found;
}

std::string ReplaceMediaCells(
    const std::string& csv, const std::vector<MediaCell>& cells,
    const std::function<std::string(const std::string& path)>& replacement) {
  std::string out;
  size_t at = 0;
  for (const MediaCell& cell : cells) {
    out.append(csv, at, cell.begin - at);
    for (size_t i = 0; i < cell.paths.size(); ++i) {
      out += (i == 0 ? "" : ";") +
             (IsSha256(cell.paths[i]) ? cell.paths[i] : replacement(cell.paths[i]));
    }
    at = cell.end;
  }
  return out.append(csv, at);
}

}  // namespace carillon::cli
