// Listening queries, and what they find.
#include "services/listener/domain/listening.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::AddSignal;
using testing::Harness;
using testing::kAccount;

class ListeningTest : public ::testing::Test {
 protected:
  ListeningTest() { h.Connect(); }
  Status Create(const std::string& term, const std::string& request_id) {
    v1::CreateQueryRequest request;
    request.set_account_id(kAccount);
    request.set_term(term);
    return h.ledger.Command("acme", request_id, CollectionId(kAccount), request).status;
  }
  Status Delete(const std::string& term, const std::string& request_id) {
    v1::DeleteQueryRequest request;
    request.set_account_id(kAccount);
    request.set_term(term);
    return h.ledger.Command("acme", request_id, CollectionId(kAccount), request).status;
  }
  // The next poll, which finds these for the term that it asks for.
  std::string Search(const std::vector<std::string>& found, const std::string& error = "") {
    const auto job = h.StartPoll();
    if (job == nullptr || !job->search) return "";
    v1::PollReport report = h.Report(*job);
    v1::SearchRead& read = *report.add_searches();
    read.set_term(job->search->term);
    read.set_error(error);
    read.set_cursor("s1");
    for (const std::string& id : found) {
      v1::PollReport carrier;
      AddSignal(carrier, v1::SIGNAL_KIND_KEYWORD, id, id);
      *read.add_found() = carrier.signals(0);
    }
    EXPECT_TRUE(h.HandIn(report).ok());
    return job->search->term;
  }
  size_t InIndex(const std::string& index, const std::string& prefix) {
    return static_cast<size_t>(*h.ledger.Count(index, prefix));
  }

  Harness h;
};

TEST_F(ListeningTest, WhatIsFoundIsAnItemBesideTheInbox) {
  ASSERT_TRUE(Create("trail shoes", "r1").ok());
  EXPECT_EQ(Search({"7", "8"}), "trail shoes");
  const v1::InboxItem item = h.Item("7");
  EXPECT_EQ(item.kind(), v1::SIGNAL_KIND_KEYWORD);
  ASSERT_EQ(item.terms_size(), 1);
  EXPECT_EQ(item.terms(0), "trail shoes");
  EXPECT_EQ(InIndex("found", "brand_1|"), 2U);
  EXPECT_EQ(InIndex("inbox", "brand_1|"), 0U);
  EXPECT_EQ(InIndex("inbox_all", ""), 0U);
  const auto events = h.Sent<v1::SignalEvent>();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].terms(0), "trail shoes");
  const v1::ListeningQuery query = h.Collection().queries(0);
  EXPECT_EQ(query.found(), 2);
  EXPECT_EQ(query.cursor(), "s1");
  EXPECT_EQ(FromProto(query.next_search_at()), h.clock.Now() + h.options.search_interval);
}

TEST_F(ListeningTest, FoundAgainPushedAgainAndBySeveralTermsItIsOne) {
  ASSERT_TRUE(Create("trail", "r1").ok());
  ASSERT_TRUE(Create("shoes", "r2").ok());
  EXPECT_EQ(Search({"7"}), "trail");
  EXPECT_EQ(Search({"7"}), "shoes");
  EXPECT_EQ(h.Sent<v1::SignalEvent>().size(), 1U);
  v1::PushReport push;
  push.set_account_id(kAccount);
  v1::PollReport carrier;
  AddSignal(carrier, v1::SIGNAL_KIND_KEYWORD, "7", "7");
  *push.add_found()->mutable_signal() = carrier.signals(0);
  push.mutable_found(0)->add_terms("trail");
  ASSERT_TRUE(h.ledger.Command("", "", CollectionId(kAccount), push).status.ok());
  EXPECT_EQ(h.Item("7").terms_size(), 2);
  EXPECT_EQ(h.Sent<v1::SignalEvent>().size(), 0U);
  EXPECT_EQ(h.Collection().queries(0).found(), 1);
}

TEST_F(ListeningTest, WhatWasFoundAndThenMentionsUsIsInTheInbox) {
  ASSERT_TRUE(Create("trail", "r1").ok());
  Search({"7"});
  h.clock.Advance(absl::Minutes(1));
  const auto job = h.StartPoll();
  ASSERT_NE(job, nullptr);
  v1::PollReport report = h.Report(*job, "c2");
  AddSignal(report, v1::SIGNAL_KIND_MENTION, "7", "7");
  ASSERT_TRUE(h.HandIn(report).ok());
  EXPECT_EQ(h.Item("7").kind(), v1::SIGNAL_KIND_MENTION);
  EXPECT_EQ(h.Item("7").terms_size(), 1);
  EXPECT_EQ(InIndex("inbox_all", ""), 1U);
  EXPECT_EQ(InIndex("found", "brand_1|"), 1U);
}

