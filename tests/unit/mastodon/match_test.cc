#include "common/platform/mastodon/match.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace carillon::mastodon {
namespace {

using Kind = platform::LookupOutcome::Kind;

const absl::Time kSince = absl::FromUnixSeconds(1'800'000'000);

StatusView At(std::string id, std::string text, absl::Duration after = absl::Seconds(1)) {
  StatusView status;
  status.id = std::move(id);
  status.url = "https://social.example/@a/" + status.id;
  status.text = std::move(text);
  status.created_at = kSince + after;
  return status;
}

Kind JudgeText(const std::vector<StatusView>& statuses, std::vector<std::string> known = {}) {
  return Judge(statuses, MakeWanted({.text = "Hello, world!"}, kSince, std::move(known))).kind;
}

TEST(Match, FoundAbsentAmbiguous) {
  EXPECT_EQ(JudgeText({}), Kind::kAbsent);
  EXPECT_EQ(JudgeText({At("1", "another text")}), Kind::kAbsent);
  EXPECT_EQ(JudgeText({At("1", "Hello, world!"), At("2", "another text")}), Kind::kFound);
  EXPECT_EQ(JudgeText({At("1", "Hello, world!"), At("2", "Hello, world!")}), Kind::kAmbiguous);
}

TEST(Match, FoundHasTheIdAndOthersHaveNone) {
  const Wanted wanted = MakeWanted({.text = "Hello, world!"}, kSince, {});
  const platform::LookupOutcome found = Judge({At("7", "Hello, world!")}, wanted);
  EXPECT_EQ(found.remote_id, "7");
  EXPECT_EQ(found.remote_url, "https://social.example/@a/7");
  const platform::LookupOutcome two = Judge({At("7", "Hello, world!"), At("8", "Hello, world!")}, wanted);
  EXPECT_EQ(two.remote_id, "");
  EXPECT_FALSE(two.error.empty());
}

TEST(Match, WhatOtherTargetsOwnIsNoMatch) {
  EXPECT_EQ(JudgeText({At("1", "Hello, world!")}, {"1"}), Kind::kAbsent);
  EXPECT_EQ(JudgeText({At("1", "Hello, world!"), At("2", "Hello, world!")}, {"1"}), Kind::kFound);
}

TEST(Match, ATextThatTheServerChangedIsDoubtNotAbsence) {
  EXPECT_EQ(JudgeText({At("1", "Hello world")}), Kind::kAmbiguous);
  EXPECT_EQ(JudgeText({At("1", "Hello, world!"), At("2", "Hello world")}), Kind::kAmbiguous);
}

TEST(Match, TimeDecides) {
  EXPECT_EQ(JudgeText({At("1", "Hello, world!", -absl::Seconds(4))}), Kind::kFound);
  // From before the first attempt: not ours, but too near for "absent".
  EXPECT_EQ(JudgeText({At("1", "Hello, world!", -absl::Seconds(6))}), Kind::kAmbiguous);
}

TEST(Match, BoostsRepliesAndMedia) {
  StatusView boost = At("1", "Hello, world!");
  boost.is_boost = true;
  EXPECT_EQ(JudgeText({boost}), Kind::kAbsent);

  StatusView reply = At("1", "Hello, world!");
  reply.in_reply_to_id = "99";
  EXPECT_EQ(JudgeText({reply}), Kind::kAbsent);
  const Wanted to_99 = MakeWanted({.text = "Hello, world!", .in_reply_to_remote_id = "99"}, kSince, {});
  EXPECT_EQ(Judge({reply}, to_99).kind, Kind::kFound);
  reply.in_reply_to_id = "98";
  EXPECT_EQ(Judge({reply}, to_99).kind, Kind::kAbsent);
  reply.in_reply_to_id = "";  // the parent was deleted
  EXPECT_EQ(Judge({reply}, to_99).kind, Kind::kAmbiguous);

  const Wanted with_image = MakeWanted({.text = "Hello, world!", .media = {platform::MediaItem{}}}, kSince, {});
  StatusView image = At("1", "Hello, world!");
  EXPECT_EQ(Judge({image}, with_image).kind, Kind::kAmbiguous);
  image.media_count = 1;
  EXPECT_EQ(Judge({image}, with_image).kind, Kind::kFound);
}

TEST(Match, FormsTellPostsOfOneTextApart) {
  platform::PublishContent content{.text = "Hello, world!"};
  content.content_warning = "Bells";
  content.poll.emplace();
  content.quoted_remote_id = "5";
  const Wanted wanted = MakeWanted(content, kSince, {});
  StatusView status = At("1", "Hello, world!");
  EXPECT_EQ(Judge({status}, wanted).kind, Kind::kAmbiguous);
  status.spoiler = " Bells";
  status.has_poll = status.is_quote = true;
  EXPECT_EQ(Judge({status}, wanted).kind, Kind::kFound);
  for (int form = 0; form < 3; ++form) {
    StatusView other = status;
    if (form == 0) other.spoiler = "Whistles";
    if (form == 1) other.has_poll = false;
    if (form == 2) other.is_quote = false;
    EXPECT_EQ(Judge({other}, wanted).kind, Kind::kAmbiguous) << form;
  }
  EXPECT_EQ(JudgeText({status}), Kind::kAmbiguous);
}

TEST(Match, TextlessPostsMatchByTheirMediaOnly) {
  const Wanted wanted = MakeWanted({.media = {platform::MediaItem{}}}, kSince, {});
  StatusView image = At("1", "");
  image.media_count = 1;
  EXPECT_EQ(Judge({image}, wanted).kind, Kind::kFound);
  EXPECT_EQ(Judge({At("1", "a text")}, wanted).kind, Kind::kAbsent);
}

}  // namespace
}  // namespace carillon::mastodon
