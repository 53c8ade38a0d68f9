// Posts of others by keyword, pushed and asked for.
#include "carillon/listener/v1/listener_api.pb.h"
#include "tests/integration/listening/listener_world.h"

namespace carillon::listener {
namespace {

using testing::ListenerWorld;

struct Place {
  const char* platform;
  const char* brand;
  const char* other;
  const char* term;
  const char* text;
  bool is_pushed;
};

class Searches : public ListenerWorld, public ::testing::WithParamInterface<Place> {
 protected:
  void Listen(const std::string& term) {
    v1::CreateQueryRequest request;
    request.set_account_id(accounts_[GetParam().brand].id);
    request.set_term(term);
    ASSERT_TRUE(ledger().Command("acme", RandomText(), CollectionId(request.account_id()), request).status.ok());
  }
  std::vector<std::string> Found() {
    std::vector<std::string> out;
    for (const v1::InboxItem& item : Items("found")) out.push_back(item.status_remote_id());
    return out;
  }
};

TEST_P(Searches, AskedForEachIsFoundOnce) {
  const Place& place = GetParam();
  stream_.enabled = false;
  poll_.search_interval = absl::Milliseconds(200);
  Connect(place.platform, place.brand);
  Listen(place.term);
  StartListener();
  ASSERT_TRUE(Until([&] { return Collection(place.brand).queries(0).has_last_search_at(); }));
  std::set<std::string> posted;
  // More than a page of the search.
  for (int i = 0; i < 35; ++i) {
    posted.insert(Publish(place.platform, place.other, fmt::format("{} number {}", place.text, i)));
    Publish(place.platform, place.other, fmt::format("nothing of that sort, {}", i));
  }
  Publish(place.platform, place.brand, std::string(place.text) + ", said by the brand itself");
  ASSERT_TRUE(Until([&] { return Found().size() >= posted.size(); }))
      << Found().size() << " " << Collection(place.brand).queries(0).ShortDebugString();
  const auto found = Found();
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), posted);
  EXPECT_EQ(found.size(), posted.size());
  EXPECT_EQ(Items().size(), 0U) << "what was found is not in the inbox";
  EXPECT_EQ(Collection(place.brand).queries(0).found(), 35);
  EXPECT_EQ(EventIds().size(), 35U);
}

TEST_P(Searches, PushedItArrivesThoughItIsAskedForHourly) {
  const Place& place = GetParam();
  if (!place.is_pushed) GTEST_SKIP() << "not pushed there";
  Connect(place.platform, place.brand);
  Listen(place.term);
  StartListener();
  ASSERT_TRUE(UntilQuiet(place.brand));
  const int64_t polls = Collection(place.brand).poll_number();
  const std::string post = Publish(place.platform, place.other, place.text);
  ASSERT_TRUE(Until([&] { return !Found().empty(); }));
  EXPECT_EQ(Found(), std::vector<std::string>{post});
  EXPECT_EQ(Collection(place.brand).poll_number(), polls);
  EXPECT_EQ(Items("found").front().terms(0), place.term);
}

TEST_P(Searches, AQueryThatComesLaterIsPushedToo) {
  const Place& place = GetParam();
  if (!place.is_pushed) GTEST_SKIP() << "not pushed there";
  Connect(place.platform, place.brand);
  StartListener();
  ASSERT_TRUE(UntilQuiet(place.brand));
  Listen(place.term);
  // Posted until one was heard of: when the stream knows of the query is its own matter.
  int posts = 0;
  EXPECT_TRUE(Until([&] {
    Publish(place.platform, place.other, fmt::format("{} again {}", place.text, ++posts));
    return !Found().empty();
  }));
}

INSTANTIATE_TEST_SUITE_P(
    Platforms, Searches,
    ::testing::Values(Place{"mastodon", "brand", "ann", "#trailrun", "Up the hill #TrailRun", true},
                      Place{"bluesky", "brand.test", "ann.test", "trail shoes", "I need Trail Shoes!", true},
                      Place{"x", "brand_x", "ann_x", "trail shoes", "I need trail shoes!", false}),
    [](const auto& one) { return std::string(one.param.platform); });

}  // namespace
}  // namespace carillon::listener
