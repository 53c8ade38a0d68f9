#include "services/analytics/report/html_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/base/clock.h"
#include "services/analytics/report/charts.h"
#include "services/analytics/report/html.h"
#include "services/analytics/report/money.h"

namespace carillon::analytics {
namespace {

constexpr int kPostRowsMax = 500;
constexpr int kBestRowsMax = 5;

std::string Shown(const google::protobuf::Timestamp& time, const absl::TimeZone& zone) {
  return absl::FormatTime("%b %e, %H:%M", FromProto(time), zone);
}

// "posts published" of POSTS_PUBLISHED.
std::string Words(std::string name) {
  for (char& c : name) c = c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  return name;
}

std::string Tile(std::string_view css, std::string_view label, int64_t value) {
  return fmt::format("<div class=\"tile {}\"><b>{}</b><span>{}</span></div>", css, value, label);
}

std::string_view ToneOf(const std::string& state) {
  if (state == "PUBLISHED") return "good";
  if (state == "FAILED") return "bad";
  return state == "UNCONFIRMED" || state == "HELD" || state == "EXPIRED" || state == "BLOCKED" ? "warn"
                                                                                                : "";
}

std::string CountCells(const v1::Counts& counts) {
  return fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
                     counts.planned(), counts.published(), counts.late(), counts.failed(),
                     counts.unconfirmed(), counts.expired() + counts.held() + counts.cancelled(),
                     counts.engagements());
}

constexpr char kCountHeads[] =
    "<th scope=\"col\">Planned</th><th scope=\"col\">Published</th><th scope=\"col\">Late</th>"
    "<th scope=\"col\">Failed</th><th scope=\"col\">Unconfirmed</th><th scope=\"col\">Not sent</th>"
    "<th scope=\"col\">Engagement</th>";

std::map<std::string, std::string> AccountNames(const v1::Report& report) {
  std::map<std::string, std::string> names;
  for (const auto& row : report.accounts()) {
    names[row.account_id()] = row.username().empty() ? row.account_id() : row.username();
  }
  return names;
}

// Not every platform tells it.
std::string Seen(int64_t count) { return count == 0 ? "–" : std::to_string(count); }

}  // namespace

std::string TilesSection(const v1::Counts& totals) {
  return "<section class=\"tiles\" aria-label=\"Totals\">" + Tile("", "planned", totals.planned()) +
         Tile("good", "published", totals.published()) +
         Tile(totals.late() ? "warn" : "", "late", totals.late()) +
         Tile(totals.failed() ? "bad" : "", "failed", totals.failed()) +
         Tile(totals.unconfirmed() ? "warn" : "", "unconfirmed", totals.unconfirmed()) +
         Tile(totals.expired() ? "warn" : "", "expired", totals.expired()) +
         Tile(totals.held() ? "warn" : "", "held", totals.held()) +
         Tile("", "cancelled", totals.cancelled()) + Tile("", "open", totals.open()) +
         Tile("", "engagements", totals.engagements()) +
         (totals.impressions() == 0 ? "" : Tile("", "impressions", totals.impressions())) +
         (totals.link_clicks() == 0 ? "" : Tile("", "link clicks", totals.link_clicks())) + "</section>";
}

std::string GoalsSection(const v1::Report& report) {
  std::string out = "<section><h2>Goals</h2>";
  if (report.goals().empty()) return out + "<p class=\"note\">No goals are set.</p></section>";
  std::map<std::string, std::string> names;
  for (const auto& row : report.campaigns()) names[row.campaign_id()] = row.name();
  for (const auto& goal : report.goals()) {
    std::string label = Words(goal.metric());
    if (const auto name = names.find(goal.campaign_id()); name != names.end() && !name->second.empty()) {
      label += ", " + name->second;
    }
    const int64_t percent = goal.target() > 0 ? goal.value() * 100 / goal.target() : 0;
    out += fmt::format("<div class=\"goal\"><div><span>{} <span class=\"sub\">by {}</span></span><span>{}"
                       "</span></div>{}</div>",
                       EscapeHtml(label), EscapeHtml(goal.by_date()),
                       goal.measured()
                           ? fmt::format("<b>{}</b> of {} ({}&thinsp;%)", goal.value(), goal.target(), percent)
                           : fmt::format("target {}: nothing measures this yet", goal.target()),
                       goal.measured() ? ProgressBar(label, goal.value(), goal.target()) : "");
  }
  return out + "</section>";
}

