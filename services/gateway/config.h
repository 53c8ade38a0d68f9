// The gateway's flags, each with a fallback in the environment. Validated once, before anything starts.
#pragma once

#include <optional>
#include <string>

#include "common/http/server.h"

namespace carillon::gateway {

struct Config {
  std::string listen = "127.0.0.1:0";
  std::string metrics_listen = "127.0.0.1:0";
  std::string publisher;
  std::string listener;
  std::string token_file;
  std::string public_url;
  std::string media_dir = "media";
  std::string media_url_key_file;
  std::string log_level = "info";
  int threads = 2;
  int connections_max = 1'000;
  int idle_timeout_s = 15;
  int body_bytes_max = 1 << 20;
  std::string token;  // read from token_file; secret

  http::ServerOptions Server() const;
};

// A value: exit with that code.
std::optional<int> ParseFlags(Config& config, int argc, char** argv);

}  // namespace carillon::gateway
