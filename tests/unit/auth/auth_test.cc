#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/auth/authorizer.h"

namespace carillon::auth {
namespace {

constexpr char kOperator[] = "operator-token-0123456789";
constexpr char kService[] = "service-token-0123456789";

class TokensFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "carillon-auth-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& text, mode_t mode = 0600) {
    const std::string path = (folder_ / "tokens.json").string();
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  // What ReadTokens says to this file; "" if it takes it.
  std::string Complaint(const std::string& text, mode_t mode = 0600) {
    auto tokens = ReadTokens(Write(text, mode));
    return tokens.ok() ? "" : Message(tokens.status());
  }

  std::filesystem::path folder_;
};

std::string Json(const std::string& op, const std::string& service) {
  return fmt::format(R"({{"operator": "{}", "service": "{}"}})", op, service);
}

TEST_F(TokensFile, IsRead) {
  auto tokens = ReadTokens(Write(Json(kOperator, kService)));
  ASSERT_TRUE(tokens.ok()) << ToString(tokens.status());
  EXPECT_EQ(tokens->operator_token, kOperator);
  EXPECT_EQ(tokens->service_token, kService);
}

TEST_F(TokensFile, IsRefusedIfOthersMayUseIt) {
  for (mode_t mode : {0640u, 0604u, 0644u, 0620u, 0601u}) {
    EXPECT_NE(Complaint(Json(kOperator, kService), mode).find("chmod 600"), std::string::npos)
        << mode;
  }
  EXPECT_EQ(Complaint(Json(kOperator, kService), 0400), "");
}

TEST_F(TokensFile, SaysWhatIsWrongAndNeverAToken) {
  const struct {
    std::string text, says;
  } kCases[] = {
      {"", "not a JSON object"},
      {"[1]", "not a JSON object"},
      {"{\"operator\": ", "not a JSON object"},
      {R"({"operator": "operator-token-0123456789"})", "no text under \"service\""},
      {R"({"operator": 5, "service": "service-token-0123456789"})", "no text under \"operator\""},
      {Json("short-secret", kService), "has 12 characters"},
      {Json("has a space in its middle", kService), "space"},
      {Json("has-no-ascii-\xC3\xA9-in-its-middle", kService), "non-ASCII"},
      {Json(kOperator, kOperator), "choose two"},
  };
  for (const auto& c : kCases) {
    const std::string complaint = Complaint(c.text);
    EXPECT_NE(complaint.find(c.says), std::string::npos) << c.text << " -> " << complaint;
    EXPECT_EQ(complaint.find(kOperator), std::string::npos) << complaint;
    EXPECT_EQ(complaint.find("short-secret"), std::string::npos) << complaint;
  }
}

TEST_F(TokensFile, HasToBeAFileThatIsThere) {
  auto missing = ReadTokens((folder_ / "none.json").string());
  EXPECT_EQ(ReasonOf(missing.status()), "BAD_TOKENS_FILE");
  EXPECT_NE(Message(missing.status()).find("No such file"), std::string::npos);
  EXPECT_EQ(ReasonOf(ReadTokens(folder_.string()).status()), "BAD_TOKENS_FILE");
}

TEST(TokenAuthorizer, KnowsItsCallers) {
  const auto authorizer = MakeTokenAuthorizer({kOperator, kService});
  const struct {
    std::string authorization;
    Principal::Kind kind;
    std::string reason;
  } kCases[] = {
      {std::string("Bearer ") + kOperator, Principal::Kind::kOperator, ""},
      {std::string("bearer ") + kService, Principal::Kind::kService, ""},
      {"", Principal::Kind::kNone, "NO_TOKEN"},
      {kOperator, Principal::Kind::kNone, "BAD_TOKEN"},
      {"Bearer ", Principal::Kind::kNone, "BAD_TOKEN"},
      {std::string("Basic ") + kOperator, Principal::Kind::kNone, "BAD_TOKEN"},
      {std::string("Bearer ") + kOperator + "x", Principal::Kind::kNone, "BAD_TOKEN"},
      {std::string("Bearer ") + std::string(kOperator).substr(1), Principal::Kind::kNone,
       "BAD_TOKEN"},
      {std::string("Bearer  ") + kOperator, Principal::Kind::kNone, "BAD_TOKEN"},
  };
  for (const auto& c : kCases) {
    const auto principal = authorizer->Authenticate(c.authorization);
    if (c.reason.empty()) {
      ASSERT_TRUE(principal.ok()) << c.authorization;
      EXPECT_EQ(principal->kind, c.kind);
    } else {
      EXPECT_EQ(principal.status().code(), Code::kUnauthenticated) << c.authorization;
      EXPECT_EQ(ReasonOf(principal.status()), c.reason) << c.authorization;
      EXPECT_EQ(Message(principal.status()).find(kOperator), std::string::npos);
    }
  }
}

TEST(TokenAuthorizer, KeepsFromTheOperatorWhatIsForServices) {
  const auto authorizer = MakeTokenAuthorizer({kOperator, kService});
  const Principal op{Principal::Kind::kOperator, "operator"};
  const Principal service{Principal::Kind::kService, "service"};
  const Principal nobody{};
  const struct {
    Principal principal;
    std::string action;
    bool allowed;
  } kCases[] = {
      {op, "post.create", true},         {op, "access.lend", false},
      {op, "ledger.forward", false},     {service, "access.lend", true},
      {service, "ledger.forward", true}, {service, "post.create", true},
      {nobody, "post.list", false},
  };
  for (const auto& c : kCases) {
    const Status status = authorizer->Authorize(c.principal, c.action, "post_1");
    EXPECT_EQ(status.ok(), c.allowed) << c.principal.name << " " << c.action;
    if (!c.allowed) {
      EXPECT_EQ(status.code(), Code::kPermissionDenied);
      EXPECT_EQ(ReasonOf(status), "NOT_ALLOWED");
    }
  }
}

TEST(TokenAuthorizer, TheGatewayMayOnlyPassOn) {
  constexpr char kGateway[] = "gateway-token-0123456789";
  const auto authorizer = MakeTokenAuthorizer({kOperator, kService, kGateway});
  const auto gateway = authorizer->Authenticate(std::string("Bearer ") + kGateway);
  ASSERT_TRUE(gateway.ok()) << ToString(gateway.status());
  for (const char* action : {"authorization.finish", "client_document.get", "webhook.challenge", "webhook.take"}) {
    EXPECT_TRUE(authorizer->Authorize(*gateway, action, "").ok()) << action;
  }
  for (const char* action : {"authorization.start", "app.create", "app.list", "account.connect", "access.lend",
                             "webhook.check", "ledger.forward", "post.create", ""}) {
    EXPECT_EQ(authorizer->Authorize(*gateway, action, "").code(), Code::kPermissionDenied) << action;
  }
  // Where nobody is the gateway an empty token is nobody's.
  const auto without = MakeTokenAuthorizer({kOperator, kService});
  EXPECT_FALSE(without->Authenticate("Bearer ").ok());
  EXPECT_FALSE(without->Authenticate(std::string("Bearer ") + kGateway).ok());
}

TEST_F(TokensFile, TheGatewaysIsOptionalAndItsOwn) {
  const std::string three = R"({"operator": "operator-token-0123456789", "service": "service-token-0123456789", "gateway": ")";
  EXPECT_EQ(Complaint(three + "gateway-token-0123456789\"}"), "");
  EXPECT_NE(Complaint(three + "service-token-0123456789\"}").find("choose one of its own"), std::string::npos);
  EXPECT_NE(Complaint(three + "short\"}").find("5 characters"), std::string::npos);
}

}  // namespace
}  // namespace carillon::auth
