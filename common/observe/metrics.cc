#include "common/observe/metrics.h"

#include "common/observe/internal.h"

namespace carillon::observe {
namespace {

struct Name {
  std::mutex mutex;
  std::string text = "carillon";
};

Name& TheName() {
  static Name* const name = new Name;
  return *name;
}

std::string MetricName(const std::string& noun_unit) {
  const std::string service = ServiceName();
  return service == "carillon" ? "carillon_" + noun_unit : "carillon_" + service + "_" + noun_unit;
}

const prometheus::Histogram::BucketBoundaries& SecondsBuckets() {
  static const auto* const buckets = new prometheus::Histogram::BucketBoundaries{
      0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60};
  return *buckets;
}

const prometheus::Histogram::BucketBoundaries& SizeBuckets() {
  static const auto* const buckets = new prometheus::Histogram::BucketBoundaries{
      1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000, 20'000, 50'000, 100'000};
  return *buckets;
}

prometheus::Histogram& Histogram(const std::string& noun_unit, const std::string& help,
                                 const Labels& labels,
                                 const prometheus::Histogram::BucketBoundaries& buckets) {
  return prometheus::BuildHistogram()
      .Name(MetricName(noun_unit))
      .Help(help)
      .Register(Registry())
      .Add(labels, buckets);
}

}  // namespace

prometheus::Registry& Registry() { return *SharedRegistry(); }

std::shared_ptr<prometheus::Registry> SharedRegistry() {
  // Never destroyed: objects that count may live until the process ends.
  static auto* const registry =
      new std::shared_ptr<prometheus::Registry>(std::make_shared<prometheus::Registry>());
  return *registry;
}

void SetServiceName(const std::string& name) {
  std::lock_guard lock(TheName().mutex);
  TheName().text = name;
}

std::string ServiceName() {
  std::lock_guard lock(TheName().mutex);
  return TheName().text;
}

prometheus::Counter& Counter(const std::string& noun_unit, const std::string& help,
                             const Labels& labels) {
  return prometheus::BuildCounter()
      .Name(MetricName(noun_unit))
      .Help(help)
      .Register(Registry())
      .Add(labels);
}

prometheus::Gauge& Gauge(const std::string& noun_unit, const std::string& help,
                         const Labels& labels) {
  return prometheus::BuildGauge()
      .Name(MetricName(noun_unit))
      .Help(help)
      .Register(Registry())
      .Add(labels);
}

prometheus::Histogram& Seconds(const std::string& noun, const std::string& help,
                               const Labels& labels) {
  return Histogram(noun + "_seconds", help, labels, SecondsBuckets());
}

prometheus::Histogram& Sizes(const std::string& noun_unit, const std::string& help,
                             const Labels& labels) {
  return Histogram(noun_unit, help, labels, SizeBuckets());
}

}  // namespace carillon::observe
