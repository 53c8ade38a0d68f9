#include "services/listener/config.h"

#include <CLI/CLI.hpp>

#include "common/http/url_guard.h"

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
  AddStreamFlags(app);
}

void ListenerConfig::AddStreamFlags(CLI::App& app) {
  const CLI::Range interval(100, 86'400'000);
  app.add_option("--search-interval-ms", search_interval_ms, "How often each listening query is asked for")
      ->envname("CARILLON_SEARCH_INTERVAL_MS")
      ->check(interval)
      ->capture_default_str();
  app.add_option("--message-interval-ms", message_interval_ms, "How often direct messages are read")
      ->envname("CARILLON_MESSAGE_INTERVAL_MS")
      ->check(interval)
      ->capture_default_str();
  app.add_option("--streamed-interval-ms", streamed_interval_ms,
                 "How often notifications are read where a stream brings them too")
      ->envname("CARILLON_STREAMED_INTERVAL_MS")
      ->check(interval)
      ->capture_default_str();
  app.add_option("--streams", streams, "Whether to let platforms push; else everything is polled")
      ->envname("CARILLON_STREAMS")
      ->capture_default_str();
  app.add_option("--stream-scan-interval-ms", stream_scan_interval_ms,
                 "How soon a stream knows of a new account or query")
      ->envname("CARILLON_STREAM_SCAN_INTERVAL_MS")
      ->check(interval)
      ->capture_default_str();
  app.add_option("--stream-connections-max", stream_connections_max,
                 "Of accounts that have a connection each; those beyond are polled")
      ->envname("CARILLON_STREAM_CONNECTIONS_MAX")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();
  app.add_option("--stream-connections-per-server-max", stream_connections_per_server_max, "As --stream-connections-max, to one server")
      ->envname("CARILLON_STREAM_CONNECTIONS_PER_SERVER_MAX")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();
  app.add_option("--app-stream-posts-max", app_stream_posts_max,
                 "Posts of others that an app's stream may bring on a day, where each is billed (X); beyond, terms are searched for alone")
      ->envname("CARILLON_APP_STREAM_POSTS_MAX")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}))
      ->capture_default_str();
  app.add_option("--jetstream-url", jetstream_url,
                 "The Jetstream that tells Bluesky's public posts (default: as the facts say)")
      ->envname("CARILLON_JETSTREAM_URL");
  app.add_option("--public-url", public_url,
                 "Where the outside reaches the gateway, https://...; without it webhooks are registered by hand")
      ->envname("CARILLON_PUBLIC_URL")
      ->check([](const std::string& url) -> std::string {
        return url.ends_with('/') || !http::CheckUrl(url, true).ok() ? "'" + url + "' is no URL like https://carillon.example" : "";
      });
  app.add_option("--webhook-scan-interval-ms", webhook_scan_interval_ms, "How soon webhooks are registered for a new account or app")
      ->envname("CARILLON_WEBHOOK_SCAN_INTERVAL_MS")
      ->check(interval)
      ->capture_default_str();
}

platform::Options ListenerConfig::Platforms() const {
  platform::Options options;
  options.facts_dir = platform_facts_dir;
  options.jetstream_url = jetstream_url;
  return options;
}

DomainOptions ListenerConfig::Domain() const {
  DomainOptions options;
  options.poll_interval = absl::Milliseconds(poll_interval_ms);
  options.sample_interval = absl::Milliseconds(sample_interval_ms);
  options.account_interval = absl::Milliseconds(account_interval_ms);
  options.search_interval = absl::Milliseconds(search_interval_ms);
  options.message_interval = absl::Milliseconds(message_interval_ms);
  options.streamed_interval = absl::Milliseconds(streamed_interval_ms);
  return options;
}

PollOptions ListenerConfig::Polls() const {
  PollOptions options;
  options.threads = poll_threads;
  return options;
}

StreamOptions ListenerConfig::Streams() const {
  StreamOptions options;
  options.enabled = streams;
  options.scan_interval = absl::Milliseconds(stream_scan_interval_ms);
  options.connections_max = stream_connections_max;
  options.connections_per_server_max = stream_connections_per_server_max;
  options.app_posts_per_day_max = app_stream_posts_max;
  return options;
}

WebhookOptions ListenerConfig::Webhooks(bool allow_private_addresses) const {
  WebhookOptions options;
  options.public_url = public_url;
  options.allow_private_addresses = allow_private_addresses;
  options.scan_interval = absl::Milliseconds(webhook_scan_interval_ms);
  return options;
}

}  // namespace carillon::listener
