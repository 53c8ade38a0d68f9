#include <gtest/gtest.h>

#include "carillon/common/v1/error.pb.h"
#include "common/rpc/router.h"

namespace carillon::rpc {
namespace {

TEST(Status, CodesAndReasonsSurviveTheWire) {
  for (int code = 1; code <= 16; ++code) {
    const Status status = Refuse(static_cast<Code>(code), "SOME_REASON", "no brand 'Écla'",
                                 {{"brand", "Écla"}, {"field", "brand"}});
    const Status back = FromGrpc(ToGrpc(status));
    EXPECT_EQ(back.code(), status.code());
    EXPECT_EQ(carillon::Message(back), carillon::Message(status));
    ASSERT_TRUE(GetErrorInfo(back).has_value());
    EXPECT_EQ(GetErrorInfo(back)->reason, "SOME_REASON");
    EXPECT_EQ(GetErrorInfo(back)->params, GetErrorInfo(status)->params);
  }
  EXPECT_TRUE(FromGrpc(ToGrpc(Ok())).ok());
}

TEST(Status, WhatProvesNothingStaysSo) {
  const Status back = FromGrpc(ToGrpc(MakeStatus(Code::kUnavailable, "connection reset")));
  EXPECT_EQ(back.code(), Code::kUnavailable);
  EXPECT_FALSE(GetErrorInfo(back).has_value());
}

TEST(Status, AnothersReasonIsNoRefusalOfOurs) {
  common::v1::ErrorInfo info;
  info.set_reason("PROXY_SAYS_NO");
  info.set_domain("proxy.example");
  common::v1::ErrorStatus details;
  auto* any = details.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any->set_value(info.SerializeAsString());
  const Status back =
      FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "no", details.SerializeAsString()));
  EXPECT_EQ(ReasonOf(back), "");
  EXPECT_EQ(ReasonOf(FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "no", "\xff\xff"))), "");
}

TEST(Status, IsCutSoThatPeersTakeTheTrailers) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "é";
  std::map<std::string, std::string> params;
  for (int i = 0; i < 50; ++i) params["param" + std::to_string(i)] = text;
  const grpc::Status cut = ToGrpc(Refuse(Code::kInvalidArgument, "LONG", text, params));
  EXPECT_LE(cut.error_message().size(), 1'000u);
  EXPECT_LE(cut.error_details().size(), 4'000u);
  EXPECT_EQ(cut.error_message().substr(cut.error_message().size() - 3), "...");
  EXPECT_EQ(cut.error_message().size() % 2, 1u) << "cut between characters";
  EXPECT_EQ(ReasonOf(FromGrpc(cut)), "LONG");
}

}  // namespace
}  // namespace carillon::rpc
