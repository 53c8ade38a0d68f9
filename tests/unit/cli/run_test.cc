#include "tests/unit/cli/fake_services.h"

namespace carillon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CliTest, CreatedThingPrintsItsIdAndSendsTheRequestId) {
  EXPECT_EQ(Call({"brand", "create", "Lumen", "--timezone", "Europe/Paris", "--json", "--request-id", "r1"}), 0);
  EXPECT_EQ(Json::parse(out_)["id"], "brand_1");
  EXPECT_EQ(strategy_.created.request_id(), "r1");
  EXPECT_EQ(strategy_.created.org_id(), "org_org:local");
  EXPECT_EQ(strategy_.authorization, "Bearer operator-token-1234");
  EXPECT_EQ(err_, "");
}

TEST_F(CliTest, ARequestIdIsMadeUpWhereNoneIsGiven) {
  Call({"brand", "create", "Lumen", "--timezone", "Europe/Paris"});
  const std::string first = strategy_.created.request_id();
  Call({"brand", "create", "Lumen", "--timezone", "Europe/Paris"});
  EXPECT_EQ(first.size(), 26u);
  EXPECT_NE(strategy_.created.request_id(), first);
}

TEST_F(CliTest, ARefusalIsOneAndSaysWhy) {
  strategy_.answer = Refusal(grpc::StatusCode::ALREADY_EXISTS, "NAME_TAKEN", "there is a brand 'Lumen'");
  EXPECT_EQ(Call({"brand", "create", "Lumen", "--timezone", "Europe/Paris"}), 1);
  EXPECT_THAT(err_, HasSubstr("there is a brand 'Lumen' [NAME_TAKEN]"));
  EXPECT_EQ(out_, "");
}

TEST_F(CliTest, AnErrorWithoutAReasonLeavesTheOutcomeUnknown) {
  strategy_.answer = {grpc::StatusCode::UNAVAILABLE, "owner lost"};
  EXPECT_EQ(Call({"brand", "create", "Lumen", "--timezone", "Europe/Paris", "--request-id", "r7"}), 3);
  EXPECT_THAT(err_, HasSubstr("try again with --request-id r7"));
}

TEST_F(CliTest, AReadWithoutAnAnswerOffersNoRequestId) {
  strategy_.answer = {grpc::StatusCode::UNAVAILABLE, "loading"};
  EXPECT_EQ(Call({"brand", "get", "Lumen"}), 3);
  EXPECT_THAT(err_, Not(HasSubstr("--request-id")));
}

TEST_F(CliTest, AListPagesThroughAll) {
  scheduler_.posts = 450;
  EXPECT_EQ(Call({"post", "list", "--brand", "Lumen", "--state", "published", "--json"}), 0);
  EXPECT_EQ(Json::parse(out_).size(), 450u);
  EXPECT_EQ(Json::parse(out_)[0]["state"], "PUBLISHED");
  EXPECT_EQ(scheduler_.listed.state(), scheduler::v1::POST_STATE_PUBLISHED);
  EXPECT_EQ(Call({"post", "list", "--limit", "3", "--json"}), 0);
  EXPECT_EQ(Json::parse(out_).size(), 3u);
}

TEST_F(CliTest, DaysBeginInTheBrandsZone) {
  EXPECT_EQ(Call({"post", "list", "--brand", "Lumen", "--from", "2027-03-28"}), 0);
  EXPECT_EQ(ToJson(scheduler_.listed)["from"], "2027-03-27T23:00:00Z");
}

TEST_F(CliTest, ACalendarsFilesAreUploadedOnce) {
  File("a.png", "A");
  const std::string csv = File("week.csv", "external_id,media,text\n1,a.png,\"x, y\"\n2,,z\n3,a.png,w\n");
  scheduler_.import_answer.mutable_import()->set_id("imp_1");
  scheduler_.import_answer.set_rows_ok(3);
  EXPECT_EQ(Call({"calendar", "import", csv, "--json"}), 0) << err_;
  EXPECT_EQ(scheduler_.uploads, 1);
  EXPECT_EQ(scheduler_.csv, "external_id,media,text\n1,sum1,\"x, y\"\n2,,z\n3,sum1,w\n");
  EXPECT_EQ(Json::parse(out_)["id"], "imp_1");
}

TEST_F(CliTest, MediaAreOfThePartThatTheyStandAfter) {
  const std::string a = File("a.png", "A"), b = File("b.png", "B"), c = File("c.png", "C");
  EXPECT_EQ(Call({"post", "create", "--brand", "Lumen", "--account", "bells", "--text", "one", "--media", a, "--alt", "first", "--then", "two",
                  "--then", "three", "--media", b, "--media", c, "--alt", "second", "--json"}),
            0)
      << err_;
  const auto& content = scheduler_.created.draft().content();
  const auto sums = [](const auto& media) {
    std::string out;
    for (const auto& one : media) out += one.sha256() + ":" + one.alt_text() + " ";
    return out;
  };
  EXPECT_EQ(sums(content.media()), "sum1:first ");
  ASSERT_EQ(content.thread_size(), 2);
  EXPECT_EQ(sums(content.thread(0).media()), "");
  EXPECT_EQ(sums(content.thread(1).media()), "sum2:second sum3: ");
}

