// Local files and standard input, with limits. Errors are local problems (outcome.h) that name the file. Blocking; for the CLI alone.
#pragma once

#include <istream>
#include <string>

#include "common/base/status.h"

namespace carillon::cli {

inline constexpr size_t kTextBytesMax = 1 << 20;  // the services take less, and say so
inline constexpr size_t kSecretBytesMax = 16 << 10;

// The whole of `path`, or of `in` where it is "-"; more than `bytes_max` is an error, and reading stops there.
Result<std::string> ReadText(const std::string& path, std::istream& in, size_t bytes_max);

// A secret: ends of lines are cut off, empty is an error. `warning` is set where others can read the file.
Result<std::string> ReadSecret(const std::string& path, std::istream& in, std::string& warning);

// True where group or others have any right on it.
bool OthersMayRead(const std::string& path);

// Writes a temporary file beside `path`, then renames it: a reader sees the old file or the new one.
Status WriteAtomically(const std::string& path, const std::string& content);

}  // namespace carillon::cli
