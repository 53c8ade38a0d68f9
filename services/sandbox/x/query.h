// Queries of X's search and rules of its stream: words and operators that must all hold. Pure.
#pragma once

#include <string>
#include <vector>

#include "services/sandbox/x/state.h"

namespace carillon::sandbox::x {

struct Term {
  std::string name;   // "from", "is", ...; "" is a word or a phrase
  std::string value;  // folded
  bool is_negated = false;
};

// Terms between spaces; a phrase between quotation marks is one. INVALID_REQUEST for what is none.
Result<std::vector<Term>> ReadTerms(const std::string& query, int64_t characters_max);
bool Holds(State& state, const std::vector<Term>& terms, const Post& post);

}  // namespace carillon::sandbox::x
