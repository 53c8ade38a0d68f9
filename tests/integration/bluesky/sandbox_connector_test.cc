// What the connector tells of each fault of the sandbox, and what the sandbox's record says was accepted.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/http/client.h"
#include "common/platform/bluesky/connector.h"
#include "common/platform/bluesky/facts.h"
#include "common/platform/bluesky/record.h"
#include "common/platform/bluesky/session.h"
#include "common/platform/error_class.h"
#include "tests/support/sandbox_process.h"
#include "tests/support/upload.h"

namespace carillon::bluesky {
namespace {

using carillon::testing::SandboxProcess;
using carillon::testing::WaitUntil;
using nlohmann::json;
using Found = platform::LookupOutcome::Kind;
using Kind = platform::PublishOutcome::Kind;

class BlueskySandboxConnector : public ::testing::Test {
 protected:
  // One program for all tests; each takes an account of its own, so that they do not see each other's posts.
  static void SetUpTestSuite() {
    auto started = SandboxProcess::Start(json::array(), {"--engagement-scale", "0"});
    ASSERT_TRUE(started.ok()) << started.status();
    sandbox_ = std::move(*started);
  }
  static void TearDownTestSuite() { sandbox_.reset(); }

  void SetUp() override {
    ASSERT_NE(sandbox_, nullptr);
    handle_ = "brand-" + RandomText().substr(0, 12) + ".test";
    password_ = RandomText();
    sandbox_->AdminPost("/admin/accounts", {{"username", handle_},
                                            {"token", password_},
                                            {"platform", "bluesky"},
                                            {"history_weeks", 0}});
    access_.base_url = sandbox_->bluesky_url();
    access_.access_token = handle_ + " " + password_;
    const auto info = connector_->Verify(access_, absl::Seconds(20));
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->username, handle_);
    EXPECT_TRUE(info->token_expires_at && *info->token_expires_at > clock_.Now() + absl::Hours(1));
    access_.remote_account_id = info->remote_account_id;
    access_.access_token = info->secret;
  }

  platform::PublishRequest Request(std::string text, absl::Duration timeout = absl::Seconds(20)) {
    platform::PublishRequest request;
    request.access = access_;
    request.content.text = std::move(text);
    request.idempotency_key = RandomText();
    request.first_sent_at = began_;
    request.timeout = timeout;
    request.may_send = [] { return true; };
    return request;
  }
  platform::PublishOutcome Publish(const std::string& text) { return connector_->Publish(Request(text)); }
  platform::LookupOutcome LookUp(const platform::PublishRequest& request) {
    platform::LookupRequest lookup;
    lookup.access = access_;
    lookup.content = request.content;
    lookup.idempotency_key = request.idempotency_key;
    lookup.first_sent_at = request.first_sent_at;
    lookup.since = began_;
    lookup.timeout = absl::Seconds(20);
    return connector_->Lookup(lookup);
  }
  void Fault(json fault) {
    fault["account"] = handle_;
    fault["platform"] = "bluesky";
    sandbox_->AddFault(fault);
  }
  std::vector<json> Accepted() {
    std::vector<json> out;
    for (const json& post : sandbox_->AcceptedPosts()) {
      if (post["account"] == handle_) out.push_back(post);
    }
    return out;
  }
  // What the repository holds under that address.
  json Record(const std::string& uri) {
    http::HttpRequest request;
    const size_t slash = uri.rfind('/');
    request.url = access_.base_url + "/xrpc/com.atproto.repo.getRecord?" +
                  http::EncodeForm({{"repo", access_.remote_account_id},
                                    {"collection", std::string(kPostCollection)},
                                    {"rkey", uri.substr(slash + 1)}});
    const auto outcome = client_->Send(request);
    EXPECT_TRUE(outcome.ok() && outcome.response->ok()) << uri;
    return outcome.ok() ? json::parse(outcome.response->body)["value"] : json();
  }
  // Unknown to the connector, accepted once, found, and harmless to repeat.
  void ExpectUnknownButFound(const std::string& text) {
    const platform::PublishRequest request = Request(text);
    EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
    ASSERT_EQ(Accepted().size(), 1u);
    const platform::LookupOutcome found = LookUp(request);
    EXPECT_EQ(found.kind, Found::kFound) << found.error;
    EXPECT_EQ(found.remote_id, Accepted()[0]["id"].get<std::string>());
    const platform::PublishOutcome again = connector_->Publish(request);
    EXPECT_EQ(again.kind, Kind::kPublished) << again.error;
    EXPECT_EQ(again.remote_id, found.remote_id);
    EXPECT_EQ(Accepted().size(), 1u);
  }

