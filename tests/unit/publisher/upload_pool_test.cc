// Uploads on threads of their own, over a scripted connector and a real store: what they tell the log, when they stop, whom they hold up.
#include <gmock/gmock.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "common/media_store/folder_store.h"
#include "services/publisher/client/credential_store.h"
#include "services/publisher/effects/upload_pool.h"
#include "tests/support/child_process.h"
#include "tests/support/sandbox_process.h"
#include "tests/unit/publisher/harness.h"
#include "tests/unit/publisher/sending_fakes.h"

namespace carillon::publisher::testing {
namespace {

using carillon::testing::WaitUntil;

constexpr char kToken[] = "token-that-must-stay-secret";

// A Ledger that keeps what it is told, and refuses progress when it should.
class Listening : public ledger::testing::FakeLedger {
 public:
  using FakeLedger::FakeLedger;
  void Submit(ledger::Input input, absl::Time, ledger::AnswerCallback done) override {
    ledger::Answer answer;
    {
      std::lock_guard lock(mutex);
      told.push_back(input.body);
      if (input.body->GetDescriptor() == v1::UploadProgress::descriptor()) answer.status = progress_status;
      changed.notify_all();
    }
    done(std::move(answer));
  }
  // Waits for the first report of the type that is so.
  template <typename T>
  T Await(const std::function<bool(const T&)>& is_meant = [](const T&) { return true; }) {
    std::unique_lock lock(mutex);
    T found;
    const bool came = changed.wait_for(lock, std::chrono::seconds(20), [&] {
      for (const auto& body : told) {
        if (body->GetDescriptor() != T::descriptor() || !is_meant(static_cast<const T&>(*body))) continue;
        found = static_cast<const T&>(*body);
        return true;
      }
      return false;
    });
    EXPECT_TRUE(came) << "no " << T::descriptor()->name();
    return found;
  }
  template <typename T>
  int Count() {
    std::lock_guard lock(mutex);
    return static_cast<int>(std::count_if(told.begin(), told.end(), [](const auto& body) {
      return body->GetDescriptor() == T::descriptor();
    }));
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ledger::ProtoPtr> told;
  Status progress_status;
};

class Passed : public ledger::EffectRunner {
 public:
  void Run(std::shared_ptr<const ledger::Effect>) override { ++count; }
  int count = 0;
};

class UploadPoolTest : public ::testing::Test {
 protected:
  UploadPoolTest() : vault_(*vault::Vault::FromText(vault::NewKey())), credentials_(vault_) {
    auto connector = std::make_unique<FakeConnector>();
    connector_ = connector.get();
    platforms_.Add(std::move(connector));
    reporter_.Start(ledger_, absl::Milliseconds(1));
  }
  ~UploadPoolTest() override {
    pool_.Stop();
    reporter_.Stop();
  }

