#include "carillon/scheduler/v1/post.pb.h"
#include "carillon/strategy/v1/strategy.pb.h"
#include "services/cli/csv_media.h"
#include "services/cli/form_args.h"
#include "services/cli/json.h"
#include "services/cli/money.h"
#include "services/cli/outcome.h"
#include "services/cli/table.h"
#include "services/cli/time_args.h"

#include <sstream>

namespace carillon::cli {
namespace {

using ::testing::HasSubstr;

absl::Time At(const std::string& text) { return ParseInstant(text).value(); }

TEST(Json, NamesEnumsNumbersAndTimes) {
  scheduler::v1::Post post;
  post.set_state(scheduler::v1::POST_STATE_PENDING_APPROVAL);
  post.set_version(12345678901234);
  post.mutable_created_at()->set_seconds(1'800'000'000);
  post.mutable_created_at()->set_nanos(120'000'000);
  post.add_targets()->set_state(scheduler::v1::TARGET_STATE_UNCONFIRMED);
  const Json json = ToJson(post);
  EXPECT_EQ(json["state"], "PENDING_APPROVAL");
  EXPECT_EQ(json["version"], 12345678901234);
  EXPECT_TRUE(json["version"].is_number());
  EXPECT_EQ(json["created_at"], "2027-01-15T08:00:00.12Z");
  EXPECT_EQ(json["targets"][0]["state"], "UNCONFIRMED");
  EXPECT_EQ(json["targets"][0]["attempts"], 0);
  EXPECT_EQ(json["import_id"], "");
  EXPECT_FALSE(json.contains("approval"));
}

TEST(Json, EnumsAreReadInAnyCase) {
  const auto& metric = *strategy::v1::Metric_descriptor();
  EXPECT_EQ(*ParseEnum(metric, "link-clicks"), strategy::v1::METRIC_LINK_CLICKS);
  EXPECT_EQ(*ParseEnum(metric, "FOLLOWERS"), strategy::v1::METRIC_FOLLOWERS);
  EXPECT_FALSE(ParseEnum(metric, "unspecified").ok());
}

TEST(Table, TextFromOutsideCannotDriveTheTerminal) {
  std::ostringstream out;
  PrintTable(out, {Json{{"text", "a\x1b[2Jb\nc"}}}, {{"TEXT", "text"}});
  EXPECT_EQ(out.str(), "TEXT\na\\x1b[2Jb\\nc\n");
}

TEST(Time, LocalTimesFollowTheZone) {
  EXPECT_EQ(ResolveLocal("2026-11-23 09:00", "Europe/Paris")->at, At("2026-11-23T08:00:00Z"));
  EXPECT_EQ(ResolveLocal("2026-11-23T09:00:30", "Asia/Kolkata")->at, At("2026-11-23T03:30:30Z"));
  EXPECT_EQ(ResolveLocal("2026-11-23 09:00", "Europe/Paris")->local, "2026-11-23 09:00:00");
}

TEST(Time, AGapIsNamed) {
  const auto gap = ResolveLocal("2027-03-28 02:30", "Europe/Paris");
  EXPECT_EQ(ExitCodeOf(gap.status()), ExitCode::kUsage);
  EXPECT_THAT(Message(gap.status()), HasSubstr("from 2027-03-28 01:59 to 2027-03-28 03:00"));
}

TEST(Time, WhatComesTwiceIsTheFirst) {
  const auto twice = ResolveLocal("2026-10-25 02:30", "Europe/Paris");
  EXPECT_EQ(twice->at, At("2026-10-25T00:30:00Z"));
  EXPECT_THAT(twice->note, HasSubstr("UTC+02:00"));
}

TEST(Time, NonsenseIsRefused) {
  for (const char* text : {"2026-11-31 09:00", "2026-11-23 24:00", "23.11.2026", "2026-11-23 9:00", "0490-10-25 02:30", ""}) {
    EXPECT_FALSE(ResolveLocal(text, "UTC").ok()) << text;
  }
  for (const char* zone : {"", "Mars/Base", "../etc/passwd", "/etc/localtime"}) {
    EXPECT_FALSE(ParseZone(zone).ok()) << zone;
  }
  for (const char* text : {"2026-11-23", "2026-11-23T09:00:00", "infinite-future", "0000-12-31T23:59:59Z",
                           "10000-01-01T00:00:00Z", ""}) {
    EXPECT_FALSE(ParseInstant(text).ok()) << text;
  }
}

TEST(Time, ADayIsOneThatTheServicesTake) {
  EXPECT_EQ(*ParseDay("2026-11-23"), "2026-11-23");
  for (const char* text : {"0226-11-01", "1969-12-31", "2026-02-29", "2026-11-31", ""}) EXPECT_FALSE(ParseDay(text).ok()) << text;
}

TEST(Money, IsExact) {
  EXPECT_EQ(ParseMoney("1200.00", "EUR")->micros(), 1'200'000'000);
  EXPECT_EQ(ParseMoney("0.000001", "JPY")->micros(), 1);
  for (const char* amount : {"1,200", "-1", "1.0000001", "1e3", ""}) {
    EXPECT_FALSE(ParseMoney(amount, "EUR").ok()) << amount;
  }
  EXPECT_FALSE(ParseMoney("1", "euro").ok());
}

TEST(CsvMedia, OnlyMediaCellsChange) {
  const std::string csv = "\xef\xbb\xbfid,\"media\",text\r\n1,\"a b.png; c.png\",\"two\r\nlines\"\r\n2,d.png,x";
  const auto cells = FindMediaCells(csv);
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[0].paths, (std::vector<std::string>{"a b.png", "c.png"}));
  EXPECT_EQ(cells[1].line, 4);
  EXPECT_EQ(ReplaceMediaCells(csv, cells, [](const std::string& path) { return "<" + path + ">"; }),
            "\xef\xbb\xbfid,\"media\",text\r\n1,<a b.png>;<c.png>,\"two\r\nlines\"\r\n2,<d.png>,x");
}

TEST(CsvMedia, WhatHasASumAlreadyStays) {
  EXPECT_TRUE(FindMediaCells("media\n" + std::string(64, 'a') + "\n").empty());
  EXPECT_TRUE(FindMediaCells("id,text\n1,a.png\n").empty());
  EXPECT_TRUE(FindMediaCells("").empty());
}

TEST(Time, ALengthOfTimeMayBeDays) {
  EXPECT_EQ(*ParseDuration("30m"), absl::Minutes(30));
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("3d"), absl::Hours(72));
  for (const char* bad : {"", "d", "3", "-1h", "0", "1d1h", "3 days", "99999999d", "inf"}) {
    EXPECT_EQ(ExitCodeOf(ParseDuration(bad).status()), ExitCode::kUsage) << bad;
  }
}

publisher::v1::Content Filled(const FormArgs& args, publisher::v1::Content content = {}) {
  const Status status = FillForms(args, content);
  EXPECT_TRUE(status.ok()) << ToString(status);
  return content;
}

TEST(Forms, AreFilledIn) {
  FormArgs args;
  EXPECT_FALSE(args.given());
  EXPECT_EQ(Filled(args).SerializeAsString(), "");
  args.visibility = "unlisted";
  args.content_warning = "Bells";
  args.content_labels = {"nudity", "graphic-media"};
  args.poll_options = {"small", "large"};
  args.poll_multiple = true;
  args.quote = "https://x.com/ann/status/1";
  args.who_may_reply = {"mentioned", "following"};
  EXPECT_TRUE(args.given());
  const Json json = ToJson(Filled(args));
  EXPECT_EQ(json["visibility"], "UNLISTED");
  EXPECT_EQ(json["content_warning"], "Bells");
  EXPECT_EQ(json["content_labels"], (Json{"NUDITY", "GRAPHIC_MEDIA"}));
  EXPECT_EQ(json["poll"], (Json{{"options", {"small", "large"}}, {"multiple", true}, {"hide_totals", false}, {"duration_s", 86'400}}));
  EXPECT_EQ(json["quoted_remote_id"], "https://x.com/ann/status/1");
  EXPECT_EQ(json["reply_settings"]["groups"], (Json{"MENTIONED", "FOLLOWING"}));
}

TEST(Forms, OfAPostThatIsThere) {
  FormArgs first;
  first.visibility = "private";
  first.content_warning = "Bells";
  first.content_labels = {"nudity"};
  first.poll_options = {"small", "large"};
  first.quote = "1";
  first.who_may_reply = {"nobody"};
  const publisher::v1::Content content = Filled(first);
  EXPECT_TRUE(content.has_reply_settings());
  EXPECT_EQ(content.reply_settings().groups_size(), 0);
  EXPECT_EQ(Filled({}, content).SerializeAsString(), content.SerializeAsString());
  FormArgs next;
  next.visibility = "default";
  next.who_may_reply = {"everyone"};
  next.removed = {"poll", "quote", "content-warning", "content-label"};
  EXPECT_EQ(Filled(next, content).SerializeAsString(), "");
  FormArgs poll;
  poll.poll_options = {"a", "b", "c"};
  poll.poll_duration = "2h";
  EXPECT_EQ(Filled(poll, content).poll().options_size(), 3) << "not five";
  EXPECT_EQ(Filled(poll, content).poll().duration_s(), 7200);
}

}  // namespace
}  // namespace carillon::cli