  static std::unique_ptr<SandboxProcess> sandbox_;
  SystemClock clock_;
  const absl::Time began_ = clock_.Now();
  const std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  const std::unique_ptr<platform::Connector> connector_ = MakeConnector(*client_, clock_, OwnFacts());
  std::string handle_, password_;
  platform::AccountAccess access_{.account_id = "acct_x"};
};
std::unique_ptr<SandboxProcess> BlueskySandboxConnector::sandbox_;

// Whose answer is lost: the post and who may reply to it are both there, and it is found; a repeat makes no second one.
TEST_F(BlueskySandboxConnector, Forms) {
  platform::PublishRequest first = Request("Hush");
  first.content.reply_groups.emplace({platform::ReplyGroup::kMentioned});
  first.content.content_labels = {"graphic-media"};
  Fault({{"kind", "drop_after_accept"}, {"count", 1}});
  EXPECT_EQ(connector_->Publish(first).kind, Kind::kUnknown);
  const platform::LookupOutcome found = LookUp(first);
  EXPECT_EQ(found.kind, Found::kFound) << found.error;
  EXPECT_EQ(connector_->Publish(first).kind, Kind::kUnknown) << "the key is taken, and the server has no word for it";
  ASSERT_EQ(Accepted().size(), 1u);
  const json gated = Accepted()[0];
  EXPECT_EQ(gated["threadgate"]["allow"][0]["$type"], "app.bsky.feed.threadgate#mentionRule");
  EXPECT_EQ(gated["record"]["labels"]["values"][0]["val"], "graphic-media");
  const std::string key = found.remote_id.substr(found.remote_id.rfind('/') + 1);
  platform::PublishRequest quote = Request("So quiet");
  quote.content.quoted_remote_id = "https://bsky.app/profile/" + handle_ + "/post/" + key;
  quote.content.link = "https://example.com/bells";
  EXPECT_EQ(connector_->Publish(quote).kind, Kind::kPublished);
  const json embed = Accepted().at(1)["record"]["embed"];
  EXPECT_EQ(embed["record"]["record"]["uri"], found.remote_id);
  EXPECT_EQ(embed["media"]["external"]["uri"], "https://example.com/bells");
  platform::ActRequest deletion{.access = access_, .action = platform::Action::kDelete, .target_remote_id = found.remote_id};
  deletion.first_sent_at = began_;
  deletion.timeout = absl::Seconds(20);
  deletion.may_send = [] { return true; };
  for (int i = 0; i < 2; ++i) {
    const platform::PublishOutcome deleted = connector_->Act(deletion);
    EXPECT_EQ(deleted.kind, Kind::kPublished) << deleted.error;
    EXPECT_EQ(Accepted()[0]["deleted"], true);
    EXPECT_FALSE(Accepted()[0].contains("threadgate")) << "who may reply went with it";
  }
  EXPECT_EQ(Accepted()[1]["deleted"], false);
}

TEST_F(BlueskySandboxConnector, AWrongPasswordIsRefused) {
  platform::AccountAccess wrong = access_;
  wrong.access_token = handle_ + " not-the-password";
  const Status status = connector_->Verify(wrong, absl::Seconds(20)).status();
  EXPECT_EQ(platform::ErrorClassOf(status), platform::ErrorClass::kAuth) << ToString(status);
  EXPECT_EQ(Message(status).find("not-the-password"), std::string::npos);
}

TEST_F(BlueskySandboxConnector, WhatIsPublishedIsWhatWasMeant) {
  carillon::testing::TempDir folder;
  const std::string png = folder.Write("a.png", "\x89PNG\r\n\x1a\n not much of a picture");
  platform::PublishRequest request =
      Request("Grüße 👩‍👩‍👧 an @" + handle_ + " und @nobody.test\n\nzweiter Absatz #Glocken https://example.com/x?a=1&b=2.");
  request.content.language = "de";
  request.content.media = {{.path = png, .mime_type = "image/png", .alt_text = "eine Glocke"},
                           {.path = png, .mime_type = "image/png", .alt_text = ""}};
  ASSERT_TRUE(connector_->Validate(request.content, *connector_->Limits(access_, absl::Seconds(1))).ok());
  for (const auto& item : request.content.media) {
    const auto handle = carillon::testing::Upload(*connector_, access_, item, absl::Seconds(20));
    ASSERT_TRUE(handle.ok()) << handle.status();
    request.media_handles.push_back(*handle);
  }
  const platform::PublishOutcome out = connector_->Publish(request);
  ASSERT_EQ(out.kind, Kind::kPublished) << out.error;
  ASSERT_EQ(Accepted().size(), 1u);
  EXPECT_EQ(Accepted()[0]["id"].get<std::string>(), out.remote_id);
  EXPECT_EQ(Accepted()[0]["text"], request.content.text);
  EXPECT_EQ(Accepted()[0]["idempotency_key"], RecordKey(request.first_sent_at, request.idempotency_key));
  const json record = Record(out.remote_id);
  std::vector<std::string> shown;
  for (const json& facet : record["facets"]) {
    const size_t begin = facet["index"]["byteStart"], end = facet["index"]["byteEnd"];
    shown.push_back(request.content.text.substr(begin, end - begin));
  }
  EXPECT_EQ(shown, (std::vector<std::string>{"@" + handle_, "#Glocken", "https://example.com/x?a=1&b=2"}));
  EXPECT_EQ(record["facets"][0]["features"][0]["did"], access_.remote_account_id);
  EXPECT_EQ(record["embed"]["images"][0]["alt"], "eine Glocke");
  EXPECT_EQ(record["langs"], json::array({"de"}));
  EXPECT_EQ(LookUp(request).remote_id, out.remote_id);
}

TEST_F(BlueskySandboxConnector, AVideoAndACard) {
  carillon::testing::TempDir folder;
  platform::PublishRequest request = Request("a clip");
  request.content.media = {{.path = folder.Write("a.mp4", std::string(3'000'000, 'v')), .mime_type = "video/mp4", .alt_text = "it rings"}};
  const auto handle = carillon::testing::Upload(*connector_, access_, request.content.media[0], absl::Seconds(20));
  ASSERT_TRUE(handle.ok()) << handle.status();
  request.media_handles = {*handle};
  const platform::PublishOutcome video = connector_->Publish(request);
  ASSERT_EQ(video.kind, Kind::kPublished) << video.error;
  EXPECT_EQ(Record(video.remote_id)["embed"]["$type"], "app.bsky.embed.video");
  EXPECT_EQ(Record(video.remote_id)["embed"]["video"]["size"], 3'000'000);
  platform::PublishRequest card = Request("a card");
  card.content.link = "https://example.com/spring";
  const platform::PublishOutcome out = connector_->Publish(card);
  ASSERT_EQ(out.kind, Kind::kPublished) << out.error;
  EXPECT_EQ(Record(out.remote_id)["embed"]["external"]["uri"], "https://example.com/spring");
}

TEST_F(BlueskySandboxConnector, CountsTheTextAsTheServerDoes) {
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "👩‍👩‍👧";
  longest += std::string(200, 'a');
  const auto limits = connector_->Limits(access_, absl::Seconds(1));
  EXPECT_TRUE(connector_->Validate({.text = longest}, *limits).ok());
  EXPECT_EQ(Publish(longest).kind, Kind::kPublished);
  EXPECT_EQ(ReasonOf(connector_->Validate({.text = longest + "x"}, *limits)), "TEXT_TOO_LONG");
  const platform::PublishOutcome refused = Publish(longest + "x");
  EXPECT_EQ(refused.kind, Kind::kRefused);
  EXPECT_EQ(refused.error_class, platform::ErrorClass::kInvalidContent);
}

TEST_F(BlueskySandboxConnector, DropAfterAccept) {
  Fault({{"kind", "drop_after_accept"}});
  ExpectUnknownButFound("dropped");
}

TEST_F(BlueskySandboxConnector, ErrorAfter) {
  Fault({{"kind", "error_after"}});
  ExpectUnknownButFound("error after");
}

TEST_F(BlueskySandboxConnector, TheSameKeyWithAnotherRecordIsADuplicate) {
  platform::PublishRequest request = Request("first");
  ASSERT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  request.content.text = "second";
  const platform::PublishOutcome out = connector_->Publish(request);
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kDuplicate) << out.error;
  ASSERT_EQ(Accepted().size(), 1u);
  EXPECT_EQ(Accepted()[0]["text"], "first");
  EXPECT_EQ(LookUp(request).kind, Found::kAmbiguous) << "nothing of another content is claimed";
}