  media_store::StoredFile Store(const std::string& bytes) {
    auto upload = *store_.Begin(1'000);
    EXPECT_TRUE(upload->Write(bytes).ok());
    return *upload->Finish();
  }
  std::shared_ptr<UploadJob> Job(const std::string& account, const std::string& name) {
    const media_store::StoredFile file = Store("\x89PNG\r\n\x1A\npicture");
    auto job = std::make_shared<UploadJob>();
    job->account.set_id("acct_" + account);
    job->account.set_platform("mastodon");
    job->account.set_credential_version(1);
    credentials_.Put(credentials_.Seal(job->account.id(), 1, kToken));
    job->upload.set_id("upl_" + name + "~" + job->account.id());
    job->upload.set_account_id(job->account.id());
    job->upload.set_run(1);
    *job->upload.mutable_due_at() = ToProto(clock_.Now());
    *job->upload.mutable_not_after() = ToProto(clock_.Now() + absl::Minutes(15));
    v1::UploadItem& item = *job->upload.add_items();
    item.mutable_media()->set_sha256(file.sha256);
    item.mutable_media()->set_size_bytes(file.size_bytes);
    item.mutable_media()->set_mime_type(file.mime_type);
    item.mutable_media()->set_alt_text("a bell");
    return job;
  }

  SystemClock clock_;
  vault::Vault vault_;
  CredentialStore credentials_;
  platform::Registry platforms_;
  FakeConnector* connector_ = nullptr;
  carillon::testing::TempDir folder_;
  media_store::FolderStore store_{folder_.path()};
  Harness h_;
  Listening ledger_{h_.domain, clock_};
  Reporter reporter_{clock_};
  Passed next_;
  UploadPool pool_{{platforms_, credentials_, clock_, store_}, reporter_, next_,
                   {.uploaders = 2, .queue_max = 3, .report_pause = absl::Milliseconds(20),
                    .sign_of_life = absl::Milliseconds(100), .look_pause = absl::Milliseconds(5)}};
};

TEST_F(UploadPoolTest, AnUploadGoesFromItsJobToItsHandle) {
  platform::UploadRequest asked;
  std::string bytes;
  connector_->upload = [&](const platform::UploadRequest& request) -> Result<platform::UploadedMedia> {
    asked = request;
    std::ifstream file(request.item.path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
    return platform::UploadedMedia{"m1", absl::Hours(1)};
  };
  const auto job = Job("a", "1");
  job->upload.mutable_items(0)->set_resume("from here");
  pool_.Start();
  pool_.Run(job);
  const auto uploaded = ledger_.Await<v1::MediaUploaded>();
  EXPECT_EQ(uploaded.upload_id(), job->upload.id());
  EXPECT_EQ(uploaded.run(), 1);
  EXPECT_EQ(uploaded.handle(), "m1");
  EXPECT_EQ(uploaded.lifetime_s(), 3600);
  EXPECT_EQ(asked.access.access_token, kToken);
  EXPECT_EQ(asked.resume, "from here");
  EXPECT_EQ(asked.item.alt_text, "a bell");
  EXPECT_EQ(asked.item.mime_type, "image/png");
  EXPECT_LE(asked.timeout, absl::Minutes(15));
  EXPECT_EQ(bytes, "\x89PNG\r\n\x1A\npicture");
}

TEST_F(UploadPoolTest, TheLogHearsHowFarItIsAndThatItIsAlive) {
  std::atomic<bool> may_end = false;
  connector_->upload = [&](const platform::UploadRequest& request) -> Result<platform::UploadedMedia> {
    request.on_progress("chunk 1", 5);
    EXPECT_TRUE(WaitUntil([&] { return may_end.load(); }));
    return platform::UploadedMedia{"m1"};
  };
  pool_.Start();
  pool_.Run(Job("a", "1"));
  const auto progress = ledger_.Await<v1::UploadProgress>();
  EXPECT_EQ(progress.resume(), "chunk 1");
  EXPECT_EQ(progress.bytes_done(), 5);
  EXPECT_TRUE(WaitUntil([&] { return ledger_.Count<v1::UploadProgress>() >= 3; })) << "nothing new, and still alive";
  may_end = true;
  EXPECT_EQ(ledger_.Await<v1::MediaUploaded>().lifetime_s(), 0);
}

// As a platform that asks now and then, with progress.
Result<platform::UploadedMedia> UntilStopped(const platform::UploadRequest& request) {
  request.on_progress("chunk 7", 9);
  EXPECT_TRUE(WaitUntil([&] { return !request.may_continue(); }));
  return Refuse(Code::kAborted, "GIVEN_UP", "not needed");
}

TEST_F(UploadPoolTest, ARunThatTheLogDoesNotKnowStops) {
  connector_->upload = UntilStopped;
  ledger_.progress_status = Refuse(Code::kFailedPrecondition, "UPLOAD_ENDED", "not needed");
  pool_.Start();
  pool_.Run(Job("a", "1"));
  EXPECT_EQ(ledger_.Await<v1::UploadStopped>().refusal(), v1::REFUSAL_CLASS_UNSPECIFIED);
}

TEST_F(UploadPoolTest, WhileTheLogIsAwayItGoesOn) {
  connector_->upload = [&](const platform::UploadRequest& request) -> Result<platform::UploadedMedia> {
    request.on_progress("chunk 1", 5);
    EXPECT_TRUE(WaitUntil([&] { return !request.may_continue() || ledger_.Count<v1::UploadProgress>() >= 3; }));
    if (!request.may_continue()) return MakeStatus(Code::kUnavailable, "it stopped");
    return platform::UploadedMedia{"m1"};
  };
  ledger_.progress_status = MakeStatus(Code::kUnavailable, "no Kafka");
  pool_.Start();
  pool_.Run(Job("a", "1"));
  EXPECT_EQ(ledger_.Await<v1::MediaUploaded>().handle(), "m1");
}

TEST_F(UploadPoolTest, WhatIsNotNeededStops) {
  connector_->upload = UntilStopped;
  const auto job = Job("a", "1");
  pool_.Start();
  pool_.Run(job);
  ledger_.Await<v1::UploadProgress>();
  auto stop = std::make_shared<UploadStop>();
  stop->upload_id = job->upload.id();
  pool_.Run(stop);
  const auto stopped = ledger_.Await<v1::UploadStopped>();
  EXPECT_EQ(stopped.resume(), "chunk 7");
  EXPECT_EQ(stopped.bytes_done(), 9);
}

TEST_F(UploadPoolTest, WhoStopsTellsHowFarItIs) {
  connector_->upload = UntilStopped;
  pool_.Start();
  pool_.Run(Job("a", "1"));
  pool_.Run(Job("a", "2"));  // waits for its account
  ledger_.Await<v1::UploadProgress>([](const v1::UploadProgress& progress) { return progress.bytes_done() == 9; });
  pool_.Stop();
  for (const char* id : {"upl_1~acct_a", "upl_2~acct_a"}) {
    const auto stopped = ledger_.Await<v1::UploadStopped>([&](const v1::UploadStopped& report) { return report.upload_id() == id; });
    EXPECT_EQ(stopped.refusal(), v1::REFUSAL_CLASS_UNSPECIFIED) << id;
  }
  EXPECT_EQ(connector_->uploads, 1);
}

TEST_F(UploadPoolTest, ASlowAccountTakesOneThreadAndWhatIsDueFirstGoesFirst) {
  std::mutex mutex;
  std::vector<std::string> order;
  std::atomic<bool> may_end = false;
  connector_->upload = [&](const platform::UploadRequest& request) -> Result<platform::UploadedMedia> {
    if (request.access.account_id == "acct_slow") {
      EXPECT_TRUE(WaitUntil([&] { return may_end.load(); }));
    }
    std::lock_guard lock(mutex);
    order.push_back(request.access.account_id + " " + request.resume);
    return platform::UploadedMedia{"m1"};
  };
  pool_.Run(Job("slow", "1"));
  auto later = Job("other", "2"), sooner = Job("other", "3");
  later->upload.mutable_items(0)->set_resume("later");
  sooner->upload.mutable_items(0)->set_resume("sooner");
  *later->upload.mutable_due_at() = ToProto(clock_.Now() + absl::Minutes(5));
  pool_.Run(later);
  pool_.Run(sooner);
  pool_.Run(Job("third", "4"));  // no room
  EXPECT_EQ(ledger_.Await<v1::UploadStopped>().error_reason(), "UPLOADERS_BUSY");
  pool_.Start();
  ledger_.Await<v1::MediaUploaded>([&](const v1::MediaUploaded& report) { return report.upload_id() == later->upload.id(); });
  may_end = true;
  ledger_.Await<v1::MediaUploaded>([](const v1::MediaUploaded& report) { return report.upload_id() == "upl_1~acct_slow"; });
  EXPECT_THAT(order, ::testing::ElementsAre("acct_other sooner", "acct_other later", "acct_slow "));
}

TEST_F(UploadPoolTest, WhatTheConnectorSaysIsToldByItsClass) {
  struct Row {
    Status status;
    v1::RefusalClass refusal;
  };
  for (const Row& row : {Row{Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", "no"), v1::REFUSAL_CLASS_AUTH},
                         Row{Refuse(Code::kInvalidArgument, "MEDIA_REFUSED", "no"), v1::REFUSAL_CLASS_INVALID_CONTENT},
                         Row{Refuse(Code::kResourceExhausted, "RATE_LIMITED", "slowly", {{"retry_at", "2030-01-01T00:00:00+00:00"}}),
                             v1::REFUSAL_CLASS_RATE_LIMITED},
                         Row{MakeStatus(Code::kUnavailable, std::string(299, 'x') + "\xC3\xA9 and more"), v1::REFUSAL_CLASS_RETRYABLE}}) {
    connector_->upload = [&](const platform::UploadRequest&) -> Result<platform::UploadedMedia> { return row.status; };
    const auto job = Job("a", "1");
    const auto report = UploadOnce({platforms_, credentials_, clock_, store_}, *job, absl::Minutes(1),
                                   {.on_progress = [](const std::string&, int64_t) {}, .may_continue = [] { return true; }});
    const auto& stopped = std::get<v1::UploadStopped>(report);
    EXPECT_EQ(stopped.refusal(), row.refusal) << row.status;
    EXPECT_EQ(stopped.credential_version(), 1u);
    EXPECT_EQ(stopped.has_retry_at(), row.refusal == v1::REFUSAL_CLASS_RATE_LIMITED);
    EXPECT_TRUE(v1::UploadStopped().ParseFromString(stopped.SerializeAsString()));
    EXPECT_EQ(stopped.ShortDebugString().find(kToken), std::string::npos);
  }
}

TEST_F(UploadPoolTest, OnlyTheFileThatWasApprovedIsUploaded) {
  const UploadWatch watch{.on_progress = [](const std::string&, int64_t) {}, .may_continue = [] { return true; }};
  const auto job = Job("a", "1");
  const std::string name = job->upload.items(0).media().sha256();
  const auto upload = [&] {
    return std::get<v1::UploadStopped>(UploadOnce({platforms_, credentials_, clock_, store_}, *job, absl::Minutes(1), watch));
  };
  // Another process writes into the store's folder past the store.
  std::ofstream(folder_.path() + "/" + name) << "GIF89a.........";
  EXPECT_EQ(upload().error_reason(), "BAD_MEDIA");
  EXPECT_EQ(upload().refusal(), v1::REFUSAL_CLASS_INVALID_CONTENT);
  std::ofstream(folder_.path() + "/" + name) << "\x89PNG\r\n\x1A\nlonger picture";
  EXPECT_EQ(upload().error_reason(), "BAD_MEDIA");
  std::filesystem::remove(folder_.path() + "/" + name);
  EXPECT_EQ(upload().error_reason(), "MEDIA_MISSING");
  EXPECT_EQ(upload().refusal(), v1::REFUSAL_CLASS_RETRYABLE);
  // A media file that is not named by its hash never becomes a path.
  job->upload.mutable_items(0)->mutable_media()->set_sha256("../secret");
  EXPECT_EQ(upload().error_reason(), "BAD_MEDIA");
  EXPECT_EQ(connector_->uploads, 0);
}

TEST_F(UploadPoolTest, WhatIsNoUploadGoesOn) {
  pool_.Run(std::make_shared<SendJob>());
  EXPECT_EQ(next_.count, 1);
}

}  // namespace
}  // namespace carillon::publisher::testing