std::string BestHoursSection(const v1::Report& report) {
  std::string out =
      "<section><h2>Best hours</h2><div class=\"scroll\">" + BestHoursChart(report) + "</div>";
  if (report.best_hours().empty()) return out + "</section>";
  std::vector<v1::BestHour> best(report.best_hours().begin(), report.best_hours().end());
  std::sort(best.begin(), best.end(), [](const v1::BestHour& a, const v1::BestHour& b) {
    // By mean, exactly: a/b > c/d as a*d > c*b.
    const int64_t left = a.engagements() * b.posts(), right = b.engagements() * a.posts();
    return std::make_tuple(-left, a.account_id(), a.weekday(), a.hour()) <
           std::make_tuple(-right, b.account_id(), b.weekday(), b.hour());
  });
  auto names = AccountNames(report);
  constexpr const char* kDays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
  out += "<details><summary>The best five, with how many posts they stand on</summary><div class=\"scroll\">"
         "<table><thead><tr><th scope=\"col\">Account</th><th scope=\"col\" class=\"l\">When</th>"
         "<th scope=\"col\">Mean engagement</th><th scope=\"col\">Posts</th></tr></thead><tbody>";
  for (int i = 0; i < std::min<int>(kBestRowsMax, static_cast<int>(best.size())); ++i) {
    const v1::BestHour& row = best[static_cast<size_t>(i)];
    out += fmt::format("<tr><td>{}</td><td class=\"l\">{} {:02}:00</td><td>{:.1f}</td><td>{}</td></tr>",
                       EscapeHtml(names.contains(row.account_id()) ? names[row.account_id()]
                                                                   : row.account_id()),
                       kDays[(row.weekday() + 6) % 7], row.hour(),
                       static_cast<double>(row.engagements()) / static_cast<double>(row.posts()),
                       row.posts());
  }
  return out + "</tbody></table></div></details><p class=\"note\">Mean engagement of posts that went out in the"
               " twelve weeks before the period's end and are at least a day old, by the hour in the account's"
               " zone. A dashed edge marks means of one or two posts.</p></section>";
}

std::string AccountsSection(const v1::Report& report, const absl::TimeZone& zone) {
  std::string out = fmt::format(
      "<section><h2>Accounts</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">Account</th>{}"
      "<th scope=\"col\">Followers</th><th scope=\"col\">Following</th><th scope=\"col\">Posts</th>"
      "<th scope=\"col\">Fresh as of</th></tr></thead><tbody>",
      kCountHeads);
  for (const auto& row : report.accounts()) {
    out += fmt::format("<tr><td>{}</td>{}<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                       EscapeHtml(row.username().empty() ? row.account_id() : row.username()),
                       CountCells(row.counts()), row.followers(), row.has_following() ? std::to_string(row.following()) : "",
                       row.has_posts() ? std::to_string(row.posts()) : "",
                       row.has_fresh_at() ? Shown(row.fresh_at(), zone) : "no sample yet");
  }
  return out + "</tbody></table></div><p class=\"note\">Fresh as of: the newest sample of the platform's"
               " numbers that these figures include.</p></section>";
}

std::string CampaignsSection(const v1::Report& report) {
  if (report.campaigns().empty()) return "";
  std::string out = fmt::format("<section><h2>Campaigns</h2><div class=\"scroll\"><table><thead><tr>"
                                "<th scope=\"col\">Campaign</th>{}<th scope=\"col\">Budget</th>"
                                "<th scope=\"col\">Platforms charge</th></tr></thead><tbody>",
                                kCountHeads);
  for (const auto& row : report.campaigns()) {
    google::protobuf::RepeatedPtrField<common::v1::Money> budget;
    if (row.has_budget()) *budget.Add() = row.budget();
    out += fmt::format("<tr><td>{}</td>{}<td>{}</td><td>{}</td></tr>",
                       EscapeHtml(row.name().empty() ? row.campaign_id() : row.name()),
                       CountCells(row.counts()), EscapeHtml(MoneyText(budget)),
                       EscapeHtml(MoneyText(row.spend())));
  }
  return out + "</tbody></table></div></section>";
}

std::string PostsSection(const v1::Report& report, const absl::TimeZone& zone) {
  auto names = AccountNames(report);
  std::string out =
      "<section><h2>Posts</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">Due</th>"
      "<th scope=\"col\" class=\"l\">Account</th><th scope=\"col\" class=\"l\">State</th>"
      "<th scope=\"col\">Favourites</th><th scope=\"col\">Boosts</th><th scope=\"col\">Replies</th>"
      "<th scope=\"col\">Impressions</th><th scope=\"col\">Link clicks</th>"
      "<th scope=\"col\">Fresh as of</th><th scope=\"col\" class=\"l\">Post</th></tr></thead><tbody>";
  for (int i = 0; i < std::min(kPostRowsMax, report.posts_size()); ++i) {
    const v1::PostRow& row = report.posts(i);
    out += fmt::format("<tr><td>{}</td><td class=\"l\">{}</td><td class=\"l\"><span class=\"state {}\">{}</span></td>"
                       "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"l id\">{}</td></tr>",
                       Shown(row.due_at(), zone), EscapeHtml(names[row.account_id()]), ToneOf(row.state()),
                       EscapeHtml(Words(row.state())), row.favourites(), row.boosts(), row.replies(),
                       Seen(row.impressions()), Seen(row.link_clicks()),
                       row.has_fresh_at() ? Shown(row.fresh_at(), zone) : "–", EscapeHtml(row.post_id()));
  }
  out += "</tbody></table></div>";
  if (report.posts_size() > kPostRowsMax) {
    out += fmt::format("<p class=\"note\">The first {} of {}; the CSV has all of them.</p>", kPostRowsMax,
                       report.posts_size());
  }
  return out + "</section>";
}

}  // namespace carillon::analytics
