// X's webhooks: challenge, signature, and whom an event is about. The signatures were made with Python's hmac, not with our code.
#include "common/platform/webhook.h"

#include <gtest/gtest.h>

#include "common/base/testing/fake_clock.h"
#include "common/platform/x/webhook.h"

namespace carillon::platform {
namespace {

constexpr char kSecret[] = "consumer-secret";
constexpr char kBody[] = R"({"for_user_id":"1","tweet_create_events":[{"id_str":"9","user":{"id_str":"2"}}]})";

class XWebhookTest : public ::testing::Test {
 protected:
  // "<account>/<event>" of each, and how many were passed over.
  std::string Read(const std::string& body) {
    const auto read = webhook_->Read(body);
    if (!read.ok()) return ReasonOf(read.status());
    std::string out;
    for (const PushedEvent& event : read->events) out += event.remote_account_id + "/" + event.event_id + " ";
    return out + std::to_string(read->passed_over);
  }
  carillon::testing::FakeClock clock_;
  const std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({});  // not asked here
  const std::unique_ptr<Webhook> webhook_ = x::MakeWebhook(*client_, clock_);
};

TEST_F(XWebhookTest, TheChallengeIsAnswered) {
  const auto answer = webhook_->AnswerChallenge({{"crc_token", "token-123"}, {"nonce", "n"}}, kSecret);
  ASSERT_TRUE(answer.ok()) << ToString(answer.status());
  EXPECT_EQ(answer->body, R"({"response_token":"sha256=UOjjmsotMvMCT0PFV+fDMeKsoTYnU/hVcVeWTnDNA0c="})");
}

TEST_F(XWebhookTest, TheSignatureIsOverTheBytes) {
  const std::string header = "x-twitter-webhooks-signature", good = "sha256=zhfVR10oPGs5frf9p9nQgncaiJkh71kk8OkyHfE8xsY=";
  EXPECT_TRUE(webhook_->CheckSignature({{header, good}}, kBody, kSecret).ok());
  EXPECT_EQ(ReasonOf(webhook_->CheckSignature({{header, good}}, std::string(kBody) + " ", kSecret)), "BAD_SIGNATURE");
  EXPECT_EQ(ReasonOf(webhook_->CheckSignature({{header, good}}, kBody, "another")), "BAD_SIGNATURE");
  EXPECT_EQ(ReasonOf(webhook_->CheckSignature({{header, good.substr(7)}}, kBody, kSecret)), "BAD_SIGNATURE");
  EXPECT_EQ(ReasonOf(webhook_->CheckSignature({{header, ""}}, kBody, kSecret)), "BAD_SIGNATURE");
  EXPECT_EQ(ReasonOf(webhook_->CheckSignature({}, kBody, kSecret)), "BAD_SIGNATURE");
}

// The answer to a challenge is the signature of its token: whoever could choose an event as a token would have it signed.
TEST_F(XWebhookTest, AChallengeSignsNoEvent) {
  const std::string tokens[] = {kBody, "{}", "{", " {}", "\n", "a\"b", "", std::string(300, 'a'), std::string("a\0b", 3)};
  for (const std::string& token : tokens) {
    EXPECT_EQ(ReasonOf(webhook_->AnswerChallenge({{"crc_token", token}}, kSecret).status()), "BAD_CHALLENGE") << token;
  }
  EXPECT_EQ(ReasonOf(webhook_->AnswerChallenge({}, kSecret).status()), "BAD_CHALLENGE");
  // And what a challenge can sign is no body.
  const std::string header = "x-twitter-webhooks-signature";
  EXPECT_EQ(ReasonOf(webhook_->CheckSignature({{header, "sha256=UOjjmsotMvMCT0PFV+fDMeKsoTYnU/hVcVeWTnDNA0c="}}, "token-123", kSecret)),
            "BAD_SIGNATURE");
}

TEST_F(XWebhookTest, EventsOfTheAccountActivityApi) {
  EXPECT_EQ(Read(kBody), "1/9 0");
  EXPECT_EQ(Read(R"({"for_user_id":"1","direct_message_events":[{"id":"5"},{"id":"6"}],"apps":{}})"), "1/5 1/6 0");
  EXPECT_EQ(Read(R"({"for_user_id":"1","tweet_create_events":[{"id_str":"9","user":{"id_str":"1"}}]})"), "1") << "its own";
  EXPECT_EQ(Read(R"({"for_user_id":"1","favorite_events":[{"id":"5"}],"follow_events":[{}]})"), "2");
  EXPECT_EQ(Read(R"({"for_user_id":"../1","tweet_create_events":[{"id_str":"9"}]})"), "0");
}

TEST_F(XWebhookTest, EventsOfTheActivityApi) {
  const std::string head = R"({"data":{"event_uuid":"77","filter":{"user_id":"1"},"event_type":")";
  EXPECT_EQ(Read(head + R"(post.mention.create","payload":{"author_id":"2"}}})"), "1/77 0");
  EXPECT_EQ(Read(head + R"(post.create","payload":{"author_id":"1"}}})"), "1");
  EXPECT_EQ(Read(head + R"(post.create"}})"), "1/77 0");
  EXPECT_EQ(Read(head + R"(dm.received","payload":{}}})"), "1/77 0");
  EXPECT_EQ(Read(head + R"(profile.update.bio","payload":{}}})"), "1");
  EXPECT_EQ(Read(R"({"data":[{"event_type":"dm.received"},7]})"), "2");
}

TEST_F(XWebhookTest, WhatIsNoEvent) {
  EXPECT_EQ(Read("[]"), "BAD_EVENT");
  EXPECT_EQ(Read("no JSON"), "BAD_EVENT");
  EXPECT_EQ(Read("{}"), "0");
}

}  // namespace
}  // namespace carillon::platform
