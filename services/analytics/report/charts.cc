#include "services/analytics/report/charts.h"

#include <absl/time/civil_time.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "common/base/clock.h"
#include "services/analytics/report/calendar.h"
#include "services/analytics/report/html.h"

namespace carillon::analytics {
namespace {

constexpr int kBarsMax = 400;
constexpr double kWidth = 1000, kHeight = 260, kLeft = 48, kBottom = 28, kTop = 10;

struct Bar {
  absl::Time start;
  std::array<int64_t, 3> parts{};  // favourites, boosts, replies
  // What was taken back shows as nothing; the table has the exact number.
  int64_t Height() const {
    int64_t sum = 0;
    for (int64_t part : parts) sum += std::max<int64_t>(part, 0);
    return sum;
  }
};

absl::Time NextBucket(absl::Time start, v1::BucketSize size, const absl::TimeZone& zone) {
  if (size == v1::BUCKET_SIZE_HOUR) return start + absl::Hours(1);
  return absl::FromCivil(absl::CivilDay(zone.At(start).cs) + 1, zone);
}

// Every bucket between the first and the last with engagement, empty ones too, so that the axis is time.
std::vector<Bar> BarsOf(const v1::Report& report, const absl::TimeZone& zone) {
  std::map<absl::Time, Bar> sums;
  for (const auto& point : report.engagement()) {
    const absl::Time start = BucketStart(FromProto(point.start()), report.bucket(), zone);
    Bar& bar = sums[start];
    bar.start = start;
    bar.parts[0] += point.favourites();
    bar.parts[1] += point.boosts();
    bar.parts[2] += point.replies();
  }
  if (sums.empty()) return {};
  std::vector<Bar> all;
  const absl::Time last = sums.rbegin()->first;
  for (absl::Time at = sums.begin()->first; at <= last; at = NextBucket(at, report.bucket(), zone)) {
    const auto found = sums.find(at);
    all.push_back(found != sums.end() ? found->second : Bar{at});
  }
  const size_t joined = (all.size() + kBarsMax - 1) / kBarsMax;
  std::vector<Bar> bars;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i % joined == 0) {
      bars.push_back(all[i]);
    } else {
      for (size_t part = 0; part < 3; ++part) bars.back().parts[part] += all[i].parts[part];
    }
  }
  return bars;
}

// 1, 2 or 5 times a power of ten, at most five lines.
int64_t StepFor(int64_t most) {
  for (int64_t step = 1;; step *= 10) {
    for (const int64_t nice : {step, 2 * step, 5 * step}) {
      if (most <= nice * 4) return nice;
    }
  }
}

std::string Grid(int64_t step, int64_t top) {
  std::string out;
  for (int64_t value = 0; value <= top; value += step) {
    const double y = kHeight - kBottom -
                     (kHeight - kBottom - kTop) * static_cast<double>(value) / static_cast<double>(top);
    out += fmt::format("<line x1=\"{:.0f}\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"var(--line)\"/>"
                       "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
                       kLeft, kWidth, y, y, kLeft - 8, y + 4, value);
  }
  return out;
}

}  // namespace

std::string EngagementChart(const v1::Report& report, const absl::TimeZone& zone) {
  const std::vector<Bar> bars = BarsOf(report, zone);
  if (bars.empty()) return "<p class=\"note\">No engagement came in during this period.</p>";
  int64_t most = 1;
  for (const Bar& bar : bars) most = std::max(most, bar.Height());
  const int64_t step = StepFor(most), top = (most + step - 1) / step * step;
  const double slot = (kWidth - kLeft) / static_cast<double>(bars.size());
  const double width = std::max(1.0, std::min(slot * 0.78, 46.0));
  const char* label = report.bucket() == v1::BUCKET_SIZE_HOUR ? "%b %e %H:%M" : "%b %e";
  constexpr const char* kColors[] = {"var(--a)", "var(--b)", "var(--c)"};
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-labelledby=\"eng-t eng-d\">"
      "<title id=\"eng-t\">Engagement over time</title><desc id=\"eng-d\">Stacked bars of favourites,"
      " boosts and replies; the highest is {}.</desc>{}",
      kWidth, kHeight, most, Grid(step, top));
  const size_t every = std::max<size_t>(1, (bars.size() + 7) / 8);
  for (size_t i = 0; i < bars.size(); ++i) {
    const double x = kLeft + slot * static_cast<double>(i) + (slot - width) / 2;
    double y = kHeight - kBottom;
    const std::string when = absl::FormatTime(label, bars[i].start, zone);
    out += fmt::format("<g><title>{}: {} favourites, {} boosts, {} replies</title>", when,
                       bars[i].parts[0], bars[i].parts[1], bars[i].parts[2]);
    for (size_t part = 0; part < 3; ++part) {
      const double height = (kHeight - kBottom - kTop) *
                            static_cast<double>(std::max<int64_t>(bars[i].parts[part], 0)) /
                            static_cast<double>(top);
      y -= height;
      if (height <= 0) continue;
      out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>",
                         x, y, width, height, kColors[part]);
    }
    out += "</g>";
    if (i % every != 0) continue;
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>", x + width / 2,
                       kHeight - 8, i == 0 && bars.size() > 8 ? "start" : "middle", when);
  }
  return out + "</svg>";
}

