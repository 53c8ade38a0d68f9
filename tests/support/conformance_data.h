// Where the files lie that others wrote and that tests are judged by; they are not part of this project.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace carillon::support {

inline constexpr char kNoConformanceData[] = "CARILLON_CONFORMANCE_DATA is not set";

// The path of `name` in $CARILLON_CONFORMANCE_DATA; nullopt where that is not set: skip the test then, with kNoConformanceData.
// Where it is set and the file is missing, the test has failed.
inline std::optional<std::string> ConformanceFile(const std::string& name) {
  const char* folder = std::getenv("CARILLON_CONFORMANCE_DATA");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  if (!std::filesystem::exists(path)) {
    ADD_FAILURE() << path << " is missing, though CARILLON_CONFORMANCE_DATA is set";
    return std::nullopt;
  }
  return path.string();
}

}  // namespace carillon::support
