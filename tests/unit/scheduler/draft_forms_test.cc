// The door for the forms of a post: what the account's platform does not offer is refused before anything is logged.
#include <gtest/gtest.h>

#include "services/scheduler/api/draft_checker.h"
#include "tests/unit/scheduler/directories.h"

namespace carillon::scheduler {
namespace {

using publisher::v1::Content;

class DraftFormsTest : public ::testing::Test {
 protected:
  publisher::v1::Account& account() { return known_.accounts["trailkin@one.example"]; }
  // "" where it is taken; `draft_` is as it was completed.
  template <typename Edit>
  std::string Refusal(Edit edit) {
    draft_ = DraftAt(absl::Now() + absl::Hours(1));
    draft_.set_brand_id("Trailkin");
    draft_.set_account_ids(0, "trailkin@one.example");
    edit(*draft_.mutable_content());
    std::string column;
    return std::string(ReasonOf(DraftChecker(known_.directories(), known_).Complete(&draft_, &column)));
  }
  static void AddPoll(Content& content) {
    content.mutable_poll()->add_options("a");
    content.mutable_poll()->add_options("b");
    content.mutable_poll()->set_duration_s(3600);
  }

  FakeDirectories known_;
  v1::PostDraft draft_;
};

TEST_F(DraftFormsTest, WhatThePlatformOffersIsKept) {
  Content asked;
  EXPECT_EQ(Refusal([&](Content& c) {
              c.set_visibility(publisher::v1::VISIBILITY_UNLISTED);
              c.set_content_warning("Bells");
              AddPoll(c);
              asked = c;
            }),
            "");
  EXPECT_EQ(draft_.content().SerializeAsString(), asked.SerializeAsString());
}

TEST_F(DraftFormsTest, WhatItDoesNotOfferIsRefused) {
  EXPECT_EQ(Refusal([](Content& c) { c.mutable_reply_settings(); }), "NOT_OFFERED");
  EXPECT_EQ(Refusal([](Content& c) { c.set_quoted_remote_id("17"); }), "NOT_OFFERED") << "a server that does not take quotes";
  account().mutable_limits()->set_quotes(true);
  EXPECT_EQ(Refusal([](Content& c) { c.set_quoted_remote_id("17"); }), "");
  account().set_platform("bluesky");
  EXPECT_EQ(Refusal([](Content& c) { c.mutable_reply_settings(); }), "");
  EXPECT_EQ(Refusal([](Content& c) { AddPoll(c); }), "NOT_OFFERED");
  EXPECT_EQ(Refusal([](Content& c) { c.set_visibility(publisher::v1::VISIBILITY_PRIVATE); }), "NOT_OFFERED");
}

// One account of two that does not take it is enough, and it is named.
TEST_F(DraftFormsTest, EachAccountIsAsked) {
  known_.accounts["trailkin@two.example"].set_platform("x");
  v1::PostDraft draft = DraftAt(absl::Now() + absl::Hours(1), {kAccountA, kAccountB});
  draft.mutable_content()->set_visibility(publisher::v1::VISIBILITY_UNLISTED);
  std::string column;
  const Status status = DraftChecker(known_.directories(), known_).Complete(&draft, &column);
  EXPECT_EQ(ReasonOf(status), "NOT_OFFERED");
  EXPECT_EQ(Message(status).find("trailkin@two.example: X does not offer this: visibility"), 0u) << Message(status);
}

TEST_F(DraftFormsTest, WhatNobodyCouldTakeIsRefused) {
  EXPECT_EQ(Refusal([](Content& c) { AddPoll(c), c.mutable_poll()->clear_duration_s(); }), "BAD_POLL");
  EXPECT_EQ(Refusal([](Content& c) { AddPoll(c), c.mutable_poll()->set_options(0, "\xff"); }), "BAD_UTF8");
  EXPECT_EQ(Refusal([](Content& c) { c.set_content_warning("\xff"); }), "BAD_UTF8");
}

// The warning holds for what follows the post too, and counts there.
TEST_F(DraftFormsTest, PartsHaveTheWarning) {
  const auto with = [](size_t warning) {
    return [=](Content& c) {
      c.set_content_warning(std::string(warning, 'w'));
      c.add_thread()->set_text(std::string(400, 'x'));
    };
  };
  EXPECT_EQ(Refusal(with(100)), "");
  EXPECT_EQ(Refusal(with(101)), "TEXT_TOO_LONG");
}

}  // namespace
}  // namespace carillon::scheduler
