// The listener's own flags, each with a fallback in the environment. Validated once, by CLI11,
// before anything starts.
#pragma once

#include "common/platform/registry.h"
#include "common/service/service.h"
#include "services/listener/domain/schedule.h"
#include "services/listener/poll/poll_pool.h"
#include "services/listener/stream/stream_keeper.h"
#include "services/listener/stream/webhook_keeper.h"

namespace carillon::listener {

struct ListenerConfig {
  int poll_interval_ms = 30'000;
  int sample_interval_ms = 60'000;
  int account_interval_ms = 300'000;
  int poll_threads = 16;
  std::string platform_facts_dir;
  int search_interval_ms = 300'000;
  int message_interval_ms = 60'000;
  int streamed_interval_ms = 300'000;
  bool streams = true;
  int stream_scan_interval_ms = 10'000;
  int stream_connections_max = 2000;
  int stream_connections_per_server_max = 1000;
  int64_t app_stream_posts_max = 10'000;
  std::string jetstream_url;
  std::string public_url;
  int webhook_scan_interval_ms = 60'000;

  // Adds the flags to `options` (before service::ParseFlags); the config must outlive the parsing.
  void AddFlags(service::ServiceOptions& options);

  DomainOptions Domain() const;
  PollOptions Polls() const;
  StreamOptions Streams() const;
  WebhookOptions Webhooks(bool allow_private_addresses) const;
  platform::Options Platforms() const;

 private:
  void AddStreamFlags(CLI::App& app);
};

}  // namespace carillon::listener
