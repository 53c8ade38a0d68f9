// Comma-separated values, RFC 4180. The reader is fed bytes in chunks of any size and gives whole rows; memory is bounded by the
// limits. It knows nothing of encodings but that a UTF-8 byte order mark at the start is dropped; fields are bytes.
//
// Taken: fields in quotes with "" for a quote, commas and line ends inside quotes, LF, CRLF and CR as line ends, a last row without
// one. Lines with nothing on them are skipped. Refused (INVALID_ARGUMENT, BAD_CSV, params line and column): a quote that is never
// closed, a quote inside an unquoted field, text after a closing quote, rows and fields over the limits. After an error the reader
// reads no more, for nobody can tell where the next row begins. Not thread-safe.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace carillon::csv {

struct Row {
  int line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
};

struct Limits {
  size_t row_bytes_max = 64 * 1024;
  size_t fields_max = 100;
};

class Reader {
 public:
  // `row` is called for each row, in order. If it returns an error, reading ends with it.
  explicit Reader(std::function<Status(Row)> row, Limits limits = {});

  Status Feed(std::string_view bytes);
  // The end of the file: the last row, or the quote that was never closed.
  Status End();

 private:
  enum class At { kStartOfField, kUnquoted, kQuoted, kQuoteInQuoted };

  Status Take(char c);
  Status TakeInText(char c);
  void EndField();
  Status EndRow();
  Status Bad(int line, std::string_view what) const;

  std::function<Status(Row)> row_callback_;
  const Limits limits_;
  At at_ = At::kStartOfField;
  Row row_;
  std::string field_;
  size_t row_bytes_ = 0;
  int line_ = 1;
  int quote_line_ = 1;       // where the open quote stands
  bool row_begun_ = false;
  bool after_cr_ = false;    // an LF that follows belongs to it
  size_t mark_seen_ = 0;     // bytes of a byte order mark
  bool mark_done_ = false;
  Status error_;
};

// Appends one row, CRLF at its end. Fields are quoted where they have to be.
void AppendRow(const std::vector<std::string>& fields, std::string* out);

}  // namespace carillon::csv
