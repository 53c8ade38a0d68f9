// Which collector reads which platform. Made once at start; after that read-only and thread-safe. It owns the collectors, which
// keep using `client` and `clock`: both must outlive it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"
#include "services/listener/collector.h"

namespace carillon::listener {

class CollectorRegistry {
 public:
  // Nothing in it; for tests that bring their own collector.
  CollectorRegistry() = default;
  // Every platform that Carillon listens to.
  static CollectorRegistry MakeAll(http::HttpClient& client, const Clock& clock);

  void Add(std::unique_ptr<Collector> collector);

  // INVALID_ARGUMENT with UNKNOWN_PLATFORM, which lists the known ones.
  Result<Collector*> Find(const std::string& platform) const;
  std::vector<std::string> Platforms() const;

 private:
  std::map<std::string, std::unique_ptr<Collector>> collectors_;
};

}  // namespace carillon::listener
