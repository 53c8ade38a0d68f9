#include "services/scheduler/domain/kill_decisions.h"

#include <fmt/format.h>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/scheduler/domain/records.h"

namespace carillon::scheduler {
namespace {

using ledger::Decision;
using ledger::Input;
using ledger::StateView;

ledger::OutMessage Control(const v1::KillSwitchBoard& board, absl::Time now) {
  auto body = std::make_shared<v1::ControlRecord>();
  body->set_version(board.version());
  *body->mutable_active() = board.active();
  *body->mutable_beat_at() = ToProto(now);
  ledger::OutMessage message;
  message.id = fmt::format("control:{}:{}", board.version(), absl::ToUnixMillis(now));
  message.to = "control";
  message.from_aggregate = std::string(kKillRoot);
  message.body = std::move(body);
  return message;
}

Status UnknownKillSwitch(const std::string& what) {
  return Refuse(Code::kNotFound, "UNKNOWN_KILL_SWITCH",
                fmt::format("there is no kill switch {}; see the list of those that are on",
                            what));
}

// The board and the switch change together, and every publisher hears of it in the same transaction.
Decision Changed(std::string what, v1::KillSwitchBoard board, v1::KillSwitch kill_switch,
                 absl::Time now) {
  board.set_version(board.version() + 1);
  Decision decision;
  decision.answer_id = kill_switch.id();
  decision.messages.push_back(Control(board, now));
  decision.changes.push_back(ChangeOf(what, std::move(board)));
  decision.changes.push_back(ChangeOf(what, std::move(kill_switch)));
  return decision;
}

}  // namespace

std::string KillSwitchId(std::string_view org_id, std::string_view request_id) {
  return MakeId("kill", {org_id, request_id}, kKillRoot);
}

Result<Decision> SetKillSwitch(const Input& input, const v1::SetKillSwitchRequest& body,
                               StateView& states, absl::Time now) {
  if (body.org_id().empty()) {
    return Refuse(Code::kInvalidArgument, "UNKNOWN_ORGANIZATION",
                  "the kill switch names no organization");
  }
  if (body.reason().size() > kReasonBytesMax) {
    return Refuse(Code::kInvalidArgument, "TEXT_TOO_LARGE",
                  fmt::format("the reason is longer than {} bytes", kReasonBytesMax));
  }
  ASSIGN_OR_RETURN(std::optional<v1::KillSwitchBoard> board, FindBoard(states));
  if (!board) board.emplace();
  Decision decision;
  for (const v1::KillSwitch& active : board->active()) {
    if (active.org_id() == body.org_id() && active.brand_id() == body.brand_id()) {
      decision.answer_id = active.id();
      return decision;
    }
  }
  if (board->active_size() >= kKillSwitchesMax) {
    return Refuse(Code::kResourceExhausted, "TOO_MANY_KILL_SWITCHES",
                  fmt::format("{} kill switches are on; end some, or stop the whole organization",
                              kKillSwitchesMax));
  }
  v1::KillSwitch kill_switch;
  kill_switch.set_id(KillSwitchId(body.org_id(), input.envelope.request_id()));
  kill_switch.set_org_id(body.org_id());
  kill_switch.set_brand_id(body.brand_id());
  kill_switch.set_reason(body.reason());
  kill_switch.set_set_by(input.envelope.actor().id());
  *kill_switch.mutable_set_at() = ToProto(now);
  kill_switch.set_on(true);
  *board->add_active() = kill_switch;
  return Changed("kill_switch.set", *std::move(board), std::move(kill_switch), now);
}

Result<Decision> EndKillSwitch(const Input&, const v1::EndKillSwitchRequest& body,
                               StateView& states, absl::Time now) {
  ASSIGN_OR_RETURN(std::optional<v1::KillSwitchBoard> board, FindBoard(states));
  if (!board) return UnknownKillSwitch("yet");
  for (int i = 0; i < board->active_size(); ++i) {
    v1::KillSwitch found = board->active(i);
    const bool meant = body.id().empty() ? found.org_id() == body.org_id() &&
                                               found.brand_id() == body.brand_id()
                                         : found.id() == body.id();
    if (!meant) continue;
    found.set_on(false);
    *found.mutable_ended_at() = ToProto(now);
    board->mutable_active()->DeleteSubrange(i, 1);
    return Changed("kill_switch.ended", *std::move(board), std::move(found), now);
  }
  if (body.id().empty()) {
    return UnknownKillSwitch(body.brand_id().empty() ? "for the whole organization"
                                                     : "for brand " + body.brand_id());
  }
  ASSIGN_OR_RETURN(std::optional<v1::KillSwitch> ended, FindKillSwitch(states, body.id()));
  if (!ended) return UnknownKillSwitch(body.id());
  Decision decision;
  decision.answer_id = ended->id();
  return decision;
}

Result<Decision> Beat(StateView& states, absl::Time now) {
  ASSIGN_OR_RETURN(std::optional<v1::KillSwitchBoard> board, FindBoard(states));
  Decision decision;
  if (!board) {
    board.emplace();
    board->set_version(1);
    decision.changes.push_back(ChangeOf("kill_switch_board.created", *board));
  }
  decision.messages.push_back(Control(*board, now));
  return decision;
}

}  // namespace carillon::scheduler
