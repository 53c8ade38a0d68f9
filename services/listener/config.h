// The listener's own flags, each with a fallback in the environment. Validated once, by CLI11,
// before anything starts.
#pragma once

#include "common/platform/registry.h"
#include "common/service/service.h"
#include "services/listener/domain/schedule.h"
#include "services/listener/poll/poll_pool.h"

namespace carillon::listener {

struct ListenerConfig {
  int poll_interval_ms = 30'000;
  int sample_interval_ms = 60'000;
  int account_interval_ms = 300'000;
  int poll_threads = 16;
  std::string platform_facts_dir;

  // Adds the flags to `options` (before service::ParseFlags); the config must outlive the parsing.
  void AddFlags(service::ServiceOptions& options);

  DomainOptions Domain() const;
  PollOptions Polls() const;
  platform::Options Platforms() const;
};

}  // namespace carillon::listener
