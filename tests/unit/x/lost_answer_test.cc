// After a lost answer: accepted, refused, accepted late, look-up down; for the post and for each step of its media. However often it is tried
// again by these rules, there is one post, with its picture and its alt text.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "common/platform/error_class.h"
#include "common/platform/x/connector.h"
#include "common/platform/x/facts.h"
#include "tests/support/child_process.h"
#include "tests/unit/x/fake_x.h"

namespace carillon::x {
namespace {

using testing::FakeX;
using testing::Fault;
using platform::ErrorClass;
using Published = platform::PublishOutcome::Kind;
using Looked = platform::LookupOutcome::Kind;

class LostAnswer : public ::testing::Test {
 protected:
  platform::PublishRequest Request() const {
    platform::PublishRequest request;
    request.access = {.account_id = "acct_x", .base_url = "https://api.x.com",
                      .remote_account_id = FakeX::kAccountId, .access_token = "a1"};
    request.content.text = "The bells & more: example.com/spring, see you <there>";
    request.content.link = "https://example.com/a?b=1";
    request.first_sent_at = began_;
    request.timeout = absl::Seconds(20);
    return request;
  }
  Published Publish() { return (last_ = connector_->Publish(Request())).kind; }
  platform::LookupOutcome LookUp(std::vector<std::string> known = {}) {
    platform::LookupRequest request;
    request.access = Request().access;
    request.content = Request().content;
    request.first_sent_at = request.since = began_;
    request.known_remote_ids = std::move(known);
    request.timeout = absl::Seconds(10);
    return connector_->Lookup(request);
  }

