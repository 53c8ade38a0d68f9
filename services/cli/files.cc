#include "services/cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "common/base/ids.h"
#include "services/cli/outcome.h"

namespace carillon::cli {
namespace {

Result<std::string> ReadStream(std::istream& in, const std::string& name, size_t bytes_max) {
  std::string text(bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad()) return Local(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
  if (text.size() > bytes_max) {
    return Local(fmt::format("{} is larger than {} bytes; give less", name, bytes_max));
  }
  return text;
}

Status WriteError(const std::string& path) {
  return Local(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

}  // namespace

Result<std::string> ReadText(const std::string& path, std::istream& in, size_t bytes_max) {
  if (path == "-") return ReadStream(in, "standard input", bytes_max);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Local(fmt::format("cannot read {}: it is a folder", path));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Local(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  return ReadStream(file, path, bytes_max);
}

Result<std::string> ReadSecret(const std::string& path, std::istream& in, std::string& warning) {
  ASSIGN_OR_RETURN(std::string secret, ReadText(path, in, kSecretBytesMax));
  while (!secret.empty() && std::strchr(" \t\r\n", secret.back()) != nullptr) secret.pop_back();
  const size_t begin = secret.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return Local(fmt::format("{} holds no token", path));
  if (path != "-" && OthersMayRead(path)) {
    warning = fmt::format("others can read {}; chmod 600 it", path);
  }
  return secret.substr(begin);
}

bool OthersMayRead(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 077) != 0;
}

Status WriteAtomically(const std::string& path, const std::string& content) {
  const std::string temporary = path + "." + RandomText().substr(0, 8) + ".tmp";
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return WriteError(temporary);
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t wrote = ::write(file, content.data() + done, content.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;
    done += static_cast<size_t>(wrote);
  }
  const bool good = done == content.size() && ::fsync(file) == 0;
  const Status failed = good ? Ok() : WriteError(path);
  ::close(file);
  if (good && ::rename(temporary.c_str(), path.c_str()) == 0) return Ok();
  const Status why = good ? WriteError(path) : failed;
  ::unlink(temporary.c_str());
  return why;
}

}  // namespace carillon::cli
