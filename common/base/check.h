// CARILLON_CHECK: for broken invariants of our own, on in every build. Never for bad input, the network, or a broker.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace carillon::base {

[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition,
                                     const std::string& why) {
  std::fprintf(stderr, "CHECK failed at %s:%d: %s: %s\n", file, line, condition, why.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace carillon::base

// CARILLON_CHECK(condition, "what that means, {}", value): ends the process if the condition is false.
#define CARILLON_CHECK(condition, ...)                                          \
  do {                                                                          \
    if (!(condition)) [[unlikely]] {                                            \
      ::carillon::base::CheckFailed(__FILE__, __LINE__, #condition,             \
                                    ::fmt::format(__VA_ARGS__));                \
    }                                                                           \
  } while (false)
