#include <gmock/gmock.h>

#include "services/scheduler/api/calendar_file.h"
#include "tests/unit/scheduler/directories.h"

namespace carillon::scheduler {
namespace {

using ::testing::HasSubstr;

constexpr char kHeader[] =
    "external_id,brand,account,local_time,zone,text,link,media,alt,campaign\r\n";
const std::string kSha(64, 'a');
const std::string kOtherSha(64, 'b');

struct Fixture {
  FakeDirectories known;
  DraftChecker checker{known.directories(), known};

  Calendar Read(const std::string& file, const std::string& default_brand = "") {
    return ReadCalendar(file, kOrg, default_brand, checker);
  }
  Calendar Row(const std::string& row) { return Read(kHeader + row + "\r\n"); }
};

TEST(CalendarTest, ReadsARowWithNamesAndALocalTime) {
  Fixture f;
  const Calendar calendar = f.Row(
      "e1,Trailkin,trailkin@one.example; trailkin@two.example,2026-11-23 09:00,Asia/Tokyo,"
      "\"Hello, \"\"日本\"\" 🎉\",https://trailkin.example/,,,Launch");
  ASSERT_EQ(calendar.errors_total, 0) << calendar.errors[0].ShortDebugString();
  ASSERT_EQ(calendar.rows.size(), 1u);
  const v1::PostDraft& draft = calendar.rows[0].draft;
  EXPECT_EQ(calendar.rows[0].line, 2);
  EXPECT_EQ(draft.brand_id(), kBrandId);
  EXPECT_THAT(draft.account_ids(), ::testing::ElementsAre(kAccountA, kAccountB));
  EXPECT_EQ(draft.campaign_id(), "camp_launch");
  EXPECT_EQ(draft.content().text(), "Hello, \"日本\" 🎉");
  EXPECT_EQ(absl::FormatTime(FromProto(draft.due_at()), absl::UTCTimeZone()),
            "2026-11-23T00:00:00+00:00");
  EXPECT_EQ(draft.local_time(), "2026-11-23 09:00:00");
}

TEST(CalendarTest, ColumnsInAnyOrderSpacesTrimmedBrandAndZoneByDefault) {
  Fixture f;
  const Calendar calendar = f.Read(
      "\xEF\xBB\xBF text ,account, external_id,brand,local_time,zone,link,media,alt,campaign\n"
      "Hello,acct_a,,,2026-11-23 09:00,,,,,\n",
      "Trailkin");
  ASSERT_EQ(calendar.errors_total, 0) << calendar.errors[0].ShortDebugString();
  EXPECT_EQ(calendar.rows[0].draft.zone(), "Europe/Paris");
  EXPECT_EQ(calendar.rows[0].draft.brand_id(), kBrandId);
}

TEST(CalendarTest, MediaAreKnownByTheirSumsWithAltTexts) {
  Fixture f;
  f.known.media[kSha].set_sha256(kSha);
  f.known.media[kSha].set_mime_type("image/png");
  f.known.media[kSha].set_size_bytes(7);
  f.known.media[kOtherSha].set_mime_type("image/gif");
  const Calendar one =
      f.Row("e,Trailkin,acct_a,2026-11-23 09:00,,Look,," + kSha + ",\"A hill; at dawn | wide\",");
  ASSERT_EQ(one.errors_total, 0) << one.errors[0].ShortDebugString();
  EXPECT_EQ(one.rows[0].draft.content().media(0).alt_text(), "A hill; at dawn | wide");
  EXPECT_EQ(one.rows[0].draft.content().media(0).mime_type(), "image/png");
  const Calendar two = f.Row("e,Trailkin,acct_a,2026-11-23 09:00,,Look,," + kSha + ";" +
                             kOtherSha + ",first|second \\| more,");
  ASSERT_EQ(two.errors_total, 0) << two.errors[0].ShortDebugString();
  EXPECT_EQ(two.rows[0].draft.content().media(1).alt_text(), "second | more");
}

struct BadRow {
  const char* row;
  const char* column;
  const char* reason;
};

class BadRowTest : public ::testing::TestWithParam<BadRow> {};

TEST_P(BadRowTest, IsNamedByLineAndColumn) {
  Fixture f;
  const Calendar calendar = f.Read(std::string(kHeader) +
                                   "ok,Trailkin,acct_a,2026-11-23 09:00,UTC,Fine,,,,\n" +
                                   GetParam().row + "\n");
  ASSERT_EQ(calendar.errors_total, 1) << GetParam().row;
  EXPECT_EQ(calendar.errors[0].line(), 3);
  EXPECT_EQ(calendar.errors[0].column(), GetParam().column) << calendar.errors[0].message();
  EXPECT_EQ(calendar.errors[0].reason(), GetParam().reason) << calendar.errors[0].message();
  EXPECT_FALSE(calendar.errors[0].message().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadRowTest,
    ::testing::Values(
        BadRow{"e,Nobody,acct_a,2026-11-23 09:00,UTC,Hi,,,,", "brand", "UNKNOWN_BRAND"},
        BadRow{"e,,acct_a,2026-11-23 09:00,UTC,Hi,,,,", "brand", "UNKNOWN_BRAND"},
        BadRow{"e,Trailkin,nobody,2026-11-23 09:00,UTC,Hi,,,,", "account", "UNKNOWN_ACCOUNT"},
        BadRow{"e,Trailkin,,2026-11-23 09:00,UTC,Hi,,,,", "account", "NO_TARGETS"},
        BadRow{"e,Trailkin,acct_a,23.11.2026,UTC,Hi,,,,", "local_time", "BAD_TIME"},
        BadRow{"e,Trailkin,acct_a,2027-03-28 02:30,Europe/Paris,Hi,,,,", "local_time",
               "TIME_IN_GAP"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,Europe/Nowhere,Hi,,,,", "zone", "BAD_TIMEZONE"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,UTC,,,,,", "text", "EMPTY_CONTENT"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,UTC,Hi,gopher://x,,,", "link", "BAD_LINK"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,UTC,Hi,,hill.png,,", "media", "BAD_MEDIA"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,UTC,Hi,,,,Summer", "campaign",
               "UNKNOWN_CAMPAIGN"},
        BadRow{"ok,Trailkin,acct_a,2026-11-23 09:00,UTC,Hi,,,,", "external_id",
               "DUPLICATE_EXTERNAL_ID"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,UTC,caf\xE9,,,,", "text", "BAD_UTF8"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,UTC,Hi,,,", "", "BAD_CSV"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,UTC,say \"hi\",,,,", "text", "BAD_CSV"},
        BadRow{"e,Trailkin,acct_a,2026-11-23 09:00,UTC,\"open,,,,", "text", "BAD_CSV"}));

TEST(CalendarTest, TextOverTheAccountsLimitIsNamed) {
  Fixture f;
  const Calendar calendar = f.Row("e,Trailkin,acct_a,,," + std::string(501, 'x') + ",,,,");
  ASSERT_EQ(calendar.errors_total, 1);
  EXPECT_EQ(calendar.errors[0].reason(), "TEXT_TOO_LONG");
  EXPECT_EQ(calendar.errors[0].column(), "text");
  EXPECT_EQ(f.Row("e,Trailkin,acct_a,,," + std::string(500, 'x') + ",,,,").errors_total, 0);
}

TEST(CalendarTest, HeadersAreCheckedWhole) {
  Fixture f;
  const Calendar calendar =
      f.Read("external_id,brand,account,time,zone,text,text,link,media,alt,campaign\nx\n");
  EXPECT_EQ(calendar.errors_total, 3);
  std::string all;
  for (const v1::RowError& error : calendar.errors) all += error.column() + ":" + error.message();
  EXPECT_THAT(all, HasSubstr("time:there is no column 'time'"));
  EXPECT_THAT(all, HasSubstr("text:the column stands there twice"));
  EXPECT_THAT(all, HasSubstr("local_time:the column is missing"));
}

TEST(CalendarTest, WrongEncodingsGetAHint) {
  Fixture f;
  EXPECT_THAT(f.Read("\xFF\xFE" "e\0x\0").errors.at(0).message(), HasSubstr("UTF-16"));
  EXPECT_THAT(f.Read(std::string("e\0x\0t\0", 6)).errors.at(0).message(), HasSubstr("UTF-16"));
  EXPECT_THAT(f.Row("e,Trailkin,acct_a,,,na\xEFve,,,,").errors.at(0).message(),
              HasSubstr("Latin-1"));
}

TEST(CalendarTest, EmptyFilesAreNoCalendar) {
  Fixture f;
  EXPECT_EQ(f.Read("").errors_total, 1);
  EXPECT_EQ(f.Read(kHeader).errors_total, 1);
}

TEST(CalendarTest, ManyBadRowsAreCountedAndTheFirstHundredShown) {
  Fixture f;
  std::string file = kHeader;
  for (int i = 0; i < 250; ++i) file += "e,Nobody,acct_a,,,Hi,,,,\n";
  const Calendar calendar = f.Read(file);
  EXPECT_EQ(calendar.errors_total, 250);
  EXPECT_EQ(calendar.errors.size(), 100u);
  // Each name is asked once a file.
  EXPECT_EQ(f.known.asked, 1);
}

TEST(CalendarTest, APeerThatIsAwayIsNotTheFilesFault) {
  Fixture f;
  f.known.away = true;
  const Calendar calendar = f.Row("e,Trailkin,acct_a,,,Hi,,,,");
  EXPECT_EQ(calendar.status.code(), Code::kUnavailable);
  EXPECT_THAT(Message(calendar.status), HasSubstr("strategy"));
  EXPECT_EQ(calendar.errors_total, 0);
}

TEST(CalendarTest, WhatIsExportedReadsBackTheSame) {
  Fixture f;
  f.known.media[kSha].set_mime_type("image/png");
  f.known.media[kOtherSha].set_mime_type("image/png");
  const std::string file =
      std::string(kHeader) +
      "e1,Trailkin,trailkin@one.example,2026-10-25 02:30:00,Europe/Paris,\"two\nlines, \"\"q\"\"\","
      "https://a.example/," + kSha + ";" + kOtherSha + ",one|two \\| three,Launch\r\n" +
      "e2,Trailkin,trailkin@one.example;trailkin@two.example,,Asia/Tokyo,日本 🎉,,,,\r\n";
  const Calendar first = f.Read(file);
  ASSERT_EQ(first.errors_total, 0) << first.errors[0].ShortDebugString();
  std::string exported = CalendarHeader();
  for (const CalendarRow& row : first.rows) {
    v1::Post post;
    *post.mutable_draft() = row.draft;
    exported += *CalendarRowOf(post, f.known.directories());
  }
  EXPECT_EQ(exported, file);
  const Calendar second = f.Read(exported);
  ASSERT_EQ(second.rows.size(), first.rows.size());
  for (size_t i = 0; i < first.rows.size(); ++i) {
    EXPECT_EQ(second.rows[i].draft.SerializeAsString(), first.rows[i].draft.SerializeAsString());
  }
}

TEST(CalendarTest, TheSecondPassOfARepeatedHourIsWrittenInUtc) {
  Fixture f;
  v1::Post post;
  *post.mutable_draft() = DraftAt(absl::FromCivil(absl::CivilSecond(2026, 10, 25, 1, 30, 0),
                                                  absl::UTCTimeZone()));
  const Calendar back =
      f.Read(CalendarHeader() + *CalendarRowOf(post, f.known.directories()));
  ASSERT_EQ(back.errors_total, 0);
  EXPECT_EQ(back.rows[0].draft.due_at().seconds(), post.draft().due_at().seconds());
}

TEST(CalendarTest, ABrokenCellIsItsRowsFaultHoweverLongItIs) {
  Fixture f;
  // The hint shows the start of the cell, which ends inside a code point.
  const std::string zone = std::string(63, 'x') + "\xC3\xA9 and more";
  const Calendar calendar = f.Row("e,Trailkin,acct_a,2026-11-23 09:00," + zone + ",Hi,,,,");
  ASSERT_TRUE(calendar.status.ok()) << ToString(calendar.status);
  ASSERT_EQ(calendar.errors_total, 1);
  EXPECT_EQ(calendar.errors[0].reason(), "BAD_TIMEZONE");
  EXPECT_TRUE(v1::RowError().ParseFromString(calendar.errors[0].SerializeAsString()));
}

}  // namespace
}  // namespace carillon::scheduler
