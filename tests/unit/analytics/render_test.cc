#include "services/analytics/report/csv.h"
#include "services/analytics/report/html.h"
#include "tests/unit/analytics/samples.h"

namespace carillon::analytics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Report Small() {
  v1::Report report;
  report.set_brand_id("brand_1");
  report.set_bucket(v1::BUCKET_SIZE_DAY);
  *report.mutable_from() = ToProto(At("2026-11-23T00:00:00Z"));
  *report.mutable_to() = ToProto(At("2026-11-30T00:00:00Z"));
  report.mutable_totals()->set_planned(2);
  report.mutable_totals()->set_published(1);
  auto& point = *report.add_engagement();
  point.set_account_id("acct_1");
  *point.mutable_start() = ToProto(At("2026-11-23T00:00:00Z"));
  point.set_favourites(3);
  point.set_boosts(-1);
  auto& best = *report.add_best_hours();
  best.set_account_id("acct_1");
  best.set_weekday(2);
  best.set_hour(9);
  best.set_posts(4);
  best.set_engagements(20);
  auto& goal = *report.add_goals();
  goal.set_goal_id("goal_1");
  goal.set_metric("LINK_CLICKS");
  goal.set_target(300);
  return report;
}

TEST(Csv, IsExactlyThis) {
  EXPECT_EQ(RenderCsv(Small()),
            "kind,key,metric,bucket,value\n"
            "best_hour,acct_1,engagements,2T09,20\n"
            "best_hour,acct_1,posts,2T09,4\n"
            "engagement,acct_1,boosts,2026-11-23T00:00:00Z,-1\n"
            "engagement,acct_1,favourites,2026-11-23T00:00:00Z,3\n"
            "goal,goal_1,target,,300\n"
            "total,brand_1,boosts,,0\n"
            "total,brand_1,cancelled,,0\n"
            "total,brand_1,engagements,,0\n"
            "total,brand_1,expired,,0\n"
            "total,brand_1,failed,,0\n"
            "total,brand_1,favourites,,0\n"
            "total,brand_1,held,,0\n"
            "total,brand_1,impressions,,0\n"
            "total,brand_1,late,,0\n"
            "total,brand_1,link_clicks,,0\n"
            "total,brand_1,open,,0\n"
            "total,brand_1,planned,,2\n"
            "total,brand_1,profile_clicks,,0\n"
            "total,brand_1,published,,1\n"
            "total,brand_1,replies,,0\n"
            "total,brand_1,unconfirmed,,0\n");
}

TEST(Html, EscapesWhatCameFromOutside) {
  v1::Report report = Small();
  const std::string evil = "\"><script>alert('x')</script>&";
  auto& account = *report.add_accounts();
  account.set_account_id("acct_1");
  account.set_username(evil);
  auto& campaign = *report.add_campaigns();
  campaign.set_campaign_id("camp_1");
  campaign.set_name(evil);
  auto& post = *report.add_posts();
  post.set_account_id("acct_1");
  post.set_post_id(evil);
  post.set_state(evil);
  report.mutable_goals(0)->set_campaign_id("camp_1");
  report.mutable_goals(0)->set_by_date(evil);
  report.mutable_goals(0)->set_measured(true);
  const std::string html = RenderHtml(report, {evil, "Europe/Paris"});
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"));
}

TEST(Html, FetchesNothing) {
  const std::string html = RenderHtml(Small(), {"Lumen", "Europe/Paris"});
  for (const char* outside : {"http://", "https://", "src=", "@import", "url(", "<link", "<script"}) {
    EXPECT_THAT(html, Not(HasSubstr(outside))) << outside;
  }
  EXPECT_THAT(html, HasSubstr("<title id=\"eng-t\">Engagement over time</title>"));
  EXPECT_THAT(html, HasSubstr("nothing measures this yet"));
}

TEST(Html, AnEmptyReportSaysSo) {
  v1::Report report;
  const std::string html = RenderHtml(report, {"Lumen", "Nowhere/Zone"});
  EXPECT_THAT(html, HasSubstr("No engagement came in"));
  EXPECT_THAT(html, HasSubstr("no sample yet"));
}

}  // namespace
}  // namespace carillon::analytics
