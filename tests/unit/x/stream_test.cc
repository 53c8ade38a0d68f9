// The filtered stream: rules in step with terms, and what its lines mean for whom.
#include "common/platform/x/streamer.h"

#include <gtest/gtest.h>

#include "common/platform/x/facts.h"
#include "common/platform/x/oauth.h"
#include "common/platform/x/stream_rules.h"
#include "tests/unit/x/fake_x.h"

namespace carillon::x {
namespace {

using platform::Json;
using testing::FakeX;
using testing::Fault;

constexpr char kRules[] = "POST /2/tweets/search/stream/rules";

class XStreamTest : public ::testing::Test {
 protected:
  XStreamTest() {
    audience_.app = {"app_1", "https://api.x.com", "bearer"};
    audience_.Add({"acct_a", "https://api.x.com", FakeX::kAccountId, "a1"});
    audience_.Add({"acct_b", "https://api.x.com", "77", "a2"});
    Listen("acct_a", "trail shoes");
    Listen("acct_b", "trail shoes");
    Listen("acct_b", "#bells");
  }
  void Listen(const std::string& account, const std::string& term) { audience_.queries.push_back({account, term}); }
  Status Serve() { return streamer_->Serve(audience_, absl::Seconds(5)); }
  std::set<std::string> Values() const {
    std::set<std::string> out;
    for (const auto& [id, rule] : x_.rules) out.insert(rule.second);
    return out;
  }
  static std::string Line(const std::string& author, const std::vector<std::string>& tags) {
    Json rules = Json::array();
    for (const std::string& tag : tags) rules.push_back({{"id", "1"}, {"tag", tag}});
    return Json{{"data", {{"id", "9"}, {"text", "My trail shoes"}, {"created_at", "2027-01-15T08:00:00.000Z"}, {"author_id", author},
                          {"conversation_id", "9"}}},
                {"includes", {{"users", Json::array({{{"id", author}, {"username", "anna"}, {"name", "Anna"}}})}}},
                {"matching_rules", rules}}
        .dump();
  }

