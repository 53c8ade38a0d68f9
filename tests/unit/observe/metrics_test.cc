#include "common/observe/metrics.h"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace carillon::observe {
namespace {

std::string Text() {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, Registry().Collect());
  return out.str();
}

TEST(Metrics, SameNameAndLabelsAreOneObject) {
  SetServiceName("tester");
  auto& one = Counter("things_total", "Things", {{"kind", "a"}});
  one.Increment();
  Counter("things_total", "Things", {{"kind", "a"}}).Increment();
  Counter("things_total", "Things", {{"kind", "b"}}).Increment();
  EXPECT_EQ(one.Value(), 2);
  EXPECT_NE(Text().find("carillon_tester_things_total{kind=\"a\"} 2"), std::string::npos) << Text();
}

TEST(Metrics, HistogramsHaveTheirUnits) {
  SetServiceName("tester");
  Seconds("lateness", "Due until answered").Observe(0.004);
  Sizes("batch_records", "Records a commit").Observe(150);
  Gauge("due_count", "Due").Set(7);
  const std::string text = Text();
  EXPECT_NE(text.find("carillon_tester_lateness_seconds_bucket{le=\"0.005\"} 1"), std::string::npos)
      << text;
  EXPECT_NE(text.find("carillon_tester_lateness_seconds_bucket{le=\"0.002\"} 0"),
            std::string::npos);
  EXPECT_NE(text.find("carillon_tester_batch_records_bucket{le=\"200\"} 1"), std::string::npos);
  EXPECT_NE(text.find("carillon_tester_due_count 7"), std::string::npos);
}

}  // namespace
}  // namespace carillon::observe
