// Direct messages: read, answered in their conversation, and looked up there when the answer's answer was lost.
#include "tests/integration/listening/listener_world.h"

namespace carillon::listener {
namespace {

using testing::ListenerWorld;
using PublishKind = platform::PublishOutcome::Kind;
using LookupKind = platform::LookupOutcome::Kind;

struct Place {
  const char* platform;
  const char* brand;
};

class Messages : public ListenerWorld, public ::testing::WithParamInterface<Place> {
 protected:
  std::string platform() const { return GetParam().platform; }
  std::string brand() const { return GetParam().brand; }
  v1::InboxItem Receive() {
    stream_.enabled = false;
    poll_.poll_interval = absl::Milliseconds(100);
    poll_.message_interval = absl::Milliseconds(100);
    Connect(platform(), brand());
    StartListener();
    EXPECT_TRUE(Until([&] { return Collection(brand()).history_done(); }));
    EXPECT_EQ(Engage(platform(), brand(), "messages", 1).size(), 1U);
    EXPECT_TRUE(Until([&] { return Items().size() == 1; }));
    return Items().empty() ? v1::InboxItem() : Items().front();
  }
  platform::PublishRequest AnswerTo(const v1::InboxItem& item, const std::string& text) {
    platform::PublishRequest request;
    request.access = accounts_[brand()].owner;
    request.content.text = text;
    request.content.in_reply_to_remote_id = item.status_remote_id();
    request.content.conversation_remote_id = item.conversation_remote_id();
    request.idempotency_key = RandomText();
    request.first_sent_at = clock_.Now();
    request.timeout = absl::Seconds(20);
    return request;
  }
  platform::LookupOutcome LookUp(const platform::PublishRequest& sent, std::vector<std::string> known = {}) {
    platform::LookupRequest request;
    request.access = sent.access;
    request.content = sent.content;
    request.idempotency_key = sent.idempotency_key;
    request.first_sent_at = request.since = sent.first_sent_at;
    request.known_remote_ids = std::move(known);
    request.timeout = absl::Seconds(20);
    return connector()->Lookup(request);
  }
  platform::Connector* connector() { return *platforms_.FindConnector(platform()); }
};

TEST_P(Messages, AreReadOnceAndOpenAnItem) {
  const v1::InboxItem item = Receive();
  EXPECT_EQ(item.kind(), v1::SIGNAL_KIND_DIRECT_MESSAGE);
  EXPECT_FALSE(item.conversation_remote_id().empty());
  EXPECT_FALSE(item.author().empty());
  EXPECT_FALSE(item.text().empty());
  ASSERT_EQ(Engage(platform(), brand(), "messages", 30, 1).size(), 30U);
  ASSERT_TRUE(Until([&] { return Items().size() == 31; }));
  EXPECT_EQ(EventIds().size(), 31U);
}

TEST_P(Messages, AnAnswerGoesIntoTheConversationAndIsNoSignal) {
  const v1::InboxItem item = Receive();
  const auto request = AnswerTo(item, "Ten, and it rings.");
  const auto out = connector()->Publish(request);
  ASSERT_EQ(out.kind, PublishKind::kPublished) << out.error;
  const auto found = LookUp(request);
  EXPECT_EQ(found.kind, LookupKind::kFound) << found.error;
  EXPECT_EQ(found.remote_id, out.remote_id);
  EXPECT_EQ(LookUp(request, {out.remote_id}).kind, LookupKind::kAbsent);
  const int64_t polls = Collection(brand()).poll_number();
  ASSERT_TRUE(Until([&] { return Collection(brand()).poll_number() > polls + 3; }));
  EXPECT_EQ(Items().size(), 1U) << "one's own message is nobody's question";
}

TEST_P(Messages, ALostAnswerIsSettledByLookingIntoTheConversation) {
  const v1::InboxItem item = Receive();
  const char* step = platform() == "mastodon" ? "publish" : "message";
  sandbox_->AddFault({{"kind", "drop_after_accept"}, {"platform", platform()}, {"step", step}, {"count", 1}});
  const auto lost = AnswerTo(item, "Ten.");
  EXPECT_EQ(connector()->Publish(lost).kind, PublishKind::kUnknown);
  EXPECT_EQ(LookUp(lost).kind, LookupKind::kFound);
  sandbox_->AddFault({{"kind", "error_before"}, {"platform", platform()}, {"step", step}, {"count", 1}});
  const auto never = AnswerTo(item, "Eleven.");
  EXPECT_EQ(connector()->Publish(never).kind, PublishKind::kUnknown) << "a 503 proves nothing";
  EXPECT_EQ(LookUp(never).kind, LookupKind::kAbsent);
}

TEST_P(Messages, TwoThatSayTheSameAreNotToldApart) {
  if (platform() == "mastodon") GTEST_SKIP() << "statuses: tests/unit/mastodon";
  const v1::InboxItem item = Receive();
  const auto request = AnswerTo(item, "Yes");
  ASSERT_EQ(connector()->Publish(request).kind, PublishKind::kPublished);
  ASSERT_EQ(connector()->Publish(request).kind, PublishKind::kPublished);
  EXPECT_EQ(LookUp(request).kind, LookupKind::kAmbiguous);
}

INSTANTIATE_TEST_SUITE_P(Platforms, Messages,
                         ::testing::Values(Place{"mastodon", "brand"}, Place{"bluesky", "brand.test"}, Place{"x", "brand_x"}),
                         [](const auto& one) { return std::string(one.param.platform); });

}  // namespace
}  // namespace carillon::listener
