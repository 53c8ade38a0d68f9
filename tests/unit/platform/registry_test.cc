#include "common/platform/registry.h"

#include <gtest/gtest.h>

#include <fstream>

#include "common/base/testing/fake_clock.h"
#include "common/platform/sunset.h"
#include "tests/support/child_process.h"
#include "tests/unit/mastodon/fake_http.h"

namespace carillon::platform {
namespace {

class RegistryTest : public ::testing::Test {
 protected:
  carillon::testing::FakeClock clock_;
  http::testing::FakeHttpClient client_;
  const Registry registry_ = *Registry::MakeAll(client_, clock_);
};

// Whoever can be published to can be read.
TEST_F(RegistryTest, EachPlatformHasBothSides) {
  EXPECT_TRUE(registry_.entries().contains("mastodon"));
  for (const auto& [name, entry] : registry_.entries()) {
    EXPECT_EQ(entry.facts->platform(), name);
    ASSERT_TRUE(registry_.FindConnector(name).ok()) << name;
    EXPECT_EQ((*registry_.FindConnector(name))->Platform(), name);
    ASSERT_TRUE(registry_.FindCollector(name).ok()) << name;
    EXPECT_EQ((*registry_.FindCollector(name))->Platform(), name);
  }
}

TEST_F(RegistryTest, AnUnknownOneIsRefusedWithTheKnownOnes) {
  for (const Status& status : {registry_.FindConnector("myspace").status(),
                               registry_.FindCollector("myspace").status()}) {
    EXPECT_EQ(ReasonOf(status), "UNKNOWN_PLATFORM");
    EXPECT_NE(Message(status).find("mastodon"), std::string::npos) << Message(status);
  }
}

class OverridesTest : public RegistryTest {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() + "/" + name) << text;
  }
  Result<Registry> Make() {
    Options options;
    options.facts_dir = folder_.path();
    return Registry::MakeAll(client_, clock_, options);
  }
  carillon::testing::TempDir folder_;
};

// Mastodon announced no end; an operator who hears of one writes it down.
TEST_F(OverridesTest, AnApiThatEndsIsCountedDown) {
  EXPECT_TRUE(Sunsets(registry_, clock_.Now()).empty());
  Write("mastodon.json", R"({"facts": {"api.client": {"value": {"version": "v1", "sunset": "2027-01-31"}}}})");
  const auto registry = Make();
  ASSERT_TRUE(registry.ok()) << ToString(registry.status());
  const absl::Time noon = absl::FromCivil(absl::CivilHour(2027, 1, 1, 12), absl::UTCTimeZone());
  const std::vector<Sunset> soon = Sunsets(*registry, noon);
  ASSERT_EQ(soon.size(), 1u);
  EXPECT_EQ(soon[0].platform + " " + soon[0].api + " " + soon[0].version, "mastodon client v1");
  EXPECT_EQ(soon[0].days, 30);
  EXPECT_EQ(Sunsets(*registry, noon + absl::Hours(24 * 31))[0].days, -1);
}

TEST_F(OverridesTest, AFileChangesWhatItNames) {
  Write("mastodon.json", R"({"facts": {"text.characters_max": {"value": 11000, "source": "our server"}}})");
  const auto registry = Make();
  ASSERT_TRUE(registry.ok()) << ToString(registry.status());
  const Facts& facts = *registry->entries().at("mastodon").facts;
  EXPECT_EQ(facts.Number("text.characters_max"), 11000);
  EXPECT_EQ(facts.Number("media.count_max"), 4);
}

TEST_F(OverridesTest, AFileThatNobodyReadsIsAMistake) {
  Write("mastodom.json", R"({"facts": {}})");
  EXPECT_EQ(ReasonOf(Make().status()), "UNKNOWN_PLATFORM");
}

TEST_F(OverridesTest, AWrongFileNamesItself) {
  Write("mastodon.json", "{");
  EXPECT_NE(Message(Make().status()).find("mastodon.json"), std::string::npos);
  Options options;
  options.facts_dir = folder_.path() + "/none";
  EXPECT_EQ(ReasonOf(Registry::MakeAll(client_, clock_, options).status()), "BAD_FACTS");
}

}  // namespace
}  // namespace carillon::platform
