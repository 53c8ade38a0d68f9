// What an account's profile is to say: wishes about different parts, lost answers, gates.
#include <gmock/gmock.h>

#include "services/publisher/domain/attempts.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

using ::testing::IsEmpty;

class ProfileTest : public ::testing::Test {
 protected:
  v1::Dispatch Wish(const v1::ProfileChange& change) {
    v1::Dispatch dispatch;
    dispatch.set_delivery_id(MakeId("dlv", {"profile", std::to_string(++wishes_)}, account_));
    dispatch.set_account_id(account_);
    dispatch.set_org_id(kOrg);
    dispatch.set_brand_id(kBrand);
    dispatch.set_action(v1::ACTION_KIND_SET_PROFILE);
    dispatch.set_target_remote_id("acme");
    *dispatch.mutable_content()->mutable_profile() = change;
    return dispatch;
  }
  std::string Set(const v1::ProfileChange& change) {
    const v1::Dispatch dispatch = Wish(change);
    const auto answer = h.Do(dispatch.delivery_id(), dispatch);
    EXPECT_TRUE(answer.status.ok()) << ToString(answer.status);
    return dispatch.delivery_id();
  }
  static v1::ProfileChange Name(const std::string& name) {
    v1::ProfileChange change;
    change.set_display_name(name);
    return change;
  }
  static v1::ProfileChange Bio(const std::string& bio) {
    v1::ProfileChange change;
    change.set_bio(bio);
    return change;
  }
  static v1::ProfileChange Both(const std::string& name, const std::string& bio) {
    v1::ProfileChange change = Name(name);
    change.set_bio(bio);
    return change;
  }
  static v1::ProfileChange Field(const std::string& name, const std::string& value) {
    v1::ProfileChange change;
    change.add_fields()->set_name(name);
    change.mutable_fields(0)->set_value(value);
    return change;
  }
  void Done(const SendJob& job) { h.Published(job, "acme"); }
  const SendJob& Last() { return *h.sends.back(); }
  static const v1::ProfileChange& Sent(const SendJob& job) { return job.delivery.dispatch().content().profile(); }

  Harness h;
  const std::string account_ = h.Connect();
  int wishes_ = 0;
};

TEST_F(ProfileTest, AChangeIsInTheLogBeforeItIsSentAndSaysWhoWantedItWhen) {
  const absl::Time now = h.clock.Now();
  const std::string id = Set(Name("Acme"));
  EXPECT_EQ(h.State(id), "SENDING");
  ASSERT_EQ(h.sends.size(), 1u);
  EXPECT_EQ(Sent(Last()).display_name(), "Acme");
  const v1::Dispatch dispatch = h.Delivery(id).dispatch();
  EXPECT_EQ(dispatch.approved_by(), "tester");
  EXPECT_EQ(FromProto(dispatch.approved_at()), now);
  EXPECT_EQ(FromProto(dispatch.not_after()), now + h.rules.profile_window);
  h.Outcomes();
  h.others.clear();
  Done(Last());
  EXPECT_EQ(h.State(id), "DONE");
  EXPECT_EQ(h.Account(account_).account.display_name(), "Acme");
  // Nobody but the caller hears of it.
  EXPECT_THAT(h.Outcomes(), IsEmpty());
  EXPECT_THAT(h.others, IsEmpty());
}

TEST_F(ProfileTest, NothingElseIsOrderedByCall) {
  v1::Dispatch dispatch = Wish(Name("Acme"));
  dispatch.set_action(v1::ACTION_KIND_DELETE);
  EXPECT_EQ(ReasonOf(h.Do(dispatch.delivery_id(), dispatch).status), "BAD_DISPATCH");
  dispatch.set_action(v1::ACTION_KIND_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(h.Do(dispatch.delivery_id(), dispatch).status), "BAD_DISPATCH");
  EXPECT_THAT(h.sends, IsEmpty());
}

TEST_F(ProfileTest, AChangeOfNothingFails) { EXPECT_EQ(h.State(Set(v1::ProfileChange())), "FAILED"); }

TEST_F(ProfileTest, ALostAnswerIsRepeatedAsItWas) {
  const std::string id = Set(Both("Acme", "Bells"));
  h.Unknown(Last());
  EXPECT_EQ(h.State(id), "QUEUED");
  h.Pass(absl::Seconds(3));
  ASSERT_EQ(h.sends.size(), 2u);
  EXPECT_THAT(h.lookups, IsEmpty());
  EXPECT_EQ(Sent(Last()).display_name(), "Acme");
  EXPECT_EQ(Sent(Last()).bio(), "Bells");
  Done(Last());
  EXPECT_EQ(h.State(id), "DONE");
}

