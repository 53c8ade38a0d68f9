#include <signal.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/service/service.h"
#include "common/service/signals.h"

namespace carillon::service {
namespace {

constexpr int kUsage = 2;
constexpr int kShardsMax = 256;
constexpr size_t kReleaseSizeMax = 40;
constexpr absl::Duration kClocksDiffer = absl::Minutes(1);
const std::vector<std::string> kPeers = {"strategy", "scheduler", "publisher", "listener",
                                         "analytics"};

// "" or what is wrong with HOST:PORT.
std::string WrongAddress(const std::string& text, int port_min) {
  const size_t colon = text.rfind(':');
  const std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
  if (host.empty()) return "'" + text + "' is not HOST:PORT";
  if (host.find(':') != std::string::npos && (host.front() != '[' || host.back() != ']')) {
    return "'" + text + "': write an IPv6 address in brackets, [::1]:PORT";
  }
  if (host.find_first_of(" /,@") != std::string::npos) return "'" + text + "' is not HOST:PORT";
  int port = -1;
  const char* begin = text.data() + colon + 1;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(begin, end, port);
  if (error != std::errc() || last != end || port < port_min || port > 65'535) {
    return "'" + text + "': the port must be " + std::to_string(port_min) + " to 65535";
  }
  return {};
}

CLI::Validator Address(int port_min) {
  return CLI::Validator([port_min](std::string& text) { return WrongAddress(text, port_min); },
                        "HOST:PORT");
}

std::string WrongRelease(std::string& text) {
  const bool good =
      !text.empty() && text.size() <= kReleaseSizeMax &&
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (good) return {};
  return "'" + text + "': a release name is 1 to 40 of a-z, 0-9 and '-'";
}

bool ListensEverywhere(const std::string& listen) {
  const std::string host = listen.substr(0, listen.rfind(':'));
  return host == "0.0.0.0" || host == "[::]" || host == "*";
}

std::string Join(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

// A flag and the environment variable that stands in for it.
CLI::Option* Option(CLI::App& app, const std::string& flag, std::string& value,
                    const std::string& help) {
  std::string env = "CARILLON_" + flag.substr(2);
  for (char& c : env) c = c == '-' ? '_' : static_cast<char>(toupper(c));
  return app.add_option(flag, value, help)->envname(env)->capture_default_str();
}

void AddFlags(CLI::App& app, ServiceOptions& options, std::vector<std::string>& kafka,
              std::string& restored_until) {
  auto& ledger = options.ledger;
  Option(app, "--release", ledger.release, "prefixes topics, groups and transactional ids")
      ->check(CLI::Validator(WrongRelease, "NAME"));
  app.add_option("--kafka", kafka, "Kafka brokers, HOST:PORT,...")
      ->envname("CARILLON_KAFKA")
      ->delimiter(',')
      ->required()
      ->check(Address(1));
  app.add_option("--redis", ledger.redis,
                 "Redis endpoints, HOST:PORT,...: shard i lives on endpoint i mod their number")
      ->envname("CARILLON_REDIS")
      ->delimiter(',')
      ->required()
      ->check(Address(1));
  Option(app, "--listen", options.listen, "gRPC address; port 0 takes a free one")
      ->check(Address(0));
  Option(app, "--metrics-listen", options.metrics_listen, "Prometheus address (/metrics)")
      ->check(Address(0));
  Option(app, "--advertise", ledger.advertise,
         "where other processes reach this one; default: the gRPC address")
      ->check(Address(1));
  app.add_option("--shards", ledger.shards, "partitions of the ledger topic; fixed for its life")
      ->envname("CARILLON_SHARDS")
      ->capture_default_str()
      ->check(CLI::Range(1, kShardsMax));
  Option(app, "--log-level", options.log_level, "how much to log")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  Option(app, "--tokens-file", options.tokens_file,
         R"(JSON {"operator": "...", "service": "..."}, mode 0600)")
      ->required();
  app.add_flag("--first-start", ledger.first_start,
               "creates missing topics; inboxes begin at their start")
      ->envname("CARILLON_FIRST_START");
  Option(app, "--restored-until", restored_until,
         "Kafka was put back from an older copy and Redis is lost: what was due up to then (RFC 3339) is "
         "looked up before it is sent");
  app.add_flag("--allow-private-addresses", options.allow_private_addresses,
               "lets platform URLs lead to loopback and private addresses: for a sandbox only")
      ->envname("CARILLON_ALLOW_PRIVATE_ADDRESSES");
  for (const auto& peer : kPeers) {
    if (peer == options.name) continue;
    Option(app, "--" + peer, options.peers[peer], "where the " + peer + " service listens")
        ->check(Address(1));
  }
}

void LogConfiguration(const ServiceOptions& options) {
  observe::Fields fields = {
      {"release", options.ledger.release},
      {"kafka", options.ledger.kafka},
      {"redis", Join(options.ledger.redis)},
      {"listen", options.listen},
      {"metrics_listen", options.metrics_listen},
      {"advertise", options.ledger.advertise},
      {"shards", std::to_string(options.ledger.shards)},
      {"log_level", options.log_level},
      {"tokens_file", options.tokens_file},
      {"tokens", "set"},
      {"first_start", options.ledger.first_start ? "yes" : "no"},
      {"restored_until", options.ledger.restored_until == absl::InfinitePast()
                             ? "never"
                             : absl::FormatTime(options.ledger.restored_until, absl::UTCTimeZone())},
      {"allow_private_addresses", options.allow_private_addresses ? "yes" : "no"}};
  for (const auto& [peer, address] : options.peers) fields["peer_" + peer] = address;
  observe::Info("configuration", fields);
}

// "" or what is wrong; a moment in RFC 3339, by the millisecond as the log counts.
std::string ReadRestoredUntil(const std::string& text, absl::Time* until) {
  if (text.empty()) return {};
  std::string error;
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return "--restored-until: '" + text + "' is no time like 2026-03-01T09:30:00Z: " + error;
  }
  if (time > absl::Now() + kClocksDiffer) {
    return "--restored-until: " + text + " is still to come; say when Kafka was stopped, or now";
  }
  *until = absl::FromUnixMillis(absl::ToUnixMillis(time));
  return {};
}

int Fail(const std::string& name, const std::string& message) {
  fmt::print(stderr, "{}: {}\nRun with --help for more information.\n", name, message);
  return kUsage;
}

}  // namespace

ServiceOptions::ServiceOptions(std::string service_name) : name(std::move(service_name)) {
  ledger.service = name;
  app = std::make_shared<CLI::App>("carillon: the " + name + " service", name);
}

std::optional<int> ParseFlags(ServiceOptions& options, int argc, char** argv) {
  // Before any thread starts: all of them inherit the mask, and Run() alone takes the signals.
  BlockStopSignals();
  CLI::App& app = *options.app;
  std::vector<std::string> kafka;
  std::string restored_until;
  AddFlags(app, options, kafka, restored_until);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return Fail(options.name, error.what());
  }
  if (std::string wrong = ReadRestoredUntil(restored_until, &options.ledger.restored_until);
      !wrong.empty()) {
    return Fail(options.name, wrong);
  }
  options.ledger.kafka = Join(kafka);
  std::erase_if(options.peers, [](const auto& peer) { return peer.second.empty(); });
  if (options.ledger.advertise.empty() && ListensEverywhere(options.listen)) {
    return Fail(options.name, "--listen " + options.listen +
                                  " is all addresses: say with --advertise "
                                  "(CARILLON_ADVERTISE) where other processes reach this one");
  }
  auto tokens = auth::ReadTokens(options.tokens_file);
  if (!tokens.ok()) return Fail(options.name, Message(tokens.status()));
  options.tokens = std::move(*tokens);
  observe::SetServiceName(options.name);
  observe::SetLogLevel(options.log_level);
  LogConfiguration(options);
  return std::nullopt;
}

}  // namespace carillon::service
