#include <gmock/gmock.h>

#include "common/content/content.h"
#include "services/scheduler/api/importer.h"
#include "services/scheduler/api/queries.h"
#include "services/scheduler/domain/import_decisions.h"
#include "services/scheduler/domain/post_rules.h"
#include "tests/unit/scheduler/directories.h"

namespace carillon::scheduler {
namespace {

constexpr absl::Duration kHour = absl::Hours(1);

// The importer's way to the Ledger, without the Router's gRPC.
class LedgerRouter : public rpc::Router {
 public:
  explicit LedgerRouter(ledger::Ledger& ledger) : ledger_(ledger) {}
  Result<auth::Principal> Authenticate(const grpc::ServerContextBase&) const override {
    return auth::Principal{auth::Principal::Kind::kOperator, "operator"};
  }
  Status Authorize(const auth::Principal&, const std::string&, const std::string&) const override {
    return Ok();
  }
  ledger::Answer SubmitAndWait(ledger::Input input, absl::Time deadline) override {
    ledger::Answer out;
    ledger_.Submit(std::move(input), deadline, [&](ledger::Answer answer) { out = answer; });
    return out;
  }
  std::vector<ledger::Answer> SubmitAllAndWait(std::vector<ledger::Input> inputs, absl::Time deadline) override {
    std::vector<ledger::Answer> out;
    for (ledger::Input& input : inputs) out.push_back(SubmitAndWait(std::move(input), deadline));
    return out;
  }
  ledger::Answer GetAndWait(std::string id, absl::Time deadline) override {
    ledger::Answer out;
    ledger_.Get(std::move(id), deadline, [&](ledger::Answer answer) { out = answer; });
    return out;
  }

 protected:
  grpc::ServerUnaryReactor* Start(grpc::CallbackServerContext*, const rpc::Message*, rpc::Message*,
                                  std::function<void(rpc::Call&)>, bool) override {
    return nullptr;
  }

 private:
  ledger::Ledger& ledger_;
};

class ImportTest : public ::testing::Test {
 protected:
  std::string File(int rows, const std::string& text = "Post ") {
    std::string file = CalendarHeader();
    for (int i = 1; i <= rows; ++i) {
      file += "e" + std::to_string(i) + ",Trailkin,acct_a," + local_ + ",UTC," + text +
              std::to_string(i) + ",,,,\n";
    }
    return file;
  }
  v1::ImportCalendarResponse Import(const std::string& file, bool dry_run = false) {
    v1::ImportOptions options;
    options.set_request_id("r");
    options.set_org_id(kOrg);
    options.set_dry_run(dry_run);
    v1::ImportCalendarResponse response;
    status_ = importer_.Run(options, file, {}, absl::InfiniteFuture(), [this] { return gone_; },
                            &response);
    return response;
  }
  int Posts() {
    v1::ListPostsRequest request;
    request.set_org_id(kOrg);
    request.set_page_size(500);
    return scheduler::ListPosts(request, {}, world_.ledger)->posts_size();
  }
  Status ApproveImport(const std::string& id, std::vector<std::string> except = {}) {
    v1::ApproveImportRequest request;
    request.set_import_id(id);
    for (const std::string& one : except) request.add_except(one);
    RETURN_IF_ERROR(CheckExcept(request, world_.ledger));
    return world_.Run(id, request).status;
  }