  carillon::testing::FakeClock clock_;
  const absl::Time began_ = clock_.Now();
  FakeX x_{clock_};
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(
      x_, clock_, OwnFacts(), {.sleep = [this](absl::Duration wait) { clock_.Advance(wait); }});
  platform::PublishOutcome last_;
};

TEST_F(LostAnswer, Accepted) {
  x_.Break("/tweets", Fault::kAnswerLost);
  EXPECT_EQ(Publish(), Published::kUnknown);
  EXPECT_EQ(x_.CountOf("POST /2/tweets"), 1) << "it was repeated";
  const platform::LookupOutcome found = LookUp();
  ASSERT_EQ(found.kind, Looked::kFound) << found.error;
  EXPECT_EQ(found.remote_id, x_.posts.at(0).id);
  EXPECT_EQ(found.remote_url, "https://x.com/i/web/status/" + found.remote_id);
}

TEST_F(LostAnswer, Refused) {
  x_.Break("/tweets", Fault::kRequestLost);
  EXPECT_EQ(Publish(), Published::kUnknown);
  EXPECT_EQ(LookUp().kind, Looked::kAbsent);
  EXPECT_EQ(Publish(), Published::kPublished);
  EXPECT_EQ(x_.posts.size(), 1u);
}

TEST_F(LostAnswer, AcceptedLate) {
  x_.Break("/tweets", Fault::kLate);
  EXPECT_EQ(Publish(), Published::kUnknown);
  EXPECT_EQ(LookUp().kind, Looked::kAbsent) << "not yet: the publisher's settling time is for this";
  x_.Settle();
  EXPECT_EQ(LookUp().kind, Looked::kFound);
  // Whoever tried again meanwhile hears of a duplicate, and the listing tells which post it is.
  EXPECT_EQ(Publish(), Published::kRefused);
  EXPECT_EQ(last_.error_class, ErrorClass::kDuplicate);
  EXPECT_EQ(LookUp().remote_id, x_.posts.at(0).id);
  EXPECT_EQ(x_.posts.size(), 1u);
}

TEST_F(LostAnswer, LookUpDown) {
  x_.Break("/tweets", Fault::kAnswerLost);
  EXPECT_EQ(Publish(), Published::kUnknown);
  for (const Fault fault : {Fault::kNoConnection, Fault::kAnswerLost, Fault::kRequestLost}) {
    x_.Break("/tweets", fault);
    EXPECT_EQ(LookUp().kind, Looked::kUnavailable);
  }
  x_.Break("/tweets", Fault::kRefused, 503, "");
  EXPECT_EQ(LookUp().kind, Looked::kUnavailable);
  x_.Break("/tweets", Fault::kRefused, 429, R"({"title":"Too Many Requests"})");
  EXPECT_EQ(LookUp().kind, Looked::kUnavailable);
  EXPECT_EQ(LookUp().kind, Looked::kFound);
}

TEST_F(LostAnswer, AServerErrorCanComeAfterThePost) {
  for (const int status : {500, 502, 503, 504}) {
    x_.Break("/tweets", Fault::kRefused, status, R"({"title":"x","detail":"y"})");
    EXPECT_EQ(Publish(), Published::kUnknown) << status;
  }
}

TEST_F(LostAnswer, NoConnectionIsProofThatNothingHappened) {
  x_.Break("/tweets", Fault::kNoConnection);
  EXPECT_EQ(Publish(), Published::kRefused);
  EXPECT_EQ(last_.error_class, ErrorClass::kRetryable);
}

TEST_F(LostAnswer, ADuplicateOfAnotherTargetIsNotOurs) {
  ASSERT_EQ(Publish(), Published::kPublished);
  const std::string other = last_.remote_id;
  EXPECT_EQ(Publish(), Published::kRefused);
  EXPECT_EQ(last_.error_class, ErrorClass::kDuplicate);
  EXPECT_EQ(LookUp({other}).kind, Looked::kAbsent);
}

TEST_F(LostAnswer, TwoAlikeAreAPersonsMatter) {
  x_.AddPost({.text = Request().content.text + "\n\n" + Request().content.link});
  x_.AddPost({.text = Request().content.text + "\n\n" + Request().content.link});
  EXPECT_EQ(LookUp().kind, Looked::kAmbiguous);
}

TEST_F(LostAnswer, OfAReply) {
  const std::string parent = x_.AddPost({.author_id = FakeX::kOtherId, .text = "@brand how?"});
  platform::PublishRequest request = Request();
  request.content = {.text = "Like this.", .in_reply_to_remote_id = parent};
  x_.Break("/tweets", Fault::kAnswerLost);
  EXPECT_EQ(connector_->Publish(request).kind, Published::kUnknown);
  platform::LookupRequest asked;
  asked.access = request.access;
  asked.content = request.content;
  asked.since = began_;
  asked.timeout = absl::Seconds(10);
  EXPECT_EQ(connector_->Lookup(asked).kind, Looked::kFound);
  asked.content.in_reply_to_remote_id = "1";
  EXPECT_EQ(connector_->Lookup(asked).kind, Looked::kAbsent);
}

TEST_F(LostAnswer, OfEachForm) {
  const std::string quoted = x_.AddPost({.author_id = FakeX::kOtherId, .text = "a bell"});
  platform::PublishContent poll{.text = "Which? R&D", .poll = platform::Poll{{"a", "b"}, false, false, absl::Hours(1)}};
  platform::PublishContent quote{.text = "So true: example.com/spring", .quoted_remote_id = quoted};
  platform::PublishContent gated{.text = "Hush", .reply_groups = {{platform::ReplyGroup::kMentioned}}};
  for (const platform::PublishContent& content : {poll, quote, gated}) {
    platform::PublishRequest request = Request();
    request.content = content;
    x_.Break("/tweets", Fault::kAnswerLost);
    EXPECT_EQ(connector_->Publish(request).kind, Published::kUnknown);
    platform::LookupRequest asked;
    asked.access = request.access;
    asked.content = content;
    asked.since = began_;
    asked.timeout = absl::Seconds(10);
    const platform::LookupOutcome found = connector_->Lookup(asked);
    EXPECT_EQ(found.kind, Looked::kFound) << content.text << found.error;
    EXPECT_EQ(found.remote_id, x_.posts.back().id);
  }
}

// A step of the upload, and of what media.
struct Step {
  const char* path;
  const char* mime_type;
};

class LostMediaAnswer : public LostAnswer, public ::testing::WithParamInterface<Step> {
 protected:
  // Goes on where the last one ended.
  Result<std::string> Upload() {
    platform::UploadRequest request;
    request.access = Request().access;
    request.item = item_;
    request.resume = resume_;
    request.timeout = absl::Seconds(30);
    request.on_progress = [this](const std::string& resume, int64_t) { resume_ = resume; };
    ASSIGN_OR_RETURN(const platform::UploadedMedia uploaded, connector_->Upload(request));
    return uploaded.handle;
  }
  // As the publisher does: uploads until there is a handle, posts until it is known to be out.
  void PublishAll(std::string handle = "") {
    for (int i = 0; i < 5 && handle.empty(); ++i) handle = Upload().value_or("");
    ASSERT_FALSE(handle.empty());
    platform::PublishRequest request = Request();
    request.content.media = {item_};
    request.media_handles = {handle};
    for (int i = 0; i < 5; ++i) {
      last_ = connector_->Publish(request);
      if (last_.kind == Published::kPublished) break;
      ASSERT_EQ(last_.error_class, ErrorClass::kRetryable) << last_.error;
    }
    ASSERT_EQ(last_.kind, Published::kPublished) << last_.error;
    ASSERT_EQ(x_.posts.size(), 1u);
    ASSERT_EQ(x_.posts[0].media_ids.size(), 1u);
    const testing::FakeMedia& media = x_.media.at(x_.posts[0].media_ids[0]);
    EXPECT_EQ(media.Bytes(), std::string(3000, 'v'));
    EXPECT_EQ(media.alt_text, "a bell");
    EXPECT_EQ(x_.CountOf("POST /2/tweets"), 1);
  }

