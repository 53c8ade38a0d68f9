// What happens to an account, pushed.
#include "tests/integration/listening/listener_world.h"

namespace carillon::listener {
namespace {

using testing::ListenerWorld;
using nlohmann::json;

struct Place {
  const char* platform;
  const char* brand;
};

class Streams : public ListenerWorld, public ::testing::WithParamInterface<Place> {
 protected:
  std::string platform() const { return GetParam().platform; }
  std::string brand() const { return GetParam().brand; }
  void Begin() {
    Connect(platform(), brand());
    StartListener();
    ASSERT_TRUE(UntilQuiet(brand()));
  }
  bool UntilAll(const std::vector<std::string>& statuses) {
    return Until([&] {
      std::set<std::string> there;
      for (const v1::InboxItem& item : Items()) there.insert(item.status_remote_id());
      return std::all_of(statuses.begin(), statuses.end(), [&](const std::string& id) { return there.contains(id); });
    });
  }
  // Each once, and nothing else.
  void ExpectOnce(const std::vector<std::string>& statuses) {
    ASSERT_TRUE(Until([&] { return events_.size() >= statuses.size(); }));
    const auto ids = EventIds();
    EXPECT_EQ(ids.size(), statuses.size());
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), statuses.size()) << "an event came twice";
    EXPECT_EQ(Items().size(), statuses.size());
  }
};

TEST_P(Streams, AMentionArrivesThoughPollingIsSetToAnHour) {
  Begin();
  const v1::Collection before = Collection(brand());
  const auto said = Engage(platform(), brand(), "mentions", 1);
  ASSERT_EQ(said.size(), 1U);
  ASSERT_TRUE(UntilAll(said));
  const v1::Collection after = Collection(brand());
  EXPECT_EQ(after.poll_number(), before.poll_number()) << "it was pushed, not polled";
  EXPECT_EQ(after.cursor(), before.cursor());
  const v1::InboxItem item = Items().front();
  EXPECT_EQ(item.kind(), v1::SIGNAL_KIND_MENTION);
  EXPECT_FALSE(item.author().empty());
  EXPECT_FALSE(item.status_url().empty());
  ExpectOnce(said);
}

TEST_P(Streams, PolledAfterwardsItIsTheSame) {
  Begin();
  auto said = Engage(platform(), brand(), "mentions", 3);
  ASSERT_TRUE(UntilAll(said));
  const int64_t polls = Collection(brand()).poll_number();
  // A follower makes it poll, which meets the mentions again.
  Engage(platform(), brand(), "follows", 1);
  ASSERT_TRUE(Until([&] { return Collection(brand()).poll_number() > polls && !Collection(brand()).has_polling_since(); }));
  ASSERT_TRUE(Until([&] { return events_.size() >= 4; }));
  const auto ids = EventIds();
  EXPECT_EQ(ids.size(), 4U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 4U);
  EXPECT_EQ(Items().size(), 3U);
}

TEST_P(Streams, NothingIsLostHoweverTheStreamMisbehaves) {
  stream_.silence_max = absl::Seconds(1);
  Begin();
  const std::vector<json> faults = {{{"kind", "stream_drop"}, {"every", 4}, {"count", -1}},
                                    {{"kind", "stream_duplicate"}, {"every", 3}, {"count", -1}},
                                    {{"kind", "stream_late"}, {"every", 7}, {"count", -1}, {"delay_ms", 200}},
                                    {{"kind", "stream_silence"}, {"count", 1}}};
  for (const json& fault : faults) sandbox_->AddFault(fault);
  std::vector<std::string> said;
  for (int i = 0; i < 10; ++i) {
    for (std::string& id : Engage(platform(), brand(), "mentions", 3, i)) said.push_back(std::move(id));
    Until([] { return true; });
  }
  ASSERT_TRUE(UntilAll(said));
  sandbox_->ClearFaults();
  ASSERT_TRUE(UntilQuiet(brand()));
  ExpectOnce(said);
  const json hits = sandbox_->AdminGet("/admin/faults")["hits"];
  EXPECT_TRUE(hits.contains("stream_silence")) << hits;
}

TEST_P(Streams, ARestartInTheMidstLosesNothing) {
  Begin();
  std::vector<std::string> said;
  for (int round = 0; round < 4; ++round) {
    for (std::string& id : Engage(platform(), brand(), "mentions", 5, round * 5)) said.push_back(std::move(id));
    StopListener();
    for (std::string& id : Engage(platform(), brand(), "mentions", 2, round * 5)) said.push_back(std::move(id));
    StartListener();
  }
  ASSERT_TRUE(UntilAll(said));
  ASSERT_TRUE(UntilQuiet(brand()));
  ExpectOnce(said);
}

TEST_P(Streams, AReactionIsPolledForSoon) {
  Begin();
  ASSERT_EQ(Engage(platform(), brand(), "follows", 1).size(), 1U);
  ASSERT_TRUE(Until([&] { return !events_.empty(); }));
  EXPECT_EQ(events_.front().kind(), v1::SIGNAL_KIND_FOLLOW);
}

INSTANTIATE_TEST_SUITE_P(Platforms, Streams, ::testing::Values(Place{"mastodon", "brand"}, Place{"bluesky", "brand.test"}),
                         [](const auto& one) { return std::string(one.param.platform); });

TEST_F(ListenerWorld, AServerGetsNoMoreConnectionsThanItMay) {
  stream_.connections_per_server_max = 1;
  poll_.poll_interval = absl::Milliseconds(100);
  Connect("mastodon", "brand");
  Connect("mastodon", "ann");
  StartListener();
  ASSERT_TRUE(Until([&] { return IsStreamed("brand") || IsStreamed("ann"); }));
  const std::string first = IsStreamed("brand") ? "brand" : "ann", other = first == "ann" ? "brand" : "ann";
  const int64_t polls = Collection(other).poll_number();
  Engage("mastodon", other, "mentions", 1);
  ASSERT_TRUE(Until([&] { return Items().size() == 1 && Collection(other).poll_number() > polls + 10; }));
  EXPECT_TRUE(IsStreamed(first));
  EXPECT_FALSE(IsStreamed(other));
  Connect("mastodon", first, 2, false);
  EXPECT_TRUE(Until([&] { return IsStreamed(other); })) << "there is room again";
}

TEST_F(ListenerWorld, TheJetstreamsCursorIsKeptWithWhatItBrought) {
  Connect("bluesky", "brand.test");
  StartListener();
  ASSERT_TRUE(UntilQuiet("brand.test"));
  for (int i = 0; i < 3; ++i) {
    Engage("bluesky", "brand.test", "mentions", 1, i);
    ASSERT_TRUE(Until([&] { return Items().size() == static_cast<size_t>(i) + 1; }));
  }
  const int64_t cursor = std::stoll(Collection("brand.test").stream_cursor());
  EXPECT_LT(absl::AbsDuration(clock_.Now() - absl::FromUnixMicros(cursor)), absl::Minutes(5));
}

}  // namespace
}  // namespace carillon::listener
