// The handlers over a real gRPC server in this process, a router, and the ledger in memory.
#include "services/listener/api/listener_api.h"

#include <gtest/gtest.h>

#include "common/rpc/router.h"
#include "tests/unit/listener/harness.h"

namespace carillon::listener {
namespace {

using testing::AddSignal;
using testing::Harness;
using testing::kAccount;

class FixedAccounts : public AccountSource {
 public:
  Result<publisher::v1::Account> Account(const std::string&) override {
    if (!status.ok()) return status;
    return account;
  }
  publisher::v1::Account account;
  Status status;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    accounts_.account.set_platform("mastodon");
    accounts_.account.mutable_limits()->set_text_characters_max(20);
    accounts_.account.mutable_limits()->set_url_characters(23);
    harness_.Connect();
    v1::PollReport report = harness_.Report(*harness_.StartPoll(), "1");
    for (int i = 0; i < 5; ++i) {
      const std::string id = "s" + std::to_string(i);
      AddSignal(report, v1::SIGNAL_KIND_MENTION, id, id);
      report.mutable_signals(i)->mutable_created_at()->set_seconds(1'799'000'000 - i);
    }
    EXPECT_TRUE(harness_.HandIn(report).ok());
    grpc::ServerBuilder builder;
    builder.RegisterService(&api_);
    server_ = builder.BuildAndStart();
    stub_ = v1::ListenerService::NewStub(server_->InProcessChannel({}));
  }
  ~ApiTest() override { server_->Shutdown(); }

  template <typename Request, typename Response, typename Method>
  Status Call(Method method, const Request& request, Response* response,
              const std::string& token = "operator-token-1234567") {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return rpc::FromGrpc((stub_.get()->*method)(&context, request, response));
  }

  Status Reply(const std::string& request_id, const std::string& id, const std::string& text,
               v1::InboxItem* item = nullptr) {
    v1::ReplyRequest request;
    request.set_request_id(request_id);
    request.set_id(id);
    request.set_text(text);
    v1::ReplyResponse response;
    const Status status = Call(&v1::ListenerService::Stub::Reply, request, &response);
    if (item != nullptr) *item = response.item();
    return status;
  }

  Result<v1::ListInboxResponse> List(const std::string& brand_id, v1::InboxState state,
                                     int page_size = 0, const std::string& token = "") {
    v1::ListInboxRequest request;
    request.set_brand_id(brand_id);
    request.set_state(state);
    request.set_page_size(page_size);
    request.set_page_token(token);
    v1::ListInboxResponse response;
    RETURN_IF_ERROR(Call(&v1::ListenerService::Stub::ListInbox, request, &response));
    return response;
  }