  World world_;
  FakeDirectories known_;
  DraftChecker checker_{known_.directories(), known_};
  LedgerRouter router_{world_.ledger};
  Importer importer_{router_, checker_};
  Status status_;
  bool gone_ = false;
  const std::string local_ =
      absl::FormatTime("%Y-%m-%d %H:%M", world_.clock.Now() + kHour, absl::UTCTimeZone());
};

TEST_F(ImportTest, RowsBecomePostsInManyShards) {
  const auto response = Import(File(350));
  ASSERT_TRUE(status_.ok()) << ToString(status_);
  EXPECT_EQ(response.import().state(), v1::IMPORT_STATE_COMMITTED);
  EXPECT_EQ(Posts(), 0);
  world_.Settle();
  const v1::Import import = world_.Import(response.import().id());
  EXPECT_EQ(import.state(), v1::IMPORT_STATE_APPLIED);
  EXPECT_EQ(import.rows_created(), 350);
  EXPECT_EQ(Posts(), 350);
  const std::string id = MakeId("post", {"ext", kBrandId, "e7"});
  EXPECT_EQ(world_.State(id), "PENDING_APPROVAL");
  EXPECT_EQ(world_.Post(id).import_id(), import.id());
}

TEST_F(ImportTest, SameCsvTwiceIsOneSetOfPosts) {
  const auto first = Import(File(120));
  world_.Settle();
  const auto second = Import(File(120));
  world_.Settle();
  EXPECT_EQ(first.import().id(), second.import().id());
  EXPECT_EQ(Posts(), 120);
  // Another file with the same posts in it is another import, and still one set of posts.
  const auto third = Import(File(120) + "extra,Trailkin,acct_a," + local_ + ",UTC,More,,,,\n");
  world_.Settle();
  EXPECT_NE(third.import().id(), first.import().id());
  EXPECT_EQ(Posts(), 121);
  const v1::Import import = world_.Import(third.import().id());
  EXPECT_EQ(import.rows_unchanged(), 120);
  EXPECT_EQ(import.rows_created(), 1);
}

TEST_F(ImportTest, ABadRowMakesNothingVisible) {
  const auto response = Import(File(50) + "e99,Nobody,acct_a,,,Hi,,,,\n");
  EXPECT_TRUE(status_.ok());
  EXPECT_FALSE(response.has_import());
  EXPECT_EQ(response.rows_ok(), 50);
  EXPECT_EQ(response.errors_total(), 1);
  EXPECT_EQ(response.errors(0).line(), 52);
  EXPECT_TRUE(world_.ledger.log().empty());
}

TEST_F(ImportTest, ADryRunAndACallerThatWentAwayKeepNothing) {
  EXPECT_EQ(Import(File(5), /*dry_run=*/true).rows_ok(), 5);
  gone_ = true;
  Import(File(5));
  EXPECT_EQ(status_.code(), Code::kCancelled);
  EXPECT_TRUE(world_.ledger.log().empty());
}

TEST_F(ImportTest, AStoppedStagingIsFinishedByTheSameFile) {
  v1::StageImportRows half;
  v1::ImportOptions options;
  options.set_org_id(kOrg);
  const std::string digest = ImportDigest(options, File(150));
  const std::string id = ImportId(options, digest);
  const Calendar calendar = ReadCalendar(File(150), kOrg, "", checker_);
  half.set_org_id(kOrg);
  half.set_row_count(150);
  half.set_digest(digest);
  for (int i = 1; i <= 60; ++i) {
    v1::ImportRow* row = half.add_rows();
    row->set_id(RowId(id, i));
    row->set_import_id(id);
    row->set_number(i);
    row->set_line(calendar.rows[i - 1].line);
    *row->mutable_draft() = calendar.rows[i - 1].draft;
    row->set_post_id(ImportedPostId(row->draft(), row->id()));
  }
  EXPECT_TRUE(world_.Run(id, half).status.ok());
  v1::CommitImport commit;
  commit.set_row_count(150);
  commit.set_digest(digest);
  EXPECT_EQ(ReasonOf(world_.Run(id, commit).status), "IMPORT_INCOMPLETE");
  EXPECT_EQ(ReasonOf(ApproveImport(id)), "IMPORT_INCOMPLETE");
  world_.Settle();
  EXPECT_EQ(Posts(), 0);
  EXPECT_EQ(Import(File(150)).import().id(), id);
  world_.Settle();
  EXPECT_EQ(Posts(), 150);
  EXPECT_EQ(world_.Import(id).rows_staged(), 150);
}

TEST_F(ImportTest, AChangedRowEditsThePostAndVoidsItsApproval) {
  const std::string id = Import(File(3)).import().id();
  world_.Settle();
  EXPECT_TRUE(ApproveImport(id).ok());
  world_.Settle();
  const std::string post = MakeId("post", {"ext", kBrandId, "e2"});
  EXPECT_EQ(world_.State(post), "SCHEDULED");
  Import(File(3, "Better post "));
  world_.Settle();
  EXPECT_EQ(world_.Post(post).draft().content().text(), "Better post 2");
  EXPECT_EQ(world_.State(post), "PENDING_APPROVAL");
  EXPECT_EQ(Posts(), 3);
}

TEST_F(ImportTest, ARowForAPostThatWentOutIsReportedNotSent) {
  const std::string id = Import(File(2)).import().id();
  world_.Settle();
  EXPECT_TRUE(ApproveImport(id).ok());
  world_.Settle();
  world_.clock.Advance(kHour);
  EXPECT_EQ(world_.Settle().dispatches.size(), 2u);
  const std::string again = Import(File(2, "Other ")).import().id();
  EXPECT_TRUE(world_.Settle().dispatches.empty());
  const v1::Import import = world_.Import(again);
  EXPECT_EQ(import.state(), v1::IMPORT_STATE_APPLIED_WITH_ERRORS);
  EXPECT_EQ(import.rows_failed(), 2);
  EXPECT_EQ(import.errors(0).reason(), "ALREADY_DISPATCHED");
  EXPECT_EQ(import.errors(0).line(), 2);
}

TEST_F(ImportTest, ALongErrorOfARowIsCutBetweenCharacters) {
  const std::string id = Import(File(1)).import().id();
  v1::SchedulerMessage message;
  message.mutable_header()->set_to(RowId(id, 1));
  v1::ImportPostDone& done = *message.mutable_import_post_done();
  done.set_import_id(id);
  done.set_row_id(RowId(id, 1));
  done.set_result("FAILED");
  done.set_error("BAD_LINK: " + std::string(299, 'x') + "\xC3\xA9 and more");
  EXPECT_TRUE(world_.ledger.Deliver(message)) << ToString(world_.ledger.last_status());
  ASSERT_EQ(world_.Import(id).errors_size(), 1);
  EXPECT_EQ(world_.Import(id).errors(0).message(), std::string(299, 'x'));
}

TEST_F(ImportTest, ApprovesAllButTheExceptedAlsoWhileRowsAreOnTheirWay) {
  const std::string id = Import(File(250)).import().id();
  // Nothing has gone out yet.
  EXPECT_EQ(ReasonOf(ApproveImport(id, {"e3", "e300"})), "UNKNOWN_POST");
  EXPECT_TRUE(ApproveImport(id, {"e3", MakeId("post", {"ext", kBrandId, "e200"})}).ok());
  world_.Settle();
  EXPECT_EQ(world_.Import(id).rows_approved(), 248);
  EXPECT_EQ(world_.State(MakeId("post", {"ext", kBrandId, "e1"})), "SCHEDULED");
  EXPECT_EQ(world_.State(MakeId("post", {"ext", kBrandId, "e3"})), "PENDING_APPROVAL");
  EXPECT_EQ(world_.State(MakeId("post", {"ext", kBrandId, "e200"})), "PENDING_APPROVAL");
  // All is answered: a last sweep finds nothing open and the import is left alone.
  world_.clock.Advance(absl::Minutes(11));
  world_.Settle();
  EXPECT_FALSE(world_.Import(id).has_next_at());
  world_.clock.Advance(kHour);
  EXPECT_EQ(world_.Settle().dispatches.size(), 248u);
}

TEST_F(ImportTest, AnEditedPostIsNotApprovedWithItsImport) {
  const std::string id = Import(File(2)).import().id();
  world_.Settle();
  const std::string post = MakeId("post", {"ext", kBrandId, "e1"});
  EXPECT_TRUE(world_.Edit(post, "Edited since").ok());
  EXPECT_TRUE(ApproveImport(id).ok());
  world_.Settle();
  EXPECT_EQ(world_.State(post), "PENDING_APPROVAL");
  EXPECT_EQ(world_.Import(id).rows_approved(), 1);
  EXPECT_EQ(world_.Import(id).errors(0).reason(), "CONTENT_CHANGED");
}

// A calendar has no column for a poll, a content warning or a thread: what it says of the text does not take them away.
TEST_F(ImportTest, WhatHasNoColumnStays) {
  const std::string id = Import(File(1)).import().id();
  world_.Settle();
  const std::string post = MakeId("post", {"ext", kBrandId, "e1"});
  v1::EditPostRequest edit;
  *edit.mutable_content() = world_.Post(post).draft().content();
  edit.mutable_content()->set_content_warning("Bells");
  edit.mutable_content()->add_thread()->set_text("and more");
  EXPECT_TRUE(world_.Run(post, edit).status.ok());
  v1::PostDraft row = world_.Post(post).draft();
  row.mutable_content()->clear_content_warning();
  row.mutable_content()->clear_thread();
  v1::Post taken = world_.Post(post);
  EXPECT_EQ(*TakeImported(row, &taken), "UNCHANGED");
  row.mutable_content()->set_text("Another text");
  EXPECT_EQ(*TakeImported(row, &taken), "UPDATED");
  EXPECT_EQ(taken.draft().content().text(), "Another text");
  EXPECT_EQ(taken.draft().content().content_warning(), "Bells");
  EXPECT_EQ(taken.draft().content().thread_size(), 1);
  EXPECT_EQ(taken.content_hash(), content::ContentHash(taken.draft().content()));
}

TEST_F(ImportTest, LostMessagesAreSentAgain) {
  const std::string id = Import(File(20)).import().id();
  world_.ledger.RunDue();
  EXPECT_EQ(world_.TakeSent().own.size(), 20u);  // dropped
  world_.clock.Advance(absl::Seconds(61));
  world_.Settle();
  EXPECT_EQ(Posts(), 20);
  EXPECT_EQ(world_.Import(id).state(), v1::IMPORT_STATE_APPLIED);
}

TEST_F(ImportTest, ListsByDueTimeWithPagesAndFilters) {
  const std::string early = world_.Create(DraftAt(world_.clock.Now() + kHour), true);
  const std::string late = world_.Create(DraftAt(world_.clock.Now() + kHour * 3), false);
  v1::PostDraft draft = DraftAt(world_.clock.Now());
  draft.clear_due_at();
  const std::string none = world_.Create(draft, false);
  v1::ListPostsRequest request;
  request.set_brand_id(kBrandId);
  request.set_page_size(2);
  auto page = *scheduler::ListPosts(request, {}, world_.ledger);
  ASSERT_EQ(page.posts_size(), 2);
  EXPECT_EQ(page.posts(0).id(), early);
  EXPECT_EQ(page.posts(1).id(), late);
  request.set_page_token(page.next_page_token());
  page = *scheduler::ListPosts(request, {}, world_.ledger);
  ASSERT_EQ(page.posts_size(), 1);
  EXPECT_EQ(page.posts(0).id(), none);
  request.clear_page_token();
  request.set_state(v1::POST_STATE_PENDING_APPROVAL);
  EXPECT_EQ(scheduler::ListPosts(request, {}, world_.ledger)->posts(0).id(), late);
  request.clear_state();
  *request.mutable_from() = ToProto(world_.clock.Now() + kHour);
  *request.mutable_to() = ToProto(world_.clock.Now() + kHour * 3);
  page = *scheduler::ListPosts(request, {}, world_.ledger);
  ASSERT_EQ(page.posts_size(), 1);
  EXPECT_EQ(page.posts(0).id(), early);
  request.set_brand_id("");
  request.set_org_id(kOrg);
  request.set_state(v1::POST_STATE_SCHEDULED);
  EXPECT_EQ(scheduler::ListPosts(request, {}, world_.ledger)->posts_size(), 1);
  *request.mutable_to() = ToProto(world_.clock.Now());
  EXPECT_EQ(ReasonOf(scheduler::ListPosts(request, {}, world_.ledger).status()), "BAD_RANGE");
}

}  // namespace
}  // namespace carillon::scheduler
