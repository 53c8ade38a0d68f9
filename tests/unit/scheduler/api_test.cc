// The handlers over a real gRPC server in this process, a router, and the ledger in memory.
#include "services/scheduler/api/scheduler_api.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "common/auth/authorizer.h"
#include "common/media_probe/testing/fake_probe.h"
#include "common/media_store/folder_store.h"
#include "services/scheduler/client/stored_media.h"
#include "services/scheduler/flow/beat.h"
#include "tests/unit/scheduler/directories.h"

namespace carillon::scheduler {
namespace {

using ::testing::HasSubstr;
using Stub = v1::SchedulerService::Stub;

constexpr char kPng[] = "\x89PNG\r\n\x1A\nrest of a picture";

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "media-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    store_ = std::make_unique<media_store::FolderStore>(folder_);
    EXPECT_TRUE(store_->Prepare().ok());
    media_ = std::make_unique<StoredMedia>(*store_, probe_, folder_ + "/.work", 100'000'000);
    api_ = std::make_unique<SchedulerApi>(*router_, ledger_, known_.directories(), *media_, clock_);
    grpc::ServerBuilder builder;
    builder.RegisterService(api_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::SchedulerService::NewStub(server_->InProcessChannel({}));
  }
  ~ApiTest() override {
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }

  void Prepare(grpc::ClientContext& context, const std::string& token) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  }
  template <typename Request, typename Response, typename Method>
  Status Call(Method method, const Request& request, Response* response,
              const std::string& token = "operator-token-1234567") {
    grpc::ClientContext context;
    Prepare(context, token);
    return rpc::FromGrpc((stub_.get()->*method)(&context, request, response));
  }

  v1::CreatePostRequest Draft() {
    v1::CreatePostRequest request;
    request.set_request_id("r" + std::to_string(++requests_));
    *request.mutable_draft() = DraftAt(absl::Now() + absl::Hours(1));
    request.mutable_draft()->set_brand_id("Trailkin");
    request.mutable_draft()->set_account_ids(0, "trailkin@one.example");
    return request;
  }
  Status Create(const v1::CreatePostRequest& request, v1::Post* post = nullptr) {
    v1::CreatePostResponse response;
    const Status status = Call(&Stub::CreatePost, request, &response);
    if (post != nullptr) *post = response.post();
    return status;
  }
  Result<publisher::v1::Media> Upload(const std::string& bytes, const std::string& token) {
    grpc::ClientContext context;
    Prepare(context, token);
    v1::UploadMediaResponse response;
    auto writer = stub_->UploadMedia(&context, &response);
    v1::UploadMediaRequest part;
    part.set_request_id("u");
    bool open = writer->Write(part);
    for (size_t at = 0; open && at < bytes.size(); at += 7) {
      part.set_chunk(bytes.substr(at, 7));
      open = writer->Write(part);
    }
    writer->WritesDone();
    RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
    return response.media();
  }
  Result<v1::ImportCalendarResponse> Import(const std::string& file, int64_t size_bytes = 0) {
    grpc::ClientContext context;
    Prepare(context, "operator-token-1234567");
    v1::ImportCalendarResponse response;
    auto writer = stub_->ImportCalendar(&context, &response);
    v1::ImportCalendarRequest part;
    part.mutable_options()->set_request_id("i");
    part.mutable_options()->set_org_id(kOrg);
    part.mutable_options()->set_size_bytes(size_bytes);
    bool open = writer->Write(part);
    for (size_t at = 0; open && at < file.size(); at += 1'000'000) {
      part.set_chunk(file.substr(at, 1'000'000));
      open = writer->Write(part);
    }
    writer->WritesDone();
    RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
    return response;
  }
  Result<std::string> Export() {
    grpc::ClientContext context;
    Prepare(context, "operator-token-1234567");
    v1::ExportCalendarRequest request;
    request.set_brand_id(kBrandId);
    auto reader = stub_->ExportCalendar(&context, request);
    v1::ExportCalendarResponse part;
    std::string out;
    while (reader->Read(&part)) out += part.chunk();
    RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
    return out;
  }
  // What the ledger's loop does in a service.
  void RunLedger() {
    for (int round = 0; round < 100; ++round) {
      const int due = ledger_.RunDue();
      int own = 0;
      for (const auto& message : ledger_.TakeMessages()) {
        if (dynamic_cast<const v1::SchedulerMessage*>(message.body.get()) == nullptr) continue;
        EXPECT_TRUE(ledger_.Deliver(*message.body));
        ++own;
      }
      if (due == 0 && own == 0) return;
    }
  }