TEST_F(CliTest, AMissingMediaFileIsNamedByLine) {
  const std::string csv = File("week.csv", "external_id,media\n1,\n2,gone.png\n");
  EXPECT_EQ(Call({"calendar", "import", csv}), 2);
  EXPECT_THAT(err_, HasSubstr("line 3, column media"));
  EXPECT_THAT(err_, HasSubstr("gone.png"));
}

TEST_F(CliTest, BadRowsAreNamedAndRefused) {
  auto& error = *scheduler_.import_answer.add_errors();
  error.set_line(7);
  error.set_column("zone");
  error.set_reason("BAD_TIMEZONE");
  error.set_message("no zone 'Mars'");
  scheduler_.import_answer.set_errors_total(1);
  EXPECT_EQ(Call({"calendar", "import", File("week.csv", "external_id\n1\n")}), 1);
  EXPECT_THAT(err_, HasSubstr("line 7, column zone: no zone 'Mars' [BAD_TIMEZONE]"));
}

TEST_F(CliTest, AForecastIsASentenceAndJson) {
  publisher_.forecast.set_account_id("acct_1");
  publisher_.forecast.set_waiting(12);
  publisher_.forecast.set_posts(388);
  publisher_.forecast.mutable_ends_at()->set_seconds(1'795'424'820);
  publisher_.forecast.set_held_by("RATE_LIMIT");
  publisher_.forecast.set_held_by_limit("post");
  EXPECT_EQ(Call({"account", "forecast", "bells", "--posts", "388"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("all 400 are out by 2026-11-23T09:07:00Z; held up longest by RATE_LIMIT post\n"));
  EXPECT_EQ(publisher_.forecast_asked.account(), "bells");
  EXPECT_EQ(publisher_.forecast_asked.posts(), 388);
  EXPECT_EQ(Call({"account", "forecast", "bells", "--json"}), 0);
  EXPECT_EQ(Json::parse(out_)["ends_at"], "2026-11-23T09:07:00Z");
  publisher_.forecast.clear_ends_at();
  publisher_.forecast.set_held_by("NEEDS_RECONNECT");
  publisher_.forecast.clear_held_by_limit();
  EXPECT_EQ(Call({"account", "forecast", "bells"}), 0);
  EXPECT_THAT(out_, HasSubstr("none of 400 goes out: NEEDS_RECONNECT"));
  EXPECT_EQ(Call({"account", "forecast", "bells", "--posts", "10001"}), 2);
}

TEST_F(CliTest, HealthIsOneAccountOrATable) {
  publisher::v1::AccountHealth one;
  one.set_username("bells");
  one.set_state(publisher::v1::ACCOUNT_STATE_CONNECTED);
  one.mutable_as_of()->set_seconds(1'000'000);
  one.mutable_token_expires_at()->set_seconds(1'000'000 + 9 * 86'400 + 5);
  one.add_problems("SCOPES_MISSING");
  one.add_scopes_missing("write");
  publisher_.health = {one, one};
  publisher_.health[1].set_username("gongs");
  publisher_.health[1].clear_token_expires_at();
  EXPECT_EQ(Call({"account", "health", "bells", "--json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_)["token_days_left"], 9);
  EXPECT_EQ(Json::parse(out_)["scopes_missing"], Json::array({"write"}));
  EXPECT_EQ(Call({"account", "health"}), 0);
  EXPECT_THAT(out_, HasSubstr("bells"));
  EXPECT_THAT(out_, HasSubstr("gongs"));
  EXPECT_THAT(out_, HasSubstr("SCOPES_MISSING"));
  EXPECT_EQ(Call({"account", "health", "--json"}), 0);
  EXPECT_EQ(Json::parse(out_).size(), 2u);
  EXPECT_EQ(Call({"account", "health", "nobody"}), 2);
}

TEST_F(CliTest, StatusFailsWhereSomethingDoesNotServe) {
  server_->GetHealthCheckService()->SetServingStatus("carillon.flow", true);
  EXPECT_EQ(Call({"status", "--json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_)["ok"], true);
  server_->GetHealthCheckService()->SetServingStatus("carillon.flow", false);
  EXPECT_EQ(Call({"status", "--json"}), 1);
  EXPECT_EQ(Json::parse(out_)["ok"], false);
  EXPECT_THAT(err_, HasSubstr("work does not flow"));
}

TEST_F(CliTest, ATokenFileOfOthersIsRefused) {
  ::chmod((folder_ / "tokens.json").c_str(), 0644);
  EXPECT_EQ(Call({"brand", "get", "Lumen"}), 2);
  EXPECT_THAT(err_, HasSubstr("chmod 600"));
  EXPECT_THAT(err_, Not(HasSubstr("operator-token")));
}

TEST_F(CliTest, WithoutAStackItSaysHowToStartOne) {
  ::setenv("CARILLON_ENDPOINTS", (folder_ / "none.json").c_str(), 1);
  EXPECT_EQ(Call({"brand", "list"}), 2);
  EXPECT_THAT(err_, HasSubstr("./deploy/local up"));
}

TEST_F(CliTest, TooMuchTextIsALocalProblem) {
  EXPECT_EQ(Call({"post", "create", "--brand", "Lumen", "--account", "acct_1", "--text-file", "-"},
                 std::string(2 << 20, 'x')),
            2);
  EXPECT_EQ(Call({"inbox", "reply", "item_1", "--text-file", "-"}, std::string(2 << 20, 'x')), 2);
  EXPECT_THAT(err_, HasSubstr("larger than 1048576 bytes"));
}

}  // namespace
}  // namespace carillon::cli