TEST_F(BlueskySandboxConnector, AcceptLateIsAbsentFirst) {
  const auto replayed = [&] {
    return sandbox_->AdminGet("/admin/stats?platform=bluesky")["replayed"].get<int>();
  };
  const int before = replayed();
  Fault({{"kind", "accept_late"}, {"delay_ms", 1500}, {"close", true}});
  const platform::PublishRequest request = Request("late");
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
  EXPECT_EQ(LookUp(request).kind, Found::kAbsent) << "the settling time is the caller's";
  // Repeated before the late one comes through: the same record under the same key.
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  ASSERT_TRUE(WaitUntil([&] { return replayed() > before; })) << "the late one came through, and did nothing";
  EXPECT_EQ(Accepted().size(), 1u);
  EXPECT_EQ(LookUp(request).remote_id, Accepted()[0]["id"].get<std::string>());
}

TEST_F(BlueskySandboxConnector, CloseReusedHasOneEffect) {
  Fault({{"kind", "close_reused"}, {"count", -1}});
  // Connections that a careless client would take again.
  const platform::PublishRequest first = Request("first");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LookUp(first).kind, Found::kAbsent);
  EXPECT_EQ(connector_->Publish(first).kind, Kind::kPublished);
  EXPECT_EQ(LookUp(first).kind, Found::kFound);
  EXPECT_EQ(Publish("second").kind, Kind::kPublished);
  EXPECT_EQ(Accepted().size(), 2u);
}

