// Uploads that broke off go on where X said that it had them, in whatever process.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/platform/error_class.h"
#include "common/platform/x/connector.h"
#include "common/platform/x/facts.h"
#include "tests/support/child_process.h"
#include "tests/unit/x/fake_x.h"

namespace carillon::x {
namespace {

using platform::ErrorClass;
using testing::FakeX;
using testing::Fault;

class XUpload : public ::testing::Test {
 protected:
  static constexpr int64_t kChunk = 2 << 20;

  XUpload() {
    request_.access = {.account_id = "acct_x", .base_url = "https://api.x.com", .remote_account_id = FakeX::kAccountId,
                       .access_token = "a1"};
    std::string bytes(4 * kChunk + 17, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 + i / 4096);
    request_.item = {.path = folder_.Write("a.mp4", bytes), .mime_type = "video/mp4", .alt_text = "a bell",
                     .size_bytes = static_cast<int64_t>(bytes.size())};
    bytes_ = std::move(bytes);
    request_.timeout = absl::Minutes(5);
    request_.on_progress = [this](const std::string& resume, int64_t bytes_done) {
      told_.push_back(bytes_done);
      request_.resume = resume;
    };
  }

  // Of a process of its own, that knows what the last one told.
  Result<platform::UploadedMedia> Upload() {
    const auto connector = MakeConnector(x_, clock_, OwnFacts(), {.sleep = [this](absl::Duration wait) { clock_.Advance(wait); }});
    const platform::UploadRequest request = request_;
    return connector->Upload(request);
  }
  void ExpectWhole(const std::string& id) {
    ASSERT_TRUE(x_.media.contains(id));
    EXPECT_TRUE(x_.media.at(id).Bytes() == bytes_) << "the chunks are not the file";
    EXPECT_EQ(x_.media.at(id).alt_text, "a bell");
  }

  carillon::testing::FakeClock clock_;
  carillon::testing::TempDir folder_;
  FakeX x_{clock_};
  platform::UploadRequest request_;
  std::string bytes_;
  std::vector<int64_t> told_;
};

TEST_F(XUpload, TellsHowFarItIs) {
  const auto uploaded = Upload();
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  EXPECT_EQ(uploaded->lifetime, absl::Hours(24));
  ExpectWhole(uploaded->handle);
  const auto size = static_cast<int64_t>(bytes_.size());
  EXPECT_EQ(told_, (std::vector<int64_t>{0, kChunk, 2 * kChunk, 3 * kChunk, 4 * kChunk, size, size}));
  EXPECT_LE(request_.resume.size(), 512u);
}

TEST_F(XUpload, GoesOnBehindTheLastChunkThatXTook) {
  for (const Fault fault : {Fault::kNoConnection, Fault::kAnswerLost, Fault::kRequestLost}) {
    x_.media.clear();
    x_.exchanges.clear();
    x_.appends.clear();
    request_.resume.clear();
    x_.Break("/append", Fault::kRefused, 503, "<html>");
    EXPECT_EQ(platform::ErrorClassOf(Upload().status()), ErrorClass::kRetryable);
    int left = 3;
    request_.may_continue = [&] { return --left > 0; };  // the process ends behind the second chunk
    const Status stopped = Upload().status();
    EXPECT_EQ(ReasonOf(stopped), "GIVEN_UP");
    request_.may_continue = nullptr;
    x_.Break("/append", fault);
    EXPECT_FALSE(Upload().ok());
    const auto uploaded = Upload();
    ASSERT_TRUE(uploaded.ok()) << uploaded.status();
    ExpectWhole(uploaded->handle);
    EXPECT_EQ(x_.CountOf("/initialize"), 1) << "it was begun anew";
    EXPECT_EQ(x_.CountOf("/finalize"), 1);
    int most = 0;
    for (const auto& [segment, count] : x_.appends) most = std::max(most, count);
    EXPECT_EQ(most, fault == Fault::kAnswerLost ? 2 : 1) << "only the chunk without an answer may come twice";
  }
}

TEST_F(XUpload, ALostFinalizationIsAskedAgain) {
  x_.polls_needed = 2;
  x_.Break("/finalize", Fault::kAnswerLost);
  EXPECT_FALSE(Upload().ok());
  const auto uploaded = Upload();
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  ExpectWhole(uploaded->handle);
  EXPECT_EQ(x_.CountOf("/append"), 5);
}

TEST_F(XUpload, WhatIsStillProcessedIsOnlyAskedFor) {
  x_.polls_needed = 12;
  request_.timeout = absl::Seconds(22);
  const Status status = Upload().status();
  EXPECT_EQ(platform::ErrorClassOf(status), ErrorClass::kRetryable) << status;
  EXPECT_LE(clock_.BootTime() - absl::Hours(1), absl::Seconds(22));
  Result<platform::UploadedMedia> uploaded = Upload();
  for (int i = 0; i < 5 && !uploaded.ok(); ++i) uploaded = Upload();
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  ExpectWhole(uploaded->handle);
  EXPECT_EQ(x_.CountOf("/initialize"), 1);
  EXPECT_EQ(x_.CountOf("/append"), 5);
  EXPECT_EQ(x_.CountOf("/finalize"), 1);
}

TEST_F(XUpload, WhatXForgotBeginsAnew) {
  x_.Break("/append", Fault::kNoConnection);
  EXPECT_FALSE(Upload().ok());
  x_.media.clear();
  const auto uploaded = Upload();
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  ExpectWhole(uploaded->handle);
  EXPECT_EQ(x_.CountOf("/initialize"), 2);
}

TEST_F(XUpload, AStateThatIsNoneBeginsAnew) {
  for (const char* resume : {"x", "1 2", "1 0 0", "1 2097152 -1", "1 2097152 6", "1 2097152 1 finalized more", "abc 2097152 1"}) {
    request_.resume = resume;
    const auto uploaded = Upload();
    ASSERT_TRUE(uploaded.ok()) << resume << ": " << uploaded.status();
    ExpectWhole(uploaded->handle);
  }
}

TEST_F(XUpload, AFileThatXCannotProcessIsNotUploadedAgain) {
  x_.processing_fails = true;
  EXPECT_EQ(ReasonOf(Upload().status()), "MEDIA_REFUSED");
  EXPECT_EQ(ReasonOf(Upload().status()), "MEDIA_REFUSED");
  EXPECT_EQ(x_.CountOf("/initialize"), 1);
}

TEST_F(XUpload, WhoIsNotNeededStopsWhileXProcesses) {
  x_.polls_needed = 1000;
  request_.timeout = absl::Hours(1);
  request_.may_continue = [this] { return clock_.BootTime() - absl::Hours(1) < absl::Seconds(7); };
  EXPECT_EQ(ReasonOf(Upload().status()), "GIVEN_UP");
  EXPECT_LE(clock_.BootTime() - absl::Hours(1), absl::Seconds(8));
}

}  // namespace
}  // namespace carillon::x