  Harness harness_;
  SystemClock clock_;
  std::unique_ptr<auth::Authorizer> authorizer_ =
      auth::MakeTokenAuthorizer({"operator-token-1234567", "service-token-12345678"});
  std::unique_ptr<rpc::Router> router_ =
      rpc::MakeRouter(harness_.ledger, harness_.ledger, *authorizer_, clock_, {});
  FixedAccounts accounts_;
  ListenerApi api_{*router_, harness_.ledger, accounts_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::ListenerService::Stub> stub_;
};

TEST_F(ApiTest, TheInboxIsOldestFirstAndPaged) {
  std::vector<std::string> seen;
  std::string token;
  do {
    const auto page = List("brand_1", v1::INBOX_STATE_UNSPECIFIED, 2, token);
    ASSERT_TRUE(page.ok()) << ToString(page.status());
    EXPECT_LE(page->items_size(), 2);
    for (const v1::InboxItem& item : page->items()) seen.push_back(item.status_remote_id());
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"s4", "s3", "s2", "s1", "s0"}));
}

TEST_F(ApiTest, TheInboxByStateOfABrandOrOfAll) {
  ASSERT_TRUE(Reply("r1", InboxItemId(kAccount, "s0"), "hi").ok());
  EXPECT_EQ(List("brand_1", v1::INBOX_STATE_OPEN)->items_size(), 4);
  EXPECT_EQ(List("brand_1", v1::INBOX_STATE_REPLYING)->items_size(), 1);
  EXPECT_EQ(List("", v1::INBOX_STATE_REPLYING)->items_size(), 1);
  EXPECT_EQ(List("", v1::INBOX_STATE_UNSPECIFIED)->items_size(), 5);
  EXPECT_EQ(List("brand_2", v1::INBOX_STATE_UNSPECIFIED)->items_size(), 0);
}

TEST_F(ApiTest, AReplyAndItsRepeatAnswerTheSame) {
  v1::InboxItem first;
  v1::InboxItem second;
  ASSERT_TRUE(Reply("r1", InboxItemId(kAccount, "s0"), "hi", &first).ok());
  ASSERT_TRUE(Reply("r1", InboxItemId(kAccount, "s0"), "hi", &second).ok());
  EXPECT_EQ(first.replies_size(), 1);
  EXPECT_EQ(first.replies(0).by(), "operator");
  EXPECT_EQ(second.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(ReasonOf(Reply("r1", InboxItemId(kAccount, "s0"), "other")), "REQUEST_ID_REUSED");
}

TEST_F(ApiTest, ARepliesLengthIsCheckedAtTheDoor) {
  const std::string id = InboxItemId(kAccount, "s0");
  // "@ann " counts, "@a.example" does not.
  EXPECT_TRUE(Reply("r1", id, std::string(15, 'x')).ok());
  const Status status = Reply("r2", InboxItemId(kAccount, "s1"), std::string(16, 'x'));
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "TEXT_TOO_LONG");
  EXPECT_EQ(GetErrorInfo(status)->params.at("length"), "21");
  EXPECT_EQ(GetErrorInfo(status)->params.at("max"), "20");
}

TEST_F(ApiTest, RefusalsOfAReply) {
  const std::string id = InboxItemId(kAccount, "s0");
  EXPECT_EQ(ReasonOf(Reply("r1", id, "")), "EMPTY_TEXT");
  EXPECT_EQ(ReasonOf(Reply("r1", "nonsense", "x")), "UNKNOWN_INBOX_ITEM");
  EXPECT_EQ(ReasonOf(Reply("r1", InboxItemId(kAccount, "never"), "x")), "UNKNOWN_INBOX_ITEM");
  EXPECT_EQ(ReasonOf(Reply("", id, "x")), "BAD_REQUEST_ID");
  accounts_.status = MakeStatus(Code::kUnavailable, "the publisher did not show the account");
  const Status away = Reply("r1", id, "x");
  EXPECT_EQ(away.code(), Code::kUnavailable);
  EXPECT_FALSE(GetErrorInfo(away).has_value());
  EXPECT_EQ(harness_.Item("s0").replies_size(), 0);
}

TEST_F(ApiTest, AnActionWhereThePlatformOffersIt) {
  v1::ActOnInboxItemRequest request;
  request.set_request_id("a1");
  request.set_id(InboxItemId(kAccount, "s0"));
  request.set_action(publisher::v1::ACTION_KIND_LIKE);
  v1::ActOnInboxItemResponse response;
  ASSERT_TRUE(Call(&v1::ListenerService::Stub::ActOnInboxItem, request, &response).ok());
  ASSERT_EQ(response.item().actions_size(), 1);
  EXPECT_EQ(response.item().actions(0).by(), "operator");
  request.set_request_id("a2");
  request.set_action(publisher::v1::ACTION_KIND_HIDE);
  EXPECT_EQ(ReasonOf(Call(&v1::ListenerService::Stub::ActOnInboxItem, request, &response)), "NOT_OFFERED");
  request.set_id("item_nobody");
  EXPECT_EQ(ReasonOf(Call(&v1::ListenerService::Stub::ActOnInboxItem, request, &response)), "UNKNOWN_INBOX_ITEM");
}

TEST_F(ApiTest, GetAndClose) {
  v1::CloseInboxItemRequest close;
  close.set_request_id("c1");
  close.set_id(InboxItemId(kAccount, "s0"));
  v1::CloseInboxItemResponse closed;
  ASSERT_TRUE(Call(&v1::ListenerService::Stub::CloseInboxItem, close, &closed).ok());
  EXPECT_EQ(closed.item().state(), v1::INBOX_STATE_CLOSED);
  v1::GetInboxItemRequest get;
  get.set_id(close.id());
  v1::GetInboxItemResponse got;
  ASSERT_TRUE(Call(&v1::ListenerService::Stub::GetInboxItem, get, &got).ok());
  EXPECT_EQ(got.item().state(), v1::INBOX_STATE_CLOSED);
  get.set_id(InboxItemId(kAccount, "never"));
  EXPECT_EQ(ReasonOf(Call(&v1::ListenerService::Stub::GetInboxItem, get, &got)),
            "UNKNOWN_INBOX_ITEM");
}

TEST_F(ApiTest, CollectionsByBrand) {
  v1::ListCollectionsRequest request;
  request.set_brand_id("brand_1");
  v1::ListCollectionsResponse response;
  ASSERT_TRUE(Call(&v1::ListenerService::Stub::ListCollections, request, &response).ok());
  ASSERT_EQ(response.collections_size(), 1);
  EXPECT_EQ(response.collections(0).account_id(), kAccount);
}

TEST_F(ApiTest, NobodyWithoutAToken) {
  v1::ListInboxRequest request;
  v1::ListInboxResponse response;
  EXPECT_EQ(Call(&v1::ListenerService::Stub::ListInbox, request, &response, "").code(),
            Code::kUnauthenticated);
}

TEST_F(ApiTest, BadPagesAreRefused) {
  EXPECT_EQ(ReasonOf(List("brand_1", v1::INBOX_STATE_OPEN, 501).status()), "BAD_PAGE_SIZE");
  EXPECT_EQ(ReasonOf(List("brand_1", v1::INBOX_STATE_OPEN, 2, "junk").status()), "BAD_PAGE_TOKEN");
}

}  // namespace
}  // namespace carillon::listener
