#include "tests/unit/cli/fake_services.h"

namespace carillon::cli {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::vector<std::string> arguments;
  int code;
  std::string said;  // on standard error, or on standard output for help
};

class ParseTest : public CliTest, public ::testing::WithParamInterface<Case> {};

TEST_P(ParseTest, EndsWithItsCodeAndAReason) {
  const Case& c = GetParam();
  EXPECT_EQ(Call(c.arguments), c.code) << err_;
  EXPECT_THAT(c.code == 0 ? out_ : err_, HasSubstr(c.said));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseTest,
    ::testing::Values(
        Case{{}, 2, "subcommand"}, Case{{"--help"}, 0, "Exit codes"},
        Case{{"brand"}, 2, "subcommand"}, Case{{"band", "list"}, 2, "'band' is not known here"},
        Case{{"brand", "make"}, 2, "'make' is not known here"},
        Case{{"brand", "create", "--help"}, 0, "Example:\n  carillon brand create"},
        Case{{"brand", "create", "Lumen"}, 2, "--timezone"},
        Case{{"brand", "create", "Lumen", "--timezone"}, 2, "--timezone"},
        Case{{"brand", "create", "Lumen", "--timezone", "UTC", "extra"}, 2, "extra"},
        Case{{"brand", "list", "--timeout", "0"}, 2, "--timeout"},
        Case{{"brand", "list", "--request-id", ""}, 2, "128"},
        Case{{"campaign", "create", "X", "--brand", "B", "--start", "2026-11-31", "--end", "2026-12-01"}, 2, "2026-11-31"},
        Case{{"campaign", "create", "X", "--brand", "B", "--start", "2026-11-01", "--end", "2026-12-01", "--budget", "12"}, 2, "--currency"},
        Case{{"campaign", "create", "X", "--brand", "B", "--start", "2026-11-01", "--end", "2026-12-01", "--budget", "1,5", "--currency", "EUR"}, 2, "1,5"},
        Case{{"goal", "set", "--brand", "B", "--metric", "love", "--target", "5", "--by", "2026-12-01"}, 2, "ENGAGEMENTS"},
        Case{{"goal", "set", "--brand", "B", "--metric", "replies", "--target", "-5", "--by", "2026-12-01"}, 2, "--target"},
        Case{{"post", "create", "--brand", "B", "--account", "a"}, 2, "--text"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--text-file", "f"}, 2, "excludes"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--at", "2026-11-23T09:00:00Z", "--at-local", "2026-11-23 09:00"}, 2, "excludes"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--at-local", "2027-03-28 02:30", "--zone", "Europe/Paris"}, 2, "does not exist in Europe/Paris"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--at", "tomorrow", "--zone", "UTC"}, 2, "RFC 3339"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--at-local", "2026-11-23 09:00", "--zone", "Mars/Base"}, 2, "Mars/Base"},
        Case{{"post", "create", "--brand", "Nobody", "--account", "a", "--text", "x"}, 1, "UNKNOWN_BRAND"},
        Case{{"post", "create", "--help"}, 0, "--who-may-reply"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--visibility", "secret"}, 2, "PUBLIC, UNLISTED, PRIVATE, DIRECT"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--content-label", "spoiler"}, 2, "GRAPHIC_MEDIA"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--poll-option", "yes"}, 2, "--poll-option twice"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--poll-duration", "1d"}, 2, "--poll-option"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--poll-option", "yes", "--poll-option", "no", "--poll-duration", "tomorrow"}, 2, "30m, 6h or 3d"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--who-may-reply", "friends"}, 2, "VERIFIED, EVERYONE, NOBODY"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--who-may-reply", "nobody", "--who-may-reply", "mentioned"}, 2, "stands alone"},
        Case{{"post", "create", "--brand", "B", "--account", "a", "--text", "x", "--remove", "poll"}, 2, "--remove"},
        Case{{"post", "list", "--state", "lost"}, 2, "UNCONFIRMED"},
        Case{{"post", "list", "--brand", "B", "--from", "2026-12-01", "--to", "2026-11-01"}, 2, "not before"},
        Case{{"post", "approve"}, 2, "--import"},
        Case{{"post", "approve", "post_1", "--import", "imp_1"}, 2, "excludes"},
        Case{{"post", "approve", "post_1", "--except", "x"}, 2, "--import"},
        Case{{"post", "edit", "post_1"}, 2, "nothing to edit"},
        Case{{"post", "reschedule", "post_1"}, 2, "--at"},
        Case{{"post", "resolve", "post_1", "--account", "a"}, 2, "--published"},
        Case{{"post", "resolve", "post_1", "--account", "a", "--published", "u", "--retry"}, 2, "excludes"},
        Case{{"killswitch", "on", "--reason", "x"}, 2, "--brand"},
        Case{{"killswitch", "off"}, 2, "--brand"},
        Case{{"inbox", "reply", "item_1"}, 2, "--text"},
        Case{{"profile", "set", "acct_1"}, 2, "nothing to change"},
        Case{{"profile", "set", "acct_1", "--field", "Shop"}, 2, "NAME=VALUE"},
        Case{{"profile", "set", "acct_1", "--field", "=x"}, 2, "NAME=VALUE"},
        Case{{"profile", "set", "acct_1", "--bio", "x", "--bio-file", "f"}, 2, "excludes"},
        Case{{"profile", "set", "acct_1", "--bio-file", "/none"}, 2, "/none"},
        Case{{"profile", "set", "acct_1", "--bio", "x", "--wait", "-1"}, 2, "--wait"},
        Case{{"calendar", "import", "/does/not/exist.csv"}, 2, "/does/not/exist.csv"},
        Case{{"report", "--from", "2026-11-01", "--to", "2026-12-01"}, 2, "--out"},
        Case{{"report", "--from", "2026-11-01", "--to", "2026-12-01", "--out", "x", "--bucket", "week"}, 2, "HOUR, DAY"},
        Case{{"account", "connect", "--brand", "B", "--platform", "mastodon", "--base-url", "u", "--token-file", "/none"}, 2, "/none"}));