std::string BestHoursChart(const v1::Report& report) {
  struct Cell {
    int64_t posts = 0, engagements = 0;
    double Mean() const { return static_cast<double>(engagements) / static_cast<double>(posts); }
  };
  std::map<std::pair<int, int>, Cell> cells;
  for (const auto& best : report.best_hours()) {
    Cell& cell = cells[{best.weekday(), best.hour()}];
    cell.posts += best.posts();
    cell.engagements += best.engagements();
  }
  if (cells.empty()) return "<p class=\"note\">There are no earlier posts to learn from yet.</p>";
  double most = 0.001;
  for (const auto& [key, cell] : cells) most = std::max(most, cell.Mean());
  constexpr double kCell = 39, kRow = 27, kX = 44, kY = 22;
  constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-labelledby=\"best-t best-d\">"
      "<title id=\"best-t\">Best hours</title><desc id=\"best-d\">Mean engagement of earlier posts by"
      " weekday and hour; the highest mean is {:.1f}.</desc>",
      kX + 24 * kCell, kY + 7 * kRow, most);
  for (int hour = 0; hour < 24; hour += 2) {
    out += fmt::format("<text x=\"{:.0f}\" y=\"14\" text-anchor=\"middle\">{:02}</text>",
                       kX + (hour + 0.5) * kCell, hour);
  }
  for (int day = 1; day <= 7; ++day) {
    const double y = kY + (day - 1) * kRow;
    out += fmt::format("<text x=\"0\" y=\"{:.0f}\">{}</text>", y + 17, kDays[day - 1]);
    for (int hour = 0; hour < 24; ++hour) {
      const auto found = cells.find({day, hour});
      const bool any = found != cells.end();
      // Faint below three posts: a mean of one or two says little.
      const double strength = any ? 0.12 + 0.88 * std::max(found->second.Mean(), 0.0) / most : 0;
      const std::string title =
          any ? fmt::format("{} {:02}:00: {:.1f} on average of {} post{}", kDays[day - 1], hour,
                            found->second.Mean(), found->second.posts, found->second.posts == 1 ? "" : "s")
              : fmt::format("{} {:02}:00: no posts", kDays[day - 1], hour);
      const bool few = any && found->second.posts < 3;
      out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"4\""
                         " fill=\"{}\" fill-opacity=\"{:.2f}\"{}><title>{}</title></rect>",
                         kX + hour * kCell + 1.5, y + 1.5, kCell - 3, kRow - 3,
                         any ? "var(--accent)" : "var(--line)", any ? strength : 0.45,
                         few ? " stroke=\"var(--accent)\" stroke-opacity=\".35\" stroke-dasharray=\"3 2\"" : "",
                         title);
    }
  }
  return out + "</svg>";
}

std::string ProgressBar(const std::string& label, int64_t value, int64_t target) {
  const double share = target > 0 ? static_cast<double>(value) / static_cast<double>(target) : 0;
  const double width = 1000 * std::min(std::max(share, 0.0), 1.0);
  return fmt::format(
      "<svg viewBox=\"0 0 1000 12\" preserveAspectRatio=\"none\" style=\"height:10px\" role=\"img\""
      " aria-label=\"{}: {} of {}\"><rect width=\"1000\" height=\"12\" rx=\"4\" fill=\"var(--line)\"/>"
      "<rect width=\"{:.0f}\" height=\"12\" rx=\"4\" fill=\"{}\"/></svg>",
      EscapeHtml(label), value, target, width, share >= 1 ? "var(--good)" : "var(--accent)");
}

}  // namespace carillon::analytics