TEST_F(BlueskySandboxConnector, RateLimit) {
  Fault({{"kind", "rate_limit"}, {"reset_s", 90}});
  const platform::PublishOutcome out = Publish("limited");
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kRateLimited);
  ASSERT_TRUE(out.retry_at);
  EXPECT_GT(*out.retry_at, clock_.Now() + absl::Seconds(60));
  EXPECT_LT(*out.retry_at, clock_.Now() + absl::Seconds(100));
  EXPECT_EQ(out.limit_remaining, 0);
  EXPECT_TRUE(Accepted().empty());
}

TEST_F(BlueskySandboxConnector, ErrorBefore) {
  Fault({{"kind", "error_before"}});
  const platform::PublishRequest request = Request("error before");
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
  EXPECT_EQ(LookUp(request).kind, Found::kAbsent);
  EXPECT_TRUE(Accepted().empty());
}

TEST_F(BlueskySandboxConnector, EachWayToSayThatATokenIsNoneIsAuth) {
  for (const char* error : {"ExpiredToken", "InvalidToken"}) {
    Fault({{"kind", "unauthorized"}, {"error", error}});
    const platform::PublishOutcome out = Publish("revoked");
    EXPECT_EQ(out.kind, Kind::kRefused);
    EXPECT_EQ(out.error_class, platform::ErrorClass::kAuth) << out.error;
  }
  platform::PublishRequest request = Request("no token at all");
  request.access.access_token = ToSecret({access_.remote_account_id, handle_, "a.b.c", "d.e.f"});
  const platform::PublishOutcome out = connector_->Publish(request);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kAuth) << out.error;
  EXPECT_EQ(out.error.find("a.b.c"), std::string::npos);
}

TEST_F(BlueskySandboxConnector, RefuseIsForGood) {
  Fault({{"kind", "refuse"}});
  const platform::PublishOutcome out = Publish("not this");
  EXPECT_EQ(out.kind, Kind::kRefused);
  EXPECT_EQ(out.error_class, platform::ErrorClass::kInvalidContent) << out.error;
}

TEST_F(BlueskySandboxConnector, Slow) {
  Fault({{"kind", "slow"}, {"delay_ms", 300}, {"count", 2}});
  EXPECT_EQ(Publish("slow but in time").kind, Kind::kPublished);
  const platform::PublishRequest request = Request("too slow", absl::Milliseconds(100));
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kUnknown);
  ASSERT_TRUE(WaitUntil([&] { return Accepted().size() == 2; }));
  EXPECT_EQ(LookUp(request).kind, Found::kFound);
}

