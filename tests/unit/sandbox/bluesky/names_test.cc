// URIs, and content identifiers by records of the protocol's own network. The syntax of names has its tests in atproto_syntax.
#include <gtest/gtest.h>

#include <fstream>

#include "services/sandbox/bluesky/cid.h"
#include "services/sandbox/bluesky/names.h"
#include "tests/support/conformance_data.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

std::vector<std::string> LinesOf(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  EXPECT_FALSE(lines.empty()) << path;
  return lines;
}

std::string CidText(const json& value) {
  const auto cid = CidOfRecord(value);
  return cid.ok() ? *cid : ToString(cid.status());
}

TEST(BlueskyNamesTest, CidsOfRealRecordsAreTheNetworksOwn) {
  const auto path = support::ConformanceFile("jetstream/expected_v1.jsonl");
  if (!path) GTEST_SKIP() << support::kNoConformanceData;
  int checked = 0;
  for (const std::string& line : LinesOf(*path)) {
    const json event = json::parse(line);
    if (!event.contains("commit") || !event["commit"].contains("record")) continue;
    EXPECT_EQ(CidText(event["commit"]["record"]), event["commit"]["cid"]) << line;
    ++checked;
  }
  EXPECT_EQ(checked, 146) << "the corpus has 144 creates and 2 updates";
}

TEST(BlueskyNamesTest, WellKnownCids) {
  EXPECT_EQ(CidText(json::object()),
            "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua");
  EXPECT_EQ(CidOfRaw(""), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
  EXPECT_TRUE(IsCid(CidOfRaw("")));
  EXPECT_FALSE(IsCid("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykv"));
  EXPECT_FALSE(IsCid("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"));
}

TEST(BlueskyNamesTest, DagCborIsCanonical) {
  auto hex = [](const json& value) {
    const auto bytes = EncodeDagCbor(value);
    if (!bytes.ok()) return ToString(bytes.status());
    std::string out;
    for (const unsigned char c : *bytes) out += fmt::format("{:02x}", c);
    return out;
  };
  EXPECT_EQ(hex({{"bb", 1}, {"a", -1}, {"c", nullptr}}), "a36161206163f66262" "6201");
  EXPECT_EQ(hex(json::array({23, 24, 255, 256, 65536, 4294967296})),
            "86171818" "18ff" "190100" "1a00010000" "1b0000000100000000");
  EXPECT_EQ(hex(2.0), "02") << "as JavaScript reads it";
  EXPECT_EQ(hex({{"$bytes", "AQID"}}), "43010203");
  for (const json& bad : {json(1.5), json{{"$link", "nonsense"}}, json{{"$bytes", "?"}}})
    EXPECT_FALSE(EncodeDagCbor(bad).ok()) << bad;
}

TEST(BlueskyNamesTest, UrisOfRecordsHaveThreeParts) {
  const std::string uri = RecordUri("did:plc:abc", "app.bsky.feed.post", "3jzfcijpj2z2a");
  EXPECT_EQ(uri, "at://did:plc:abc/app.bsky.feed.post/3jzfcijpj2z2a");
  ASSERT_TRUE(ParseRecordUri(uri).has_value());
  EXPECT_EQ(ParseRecordUri(uri)->record_key, "3jzfcijpj2z2a");
  EXPECT_FALSE(ParseRecordUri("at://did:plc:abc/app.bsky.feed.post").has_value());
  EXPECT_TRUE(IsAtUri("at://did:plc:abc"));
}

TEST(BlueskyNamesTest, UrisHaveASchemeAndNoSpaces) {
  for (const char* good : {"https://a.example/", "dns:a", "a+b.c-1:x", "https://ä.example"})
    EXPECT_TRUE(IsUri(good)) << good;
  const std::string long_scheme(81, 'a'), long_uri(8190, 'a');
  for (const std::string& bad : {std::string(""), std::string("a"), std::string(":a"),
                                 std::string("a:"), std::string("1a:b"), std::string("https://a b"),
                                 long_scheme + ":x", "dns:" + long_uri})
    EXPECT_FALSE(IsUri(bad)) << bad;
}

}  // namespace
}  // namespace carillon::sandbox::bluesky
