// Canonical composition (NFC, UAX #15) that knows where each part of its result came from. Time and memory are linear in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::text {

class Nfc {
 public:
  // `source` must be valid UTF-8. `steps`, if given, gets one added for each code point handled.
  explicit Nfc(std::string_view source, uint64_t* steps = nullptr);

  const std::string& text() const { return text_; }

  // Where in the source the part of text() before `offset` ends. A place inside of what came from one sequence of the source is
  // taken back to where that sequence begins, so that the source's start is never more than what was asked for.
  size_t SourceOffset(size_t offset) const;

 private:
  // A sequence that composition changed.
  struct Change {
    size_t begin, end;  // bytes of text()
    size_t source_begin, source_end;
  };

  void AddSequence(std::string_view sequence, size_t source_begin, int code_points);

  std::string text_;
  std::vector<Change> changes_;
};

}  // namespace carillon::text
