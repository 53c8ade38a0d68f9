#include "services/gateway/config.h"

#include <CLI/CLI.hpp>

#include "common/auth/authorizer.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "services/gateway/answers.h"

namespace carillon::gateway {
namespace {

constexpr int kUsage = 2;
constexpr uint32_t kHeaderBytesMax = 16 << 10;

void AddText(CLI::App& app, const std::string& flag, const char* variable, std::string& value, const char* help,
             bool required = false) {
  app.add_option(flag, value, help)->envname(variable)->required(required)->capture_default_str();
}

void AddNumber(CLI::App& app, const std::string& flag, const char* variable, int& value, int least, int most,
               const char* help) {
  app.add_option(flag, value, help)->envname(variable)->check(CLI::Range(least, most))->capture_default_str();
}

void AddFlags(CLI::App& app, Config& config) {
  AddText(app, "--listen", "CARILLON_LISTEN", config.listen, "HTTP address; port 0 takes a free one");
  AddText(app, "--metrics-listen", "CARILLON_METRICS_LISTEN", config.metrics_listen, "Prometheus address (/metrics)");
  AddText(app, "--publisher", "CARILLON_PUBLISHER", config.publisher, "Where the publisher listens, HOST:PORT", true);
  AddText(app, "--listener", "CARILLON_LISTENER", config.listener, "Where the listener listens, HOST:PORT", true);
  AddText(app, "--token-file", "CARILLON_GATEWAY_TOKEN_FILE", config.token_file,
          R"(JSON {"gateway": "..."} and nothing else, mode 0600)", true);
  AddText(app, "--public-url", "CARILLON_PUBLIC_URL", config.public_url,
          "Where the outside reaches this gateway; with https:// browsers are told to stay with it");
  AddText(app, "--media-dir", "CARILLON_MEDIA_DIR", config.media_dir,
          "Folder of uploaded media, as the scheduler's; only read");
  AddText(app, "--media-url-key-file", "CARILLON_MEDIA_URL_KEY_FILE", config.media_url_key_file,
          "File with the keys that sign URLs of media, as the publisher's; without it no media are served");
  AddText(app, "--log-level", "CARILLON_LOG_LEVEL", config.log_level, "How much to log");
  AddNumber(app, "--threads", "CARILLON_THREADS", config.threads, 1, 64, "Threads that serve");
  AddNumber(app, "--connections-max", "CARILLON_CONNECTIONS_MAX", config.connections_max, 1, 100'000,
            "Connections at a time; more wait in the kernel");
  AddNumber(app, "--idle-timeout-s", "CARILLON_IDLE_TIMEOUT_S", config.idle_timeout_s, 1, 300,
            "A whole request comes in, and each chunk of an answer goes out, within this");
  AddNumber(app, "--body-bytes-max", "CARILLON_BODY_BYTES_MAX", config.body_bytes_max, 1'024, 3 << 20,
            "The largest body that is taken");
}

}  // namespace

http::ServerOptions Config::Server() const {
  http::ServerOptions options;
  options.listen = listen;
  options.threads = threads;
  options.connections_max = connections_max;
  options.header_bytes_max = kHeaderBytesMax;
  options.body_bytes_max = static_cast<uint64_t>(body_bytes_max);
  options.idle_timeout = absl::Seconds(idle_timeout_s);
  options.stop_grace = absl::Seconds(10);
  options.headers = UsualHeaders(public_url.starts_with("https://"));
  return options;
}

std::optional<int> ParseFlags(Config& config, int argc, char** argv) {
  CLI::App app("carillon: the gateway, the only program that the outside may reach", "gateway");
  AddFlags(app, config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "gateway: {}\nRun with --help for more information.\n", error.what());
    return kUsage;
  }
  auto token = auth::ReadGatewayToken(config.token_file);
  if (!token.ok()) {
    fmt::print(stderr, "gateway: {}\n", Message(token.status()));
    return kUsage;
  }
  config.token = *std::move(token);
  observe::SetServiceName("gateway");
  observe::SetLogLevel(config.log_level);
  observe::Info("configuration", {{"listen", config.listen},
                                  {"metrics_listen", config.metrics_listen},
                                  {"publisher", config.publisher},
                                  {"listener", config.listener},
                                  {"token_file", config.token_file},
                                  {"token", "set"},
                                  {"public_url", config.public_url},
                                  {"connections_max", std::to_string(config.connections_max)}});
  return std::nullopt;
}

}  // namespace carillon::gateway
