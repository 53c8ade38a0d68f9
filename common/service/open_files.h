// A shell gives a program 1,024 open files at first, which connections to a thousand accounts use up.
#pragma once

#include <sys/resource.h>

#include <algorithm>

namespace carillon::service {

constexpr rlim_t kOpenFilesWanted = 65'536;

// Raises how many files and connections this process may have open to what we want, as far as the system lets it; never lowers it.
inline void RaiseOpenFilesLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kOpenFilesWanted));
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace carillon::service