  void SetUp() override {
    x_.polls_needed = 2;
    item_ = {.path = folder_.Write("media", std::string(3000, 'v')), .mime_type = GetParam().mime_type,
             .alt_text = "a bell"};
  }

  carillon::testing::TempDir folder_;
  platform::MediaItem item_;
  std::string resume_;
};

TEST_P(LostMediaAnswer, Accepted) {
  x_.Break(GetParam().path, Fault::kAnswerLost);
  PublishAll();
}

TEST_P(LostMediaAnswer, Late) {
  x_.Break(GetParam().path, Fault::kLate);
  const Result<std::string> handle = Upload();
  x_.Settle();
  PublishAll(handle.value_or(""));
}

TEST_P(LostMediaAnswer, RequestLost) {
  x_.Break(GetParam().path, Fault::kRequestLost);
  PublishAll();
}

TEST_P(LostMediaAnswer, DownForAWhile) {
  for (int i = 0; i < 3; ++i) x_.Break(GetParam().path, Fault::kNoConnection);
  x_.Break(GetParam().path, Fault::kRefused, 503, "<html>");
  PublishAll();
}

TEST_P(LostMediaAnswer, Refused) {
  struct Row {
    int status;
    const char* body;
    ErrorClass error_class;
  };
  for (const Row& row : {
           Row{400, R"({"title":"Invalid Request","detail":"x","type":"https://api.x.com/2/problems/invalid-request"})",
               ErrorClass::kInvalidContent},
           Row{401, R"({"title":"Unauthorized","detail":"x"})", ErrorClass::kAuth},
           Row{403, R"({"title":"Forbidden","detail":"x"})", ErrorClass::kPermanent},
           Row{429, R"({"title":"Too Many Requests","detail":"x"})", ErrorClass::kRateLimited},
       }) {
    for (int i = 0; i < 2; ++i) x_.Break(GetParam().path, Fault::kRefused, row.status, row.body);
    const Result<std::string> handle = Upload();
    EXPECT_EQ(platform::ErrorClassOf(handle.status()), row.error_class) << row.status << " " << handle.status();
    for (int i = 0; i < 2; ++i) Upload().IgnoreError();  // what is left of the faults
    resume_.clear();
    x_.exchanges.clear();
  }
  PublishAll();
}

INSTANTIATE_TEST_SUITE_P(
    Steps, LostMediaAnswer,
    ::testing::Values(Step{"/initialize", "image/png"}, Step{"/append", "image/png"},
                      Step{"/finalize", "image/png"}, Step{"/metadata", "image/png"},
                      Step{"/initialize", "video/mp4"}, Step{"/append", "video/mp4"},
                      Step{"/finalize", "video/mp4"}, Step{"GET /2/media/upload", "video/mp4"},
                      Step{"/metadata", "video/mp4"}),
    [](const auto& info) {
      std::string name = info.param.path;
      name = name.substr(name.find_last_of('/') + 1) + (info.param.mime_type[0] == 'v' ? "OfVideo" : "OfImage");
      return name == "uploadOfVideo" ? "statusOfVideo" : name;
    });

}  // namespace
}  // namespace carillon::x
