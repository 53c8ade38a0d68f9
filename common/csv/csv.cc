#include "common/csv/csv.h"

#include <fmt/format.h>

#include <utility>

namespace carillon::csv {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Reader::Reader(std::function<Status(Row)> row, Limits limits)
    : row_callback_(std::move(row)), limits_(limits) {}

Status Reader::Feed(std::string_view bytes) {
  for (char c : bytes) {
    RETURN_IF_ERROR(error_);
    if (!mark_done_) {
      if (c == kByteOrderMark[mark_seen_]) {
        if (++mark_seen_ == kByteOrderMark.size()) mark_done_ = true;
        continue;
      }
      mark_done_ = true;
      for (size_t i = 0; i < mark_seen_ && error_.ok(); ++i) error_ = Take(kByteOrderMark[i]);
      RETURN_IF_ERROR(error_);
    }
    error_ = Take(c);
  }
  return error_;
}

Status Reader::End() {
  RETURN_IF_ERROR(error_);
  if (at_ == At::kQuoted) {
    error_ = Bad(quote_line_, "a quote is opened here and never closed");
    return error_;
  }
  if (row_begun_) error_ = EndRow();
  return error_;
}

Status Reader::Take(char c) {
  const bool follows_cr = std::exchange(after_cr_, false);
  if (at_ == At::kQuoted) {
    if (++row_bytes_ > limits_.row_bytes_max) return Bad(row_.line, "the row is too long");
    if (c == '\r' || (c == '\n' && !follows_cr)) ++line_;
    after_cr_ = c == '\r';
    if (c == '"') {
      at_ = At::kQuoteInQuoted;
    } else {
      field_.push_back(c);
    }
    return Ok();
  }
  if (c == '\n' && follows_cr) return Ok();
  if (c == '\r' || c == '\n') {
    after_cr_ = c == '\r';
    Status ended = row_begun_ ? EndRow() : Ok();
    ++line_;
    return ended;
  }
  if (!row_begun_) {
    row_begun_ = true;
    row_.line = line_;
  }
  if (++row_bytes_ > limits_.row_bytes_max) return Bad(row_.line, "the row is too long");
  return TakeInText(c);
}

Status Reader::TakeInText(char c) {
  if (c == ',') {
    EndField();
    if (row_.fields.size() >= limits_.fields_max) {
      return Bad(row_.line, "the row has too many fields");
    }
    return Ok();
  }
  switch (at_) {
    case At::kStartOfField:
      if (c == '"') {
        at_ = At::kQuoted;
        quote_line_ = line_;
        return Ok();
      }
      at_ = At::kUnquoted;
      field_.push_back(c);
      return Ok();
    case At::kUnquoted:
      if (c == '"') {
        return Bad(line_, "a quote stands inside a field that does not begin with one; put the "
                          "whole field in quotes and write \"\" for the quote");
      }
      field_.push_back(c);
      return Ok();
    case At::kQuoteInQuoted:
      if (c == '"') {
        at_ = At::kQuoted;
        field_.push_back('"');
        return Ok();
      }
      return Bad(line_, "text follows a closing quote; write \"\" for a quote inside quotes");
    case At::kQuoted:
      break;
  }
  return Ok();
}

void Reader::EndField() {
  row_.fields.push_back(std::exchange(field_, {}));
  at_ = At::kStartOfField;
}

Status Reader::EndRow() {
  EndField();
  row_begun_ = false;
  row_bytes_ = 0;
  return row_callback_(std::exchange(row_, {}));
}

Status Reader::Bad(int line, std::string_view what) const {
  const size_t column = row_.fields.size() + 1;
  return Refuse(Code::kInvalidArgument, "BAD_CSV",
                fmt::format("line {}, column {}: {}", line, column, what),
                {{"line", std::to_string(line)}, {"column", std::to_string(column)}});
}

void AppendRow(const std::vector<std::string>& fields, std::string* out) {
  bool first = true;
  for (const std::string& field : fields) {
    if (!first) out->push_back(',');
    first = false;
    // A row of one empty field would read as an empty line.
    const bool quote = field.find_first_of(",\"\r\n") != std::string::npos ||
                       (fields.size() == 1 && field.empty()) ||
                       (!field.empty() && (field.front() == ' ' || field.back() == ' '));
    if (!quote) {
      *out += field;
      continue;
    }
    out->push_back('"');
    for (char c : field) {
      if (c == '"') out->push_back('"');
      out->push_back(c);
    }
    out->push_back('"');
  }
  *out += "\r\n";
}

}  // namespace carillon::csv
