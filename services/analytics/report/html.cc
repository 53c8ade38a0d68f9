#include "services/analytics/report/html.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include "common/base/clock.h"
#include "services/analytics/report/calendar.h"
#include "services/analytics/report/charts.h"
#include "services/analytics/report/html_sections.h"
#include "services/analytics/report/style.h"

namespace carillon::analytics {
namespace {

constexpr char kLegend[] =
    "<p class=\"legend\"><span><i style=\"background:var(--a)\"></i>favourites</span>"
    "<span><i style=\"background:var(--b)\"></i>boosts</span>"
    "<span><i style=\"background:var(--c)\"></i>replies</span></p>";

std::string EngagementSection(const v1::Report& report, const absl::TimeZone& zone) {
  return "<section><h2>Engagement over time</h2>" + std::string(report.engagement().empty() ? "" : kLegend) +
         EngagementChart(report, zone) +
         "<p class=\"note\">What came in during the period, by " +
         (report.bucket() == v1::BUCKET_SIZE_HOUR ? "hour" : "day") +
         ", on posts of any age. What was taken back lowers the totals.</p></section>";
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
  }
  return out;
}

std::string RenderHtml(const v1::Report& report, const ReportNames& names) {
  const absl::TimeZone zone = ZoneOrUtc(names.zone);
  const auto shown = [&](const google::protobuf::Timestamp& time) {
    return absl::FormatTime("%B %e, %Y, %H:%M", FromProto(time), zone);
  };
  const std::string title = EscapeHtml(names.title);
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
      "<title>{} – report</title><style>{}</style></head><body><main>"
      "<header><h1>{}</h1><p class=\"sub\">{} to {} · times in {} · numbers as of {}</p></header>",
      title, StyleSheet(), title, shown(report.from()), shown(report.to()), EscapeHtml(zone.name()),
      report.has_as_of() ? shown(report.as_of()) : "no sample yet");
  out += TilesSection(report.totals()) + EngagementSection(report, zone) + GoalsSection(report) +
         BestHoursSection(report) + CampaignsSection(report) + AccountsSection(report, zone) +
         PostsSection(report, zone);
  return out + "<footer>Made by Carillon. The same numbers, with ids, are in the CSV beside this page."
               "</footer></main></body></html>\n";
}

}  // namespace carillon::analytics