// Each verb has help with an example.
TEST_F(CliTest, EveryVerbHasAnExample) {
  const std::vector<std::vector<std::string>> verbs = {
      {"org", "create"}, {"org", "get"}, {"brand", "create"}, {"brand", "list"}, {"brand", "get"},
      {"audience", "create"}, {"audience", "list"}, {"account", "connect"}, {"account", "list"},
      {"account", "get"}, {"account", "disconnect"}, {"campaign", "create"}, {"campaign", "list"},
      {"campaign", "get"}, {"goal", "set"}, {"goal", "list"}, {"post", "create"}, {"post", "get"},
      {"post", "list"}, {"post", "edit"}, {"post", "reschedule"}, {"post", "approve"},
      {"post", "cancel"}, {"post", "delete"}, {"post", "resolve"}, {"post", "uploads"}, {"killswitch", "on"}, {"killswitch", "off"},
      {"killswitch", "list"}, {"calendar", "import"}, {"calendar", "export"}, {"import", "get"},
      {"inbox", "list"}, {"inbox", "get"}, {"inbox", "reply"}, {"inbox", "like"},
      {"inbox", "repost"}, {"inbox", "hide"}, {"inbox", "close"}, {"collection", "list"},
      {"platform", "list"}, {"platform", "facts"}, {"profile", "get"}, {"profile", "set"}, {"report"}, {"status"}, {"vault", "new-key"},
      {"vault", "status"}, {"vault", "rotate"}};
  for (auto verb : verbs) {
    std::string example = "Example:\n  carillon";
    for (const auto& word : verb) example += " " + word;
    verb.push_back("--help");
    EXPECT_EQ(Call(verb), 0);
    EXPECT_THAT(out_, HasSubstr(example));
  }
}

}  // namespace
}  // namespace carillon::cli
