#include "common/media_store/s3_store.h"

#include "common/base/testing/fake_clock.h"
#include "tests/support/child_process.h"
#include "tests/unit/media_store/fake_s3.h"
#include "tests/unit/media_store/store_files.h"

namespace carillon::media_store {
namespace {

const SweepLimits kAfterADay{.unkept_for = absl::Hours(24), .abandoned_after = absl::Hours(1)};

class S3StoreTest : public ::testing::Test {
 protected:
  S3StoreTest() { EXPECT_TRUE(store_.Prepare().ok()); }
  bool Has(const std::string& sha) const { return server_.objects.contains("p/" + sha); }
  // As if everything had been done so long ago.
  void Age(absl::Duration age) {
    for (auto& [key, entry] : server_.objects) entry.modified_at -= age;
  }

  testing::TempDir root_;
  testing::FakeClock clock_;
  s3::testing::FakeS3 server_;
  s3::S3Client client_{{"http://s3.test", "bucket", {"id", "secret", "us-east-1"}}, server_, clock_,
                       {.retry_after = absl::ZeroDuration()}};
  S3Store store_{client_, "p/", root_.path() + "/one", clock_};
};

TEST_F(S3StoreTest, AFileIsThereForEveryMachine) {
  const std::string bytes = kPng + "0123456789";
  const auto stored = Put(store_, bytes);
  ASSERT_TRUE(stored.ok()) << ToString(stored.status());
  EXPECT_TRUE(Has(stored->sha256));
  const auto found = store_.Find(stored->sha256);
  ASSERT_TRUE(found.ok()) << ToString(found.status());
  EXPECT_EQ(found->size_bytes, 18);
  EXPECT_EQ(found->mime_type, "image/png");
  S3Store other(client_, "p/", root_.path() + "/two", clock_);
  ASSERT_TRUE(other.Prepare().ok());
  const auto local = other.Local(stored->sha256);
  ASSERT_TRUE(local.ok()) << ToString(local.status());
  EXPECT_EQ(ReadAll((*local)->path()), bytes);
  const int requests = server_.requests;
  EXPECT_TRUE(other.Local(stored->sha256).ok());
  EXPECT_EQ(server_.requests, requests) << "it is here already";
  auto reader = *other.Open(stored->sha256, 10, 5);
  char buffer[20];
  EXPECT_EQ(std::string(buffer, *reader->Read(buffer, sizeof buffer)), "23456");
  EXPECT_EQ(*reader->Read(buffer, sizeof buffer), 0u);
}

TEST_F(S3StoreTest, WhatIsNotThereOrOtherBytesIsSaid) {
  const std::string sha(64, 'a');
  EXPECT_EQ(ReasonOf(store_.Find(sha).status()), "UNKNOWN_MEDIA");
  EXPECT_EQ(ReasonOf(store_.Local(sha).status()), "UNKNOWN_MEDIA");
  EXPECT_EQ(ReasonOf(store_.Keep(sha)), "UNKNOWN_MEDIA");
  EXPECT_EQ(ReasonOf(store_.Local("../x").status()), "UNKNOWN_MEDIA");
  server_.objects["p/" + sha] = {kPng + "another", server_.now};
  EXPECT_EQ(store_.Local(sha).status().code(), Code::kDataLoss);
  const auto url = store_.PublicUrl(sha, absl::Minutes(10));
  ASSERT_TRUE(url.ok());
  EXPECT_TRUE(url->starts_with("http://s3.test/bucket/p/" + sha + "?X-Amz-Algorithm")) << *url;
  EXPECT_NE(url->find("X-Amz-Expires=600&"), std::string::npos);
}

TEST_F(S3StoreTest, OnlyWhatNobodyKeptGoes) {
  const std::string kept = Put(store_, kPng + "kept")->sha256;
  const std::string unkept = Put(store_, kPng + "unkept")->sha256;
  server_.objects["p/doomed/" + kept + "/dead"] = {"", server_.now};
  EXPECT_EQ(store_.Keep(kept).code(), Code::kUnavailable) << "somebody removes it";
  EXPECT_EQ(store_.Sweep(kAfterADay)->removed, 0);
  Age(absl::Hours(25));
  const auto marks = store_.Sweep({.unkept_for = absl::Hours(48), .abandoned_after = absl::Hours(1)});
  ASSERT_TRUE(marks.ok()) << ToString(marks.status());
  EXPECT_TRUE(store_.Keep(kept).ok()) << "the mark of a dead one is gone";
  const auto swept = store_.Sweep(kAfterADay);
  ASSERT_TRUE(swept.ok()) << ToString(swept.status());
  EXPECT_EQ(swept->removed, 1);
  EXPECT_EQ(swept->files, 1);
  EXPECT_TRUE(Has(kept));
  EXPECT_FALSE(Has(unkept));
}

// Keeping, or storing again, between any two requests of a sweep; and a sweep between any two requests of these.
TEST_F(S3StoreTest, WhatWasKeptIsNeverRemoved) {
  int kept = 0;
  int removed = 0;
  for (const bool sweep_first : {true, false}) {
    for (const bool put : {false, true}) {
      for (int at = 1; at < 40; ++at) {
        server_.objects.clear();
        const std::string bytes = kPng + "one";
        const std::string sha = Put(store_, bytes)->sha256;
        Age(absl::Hours(25));
        Status status = MakeStatus(Code::kAborted, "not yet");
        const std::function<void()> keep = [&] { status = put ? Put(store_, bytes).status() : store_.Keep(sha); };
        const std::function<void()> sweep = [&] { removed += store_.Sweep(kAfterADay)->removed; };
        const int begun = server_.requests;
        server_.on_request = [&](int number) {
          if (number != begun + at) return;
          (sweep_first ? keep : sweep)();
        };
        (sweep_first ? sweep : keep)();
        server_.on_request = nullptr;
        if (status.code() == Code::kAborted) keep();
        if (!status.ok()) continue;
        ++kept;
        EXPECT_TRUE(Has(sha)) << (sweep_first ? "sweep" : "keep") << (put ? " put" : " keep") << " at " << at;
      }
    }
  }
  EXPECT_GT(kept, 0);
  EXPECT_GT(removed, 0);
}

}  // namespace
}  // namespace carillon::media_store
