#include "common/platform/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/platform/mastodon/facts.h"

namespace carillon::platform {
namespace {

using ::testing::HasSubstr;

constexpr char kGood[] = R"({
  "platform": "p", "name": "P", "version": "2026-11-22",
  "facts": {
    "text.characters_max": {"value": 500, "source": "s", "date": "2026-11-22", "evidence": "specified"},
    "policy.open": {"value": true, "source": "s", "date": "2026-11-22", "evidence": "observed"},
    "metric.likes": {"value": "like_count", "source": "s", "date": "2026-11-22", "evidence": "documented"},
    "token.life_s": {"value": 7200, "source": "s", "date": "2026-11-22", "evidence": "unverified"},
    "rate.post": {"value": {"limit": 100, "window_s": 900, "scope": "account"}, "source": "s", "date": "2026-11-22", "evidence": "documented"},
    "price.post": {"value": {"micros": 15000, "currency": "USD"}, "source": "s", "date": "2026-11-22", "evidence": "documented"},
    "api.v2": {"value": {"version": "2", "sunset": "2027-01-31"}, "source": "s", "date": "2026-11-22", "evidence": "documented"}
  }})";

Facts Good() {
  auto facts = Facts::Parse(kGood, "good.json");
  EXPECT_TRUE(facts.ok()) << ToString(facts.status());
  return *std::move(facts);
}

TEST(Facts, EachKindIsRead) {
  const Facts facts = Good();
  EXPECT_EQ(facts.platform(), "p");
  EXPECT_EQ(facts.Number("text.characters_max"), 500);
  EXPECT_TRUE(facts.Flag("policy.open"));
  EXPECT_EQ(facts.Text("metric.likes"), "like_count");
  EXPECT_EQ(facts.Seconds("token.life_s"), absl::Hours(2));
  EXPECT_EQ(facts.Rate("rate.post").limit, 100);
  EXPECT_EQ(facts.Rate("rate.post").window, absl::Minutes(15));
  EXPECT_EQ(facts.Price("price.post").micros, 15000);
  ASSERT_EQ(facts.Apis().size(), 1u);
  EXPECT_EQ(facts.Apis()[0].sunset, absl::CivilDay(2027, 1, 31));
  EXPECT_EQ(facts.all().at("text.characters_max").date, absl::CivilDay(2026, 11, 22));
}

TEST(Facts, AnOperatorOverridesSingleValues) {
  Facts facts = Good();
  const Status status = facts.Override(
      R"({"facts": {"text.characters_max": {"value": 5000}, "rate.post": {"value": {"limit": 7, "window_s": 60, "scope": "app"}}}})",
      "mine.json");
  ASSERT_TRUE(status.ok()) << ToString(status);
  EXPECT_EQ(facts.Number("text.characters_max"), 5000);
  EXPECT_TRUE(facts.all().at("text.characters_max").overridden);
  EXPECT_EQ(facts.all().at("text.characters_max").source, "the operator");
  EXPECT_EQ(facts.Rate("rate.post").limit, 7);
  EXPECT_FALSE(facts.all().at("policy.open").overridden);
}

struct Wrong {
  const char* json;
  const char* what;
};

TEST(Facts, AWrongOverrideIsRefusedWhole) {
  for (const Wrong& wrong : {
           Wrong{"[]", "not a JSON object"},
           Wrong{R"({"facts": {"text.charaters_max": {"value": 5}}})", "text.charaters_max is no fact of P"},
           Wrong{R"({"facts": {"text.characters_max": {"value": "5"}}})", "must be like 500"},
           Wrong{R"({"facts": {"text.characters_max": {"value": -5}}})", "below 0"},
           Wrong{R"({"facts": {"text.characters_max": 5}})", "has no \"value\""},
           Wrong{R"({"facts": {"rate.post": {"value": {"limit": 1}}}})", "window_s"},
           Wrong{R"({"facts": {"price.post": {"value": {"micros": 1.5, "currency": "USD"}}}})", "micros"},
           Wrong{R"({"facts": {"api.v2": {"value": {"version": "2", "sunset": "soon"}}}})", "sunset"},
           Wrong{R"({"platform": "q", "facts": {}})", "is about 'q'"},
           Wrong{R"({"facts": {"policy.open": {"value": false}, "token.life_s": {"value": true}}})", "token.life_s"},
       }) {
    Facts facts = Good();
    const Status status = facts.Override(wrong.json, "mine.json");
    EXPECT_EQ(ReasonOf(status), "BAD_FACTS") << wrong.json;
    EXPECT_THAT(Message(status), HasSubstr(wrong.what));
    EXPECT_THAT(Message(status), HasSubstr("mine.json"));
    EXPECT_TRUE(facts.Flag("policy.open")) << "half of it was taken";
  }
}

TEST(Facts, AFactNeedsItsSourceAndDate) {
  for (const char* missing : {"\"source\": \"s\", ", "\"date\": \"2026-11-22\", ", ", \"evidence\": \"specified\""}) {
    std::string json = kGood;
    json.erase(json.find(missing), std::string_view(missing).size());
    EXPECT_EQ(ReasonOf(Facts::Parse(json, "x").status()), "BAD_FACTS") << missing;
  }
}

TEST(Facts, MastodonsOwnAreWhole) {
  const auto facts = Facts::Parse(mastodon::FactsJson(), "facts.json");
  ASSERT_TRUE(facts.ok()) << ToString(facts.status());
  EXPECT_EQ(facts->Number("text.characters_max"), 500);
}

}  // namespace
}  // namespace carillon::platform