  carillon::testing::FakeClock clock_;
  FakeX x_{clock_};
  std::unique_ptr<platform::Streamer> streamer_ = MakeStreamer(x_, clock_, OwnFacts());
  platform::StreamAudience audience_;
};

TEST_F(XStreamTest, EachTermIsOneRuleHoweverManyListen) {
  ASSERT_TRUE(Serve().ok());
  EXPECT_EQ(Values(), (std::set<std::string>{"\"trail shoes\" -is:retweet", "#bells -is:retweet"}));
  EXPECT_EQ(x_.CountOf(kRules), 1);
  ASSERT_TRUE(Serve().ok());
  EXPECT_EQ(x_.CountOf(kRules), 1) << "the same again changes nothing";
  EXPECT_EQ(x_.exchanges[0].request.headers.at("Authorization"), "Bearer bearer");
}

TEST_F(XStreamTest, WhatNobodyListensForGoesAndOthersRulesStay) {
  x_.rules["5"] = {"somebody else's", "cats"};
  x_.rules["6"] = {"carillon:gone", "\"gone\" -is:retweet"};
  x_.rules["7"] = {"carillon:#bells", "#bells"};  // as an older version wrote it
  ASSERT_TRUE(Serve().ok());
  EXPECT_EQ(Values(), (std::set<std::string>{"cats", "\"trail shoes\" -is:retweet", "#bells -is:retweet"}));
  EXPECT_TRUE(x_.rules.contains("5"));
}

TEST_F(XStreamTest, ARuleThatXRefusesHoldsUpNoOther) {
  Listen("acct_a", "refused");
  EXPECT_TRUE(Serve().ok());
  EXPECT_EQ(Values().size(), 2u);
}

TEST_F(XStreamTest, WhatXDoesNotTakeNowIsLeftForTheNextTime) {
  x_.Break(kRules, Fault::kRefused, 429, R"({"title":"Too Many Requests","type":"about:blank","status":429})");
  EXPECT_EQ(Serve().code(), Code::kResourceExhausted);
  ASSERT_TRUE(Serve().ok());
  EXPECT_EQ(Values().size(), 2u);
  // An answer that is lost: the rules are there.
  x_.rules.clear();
  x_.Break(kRules, Fault::kAnswerLost);
  EXPECT_FALSE(Serve().ok());
  const int before = x_.CountOf(kRules);
  ASSERT_TRUE(Serve().ok());
  EXPECT_EQ(x_.CountOf(kRules), before);
}

TEST_F(XStreamTest, OnlySoManyRulesAsXHas) {
  auto facts = *platform::Facts::Parse(FactsJson(), "facts.json");
  ASSERT_TRUE(facts.Override(R"({"platform":"x","facts":{"stream.rules_max":{"value":2}}})", "test").ok());
  x_.rules["5"] = {"somebody else's", "cats"};
  streamer_ = MakeStreamer(x_, clock_, facts);
  ASSERT_TRUE(Serve().ok());
  EXPECT_EQ(x_.rules.size(), 2u);
}

TEST_F(XStreamTest, ThePlanIsTheAppsAndHasItsRulesSet) {
  const auto plan = streamer_->Plan(audience_, "", absl::Seconds(5));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->is_lines);
  EXPECT_TRUE(plan->url.starts_with("https://api.x.com/2/tweets/search/stream?")) << plan->url;
  EXPECT_EQ(plan->url.find("backfill"), std::string::npos);
  EXPECT_EQ(plan->headers.at("Authorization"), "Bearer bearer");
  EXPECT_EQ(x_.rules.size(), 2u);
}

TEST_F(XStreamTest, BackfillWhereThePlanHasIt) {
  auto facts = *platform::Facts::Parse(FactsJson(), "facts.json");
  ASSERT_TRUE(facts.Override(R"({"platform":"x","facts":{"stream.backfill_minutes_max":{"value":5}}})", "test").ok());
  streamer_ = MakeStreamer(x_, clock_, facts);
  const auto asked = [&](absl::Duration away) {
    const std::string cursor = std::to_string(absl::ToUnixMicros(clock_.Now() - away));
    const std::string url = streamer_->Plan(audience_, cursor, absl::Seconds(5))->url;
    const size_t at = url.find("backfill_minutes=");
    return at == std::string::npos ? std::string() : url.substr(at + 17, 1);
  };
  EXPECT_EQ(asked(absl::Seconds(30)), "1");
  EXPECT_EQ(asked(absl::Seconds(130)), "3");
  EXPECT_EQ(asked(absl::Minutes(9)), "5");
}

TEST_F(XStreamTest, APostIsForAllWhoListenForIt) {
  const auto event = streamer_->Read(audience_, Line(FakeX::kOtherId, {"carillon:trail shoes", "another's"}));
  ASSERT_TRUE(event.ok()) << event.status();
  ASSERT_EQ(event->pushed.size(), 2u);
  EXPECT_EQ(event->pushed[0].account_id, "acct_a");
  EXPECT_EQ(event->pushed[1].account_id, "acct_b");
  EXPECT_EQ(event->pushed[1].terms, std::vector<std::string>{"trail shoes"});
  const platform::Signal& signal = event->pushed[0].signal;
  EXPECT_EQ(signal.kind, platform::SignalKind::kKeyword);
  EXPECT_EQ(signal.remote_id, "9");
  EXPECT_EQ(signal.author, "anna");
  EXPECT_EQ(signal.status_url, "https://x.com/anna/status/9");
  EXPECT_EQ(event->cursor, std::to_string(absl::ToUnixMicros(absl::FromCivil(absl::CivilHour(2027, 1, 15, 8), absl::UTCTimeZone()))));
}

TEST_F(XStreamTest, OnesOwnPostsAreNobodysNews) {
  const auto event = streamer_->Read(audience_, Line(FakeX::kAccountId, {"carillon:trail shoes"}));
  ASSERT_TRUE(event.ok()) << event.status();
  ASSERT_EQ(event->pushed.size(), 1u);
  EXPECT_EQ(event->pushed[0].account_id, "acct_b") << "to the other account it is somebody else's";
}

TEST_F(XStreamTest, OtherLines) {
  const auto bye = streamer_->Read(audience_, R"({"errors":[{"title":"operational-disconnect","detail":"for operational reasons",)"
                                             R"("disconnect_type":"UpstreamOperationalDisconnect"}]})");
  ASSERT_TRUE(bye.ok()) << bye.status();
  EXPECT_TRUE(bye->pushed.empty());
  EXPECT_TRUE(bye->cursor.empty());
  const auto of_others = streamer_->Read(audience_, Line(FakeX::kOtherId, {"another's"}));
  ASSERT_TRUE(of_others.ok());
  EXPECT_TRUE(of_others->pushed.empty());
  EXPECT_FALSE(of_others->cursor.empty()) << "it counts";
  EXPECT_FALSE(streamer_->Read(audience_, "half a li").ok());
  EXPECT_FALSE(streamer_->Read(audience_, R"({"data":{"text":"no id"}})").ok());
}

TEST_F(XStreamTest, TheAppsTokenByItsKeys) {
  const auto oauth = MakeOAuth(x_, clock_, OwnFacts());
  const auto token = oauth->AppToken({"https://api.x.com", "key", "a secret"}, absl::Seconds(5));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(*token, "AAAA%2Bkey");
  EXPECT_EQ(x_.exchanges[0].request.headers.at("Authorization"), "Basic a2V5OmElMjBzZWNyZXQ=");
  x_.Break("POST /oauth2/token", Fault::kRefused, 403, R"({"errors":[{"code":99,"message":"Unable to verify a secret"}]})");
  const auto refused = oauth->AppToken({"https://api.x.com", "key", "a secret"}, absl::Seconds(5));
  EXPECT_EQ(ReasonOf(refused.status()), "KEYS_REFUSED");
  EXPECT_EQ(Message(refused.status()).find("a secret"), std::string::npos);
  x_.Break("POST /oauth2/token", Fault::kRefused, 503);
  EXPECT_EQ(oauth->AppToken({"https://api.x.com", "key", "s"}, absl::Seconds(5)).status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace carillon::x
