// Edits: another version with another id, and lost answers that the history settles.
#include "common/platform/x/edit.h"

#include <gtest/gtest.h>

#include "common/platform/x/connector.h"
#include "common/platform/x/facts.h"
#include "tests/unit/x/fake_x.h"

namespace carillon::x {
namespace {

using testing::FakeX;
using testing::Fault;
using Kind = platform::PublishOutcome::Kind;
using platform::ErrorClass;

constexpr char kPost[] = "POST /2/tweets";

class XEditTest : public ::testing::Test {
 protected:
  platform::ActRequest Request(const std::string& text) const {
    platform::ActRequest request;
    request.access = {.account_id = "acct_x", .base_url = "https://api.x.com", .remote_account_id = FakeX::kAccountId,
                      .access_token = "a1"};
    request.action = platform::Action::kEdit;
    request.target_remote_id = id_;
    request.content.text = text;
    request.timeout = absl::Seconds(20);
    request.may_send = [] { return true; };
    return request;
  }
  platform::PublishOutcome Edit(const std::string& text) { return connector_->Act(Request(text)); }
  // The latest version.
  const testing::FakePost& Latest() const { return x_.posts.back(); }

  carillon::testing::FakeClock clock_;
  FakeX x_{clock_};
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(x_, clock_, OwnFacts());
  std::string id_ = x_.AddPost({.text = "A bell & example.com/a"});
};

TEST_F(XEditTest, ItIsAnotherVersionWithItsOwnId) {
  const auto outcome = Edit("A better bell & example.com/a");
  ASSERT_EQ(outcome.kind, Kind::kPublished) << outcome.error;
  EXPECT_NE(outcome.remote_id, id_);
  EXPECT_EQ(outcome.remote_id, Latest().id);
  EXPECT_EQ(outcome.remote_url, "https://x.com/i/web/status/" + Latest().id);
  EXPECT_EQ(Latest().text, "A better bell & example.com/a");
  // The same once more, by the old id, is no edit.
  const auto again = Edit("A better bell & example.com/a");
  EXPECT_EQ(again.kind, Kind::kPublished);
  EXPECT_EQ(again.remote_id, outcome.remote_id);
  EXPECT_EQ(x_.CountOf(kPost), 1);
}

TEST_F(XEditTest, WhatItSaysAlreadyIsNoEdit) {
  const auto outcome = Edit("A bell & example.com/a");
  EXPECT_EQ(outcome.kind, Kind::kPublished) << outcome.error;
  EXPECT_EQ(outcome.remote_id, id_);
  EXPECT_EQ(x_.CountOf(kPost), 0);
}

TEST_F(XEditTest, ALostAnswerIsSettledByTheHistory) {
  x_.Break(kPost, Fault::kAnswerLost);
  EXPECT_EQ(Edit("Second").kind, Kind::kUnknown);
  const auto outcome = Edit("Second");
  ASSERT_EQ(outcome.kind, Kind::kPublished) << outcome.error;
  EXPECT_EQ(outcome.remote_id, Latest().id);
  EXPECT_EQ(x_.CountOf(kPost), 1) << "no second version";
}

TEST_F(XEditTest, ARequestThatWasLostIsSentAgain) {
  x_.Break(kPost, Fault::kRequestLost);
  EXPECT_EQ(Edit("Second").kind, Kind::kUnknown);
  EXPECT_EQ(Edit("Second").kind, Kind::kPublished);
  EXPECT_EQ(Latest().text, "Second");
}

TEST_F(XEditTest, OneThatIsCarriedOutLateSaysTheSame) {
  x_.Break(kPost, Fault::kLate);
  EXPECT_EQ(Edit("Second").kind, Kind::kUnknown);
  const auto outcome = Edit("Second");
  ASSERT_EQ(outcome.kind, Kind::kPublished);
  x_.Settle();
  const auto again = Edit("Second");
  EXPECT_EQ(again.kind, Kind::kPublished);
  EXPECT_EQ(Latest().text, "Second");
}

TEST_F(XEditTest, LaterEditsBuildOnTheLatestVersion) {
  ASSERT_EQ(Edit("Second").kind, Kind::kPublished);
  ASSERT_EQ(Edit("Third").kind, Kind::kPublished) << "also where the first id alone is known";
  EXPECT_EQ(Latest().versions.size(), 3u);
}

TEST_F(XEditTest, WhatXLetsNobodyEdit) {
  clock_.Advance(absl::Minutes(31));
  auto outcome = Edit("Too late");
  EXPECT_EQ(outcome.kind, Kind::kRefused);
  EXPECT_EQ(outcome.error_class, ErrorClass::kPermanent);
  id_ = x_.AddPost({.text = "Which?", .has_poll = true});
  outcome = Edit("Which one?");
  EXPECT_EQ(outcome.error_class, ErrorClass::kPermanent);
  id_ = x_.AddPost({.text = "0"});
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(Edit(std::to_string(i)).kind, Kind::kPublished) << i;
  EXPECT_EQ(Edit("6").error_class, ErrorClass::kPermanent);
  EXPECT_EQ(x_.CountOf(kPost), 5);
}

TEST_F(XEditTest, APostThatIsGone) {
  id_ = "5";
  const auto outcome = Edit("Second");
  EXPECT_EQ(outcome.kind, Kind::kRefused);
  EXPECT_EQ(outcome.error_class, ErrorClass::kPermanent);
}

TEST_F(XEditTest, ADuplicateIsAnothersPost) {
  x_.AddPost({.text = "Said before"});
  const auto outcome = Edit("Said before");
  EXPECT_EQ(outcome.kind, Kind::kRefused) << outcome.error;
  EXPECT_EQ(outcome.error_class, ErrorClass::kInvalidContent);
}

TEST_F(XEditTest, WithoutTheHistoryNothingIsSent) {
  x_.Break("GET /2/tweets", Fault::kRefused, 503);
  const auto outcome = Edit("Second");
  EXPECT_EQ(outcome.kind, Kind::kRefused);
  EXPECT_EQ(outcome.error_class, ErrorClass::kRetryable);
  EXPECT_EQ(x_.CountOf(kPost), 0);
  platform::ActRequest request = Request("Second");
  request.may_send = [] { return false; };
  EXPECT_EQ(connector_->Act(request).kind, Kind::kNotSent);
}

}  // namespace
}  // namespace carillon::x
