// Media on their way to the platform: ahead of their post, or when it comes; whatever becomes of runs, accounts, posts and handles.
#include <gmock/gmock.h>

#include "services/publisher/domain/thread.h"
#include "tests/unit/publisher/harness.h"

namespace carillon::publisher::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class UploadingTest : public ::testing::Test {
 protected:
  UploadingTest() : account_(h.Connect()) {}

  // As the scheduler does ten minutes before the order's time.
  std::string Prepare(const Order& order) {
    const v1::PublisherMessage dispatch = h.Dispatch(account_, order);
    return Prepare(dispatch.dispatch());
  }
  std::string Prepare(const v1::Dispatch& order) {
    v1::PublisherMessage message;
    message.mutable_header()->set_to(order.delivery_id());
    v1::Prepare& prepare = *message.mutable_prepare();
    prepare.set_delivery_id(order.delivery_id());
    prepare.set_account_id(order.account_id());
    prepare.set_org_id(order.org_id());
    prepare.set_content_hash(order.content_hash());
    *prepare.mutable_due_at() = order.due_at();
    *prepare.mutable_not_after() = order.not_after();
    const auto add = [&](int part, const auto& media) {
      v1::PartMedia& added = *prepare.add_parts();
      added.set_part(part);
      *added.mutable_media() = media;
    };
    add(0, order.content().media());
    for (int i = 0; i < order.content().thread_size(); ++i) add(i + 1, order.content().thread(i).media());
    EXPECT_TRUE(h.ledger.Deliver(message)) << ToString(h.ledger.last_status());
    return order.delivery_id();
  }
  void EndPreparation(const std::string& delivery) {
    v1::PublisherMessage message;
    message.mutable_header()->set_to(delivery);
    message.mutable_end_preparation()->set_delivery_id(delivery);
    message.mutable_end_preparation()->add_parts(0);
    EXPECT_TRUE(h.ledger.Deliver(message));
  }
  const UploadJob& Last() { return *h.uploads.back(); }
  std::string StateOf(const std::string& delivery) {
    return v1::UploadState_Name(h.Upload(delivery).state()).substr(sizeof("UPLOAD_STATE_") - 1);
  }
  // Order{} that is due in ten minutes, and the same when it is.
  Order Later(int media) { return {.not_before = absl::Minutes(10), .not_after = absl::Minutes(25), .media = media}; }
  std::string DispatchDue(int media) { return h.Publish(account_, {.not_after = absl::Minutes(15), .media = media}); }

  Harness h;
  const std::string account_;
};

TEST_F(UploadingTest, WhatWasPreparedGoesOutAtOnce) {
  const std::string id = Prepare(Later(2));
  ASSERT_THAT(h.uploads, SizeIs(1)) << "one after another";
  EXPECT_EQ(Last().index, 0);
  h.Uploaded(Last(), "m1");
  ASSERT_THAT(h.uploads, SizeIs(2));
  EXPECT_EQ(Last().index, 1);
  EXPECT_EQ(StateOf(id), "UPLOADING");
  h.Uploaded(Last(), "m2");
  EXPECT_EQ(StateOf(id), "READY");
  EXPECT_THAT(h.sends, IsEmpty());
  h.Pass(absl::Minutes(10), absl::Seconds(5));
  EXPECT_EQ(DispatchDue(2), id);
  ASSERT_THAT(h.sends, SizeIs(1));
  EXPECT_THAT(h.sends[0]->delivery.media_handles(), ElementsAre("m1", "m2"));
  EXPECT_EQ(h.sends[0]->send_before, h.clock.Now() + h.rules.send_budget) << "no upload takes of its time";
  EXPECT_THAT(h.uploads, SizeIs(2));
  h.Published(*h.sends[0], "7");
  EXPECT_EQ(StateOf(id), "ENDED");
}

