// After a lost answer: what is looked up and what is sent again leaves one post, whatever became of the first request. Each content by
// each step of its publishing by each fate of that step.
#include <gtest/gtest.h>

#include <optional>

#include "common/base/testing/fake_clock.h"
#include "common/platform/bluesky/connector.h"
#include "common/platform/bluesky/facts.h"
#include "common/platform/bluesky/record.h"
#include "tests/support/child_process.h"
#include "tests/support/upload.h"
#include "tests/unit/bluesky/fake_pds.h"

namespace carillon::bluesky {
namespace {

using Fault = testing::FakePds::Fault;
using Found = platform::LookupOutcome::Kind;
using Kind = platform::PublishOutcome::Kind;

constexpr char kUpload[] = "com.atproto.repo.uploadBlob";

class BlueskyLostAnswer : public ::testing::TestWithParam<const char*> {
 protected:
  BlueskyLostAnswer() {
    access_.access_token = fmt::format("{} {}", testing::FakePds::kHandle, testing::FakePds::kPassword);
    const auto info = connector_->Verify(access_, absl::Seconds(5));
    EXPECT_TRUE(info.ok()) << ToString(info.status());
    access_.access_token = info->secret;
    access_.remote_account_id = info->remote_account_id;
    content_.text = "Spring is here, @ana.test #Frühling";
    const std::string kind = GetParam();
    if (kind == "images") {
      content_.media = {{folder_.Write("a.png", "tree"), "image/png", "A tree"},
                        {folder_.Write("b.png", "bird"), "image/png", "A bird"}};
    } else if (kind == "video") {
      content_.media = {{folder_.Write("c.mp4", "clip"), "video/mp4", ""}};
    } else if (kind == "link") {
      content_.link = "https://a.example/spring";
    } else if (kind == "gate") {
      content_.reply_groups.emplace();
    }
  }
  bool gated() const { return content_.reply_groups.has_value(); }
  // The request that publishes.
  std::string Write() const { return gated() ? "com.atproto.repo.applyWrites" : "com.atproto.repo.putRecord"; }
  // A repeat of what is there already. Two records in one commit are never made again, and the server has no word for that.
  void ExpectToldAgain(const platform::PublishOutcome& again) {
    EXPECT_EQ(again.kind, gated() ? Kind::kUnknown : Kind::kPublished) << again.error;
    EXPECT_EQ(gated() ? LookUp().remote_id : again.remote_id, OnlyPost());
  }

  // The handles of all media; none for a step that failed.
  std::optional<std::vector<std::string>> Upload(const std::vector<std::string>& done = {}) {
    std::vector<std::string> handles = done;
    while (handles.size() < content_.media.size()) {
      auto handle = carillon::testing::Upload(*connector_, access_, content_.media[handles.size()], absl::Seconds(5));
      if (!handle.ok()) {
        EXPECT_EQ(handle.status().code(), Code::kUnavailable) << ToString(handle.status());
        handles_ = handles;
        return std::nullopt;
      }
      handles.push_back(*std::move(handle));
    }
    handles_ = handles;
    return handles;
  }
  platform::PublishOutcome Publish() {
    platform::PublishRequest request;
    request.access = access_;
    request.content = content_;
    request.idempotency_key = "dlv_1";
    request.first_sent_at = first_sent_at_;
    request.timeout = absl::Seconds(10);
    request.may_send = [] { return true; };
    request.media_handles = handles_;
    return connector_->Publish(request);
  }
  platform::LookupOutcome LookUp(absl::Time first_sent_at) {
    platform::LookupRequest request;
    request.access = access_;
    request.content = content_;
    request.idempotency_key = "dlv_1";
    request.first_sent_at = first_sent_at;
    request.since = first_sent_at;
    request.timeout = absl::Seconds(10);
    return connector_->Lookup(request);
  }
  platform::LookupOutcome LookUp() { return LookUp(first_sent_at_); }
  std::string OnlyPost() {
    EXPECT_EQ(pds_.posts().size(), 1u);
    EXPECT_EQ(pds_.gates().size(), gated() ? 1u : 0u);
    return pds_.posts().empty() ? "" : pds_.posts().begin()->first;
  }