  SystemClock clock_;
  SchedulerDomain domain_;
  ledger::testing::FakeLedger ledger_{domain_, clock_};
  FakeDirectories known_;
  std::unique_ptr<auth::Authorizer> authorizer_ =
      auth::MakeTokenAuthorizer({"operator-token-1234567", "service-token-12345678"});
  std::unique_ptr<rpc::Router> router_ =
      rpc::MakeRouter(ledger_, ledger_, *authorizer_, clock_, {});
  std::string folder_;
  std::unique_ptr<media_store::FolderStore> store_;
  media_probe::testing::FakeProbe probe_;
  std::unique_ptr<StoredMedia> media_;
  std::unique_ptr<SchedulerApi> api_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Stub> stub_;
  int requests_ = 0;
};

TEST_F(ApiTest, CreatesWithNamesAndAnswersARepeatTheSame) {
  v1::CreatePostRequest request = Draft();
  request.set_approve(true);
  v1::Post post, again;
  ASSERT_TRUE(Create(request, &post).ok());
  EXPECT_EQ(post.state(), v1::POST_STATE_SCHEDULED);
  EXPECT_EQ(post.draft().brand_id(), kBrandId);
  EXPECT_EQ(post.targets(0).account_id(), kAccountA);
  EXPECT_EQ(post.id(), MakeId("post", {kOrg, request.request_id()}));
  ASSERT_TRUE(Create(request, &again).ok());
  EXPECT_EQ(again.id(), post.id());
  request.mutable_draft()->mutable_content()->set_text("something else");
  EXPECT_EQ(ReasonOf(Create(request)), "REQUEST_ID_REUSED");
  v1::GetPostRequest get;
  get.set_id(post.id());
  v1::GetPostResponse got;
  ASSERT_TRUE(Call(&Stub::GetPost, get, &got).ok());
  EXPECT_EQ(got.post().SerializeAsString(), post.SerializeAsString());
}

TEST_F(ApiTest, TheSameExternalIdIsTheSamePost) {
  v1::CreatePostRequest request = Draft();
  request.mutable_draft()->set_external_id("spring-1");
  v1::Post post, again;
  ASSERT_TRUE(Create(request, &post).ok());
  request.set_request_id("another");
  ASSERT_TRUE(Create(request, &again).ok());
  EXPECT_EQ(post.id(), again.id());
  request.set_request_id("a third");
  request.mutable_draft()->mutable_content()->set_text("something else");
  const Status status = Create(request);
  EXPECT_EQ(ReasonOf(status), "POST_EXISTS");
  EXPECT_EQ(status.code(), Code::kAlreadyExists);
}

