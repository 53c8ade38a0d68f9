// What the tests of the store share: files in it, and their times set back.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/media_store/media_store.h"

namespace carillon::media_store {

inline const std::string kPng = "\x89PNG\r\n\x1A\n";

inline std::string Sha256(const std::string& bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  std::array<char, 65> hex{};
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  return hex.data();
}

inline Result<StoredFile> Put(MediaStore& store, const std::string& bytes) {
  ASSIGN_OR_RETURN(auto upload, store.Begin(int64_t{1} << 30));
  RETURN_IF_ERROR(upload->Write(bytes));
  return upload->Finish();
}

inline std::string ReadAll(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

inline std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name != ".lock") names.push_back(name);
  }
  return names;
}

inline void SetModified(const std::string& path, absl::Time time) {
  const timespec at = absl::ToTimespec(time);
  const timespec times[2] = {at, at};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0) << path;
}

}  // namespace carillon::media_store
