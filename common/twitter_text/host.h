// Where hosts stand in running text. Pure; linear.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "common/text/code_points.h"

namespace carillon::twitter_text {

// Labels with dots between, read once, so that it can be asked for the host at several places of it.
class HostRun {
 public:
  // From `begin`, where a host character stands, to the first label that is none.
  HostRun(const text::CodePoints& text, size_t begin);

  struct Match {
    // The longest host from the place on: valid labels and a top-level domain. 0 if there is none.
    size_t end = 0;
    // If so, but the label before a top-level domain has an underscore, which a host may not have: X still takes the part after
    // the underscore for one, and throws it away with what follows.
    size_t rejected_end = 0;
    // Where neither is there: from here on there may be more.
    size_t resume = 0;
  };
  // At a host character at `at`. nullopt where that is no part of this run.
  std::optional<Match> MatchAt(size_t at) const;

 private:
  struct Label {
    size_t begin, end;
    size_t plain_begin;  // what follows the last underscore
    size_t top_end;      // of the top-level domain after the dot; 0 if there is none
  };

  std::vector<Label> labels_;  // valid ones, with a dot after each
  size_t last_host_ = 0;       // one past the last label that ends a host, whatever the place before it; 0 if none does
  size_t last_top_ = 0;        // one past the last with a top-level domain after it
  size_t resume_ = 0;
};

// The end of the run of host characters, hyphens and underscores at `begin`.
size_t LabelEnd(const text::CodePoints& text, size_t begin);

// The end of the longest top-level domain at `at`, after the label and the dot; `at` if none stands there.
size_t TopLevelEnd(const text::CodePoints& text, std::string_view label, size_t at);

// What the hosts that are found without a scheme are made of.
bool IsLatinHostChar(UChar32 c);

// How many characters `host` has in its ASCII form; 0 if DNS could not hold it, as a label has more than 63 of them.
size_t AsciiLength(std::string_view host);

}  // namespace carillon::twitter_text
