#include "services/publisher/config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

namespace carillon::publisher {
namespace {

constexpr char kVaultKeyVariable[] = "CARILLON_VAULT_KEY";

void AddNumber(CLI::App& app, const char* flag, const char* variable, int& value, int least, int most,
               const char* help) {
  app.add_option(flag, value, help)
      ->envname(variable)
      ->check(CLI::Range(least, most))
      ->capture_default_str();
}

}  // namespace

void PublisherConfig::AddFlags(service::ServiceOptions& options) {
  CLI::App& app = *options.app;
  app.add_option("--vault-key-file", vault_key_file,
                 "File with the keys that seal credentials (32 bytes in base64, newest first, mode 0600)")
      ->envname("CARILLON_VAULT_KEY_FILE");
  media.AddFlags(app);
  AddNumber(app, "--senders", "CARILLON_SENDERS", senders, 1, 512,
            "How many posts are sent at the same time");
  AddNumber(app, "--uploaders", "CARILLON_UPLOADERS", uploaders, 1, 128,
            "How many media files are uploaded at the same time, one for each account");
  AddNumber(app, "--send-budget-ms", "CARILLON_SEND_BUDGET_MS", send_budget_ms, 4'000, 120'000,
            "So long after it is decided an attempt may still send; nobody judges it earlier");
  AddNumber(app, "--settle-ms", "CARILLON_SETTLE_MS", settle_ms, 1'000, 3'600'000,
            "A listing without the post proves its absence so long after the last moment of sending");
  AddNumber(app, "--lookups-max", "CARILLON_LOOKUPS_MAX", lookups_max, 3, 50,
            "After so many look-ups that were answered without a clear word a person decides");
  AddNumber(app, "--lookup-window-s", "CARILLON_LOOKUP_WINDOW_S", lookup_window_s, 60, 604'800,
            "Where the platform answers no look-up, it is asked for so long; then a person decides");
  AddNumber(app, "--spacing-ms", "CARILLON_SPACING_MS", spacing_ms, 1, 3'600'000,
            "One post per account in this time on the long run");
  AddNumber(app, "--burst", "CARILLON_BURST", burst, 1, 10'000,
            "So many posts of an account may go out without that spacing");
  app.add_option("--rate-limits", rate_limits,
                 "published: accounts are paced by the platforms' published limits (`carillon platform facts`), corrected by what they answer; "
                 "answers: only by what they answer, for servers with other limits")
      ->envname("CARILLON_RATE_LIMITS")
      ->check(CLI::IsMember({"published", "answers"}))
      ->capture_default_str();
  AddNumber(app, "--mastodon-idempotency-s", "CARILLON_MASTODON_IDEMPOTENCY_S", mastodon_idempotency_s,
            -1, 86'400,
            "How long Mastodon servers keep an Idempotency-Key; -1: what their version promises");
  app.add_option("--platform-facts-dir", platform_facts_dir,
                 "Folder with PLATFORM.json files that override facts (`carillon platform facts`)")
      ->envname("CARILLON_PLATFORM_FACTS_DIR");
  app.add_option("--public-url", public_url,
                 "Where the outside reaches the gateway, https://...; without it no account is connected by OAuth")
      ->envname("CARILLON_PUBLIC_URL")
      ->check([](const std::string& url) -> std::string {
        const bool good = (url.starts_with("https://") || url.starts_with("http://")) && !url.ends_with('/') &&
                          url.find_first_of("?# ") == std::string::npos;
        return good ? "" : "'" + url + "' is no URL like https://carillon.example";
      });
  AddNumber(app, "--authorization-window-s", "CARILLON_AUTHORIZATION_WINDOW_S", authorization_window_s, 1, 3'600,
            "So long may a person take to agree that an account is connected by OAuth");
}

AuthorizationOptions PublisherConfig::Authorizing(bool allow_private_addresses) const {
  AuthorizationOptions options;
  options.public_url = public_url;
  options.window = absl::Seconds(authorization_window_s);
  options.allow_private_addresses = allow_private_addresses;
  return options;
}

platform::Options PublisherConfig::Platforms() const {
  platform::Options options;
  options.facts_dir = platform_facts_dir;
  if (mastodon_idempotency_s >= 0) {
    options.mastodon.idempotency_window = absl::Seconds(mastodon_idempotency_s);
  }
  return options;
}

Result<vault::Vault> PublisherConfig::OpenVault() const {
  if (!vault_key_file.empty()) return vault::Vault::FromFile(vault_key_file);
  const char* key = std::getenv(kVaultKeyVariable);
  const std::string text = key == nullptr ? "" : key;
  unsetenv(kVaultKeyVariable);
  return vault::Vault::FromText(text);
}

Rules PublisherConfig::MakeRules() const {
  Rules rules;
  rules.send_budget = absl::Milliseconds(send_budget_ms);
  rules.settle = absl::Milliseconds(settle_ms);
  rules.settle_idempotent = std::min(rules.settle_idempotent, rules.settle);
  rules.lookups_max = lookups_max;
  rules.lookup_window = absl::Seconds(lookup_window_s);
  rules.lookup_pause_max =
      std::clamp(rules.lookup_window / 24, absl::Seconds(15), absl::Minutes(10));
  rules.spacing = absl::Milliseconds(spacing_ms);
  rules.burst = burst;
  return rules;
}

PoolOptions PublisherConfig::Pool() const {
  PoolOptions options;
  options.senders = senders;
  return options;
}

UploadOptions PublisherConfig::Uploads() const {
  UploadOptions options;
  options.uploaders = uploaders;
  return options;
}

}  // namespace carillon::publisher
