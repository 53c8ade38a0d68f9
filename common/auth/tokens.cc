#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/auth/authorizer.h"

namespace carillon::auth {
namespace {

constexpr size_t kFileSizeMax = 64 * 1024;
constexpr size_t kTokenSizeMin = 16;
constexpr size_t kTokenSizeMax = 512;

class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Status Bad(const std::string& path, const std::string& what) {
  return Refuse(Code::kInvalidArgument, "BAD_TOKENS_FILE",
                fmt::format("tokens file {}: {}", path, what), {{"path", path}});
}

Result<std::string> ReadPrivateFile(const std::string& path) {
  File file(path);
  if (file.fd() < 0) {
    return Bad(path, fmt::format("can't be opened: {}; make it with mode 0600", strerror(errno)));
  }
  struct stat info {};
  // The open file is judged, not the path: nobody can swap it in between.
  if (fstat(file.fd(), &info) != 0 || !S_ISREG(info.st_mode)) return Bad(path, "is not a file");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Bad(path,
               fmt::format("others than its owner may use it (mode {:04o}); run chmod 600 on it",
                           info.st_mode & 07777u));
  }
  if (static_cast<size_t>(info.st_size) > kFileSizeMax) return Bad(path, "is over 64 KB");
  std::string text(static_cast<size_t>(info.st_size), '\0');
  size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = read(file.fd(), text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Bad(path, "can't be read to its end");
    have += static_cast<size_t>(got);
  }
  return text;
}

Result<std::string> Token(const std::string& path, const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) {
    return Bad(path, fmt::format("has no text under \"{}\"", key));
  }
  const auto& token = found->get_ref<const std::string&>();
  if (token.size() < kTokenSizeMin || token.size() > kTokenSizeMax) {
    return Bad(path, fmt::format("the token under \"{}\" has {} characters; {} to {} are needed",
                                 key, token.size(), kTokenSizeMin, kTokenSizeMax));
  }
  for (char c : token) {
    // What HTTP allows in a header without quoting (RFC 6750 section 2.1 is narrower).
    if (c <= ' ' || c > '~') {
      return Bad(path,
                 fmt::format("the token under \"{}\" has a space or a non-ASCII character", key));
    }
  }
  return token;
}

}  // namespace

Result<Tokens> ReadTokens(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return Bad(path, R"(is not a JSON object {"operator": "...", "service": "..."})");
  }
  Tokens tokens;
  ASSIGN_OR_RETURN(tokens.operator_token, Token(path, json, "operator"));
  ASSIGN_OR_RETURN(tokens.service_token, Token(path, json, "service"));
  if (json.contains("gateway")) {
    ASSIGN_OR_RETURN(tokens.gateway_token, Token(path, json, "gateway"));
  }
  if (tokens.operator_token == tokens.service_token) {
    return Bad(path, "the operator's and the services' token are the same; choose two");
  }
  if (tokens.gateway_token == tokens.operator_token || tokens.gateway_token == tokens.service_token) {
    return Bad(path, "the gateway's token is another one's too; choose one of its own");
  }
  return tokens;
}

Result<std::string> ReadGatewayToken(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Bad(path, R"(is not a JSON object {"gateway": "..."})");
  if (json.size() != 1) return Bad(path, "holds more than the gateway's token; give it a file of its own");
  return Token(path, json, "gateway");
}

}  // namespace carillon::auth