TEST_F(ApiTest, BadDraftsAreRefusedWithReasonAndCode) {
  const auto refusal = [&](auto change) {
    v1::CreatePostRequest request = Draft();
    change(request.mutable_draft());
    const Status status = Create(request);
    return std::string(absl::StatusCodeToString(status.code())) + " " + ReasonOf(status);
  };
  EXPECT_EQ(refusal([](auto* d) { d->set_brand_id("Nobody"); }), "NOT_FOUND UNKNOWN_BRAND");
  EXPECT_EQ(refusal([](auto* d) { d->set_account_ids(0, "nobody"); }),
            "NOT_FOUND UNKNOWN_ACCOUNT");
  EXPECT_EQ(refusal([](auto* d) { d->set_campaign_id("Nothing"); }),
            "NOT_FOUND UNKNOWN_CAMPAIGN");
  EXPECT_EQ(refusal([](auto* d) { d->clear_account_ids(); }), "INVALID_ARGUMENT NO_TARGETS");
  EXPECT_EQ(refusal([](auto* d) { d->set_zone("Europe/Nowhere"); }),
            "INVALID_ARGUMENT BAD_TIMEZONE");
  EXPECT_EQ(refusal([](auto* d) {
              d->clear_due_at();
              d->set_zone("Europe/Paris");
              d->set_local_time("2027-03-28 02:30");
            }),
            "INVALID_ARGUMENT TIME_IN_GAP");
  EXPECT_EQ(refusal([](auto* d) { d->mutable_content()->set_text(std::string(501, 'x')); }),
            "INVALID_ARGUMENT TEXT_TOO_LONG");
  EXPECT_EQ(refusal([](auto* d) { d->mutable_content()->set_text(std::string(200'000, 'x')); }),
            "INVALID_ARGUMENT TEXT_TOO_LARGE");
  EXPECT_EQ(refusal([](auto* d) {
              d->mutable_content()->add_media()->set_sha256(std::string(64, 'a'));
            }),
            "INVALID_ARGUMENT UNKNOWN_MEDIA");
  known_.accounts["trailkin@one.example"].set_state(publisher::v1::ACCOUNT_STATE_DISCONNECTED);
  EXPECT_EQ(refusal([](auto*) {}), "INVALID_ARGUMENT UNKNOWN_ACCOUNT");
  v1::CreatePostRequest without_id = Draft();
  without_id.clear_request_id();
  EXPECT_EQ(ReasonOf(Create(without_id)), "BAD_REQUEST_ID");
  EXPECT_TRUE(ledger_.log().empty());
}

TEST_F(ApiTest, APeerThatIsAwayIsNamedAndNothingIsLogged) {
  known_.away = true;
  const Status status = Create(Draft());
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "");
  EXPECT_THAT(Message(status), HasSubstr("strategy"));
  EXPECT_TRUE(ledger_.log().empty());
}

TEST_F(ApiTest, NothingWithoutAToken) {
  v1::CreatePostResponse response;
  EXPECT_EQ(Call(&Stub::CreatePost, Draft(), &response, "").code(), Code::kUnauthenticated);
  EXPECT_EQ(Call(&Stub::CreatePost, Draft(), &response, "wrong-token").code(),
            Code::kUnauthenticated);
  EXPECT_EQ(Upload(kPng, "").status().code(), Code::kUnauthenticated);
  EXPECT_EQ(Upload(kPng, "wrong-token").status().code(), Code::kUnauthenticated);
}

TEST_F(ApiTest, TheLifeOfAPost) {
  v1::Post post;
  ASSERT_TRUE(Create(Draft(), &post).ok());
  v1::EditPostRequest edit;
  edit.set_request_id("edit");
  edit.set_id(post.id());
  edit.mutable_content()->set_text(std::string(501, 'x'));
  v1::EditPostResponse edited;
  EXPECT_EQ(ReasonOf(Call(&Stub::EditPost, edit, &edited)), "TEXT_TOO_LONG");
  edit.mutable_content()->set_text("Better words");
  ASSERT_TRUE(Call(&Stub::EditPost, edit, &edited).ok());
  v1::ApprovePostRequest approve;
  approve.set_request_id("approve");
  approve.set_id(post.id());
  approve.set_content_hash(post.content_hash());
  v1::ApprovePostResponse approved;
  EXPECT_EQ(ReasonOf(Call(&Stub::ApprovePost, approve, &approved)), "CONTENT_CHANGED");
  approve.set_content_hash(edited.post().content_hash());
  ASSERT_TRUE(Call(&Stub::ApprovePost, approve, &approved).ok());
  EXPECT_EQ(approved.post().approval().approved_by(), "operator");
  v1::ReschedulePostRequest move;
  move.set_request_id("move");
  move.set_id(post.id());
  move.set_local_time("2027-03-28 02:30");
  v1::ReschedulePostResponse moved;
  EXPECT_EQ(ReasonOf(Call(&Stub::ReschedulePost, move, &moved)), "TIME_IN_GAP");
  move.set_local_time("2100-03-28 09:30");
  ASSERT_TRUE(Call(&Stub::ReschedulePost, move, &moved).ok());
  EXPECT_EQ(moved.post().draft().local_time(), "2100-03-28 09:30:00");
  EXPECT_EQ(moved.post().state(), v1::POST_STATE_SCHEDULED);
  v1::CancelPostRequest cancel;
  cancel.set_request_id("cancel");
  cancel.set_id(post.id());
  v1::CancelPostResponse cancelled;
  ASSERT_TRUE(Call(&Stub::CancelPost, cancel, &cancelled).ok());
  EXPECT_EQ(cancelled.post().state(), v1::POST_STATE_CANCELLED);
}

TEST_F(ApiTest, OnlyWhatIsPublishedIsDeleted) {
  v1::DeletePostRequest request;
  v1::Post post;
  ASSERT_TRUE(Create(Draft(), &post).ok());
  request.set_request_id("delete");
  request.set_id(post.id());
  v1::DeletePostResponse response;
  EXPECT_EQ(ReasonOf(Call(&Stub::DeletePost, request, &response)), "NOT_PUBLISHED");
}

TEST_F(ApiTest, WhatIsNotThereIsNotFound) {
  v1::GetPostRequest get;
  get.set_id("post_nobody");
  v1::GetPostResponse got;
  EXPECT_EQ(ReasonOf(Call(&Stub::GetPost, get, &got)), "UNKNOWN_POST");
  v1::GetImportRequest get_import;
  get_import.set_id("imp_nobody");
  v1::GetImportResponse got_import;
  EXPECT_EQ(ReasonOf(Call(&Stub::GetImport, get_import, &got_import)), "UNKNOWN_IMPORT");
  v1::CancelPostRequest cancel;
  cancel.set_request_id("c");
  cancel.set_id("../../x");
  v1::CancelPostResponse cancelled;
  EXPECT_EQ(ReasonOf(Call(&Stub::CancelPost, cancel, &cancelled)), "UNKNOWN_POST");
}

TEST_F(ApiTest, ImportApproveListAndExport) {
  const auto media = Upload(kPng, "operator-token-1234567");
  ASSERT_TRUE(media.ok()) << ToString(media.status());
  const std::string header =
      "external_id,brand,account,local_time,zone,text,link,media,alt,campaign\r\n";
  const std::string file =
      header + "e1,Trailkin,trailkin@one.example,2100-01-01 09:00:00,Asia/Tokyo,One,," +
      media->sha256() + ",A hill,Launch\r\n" +
      "e2,Trailkin,trailkin@two.example,2100-01-02 09:00:00,Europe/Paris,Two,,,,\r\n";
  EXPECT_EQ(ReasonOf(Import(file.substr(0, file.size() - 20), static_cast<int64_t>(file.size()))
                         .status()),
            "BAD_STREAM");
  const auto imported = Import(file, static_cast<int64_t>(file.size()));
  ASSERT_TRUE(imported.ok()) << ToString(imported.status());
  EXPECT_EQ(imported->rows_ok(), 2);
  RunLedger();
  v1::ApproveImportRequest approve;
  approve.set_request_id("a");
  approve.set_import_id(imported->import().id());
  approve.add_except("e9");
  v1::ApproveImportResponse approved;
  EXPECT_EQ(ReasonOf(Call(&Stub::ApproveImport, approve, &approved)), "UNKNOWN_POST");
  approve.set_except(0, "e2");
  ASSERT_TRUE(Call(&Stub::ApproveImport, approve, &approved).ok());
  RunLedger();
  v1::ListPostsRequest list;
  list.set_brand_id(kBrandId);
  list.set_state(v1::POST_STATE_SCHEDULED);
  v1::ListPostsResponse listed;
  ASSERT_TRUE(Call(&Stub::ListPosts, list, &listed).ok());
  ASSERT_EQ(listed.posts_size(), 1);
  EXPECT_EQ(listed.posts(0).draft().external_id(), "e1");
  EXPECT_EQ(listed.posts(0).approval().approved_by(), "operator");
  const auto exported = Export();
  ASSERT_TRUE(exported.ok());
  EXPECT_EQ(*exported, file);
}

TEST_F(ApiTest, BadStreamsAreRefused) {
  EXPECT_EQ(ReasonOf(Upload("<html>", "operator-token-1234567").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(Upload("", "operator-token-1234567").status()), "BAD_MEDIA");
  EXPECT_EQ(ReasonOf(Import(std::string(kCalendarBytesMax + 1, 'x')).status()), "FILE_TOO_LARGE");
  const auto bad = Import("a,b\n");
  ASSERT_TRUE(bad.ok());
  EXPECT_FALSE(bad->has_import());
  EXPECT_EQ(bad->errors_total(), 12);
}

TEST_F(ApiTest, KillSwitchesWorkWhileStrategyIsAway) {
  known_.away = true;
  v1::SetKillSwitchRequest set;
  set.set_request_id("k");
  set.set_org_id(kOrg);
  set.set_brand_id("Trailkin");
  set.set_reason("a recall");
  v1::SetKillSwitchResponse on;
  EXPECT_EQ(Call(&Stub::SetKillSwitch, set, &on).code(), Code::kUnavailable);
  set.set_brand_id(kBrandId);
  ASSERT_TRUE(Call(&Stub::SetKillSwitch, set, &on).ok());
  v1::ListKillSwitchesResponse listed;
  ASSERT_TRUE(Call(&Stub::ListKillSwitches, v1::ListKillSwitchesRequest(), &listed).ok());
  ASSERT_EQ(listed.active_size(), 1);
  EXPECT_EQ(listed.active(0).id(), on.kill_switch().id());
  v1::EndKillSwitchRequest end;
  end.set_request_id("e");
  end.set_id(on.kill_switch().id());
  v1::EndKillSwitchResponse off;
  ASSERT_TRUE(Call(&Stub::EndKillSwitch, end, &off).ok());
  EXPECT_FALSE(off.kill_switch().on());
  ASSERT_TRUE(Call(&Stub::ListKillSwitches, v1::ListKillSwitchesRequest(), &listed).ok());
  EXPECT_EQ(listed.active_size(), 0);
}

TEST_F(ApiTest, TheBeatWritesAControlRecordWhereTheShardIsOwned) {
  const auto wait_for_beat = [&](absl::Duration wait_max) {
    for (const absl::Time end = absl::Now() + wait_max; absl::Now() < end; std::this_thread::yield()) {
      for (const auto& message : ledger_.TakeMessages()) {
        if (dynamic_cast<const v1::ControlRecord*>(message.body.get()) != nullptr) return true;
      }
    }
    return false;
  };
  {
    ControlBeat beat(ledger_, clock_);
    beat.Start();
    EXPECT_TRUE(wait_for_beat(absl::Seconds(10)));
    EXPECT_TRUE(wait_for_beat(absl::Seconds(10)));
  }
  ledger_.TakeMessages();
  ledger_.SetOwned(false);
  ControlBeat beat(ledger_, clock_);
  beat.Start();
  beat.Stop();
  EXPECT_TRUE(ledger_.TakeMessages().empty());
}

}  // namespace
}  // namespace carillon::scheduler
