// Metrics (prometheus-cpp) and logs (spdlog, one JSON object a line on stderr). Names: carillon_<service>_<noun>_<unit>.
// Labels never carry ids of people, texts or secrets. Thread-safe, never blocks.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <string>

namespace carillon::observe {

using Labels = std::map<std::string, std::string>;

// The process's one registry, and the service's name in metric names (set once, at the top of main).
prometheus::Registry& Registry();
void SetServiceName(const std::string& name);

// The same name and labels give the same object; keep the reference, looking it up takes a lock.
prometheus::Counter& Counter(const std::string& noun_unit, const std::string& help, const Labels& labels = {});
prometheus::Gauge& Gauge(const std::string& noun_unit, const std::string& help, const Labels& labels = {});
// Buckets in seconds from 1 ms to 60 s.
prometheus::Histogram& Seconds(const std::string& noun, const std::string& help, const Labels& labels = {});
// Buckets 1, 2, 5, ... 100'000.
prometheus::Histogram& Sizes(const std::string& noun_unit, const std::string& help, const Labels& labels = {});

}  // namespace carillon::observe