TEST_F(ProfileTest, TheKillSwitchHolds) {
  h.gates.kill_switch = true;
  const std::string id = Set(Name("Acme"));
  h.Pass(absl::Minutes(2));
  EXPECT_THAT(h.sends, IsEmpty());
  EXPECT_EQ(h.Delivery(id).waiting_for(), "KILL_SWITCH");
  h.gates.kill_switch = false;
  h.Pass(absl::Seconds(20));
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(ProfileTest, TheLatestWishForAPartWinsAndTheOtherPartsOfTheEarlierOneAreStillWished) {
  h.gates.control_fresh = false;
  const std::string both = Set(Both("Acme", "Bells"));
  const std::string name = Set(Name("Acme Bells"));
  EXPECT_EQ(h.State(both), "QUEUED");
  h.gates.control_fresh = true;
  std::string said_name, said_bio;
  for (size_t seen = 0; seen < 2;) {
    h.Pass(absl::Seconds(1));
    for (; seen < h.sends.size(); ++seen) {
      const v1::ProfileChange& sent = Sent(*h.sends[seen]);
      if (sent.has_display_name()) said_name = sent.display_name();
      if (sent.has_bio()) said_bio = sent.bio();
      EXPECT_EQ(sent.has_display_name(), h.sends[seen]->delivery.id() == name);
      Done(*h.sends[seen]);
    }
  }
  EXPECT_EQ(said_name, "Acme Bells");
  EXPECT_EQ(said_bio, "Bells");
  EXPECT_EQ(h.State(both), "DONE");
  EXPECT_EQ(h.State(name), "DONE");
}

TEST_F(ProfileTest, WhatIsOvertakenInAllPartsIsNotSent) {
  h.gates.control_fresh = false;
  const std::string first = Set(Name("Acme"));
  const std::string field = Set(Field("Shop", "https://acme.example"));
  const std::string second = Set(Both("Acme Bells", "Bells"));
  EXPECT_EQ(h.State(first), "CANCELLED");
  EXPECT_EQ(h.Delivery(first).error_reason(), "SUPERSEDED");
  EXPECT_EQ(h.State(field), "QUEUED");
  EXPECT_EQ(h.State(Set(Field("Shop", ""))), "QUEUED");
  EXPECT_EQ(h.State(field), "CANCELLED");
  EXPECT_EQ(h.State(second), "QUEUED");
}

TEST_F(ProfileTest, WhatALimitHoldsUpGivesWay) {
  const std::string first = Set(Name("Acme"));
  const std::string second = Set(Name("Acme Bells"));
  h.Refused(*h.sends[0], v1::REFUSAL_CLASS_RATE_LIMITED, absl::Minutes(10));
  EXPECT_EQ(h.State(first), "CANCELLED");
  EXPECT_EQ(h.State(second), "SENDING");
}

TEST_F(ProfileTest, AnUnansweredRequestHoldsLaterWishesAboutItsPartsUp) {
  const std::string both = Set(Both("Acme", "Bells"));
  const absl::Time send_before = Last().send_before;
  h.Unknown(Last());
  const std::string name = Set(Name("Acme Bells"));
  EXPECT_EQ(h.Delivery(name).waiting_for(), "EARLIER_WISH");
  bool name_sent = false;
  for (size_t seen = 1; !name_sent;) {
    h.Pass(absl::Milliseconds(500));
    for (; seen < h.sends.size(); ++seen) {
      EXPECT_GE(h.clock.Now(), send_before + h.rules.settle);
      name_sent = name_sent || h.sends[seen]->delivery.id() == name;
      Done(*h.sends[seen]);
    }
  }
  EXPECT_EQ(h.State(name), "DONE");
  h.Pass(absl::Minutes(2));
  EXPECT_EQ(h.State(both), "DONE");
}

TEST_F(ProfileTest, TheSameRequestAgainIsTheSameDelivery) {
  const v1::Dispatch dispatch = Wish(Name("Acme"));
  ASSERT_TRUE(h.Do(dispatch.delivery_id(), dispatch).status.ok());
  Done(Last());
  ASSERT_TRUE(h.Do(dispatch.delivery_id(), dispatch).status.ok());
  EXPECT_EQ(h.Delivery(dispatch.delivery_id()).attempt_count(), 1);
  EXPECT_EQ(h.State(dispatch.delivery_id()), "DONE");
}

TEST_F(ProfileTest, PicturesGetTheTimeToBeUploaded) {
  v1::ProfileChange change;
  change.mutable_avatar()->set_sha256("ab");
  Set(change);
  EXPECT_EQ(Last().send_before, h.clock.Now() + h.rules.send_budget + h.rules.picture_budget);
}

TEST_F(ProfileTest, WaitingWishesAreBounded) {
  h.gates.control_fresh = false;
  for (int i = 0; i < 200; ++i) EXPECT_EQ(h.State(Set(Field(fmt::format("f{}", i), "1"))), "QUEUED");
  const std::string one_more = Set(Field("one more", "1"));
  EXPECT_EQ(h.State(one_more), "FAILED");
  EXPECT_EQ(h.Delivery(one_more).error_reason(), "TOO_MANY_WISHES");
}

TEST_F(ProfileTest, AfterARestoreAPersonDecides) {
  h.gates.control_fresh = false;
  const std::string id = Set(Name("Acme"));
  h.Pass(absl::Seconds(2));
  h.ledger.SetRestoredUntil(h.clock.Now());
  h.gates.control_fresh = true;
  h.Pass(h.rules.send_budget + h.rules.settle + absl::Seconds(10));
  EXPECT_EQ(h.State(id), "UNCONFIRMED");
  EXPECT_THAT(h.sends, IsEmpty());
}

}  // namespace
}  // namespace carillon::publisher::testing