  carillon::testing::TempDir folder_;
  carillon::testing::FakeClock clock_;
  testing::FakePds pds_{clock_};
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(pds_, clock_, OwnFacts());
  platform::AccountAccess access_{"acct_1", "https://pds.example", "", ""};
  platform::PublishContent content_;
  std::vector<std::string> handles_;
  const absl::Time first_sent_at_ = clock_.Now();
};

TEST_P(BlueskyLostAnswer, Accepted) {
  ASSERT_TRUE(Upload());
  pds_.Next(Write(), Fault::kLoseAnswer);
  EXPECT_EQ(Publish().kind, Kind::kUnknown);
  const auto found = LookUp();
  EXPECT_EQ(found.kind, Found::kFound) << found.error;
  EXPECT_EQ(found.remote_id, OnlyPost());
  const auto again = Publish();
  ExpectToldAgain(again);
  EXPECT_EQ(again.remote_url, gated() ? "" : found.remote_url);
}

TEST_P(BlueskyLostAnswer, Refused) {
  ASSERT_TRUE(Upload());
  pds_.Next(Write(), Fault::kRefuse);
  EXPECT_EQ(Publish().kind, Kind::kUnknown) << "nobody knows what it was";
  EXPECT_EQ(LookUp().kind, Found::kAbsent);
  pds_.Next(Write(), Fault::kRefuseAloud);
  EXPECT_EQ(Publish().kind, Kind::kRefused);
  EXPECT_EQ(pds_.posts().size(), 0u);
}

TEST_P(BlueskyLostAnswer, AcceptedAfterTheLookUp) {
  ASSERT_TRUE(Upload());
  pds_.Next(Write(), Fault::kAcceptLate);
  EXPECT_EQ(Publish().kind, Kind::kUnknown);
  EXPECT_EQ(LookUp().kind, Found::kAbsent);
  pds_.Settle();
  ExpectToldAgain(Publish());
}

TEST_P(BlueskyLostAnswer, AcceptedAfterTheRepeat) {
  ASSERT_TRUE(Upload());
  pds_.Next(Write(), Fault::kAcceptLate);
  EXPECT_EQ(Publish().kind, Kind::kUnknown);
  EXPECT_EQ(LookUp().kind, Found::kAbsent);
  EXPECT_EQ(Publish().kind, Kind::kPublished);
  pds_.Settle();
  EXPECT_EQ(LookUp().remote_id, OnlyPost());
}

// A handle resolves otherwise by then: the repeat has another content, and says so instead of making a second post.
TEST_P(BlueskyLostAnswer, TheRepeatIsAnotherRecord) {
  ASSERT_TRUE(Upload());
  pds_.Next(Write(), Fault::kLoseAnswer);
  EXPECT_EQ(Publish().kind, Kind::kUnknown);
  pds_.handles.clear();
  const auto again = Publish();
  EXPECT_EQ(again.kind, gated() ? Kind::kUnknown : Kind::kRefused);
  EXPECT_EQ(again.error_class, gated() ? platform::ErrorClass::kNone : platform::ErrorClass::kDuplicate);
  EXPECT_EQ(LookUp().remote_id, OnlyPost());
}

TEST_P(BlueskyLostAnswer, TheLookUpIsDown) {
  ASSERT_TRUE(Upload());
  pds_.Next(Write(), Fault::kLoseAnswer);
  EXPECT_EQ(Publish().kind, Kind::kUnknown);
  pds_.reads_down = true;
  EXPECT_EQ(LookUp().kind, Found::kUnavailable);
  for (const char* method : {"com.atproto.repo.getRecord", "com.atproto.repo.listRecords"}) {
    pds_.reads_down = false;
    pds_.Next(method, Fault::kAway);
    // The listing is asked only where the record is said to be absent.
    const auto kind = LookUp(first_sent_at_ - absl::Seconds(7)).kind;
    EXPECT_EQ(kind, Found::kUnavailable) << method;
  }
  EXPECT_EQ(LookUp().remote_id, OnlyPost());
}

// Kafka put back from an older copy: when the lost attempt began is not known, only that it was not before its time.
TEST_P(BlueskyLostAnswer, TheFirstAttemptIsForgotten) {
  ASSERT_TRUE(Upload());
  EXPECT_EQ(Publish().kind, Kind::kPublished);
  const auto found = LookUp(first_sent_at_ - absl::Seconds(90));
  EXPECT_EQ(found.kind, Found::kFound) << found.error;
  EXPECT_EQ(found.remote_id, OnlyPost());
}

TEST_P(BlueskyLostAnswer, EachUpload) {
  const int count = static_cast<int>(content_.media.size());
  for (const Fault fault : {Fault::kLoseAnswer, Fault::kRefuse, Fault::kAcceptLate}) {
    for (int step = 0; step < count; ++step) {
      handles_.clear();
      int asked = pds_.Asked(kUpload);
      while (static_cast<int>(handles_.size()) < step) {
        handles_.push_back(*carillon::testing::Upload(*connector_, access_, content_.media[handles_.size()], absl::Seconds(5)));
      }
      pds_.Next(kUpload, fault);
      EXPECT_FALSE(Upload(handles_));
      EXPECT_EQ(static_cast<int>(handles_.size()), step);
      EXPECT_TRUE(Upload(handles_)) << "an upload is no publication: it is done again";
      EXPECT_EQ(pds_.Asked(kUpload) - asked, count + 1) << "only what was lost";
      pds_.Settle();
    }
  }
  ASSERT_TRUE(Upload(handles_));
  EXPECT_EQ(Publish().kind, Kind::kPublished);
  OnlyPost();
  EXPECT_EQ(pds_.blobs(), count) << "the same bytes are the same blob";
}

// The token ends between the attempt and the look-up: it needs none.
TEST_P(BlueskyLostAnswer, TheLookUpNeedsNoToken) {
  ASSERT_TRUE(Upload());
  pds_.Next(Write(), Fault::kLoseAnswer);
  EXPECT_EQ(Publish().kind, Kind::kUnknown);
  clock_.Advance(absl::Hours(3));
  EXPECT_EQ(LookUp().remote_id, OnlyPost());
  EXPECT_FALSE(pds_.requests.back().headers.contains("Authorization"));
  const auto again = Publish();
  EXPECT_EQ(again.kind, Kind::kRefused);
  EXPECT_EQ(again.error_class, platform::ErrorClass::kAuth) << again.error;
}

INSTANTIATE_TEST_SUITE_P(Each, BlueskyLostAnswer, ::testing::Values("text", "link", "images", "video", "gate"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace carillon::bluesky