TEST_F(ListeningTest, AnAnsweredOneIsInTheInboxToo) {
  ASSERT_TRUE(Create("trail", "r1").ok());
  Search({"7"});
  v1::ReplyRequest reply;
  reply.set_id(h.Item("7").id());
  reply.set_text("We make these.");
  ASSERT_TRUE(h.ledger.Command("acme", "r2", reply.id(), reply).status.ok());
  EXPECT_EQ(InIndex("inbox_all", ""), 1U);
}

TEST_F(ListeningTest, OneThatFailsWaitsAloneAndLonger) {
  ASSERT_TRUE(Create("trail", "r1").ok());
  Search({}, "UNAVAILABLE: away");
  const v1::ListeningQuery query = h.Collection().queries(0);
  EXPECT_EQ(query.failures(), 1);
  EXPECT_EQ(query.last_error(), "UNAVAILABLE: away");
  EXPECT_EQ(FromProto(query.next_search_at()), h.clock.Now() + h.options.search_interval * 2);
  EXPECT_EQ(h.Collection().failures(), 0) << "the account is well";
  EXPECT_TRUE(query.cursor().empty());
}

TEST_F(ListeningTest, TheSameAgainChangesNothingAndThereAreOnlySoMany) {
  for (int i = 0; i < kQueriesMax; ++i) ASSERT_TRUE(Create(fmt::format("term {}", i), fmt::format("r{}", i)).ok());
  EXPECT_TRUE(Create("term 0", "again").ok());
  EXPECT_EQ(h.Collection().queries_size(), kQueriesMax);
  EXPECT_EQ(ReasonOf(Create("one more", "more")), "TOO_MANY_QUERIES");
  EXPECT_TRUE(Delete("term 3", "d1").ok());
  EXPECT_EQ(ReasonOf(Delete("term 3", "d2")), "UNKNOWN_QUERY");
  EXPECT_EQ(h.Collection().queries_size(), kQueriesMax - 1);
  const v1::Collection left = h.Collection();
  for (const v1::ListeningQuery& query : left.queries()) EXPECT_NE(query.term(), "term 3");
  v1::CreateQueryRequest request;
  request.set_account_id(MakeId("acct", {"nobody"}));
  request.set_term("x");
  EXPECT_EQ(ReasonOf(h.ledger.Command("acme", "r", CollectionId(request.account_id()), request).status),
            "UNKNOWN_ACCOUNT");
}

TEST_F(ListeningTest, EachQueryGetsItsTurn) {
  for (const char* term : {"a", "b", "c"}) ASSERT_TRUE(Create(term, term).ok());
  std::set<std::string> asked;
  for (int i = 0; i < 3; ++i) asked.insert(Search({}));
  EXPECT_EQ(asked, (std::set<std::string>{"a", "b", "c"})) << "at once, one with each poll";
  EXPECT_EQ(Search({}), "") << "all have been asked for";
}

// A stream may have missed something: the terms that it served are searched for at once.
TEST_F(ListeningTest, WhatAStreamMayHaveMissedIsSearchedForAtOnce) {
  ASSERT_TRUE(Create("trail shoes", "r1").ok());
  ASSERT_TRUE(Create("bells", "r2").ok());
  while (!Search({}).empty()) {
  }
  v1::PushReport report;
  report.set_account_id(kAccount);
  report.add_search_now("bells");
  report.add_search_now("nobody's");
  ASSERT_TRUE(h.ledger.Command("", "", CollectionId(kAccount), report).status.ok());
  EXPECT_EQ(Search({"7"}), "bells");
  EXPECT_EQ(Search({}), "");
}

// One that failed waits until it may be asked again.
TEST_F(ListeningTest, ASearchThatFailedIsNotHurried) {
  ASSERT_TRUE(Create("bells", "r1").ok());
  EXPECT_EQ(Search({}, "RATE_LIMITED"), "bells");
  v1::PushReport report;
  report.set_account_id(kAccount);
  report.add_search_now("bells");
  ASSERT_TRUE(h.ledger.Command("", "", CollectionId(kAccount), report).status.ok());
  EXPECT_EQ(Search({}), "");
}

}  // namespace
}  // namespace carillon::listener
