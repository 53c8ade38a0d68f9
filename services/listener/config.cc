#include "services/listener/config.h"

#include <CLI/CLI.hpp>

namespace carillon::listener {

void ListenerConfig::AddFlags(service::ServiceOptions& options) {
  CLI::App& app = *options.app;
  app.add_option("--poll-interval-ms", poll_interval_ms,
                 "How often each account is polled for what others did")
      ->envname("CARILLON_POLL_INTERVAL_MS")
      ->check(CLI::Range(100, 86'400'000))
      ->capture_default_str();
  app.add_option("--sample-interval-ms", sample_interval_ms,
                 "How often the numbers of a post of the last hour are read; older ones are rarer")
      ->envname("CARILLON_SAMPLE_INTERVAL_MS")
      ->check(CLI::Range(100, 86'400'000))
      ->capture_default_str();
  app.add_option("--account-interval-ms", account_interval_ms,
                 "How often an account's followers are read")
      ->envname("CARILLON_ACCOUNT_INTERVAL_MS")
      ->check(CLI::Range(100, 86'400'000))
      ->capture_default_str();
  app.add_option("--poll-threads", poll_threads, "How many accounts are polled at the same time")
      ->envname("CARILLON_POLL_THREADS")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--platform-facts-dir", platform_facts_dir,
                 "Folder with PLATFORM.json files that override facts (`carillon platform facts`)")
      ->envname("CARILLON_PLATFORM_FACTS_DIR");
}

platform::Options ListenerConfig::Platforms() const {
  platform::Options options;
  options.facts_dir = platform_facts_dir;
  return options;
}

DomainOptions ListenerConfig::Domain() const {
  DomainOptions options;
  options.poll_interval = absl::Milliseconds(poll_interval_ms);
  options.sample_interval = absl::Milliseconds(sample_interval_ms);
  options.account_interval = absl::Milliseconds(account_interval_ms);
  return options;
}

PollOptions ListenerConfig::Polls() const {
  PollOptions options;
  options.threads = poll_threads;
  return options;
}

}  // namespace carillon::listener