TEST_F(UploadingTest, WithoutPreparationItWaitsForItsMediaAndHoldsUpNobody) {
  const std::string id = DispatchDue(1);
  EXPECT_EQ(h.State(id), "QUEUED");
  EXPECT_EQ(h.Delivery(id).waiting_for(), "MEDIA");
  ASSERT_THAT(h.uploads, SizeIs(1));
  const std::string other = h.Publish(account_, {.text = "Another", .post = "post_2"});
  EXPECT_EQ(h.State(other), "SENDING");
  h.Published(*h.sends[0], "6");
  h.Uploaded(Last(), "m1");
  EXPECT_EQ(h.State(id), "SENDING") << "at once, not when it looks again";
  EXPECT_THAT(h.sends.back()->delivery.media_handles(), ElementsAre("m1"));
}

TEST_F(UploadingTest, AnUploadThatIsUnderWayWhenTheDispatchComesIsNotBegunAgain) {
  Prepare(Later(1));
  h.Pass(absl::Seconds(5));
  const std::string id = DispatchDue(1);
  EXPECT_THAT(h.uploads, SizeIs(1));
  EXPECT_EQ(h.Delivery(id).waiting_for(), "MEDIA");
  h.Uploaded(Last(), "m1");
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(UploadingTest, AHandleIsUsedAgainByTheNextAttempt) {
  DispatchDue(1);
  h.Uploaded(Last(), "m1");
  h.NotSent(*h.sends[0]);
  h.Pass(absl::Seconds(1));
  ASSERT_THAT(h.sends, SizeIs(2));
  EXPECT_THAT(h.sends[1]->delivery.media_handles(), ElementsAre("m1"));
  EXPECT_THAT(h.uploads, SizeIs(1));
}

TEST_F(UploadingTest, ARunThatFallsSilentGoesOnFromItsLastWord) {
  const std::string id = Prepare(Later(1));
  EXPECT_TRUE(h.UploadProgress(Last(), "chunk 3", 60).status.ok());
  h.Pass(h.rules.upload_lease / 2);
  EXPECT_TRUE(h.UploadProgress(Last(), "chunk 4", 80).status.ok()) << "alive";
  const UploadJob lost = Last();
  // kill -9: what came after the last word is not in the log.
  h.Pass(h.rules.upload_lease + absl::Seconds(1));
  ASSERT_THAT(h.uploads, SizeIs(2));
  EXPECT_EQ(Last().upload.run(), lost.upload.run() + 1);
  EXPECT_EQ(Last().upload.items(0).resume(), "chunk 4");
  EXPECT_EQ(Last().upload.items(0).bytes_done(), 80);
  // A run that was only slow hears that it is not needed, and nothing that it tells counts.
  EXPECT_EQ(ReasonOf(h.UploadProgress(lost, "chunk 5", 100).status), "UPLOAD_ENDED");
  h.Uploaded(lost, "of the lost run");
  EXPECT_EQ(StateOf(id), "UPLOADING");
  h.Uploaded(Last(), "m1");
  EXPECT_EQ(StateOf(id), "READY");
}

TEST_F(UploadingTest, WhoStopsHandsOverAtOnce) {
  Prepare(Later(1));
  h.UploadProgress(Last(), "chunk 3", 60);
  h.UploadStopped(Last(), v1::REFUSAL_CLASS_UNSPECIFIED);
  h.Pass(absl::Seconds(2));
  ASSERT_THAT(h.uploads, SizeIs(2));
  EXPECT_EQ(h.Upload(Last().upload.delivery_id()).failures(), 0);
}

TEST_F(UploadingTest, AnEditedOrCancelledPostEndsItsUploads) {
  const std::string id = Prepare(Later(1));
  EndPreparation(id);
  EXPECT_EQ(StateOf(id), "ENDED");
  EXPECT_THAT(h.stops, ElementsAre(UploadId(id)));
  EXPECT_EQ(ReasonOf(h.UploadProgress(Last(), "x", 10).status), "UPLOAD_ENDED");
  h.Pass(absl::Minutes(30), absl::Seconds(10));
  EXPECT_THAT(h.uploads, SizeIs(1));
}

TEST_F(UploadingTest, OfAnotherContentOnlyWhatIsNewIsUploaded) {
  const std::string id = Prepare(Later(2));
  h.Uploaded(Last(), "m1");
  h.UploadProgress(Last(), "chunk 1", 20);
  EndPreparation(id);
  v1::PublisherMessage order = h.Dispatch(account_, Later(3));
  order.mutable_dispatch()->mutable_content()->mutable_media()->DeleteSubrange(1, 1);  // "1" and "3"
  Prepare(order.dispatch());
  const v1::MediaUpload upload = h.Upload(id);
  ASSERT_EQ(upload.items_size(), 2);
  EXPECT_EQ(upload.items(0).handle(), "m1");
  EXPECT_EQ(Last().index, 1);
  EXPECT_EQ(Last().upload.items(1).media().sha256(), "3");
  EXPECT_EQ(Last().upload.items(1).resume(), "");
}

TEST_F(UploadingTest, ADispatchOfOtherContentThanWasPreparedUploadsItsOwn) {
  Prepare(Later(1));
  h.Uploaded(Last(), "m1");
  const std::string id = DispatchDue(2);
  EXPECT_EQ(h.State(id), "QUEUED");
  EXPECT_EQ(Last().index, 1);
  h.Uploaded(Last(), "m2");
  EXPECT_THAT(h.sends.at(0)->delivery.media_handles(), ElementsAre("m1", "m2"));
}

TEST_F(UploadingTest, EndingAPreparationTouchesNoDelivery) {
  const std::string id = DispatchDue(1);
  EndPreparation(id);
  EXPECT_EQ(StateOf(id), "UPLOADING");
  Prepare(Later(1));
  EXPECT_THAT(h.uploads, SizeIs(1)) << "nor does one that comes late begin another";
}

TEST_F(UploadingTest, ACancelledDeliveryEndsItsUpload) {
  const std::string id = DispatchDue(1);
  EXPECT_TRUE(h.Cancel(id));
  EXPECT_EQ(h.State(id), "CANCELLED");
  EXPECT_EQ(StateOf(id), "ENDED");
  EXPECT_THAT(h.stops, SizeIs(1));
}

TEST_F(UploadingTest, ItsTimeEndsTheUploadToo) {
  const std::string prepared = Prepare({.not_before = absl::Minutes(1), .not_after = absl::Minutes(2), .media = 1});
  const std::string id = h.Publish(account_, {.post = "post_2", .not_after = absl::Minutes(2), .media = 1});
  for (int i = 0; i < 13; ++i) {
    for (const auto& job : std::vector(h.uploads)) h.UploadProgress(*job, "", 1);
    h.Pass(absl::Seconds(10));
  }
  EXPECT_EQ(h.State(id), "EXPIRED");
  EXPECT_NE(h.Delivery(id).error().find("MEDIA"), std::string::npos) << h.Delivery(id).error();
  EXPECT_EQ(StateOf(id), "ENDED");
  EXPECT_EQ(StateOf(prepared), "ENDED") << "nobody dispatched it";
}

TEST_F(UploadingTest, AHandleThatEndsIsRenewedBeforeTheAttempt) {
  const std::string id = Prepare(Later(2));
  h.Uploaded(Last(), "m1", absl::Minutes(11));
  h.Uploaded(Last(), "m2");
  h.Pass(absl::Minutes(10), absl::Seconds(10));
  DispatchDue(2);
  EXPECT_THAT(h.sends, IsEmpty());
  ASSERT_THAT(h.uploads, SizeIs(3));
  EXPECT_EQ(Last().index, 0);
  h.Uploaded(Last(), "m1 again", absl::Minutes(11));
  ASSERT_THAT(h.sends, SizeIs(1));
  EXPECT_THAT(h.sends[0]->delivery.media_handles(), ElementsAre("m1 again", "m2"));
  h.Published(*h.sends[0], "7");
  EXPECT_EQ(h.State(id), "PUBLISHED");
}

TEST_F(UploadingTest, AHandleThatLivesShorterThanTheMarginIsStillUsed) {
  DispatchDue(1);
  h.Uploaded(Last(), "m1", absl::Seconds(10));
  EXPECT_THAT(h.sends, SizeIs(1));
}

TEST_F(UploadingTest, WhatThePlatformNeverTakesFailsThePost) {
  const std::string id = DispatchDue(1);
  h.UploadStopped(Last(), v1::REFUSAL_CLASS_INVALID_CONTENT);
  EXPECT_EQ(h.State(id), "FAILED");
  EXPECT_EQ(h.Delivery(id).error_reason(), "INVALID_CONTENT");
  EXPECT_THAT(h.sends, IsEmpty());

  const std::string prepared = Prepare({.post = "post_2", .not_before = absl::Minutes(10), .not_after = absl::Minutes(15), .media = 1});
  h.UploadStopped(Last(), v1::REFUSAL_CLASS_PERMANENT);
  EXPECT_EQ(StateOf(prepared), "FAILED");
  h.Publish(account_, {.post = "post_2", .media = 1});
  EXPECT_EQ(h.State(prepared), "FAILED") << "as soon as it comes";
}

TEST_F(UploadingTest, APersonsTryAgainUploadsAgain) {
  const std::string id = h.Publish(account_, {.not_after = absl::Minutes(1), .hold_if_late = true, .media = 1});
  h.Pass(absl::Minutes(2));
  ASSERT_EQ(h.State(id), "HELD");
  const size_t before = h.uploads.size();
  ASSERT_TRUE(h.Resolve(id, "").status.ok());
  ASSERT_EQ(h.uploads.size(), before + 1);
  h.Uploaded(Last(), "m1");
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(UploadingTest, RefusalsForTheMomentComeEverMoreRarelyAndEnd) {
  const std::string id = h.Publish(account_, {.not_after = absl::Hours(2), .media = 1});
  for (int i = 1; i < h.rules.refusals_max; ++i) {
    h.UploadStopped(Last(), v1::REFUSAL_CLASS_RETRYABLE);
    ASSERT_EQ(StateOf(id), "WAITING") << i;
    const absl::Time from = h.clock.Now();
    while (h.uploads.size() == static_cast<size_t>(i)) h.Pass(absl::Seconds(1), absl::Seconds(1));
    ASSERT_LE(h.clock.Now(), from + h.rules.retry_max + absl::Seconds(1));
    ASSERT_THAT(h.uploads, SizeIs(i + 1));
  }
  h.UploadStopped(Last(), v1::REFUSAL_CLASS_RETRYABLE);
  EXPECT_EQ(h.State(id), "FAILED");
  EXPECT_EQ(h.Delivery(id).error_reason(), "RETRIES_EXHAUSTED");
}

TEST_F(UploadingTest, WhatGetsOnIsNotAFailure) {
  const std::string id = h.Publish(account_, {.not_after = absl::Hours(2), .media = 1});
  for (int i = 1; i < 2 * h.rules.refusals_max; ++i) {
    EXPECT_TRUE(h.UploadProgress(Last(), "chunk", i).status.ok());
    h.UploadStopped(Last(), v1::REFUSAL_CLASS_UNSPECIFIED);
    h.Pass(absl::Seconds(2));
  }
  EXPECT_EQ(StateOf(id), "UPLOADING");
}

TEST_F(UploadingTest, ALimitOnUploadsHoldsUpNoPost) {
  const std::string id = DispatchDue(1);
  h.UploadStopped(Last(), v1::REFUSAL_CLASS_RATE_LIMITED, absl::Minutes(5));
  const std::string other = h.Publish(account_, {.text = "Another", .post = "post_2"});
  EXPECT_EQ(h.State(other), "SENDING");
  h.Pass(absl::Minutes(5) - absl::Seconds(1));
  EXPECT_THAT(h.uploads, SizeIs(1));
  h.Pass(absl::Seconds(2));
  EXPECT_THAT(h.uploads, SizeIs(2));
  EXPECT_EQ(StateOf(id), "UPLOADING");
}

TEST_F(UploadingTest, ARefusedTokenNeedsAPersonAndGoesOnWithTheNext) {
  const std::string id = h.Publish(account_, {.not_after = absl::Hours(1), .media = 1});
  h.UploadStopped(Last(), v1::REFUSAL_CLASS_AUTH);
  EXPECT_EQ(h.Account(account_).account.state(), v1::ACCOUNT_STATE_NEEDS_RECONNECT);
  h.Pass(absl::Minutes(1));
  EXPECT_THAT(h.uploads, SizeIs(1));
  h.Connect();
  for (int i = 0; i < 31 && h.uploads.size() < 2; ++i) h.Pass(absl::Seconds(1));
  ASSERT_THAT(h.uploads, SizeIs(2));
  EXPECT_EQ(Last().account.credential_version(), 2u);
  h.Uploaded(Last(), "m1");
  EXPECT_EQ(h.State(id), "SENDING");
}

TEST_F(UploadingTest, PartsOfAThreadArePreparedWithIt) {
  v1::PublisherMessage order = h.Dispatch(account_, {.media = 1});
  v1::ContentPart& second = *order.mutable_dispatch()->mutable_content()->add_thread();
  second.set_text("and more");
  Harness::AddMedia(1, second.mutable_media());
  order.mutable_dispatch()->set_content_hash(content::ContentHash(order.dispatch().content()));
  const std::string id = Prepare(order.dispatch());
  const std::string part = PartId(id, 1, account_);
  ASSERT_THAT(h.uploads, SizeIs(2));
  h.Uploaded(*h.uploads[0], "m1");
  h.Uploaded(*h.uploads[1], "m2");
  EXPECT_EQ(h.Upload(part).thread_id(), id);
  ASSERT_TRUE(h.ledger.Deliver(order));
  h.Published(*h.sends.at(0), "7");
  h.ledger.RunDue();
  ASSERT_THAT(h.sends, SizeIs(2)) << "at once";
  EXPECT_THAT(h.sends[1]->delivery.media_handles(), ElementsAre("m2"));
  h.Refused(*h.sends[1], v1::REFUSAL_CLASS_INVALID_CONTENT);
  EXPECT_EQ(StateOf(part), "ENDED");
}

TEST_F(UploadingTest, AThreadThatBreaksEndsTheUploadsOfItsParts) {
  v1::PublisherMessage order = h.Dispatch(account_, {});
  v1::ContentPart& second = *order.mutable_dispatch()->mutable_content()->add_thread();
  Harness::AddMedia(1, second.mutable_media());
  order.mutable_dispatch()->set_content_hash(content::ContentHash(order.dispatch().content()));
  const std::string id = Prepare(order.dispatch());
  ASSERT_TRUE(h.ledger.Deliver(order));
  h.Refused(*h.sends.at(0), v1::REFUSAL_CLASS_INVALID_CONTENT);
  EXPECT_EQ(StateOf(PartId(id, 1, account_)), "ENDED");
}

TEST_F(UploadingTest, AfterARestoreNothingIsUploadedForWhatMayBeOut) {
  const std::string id = Prepare(Later(1));
  h.clock.Advance(absl::Hours(1));
  h.ledger.SetRestoredUntil(h.clock.Now());
  const size_t before = h.uploads.size();
  EXPECT_EQ(h.Publish(account_, {.not_before = -absl::Minutes(50), .not_after = -absl::Minutes(35), .media = 1}), id);
  EXPECT_EQ(h.State(id), "CHECKING");
  EXPECT_EQ(h.uploads.size(), before);
}

TEST_F(UploadingTest, WhatCanBeNoPreparationIsRefused) {
  v1::PublisherMessage message;
  message.mutable_header()->set_to("dlv_x~" + account_);
  message.mutable_prepare()->set_delivery_id("dlv_y~" + account_);
  message.mutable_prepare()->set_account_id(account_);
  EXPECT_FALSE(h.ledger.Deliver(message));
  EXPECT_EQ(ReasonOf(h.ledger.last_status()), "BAD_PREPARE");
  message.clear_prepare();
  message.mutable_end_preparation()->set_delivery_id("post_1");
  EXPECT_FALSE(h.ledger.Deliver(message));
}

}  // namespace
}  // namespace carillon::publisher::testing
