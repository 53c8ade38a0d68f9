#include "carillon/scheduler/v1/commands.pb.h"
#include "tests/unit/scheduler/world.h"

namespace carillon::scheduler {
namespace {

struct Board {
  World world;

  ledger::Answer Set(const std::string& brand) {
    v1::SetKillSwitchRequest request;
    request.set_org_id(kOrg);
    request.set_brand_id(brand);
    request.set_reason("a recall");
    return world.Run(std::string(kKillRoot), request);
  }
  ledger::Answer End(const std::string& brand, const std::string& id = "") {
    v1::EndKillSwitchRequest request;
    request.set_org_id(kOrg);
    request.set_brand_id(brand);
    request.set_id(id);
    return world.Run(std::string(kKillRoot), request);
  }
  static v1::KillSwitch Of(const ledger::Answer& answer) {
    return static_cast<const v1::SchedulerRecord&>(*answer.record).kill_switch();
  }
};

TEST(KillSwitchTest, EachChangeTellsEveryPublisherInTheSameTransaction) {
  Board board;
  const v1::KillSwitch on = Board::Of(board.Set("brand_a"));
  EXPECT_TRUE(on.on());
  EXPECT_EQ(on.set_by(), "tester");
  EXPECT_EQ(RootOf(on.id()), kKillRoot);
  auto sent = board.world.TakeSent();
  ASSERT_EQ(sent.controls.size(), 1u);
  ASSERT_EQ(sent.controls[0].active_size(), 1);
  EXPECT_EQ(sent.controls[0].active(0).brand_id(), "brand_a");
  const v1::KillSwitch off = Board::Of(board.End("brand_a"));
  EXPECT_EQ(off.id(), on.id());
  EXPECT_FALSE(off.on());
  EXPECT_TRUE(off.has_ended_at());
  sent = board.world.TakeSent();
  ASSERT_EQ(sent.controls.size(), 1u);
  EXPECT_EQ(sent.controls[0].active_size(), 0);
  EXPECT_EQ(sent.controls[0].version(), 2u);
}

TEST(KillSwitchTest, OneForABrandAndEndingIsById) {
  Board board;
  const std::string a = Board::Of(board.Set("brand_a")).id();
  EXPECT_EQ(Board::Of(board.Set("brand_a")).id(), a);
  const std::string all = Board::Of(board.Set("")).id();
  EXPECT_NE(all, a);
  EXPECT_EQ(ReasonOf(board.End("brand_b").status), "UNKNOWN_KILL_SWITCH");
  EXPECT_EQ(Board::Of(board.End("", all)).id(), all);
  EXPECT_EQ(Board::Of(board.End("", all)).id(), all);
  EXPECT_EQ(ReasonOf(board.End("", "kill_x~kill_root").status), "UNKNOWN_KILL_SWITCH");
}

TEST(KillSwitchTest, TheBeatMakesTheBoardOnceAndChangesNothingAfter) {
  Board board;
  for (int i = 0; i < 3; ++i) {
    ledger::Input input;
    input.aggregate_id = std::string(kKillRoot);
    input.body = std::make_shared<v1::BeatBoard>();
    Status status;
    board.world.ledger.Submit(std::move(input), absl::InfiniteFuture(),
                              [&](ledger::Answer answer) { status = answer.status; });
    EXPECT_TRUE(status.ok()) << ToString(status);
    const auto sent = board.world.TakeSent();
    ASSERT_EQ(sent.controls.size(), 1u);
    EXPECT_EQ(FromProto(sent.controls[0].beat_at()), board.world.clock.Now());
    board.world.clock.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(board.world.ledger.log().size(), 1u);
}

}  // namespace
}  // namespace carillon::scheduler
