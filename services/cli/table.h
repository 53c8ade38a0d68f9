// The human side of every answer: tables and "name: value" lines, made from the same JSON that --json prints.
// Control characters in values are shown escaped, so that a text from outside cannot drive the terminal.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "services/cli/json.h"

namespace carillon::cli {

struct Column {
  std::string title;
  std::string path;  // "draft.due_at"; a list is shown joined with ", "
};

// One line of titles and one for each row; "none" when there are no rows.
void PrintTable(std::ostream& out, const std::vector<Json>& rows, const std::vector<Column>& columns);

// Nested objects are indented; empty values are left out.
void PrintObject(std::ostream& out, const Json& object, int indent = 0);

// One value on one line.
std::string OneLine(const Json& value);

}  // namespace carillon::cli
