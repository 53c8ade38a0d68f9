// The media column of a calendar: paths of files here, which the service knows by their SHA-256 alone. Only these cells are changed;
// every other byte of the file, and so every line number, stays. A file whose CSV is broken is left as it is: the service says
// what is wrong with it. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace carillon::cli {

struct MediaCell {
  size_t begin = 0;  // bytes in the file, quotes included
  size_t end = 0;
  int line = 0;      // from 1
  std::vector<std::string> paths;  // a cell may name several, separated by ';'
};

// The cells that name files, in order. Empty ones, and what already is a SHA-256, are left out.
std::vector<MediaCell> FindMediaCells(const std::string& csv);

// `csv` with each cell's paths replaced by what `replacement` says for them, joined with ';'.
std::string ReplaceMediaCells(const std::string& csv, const std::vector<MediaCell>& cells,
                              const std::function<std::string(const std::string& path)>& replacement);

}  // namespace carillon::cli