TEST_F(BlueskySandboxConnector, LookupDown) {
  const platform::PublishRequest request = Request("not to be seen");
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  Fault({{"kind", "lookup_down"}});
  EXPECT_EQ(LookUp(request).kind, Found::kUnavailable);
  EXPECT_EQ(LookUp(request).kind, Found::kFound);
}

TEST_F(BlueskySandboxConnector, ALostUploadIsDoneAgain) {
  carillon::testing::TempDir folder;
  platform::PublishRequest request = Request("a picture");
  request.content.media = {{.path = folder.Write("a.png", "\x89PNG\r\n\x1a\n a"), .mime_type = "image/png", .alt_text = "x"}};
  for (const char* kind : {"error_before", "error_after", "unauthorized"}) {
    Fault({{"kind", kind}, {"step", "upload"}});
    EXPECT_FALSE(carillon::testing::Upload(*connector_, access_, request.content.media[0], absl::Seconds(20)).ok()) << kind;
  }
  // Over a connection that was kept the HTTP client itself may do it again.
  Fault({{"kind", "drop_after_accept"}, {"step", "upload"}});
  (void)carillon::testing::Upload(*connector_, access_, request.content.media[0], absl::Seconds(20));
  const auto handle = carillon::testing::Upload(*connector_, access_, request.content.media[0], absl::Seconds(20));
  ASSERT_TRUE(handle.ok()) << handle.status();
  request.media_handles = {*handle};
  EXPECT_EQ(connector_->Publish(request).kind, Kind::kPublished);
  EXPECT_EQ(Accepted().size(), 1u);
}

TEST_F(BlueskySandboxConnector, Replies) {
  const platform::PublishOutcome post = Publish("a question");
  platform::PublishRequest reply = Request("an answer");
  reply.content.in_reply_to_remote_id = post.remote_id;
  const platform::PublishOutcome first = connector_->Publish(reply);
  ASSERT_EQ(first.kind, Kind::kPublished) << first.error;
  EXPECT_EQ(Record(first.remote_id)["reply"]["parent"]["uri"], post.remote_id);
  platform::PublishRequest deeper = Request("and again");
  deeper.content.in_reply_to_remote_id = first.remote_id;
  const platform::PublishOutcome second = connector_->Publish(deeper);
  ASSERT_EQ(second.kind, Kind::kPublished) << second.error;
  EXPECT_EQ(Record(second.remote_id)["reply"]["parent"]["uri"], first.remote_id);
  EXPECT_EQ(Record(second.remote_id)["reply"]["root"]["uri"], post.remote_id);
  platform::PublishRequest to_nothing = Request("an answer to nothing");
  to_nothing.content.in_reply_to_remote_id = post.remote_id.substr(0, post.remote_id.rfind('/')) + "/3jzfcijpj2z2a";
  const platform::PublishOutcome refused = connector_->Publish(to_nothing);
  EXPECT_EQ(refused.kind, Kind::kRefused);
  EXPECT_EQ(refused.error_class, platform::ErrorClass::kPermanent) << refused.error;
}

TEST_F(BlueskySandboxConnector, ARefreshBringsANewSessionEachTime) {
  for (int i = 0; i < 3; ++i) {
    const std::string before = access_.access_token;
    const platform::RefreshOutcome out = connector_->Refresh({access_, absl::Seconds(20), [] { return true; }});
    ASSERT_EQ(out.kind, platform::RefreshOutcome::Kind::kRefreshed) << out.error;
    EXPECT_NE(ReadSession(out.secret)->refresh, ReadSession(before)->refresh);
    access_.access_token = out.secret;
    EXPECT_EQ(Publish("after refresh").kind, Kind::kPublished);
    // A lost answer can be made up for: the old one is good for a while.
    platform::AccountAccess old = access_;
    old.access_token = before;
    EXPECT_EQ(connector_->Refresh({old, absl::Seconds(20), [] { return true; }}).kind,
              platform::RefreshOutcome::Kind::kRefreshed);
  }
  platform::AccountAccess none = access_;
  none.access_token = ToSecret({access_.remote_account_id, handle_, "a.b.c", "d.e.f"});
  const platform::RefreshOutcome refused = connector_->Refresh({none, absl::Seconds(20), [] { return true; }});
  EXPECT_EQ(refused.kind, platform::RefreshOutcome::Kind::kRefused) << refused.error;
  EXPECT_EQ(refused.error.find("d.e.f"), std::string::npos);
}

}  // namespace
}  // namespace carillon::bluesky
