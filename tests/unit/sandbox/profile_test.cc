// Mastodon's update_credentials: what is named changes, a repeat changes nothing, an answer may be lost.
#include <fstream>

#include "sandbox_fixture.h"

namespace carillon::sandbox {
namespace {

using nlohmann::json;
using ProfileTest = SandboxFixture;

constexpr char kUpdate[] = "/api/v1/accounts/update_credentials";
constexpr char kVerify[] = "/api/v1/accounts/verify_credentials";

TEST_F(ProfileTest, WhatIsNamedChangesAndTheRestStays) {
  const json before = Get(kVerify);
  const json named = BodyOf(Send("PATCH", kUpdate, {{"display_name", "One & all"}, {"note", "We ring at https://bells.example"}}));
  EXPECT_EQ(named["display_name"], "One & all");
  EXPECT_EQ(named["source"]["note"], "We ring at https://bells.example");
  EXPECT_NE(std::string(named["note"]).find("<a href=\"https://bells.example\""), std::string::npos);
  EXPECT_EQ(named["avatar"], before["avatar"]);
  EXPECT_EQ(BodyOf(Send("PATCH", kUpdate, {{"note", ""}}))["display_name"], "One & all");
  EXPECT_EQ(Get(kVerify)["source"]["note"], "");
  EXPECT_EQ(Get("/api/v1/accounts/" + MyId())["display_name"], "One & all");
}

TEST_F(ProfileTest, TheFieldsAreOneList) {
  const auto fields = [&] { return Get(kVerify)["source"]["fields"]; };
  Send("PATCH", kUpdate, {{"fields_attributes[0][name]", "Shop"}, {"fields_attributes[0][value]", "https://bells.example"},
                          {"fields_attributes[1][name]", "Since"}, {"fields_attributes[1][value]", "1701"}});
  ASSERT_EQ(fields().size(), 2u);
  EXPECT_EQ(fields()[0]["name"], "Shop");
  EXPECT_EQ(fields()[1]["value"], "1701");
  Send("PATCH", kUpdate, {{"fields_attributes[0][name]", "Since"}, {"fields_attributes[0][value]", "1702"}});
  ASSERT_EQ(fields().size(), 1u);
  EXPECT_EQ(fields()[0]["value"], "1702");
  Send("PATCH", kUpdate, {{"display_name", "One"}});
  EXPECT_EQ(fields().size(), 1u);
  Send("PATCH", kUpdate, {{"fields_attributes[0][name]", ""}, {"fields_attributes[0][value]", ""}});
  EXPECT_EQ(fields().size(), 0u);
}

TEST_F(ProfileTest, PicturesComeAsFiles) {
  const json before = Get(kVerify);
  http::HttpRequest request;
  request.method = "PATCH";
  request.url = sandbox_->url() + kUpdate;
  request.headers["Authorization"] = "Bearer token-one";
  const std::string path = ::testing::TempDir() + "profile_test.png";
  std::ofstream(path) << "\x89PNG and more";
  request.multipart = {{.name = "avatar", .file_path = path, .content_type = "image/png"}};
  const json after = BodyOf(client_->Send(request));
  EXPECT_NE(after["avatar"], before["avatar"]);
  EXPECT_EQ(after["header"], before["header"]);
  request.multipart = {{.name = "header", .file_path = path, .file_name = "a.txt", .content_type = "text/plain"}};
  std::ofstream(path) << "text";
  EXPECT_EQ(client_->Send(request).response->status, 422);
}

TEST_F(ProfileTest, WhatIsTooLongIsRefused) {
  EXPECT_EQ(Send("PATCH", kUpdate, {{"display_name", std::string(31, 'x')}}).response->status, 422);
  EXPECT_EQ(Send("PATCH", kUpdate, {{"note", std::string(501, 'x')}}).response->status, 422);
  EXPECT_EQ(Send("PATCH", kUpdate, {{"note", "bad \xff bytes"}}).response->status, 422);
  EXPECT_EQ(Send("PATCH", kUpdate, {{"note", "x"}}, "", "wrong").response->status, 401);
}

TEST_F(ProfileTest, AnAnswerMayBeLostAndTheRepeatChangesNothing) {
  Admin("POST", "/admin/faults", {{"kind", "drop_after_accept"}, {"step", "act"}, {"count", 1}});
  EXPECT_FALSE(Send("PATCH", kUpdate, {{"display_name", "Bells"}}).ok());
  EXPECT_EQ(Get(kVerify)["display_name"], "Bells");
  EXPECT_EQ(BodyOf(Send("PATCH", kUpdate, {{"display_name", "Bells"}}))["display_name"], "Bells");
  const json actions = Admin("GET", "/admin/actions")["actions"];
  ASSERT_EQ(actions.size(), 2u);
  EXPECT_EQ(actions[0]["action"], "profile");
  EXPECT_EQ(actions[0]["post"], MyId());
}

}  // namespace
}  // namespace carillon::sandbox
