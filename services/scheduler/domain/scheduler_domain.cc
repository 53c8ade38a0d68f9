#include "services/scheduler/domain/scheduler_domain.h"

#include <fmt/format.h>

#include "carillon/analytics/v1/analytics.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/scheduler/domain/import_decisions.h"
#include "services/scheduler/domain/kill_decisions.h"
#include "services/scheduler/domain/post_decisions.h"
#include "services/scheduler/domain/records.h"

namespace carillon::scheduler {
namespace {

using ledger::Decision;
using ledger::Input;
using ledger::StateView;

// Behind every time that is one.
constexpr std::string_view kNoTimeKey = "99999999999999999";

template <typename T>
const T* As(const Input& input) {
  return dynamic_cast<const T*>(input.body.get());
}

std::vector<ledger::IndexEntry> PostIndexes(const v1::Post& post) {
  const v1::PostDraft& draft = post.draft();
  const std::string tail =
      (draft.has_due_at() ? ledger::TimeKey(FromProto(draft.due_at())) : std::string(kNoTimeKey)) +
      "|" + post.id();
  std::vector<ledger::IndexEntry> out = {
      {std::string(kOrgIndex), draft.org_id() + "|" + tail},
      {std::string(kBrandIndex), draft.brand_id() + "|" + tail},
      {std::string(kBrandStateIndex),
       fmt::format("{}|{:02}|{}", draft.brand_id(), static_cast<int>(post.state()), tail)}};
  if (post.has_next_at()) {
    out.push_back({std::string(kDueIndex),
                   ledger::DueMember(FromProto(post.next_at()), post.id())});
  }
  return out;
}

std::vector<ledger::IndexEntry> ImportIndexes(const v1::Import& import) {
  std::vector<ledger::IndexEntry> out = {
      {std::string(kImportIndex), import.org_id() + "|" +
                                      ledger::TimeKey(FromProto(import.created_at())) + "|" +
                                      import.id()}};
  if (import.has_next_at()) {
    out.push_back({std::string(kDueIndex),
                   ledger::DueMember(FromProto(import.next_at()), import.id())});
  }
  return out;
}

Status UnknownInput(const Input& input) {
  return Refuse(Code::kInvalidArgument, "UNKNOWN_COMMAND",
                fmt::format("the scheduler does not know '{}'",
                            input.body == nullptr ? "" : input.body->GetTypeName()));
}

Result<Decision> DecideCommand(const Input& input, StateView& states, Moment now) {
  if (auto* body = As<v1::CreatePostRequest>(input)) return CreatePost(input, *body, states, now);
  if (auto* body = As<v1::EditPostRequest>(input)) return EditPost(input, *body, states, now);
  if (auto* body = As<v1::ReschedulePostRequest>(input)) {
    return ReschedulePost(input, *body, states, now);
  }
  if (auto* body = As<v1::ApprovePostRequest>(input)) {
    return ApprovePost(input, *body, states, now);
  }
  if (auto* body = As<v1::CancelPostRequest>(input)) return CancelPost(input, *body, states, now);
  if (auto* body = As<v1::DeletePostRequest>(input)) return DeletePost(input, *body, states, now);
  if (auto* body = As<v1::StageImportRows>(input)) return StageRows(input, *body, states, now);
  if (auto* body = As<v1::CommitImport>(input)) return CommitRows(input, *body, states, now);
  if (auto* body = As<v1::ApproveImportRequest>(input)) {
    return ApproveRows(input, *body, states, now);
  }
  if (auto* body = As<v1::SetKillSwitchRequest>(input)) {
    return SetKillSwitch(input, *body, states, now);
  }
  if (auto* body = As<v1::EndKillSwitchRequest>(input)) {
    return EndKillSwitch(input, *body, states, now);
  }
  if (As<v1::BeatBoard>(input) != nullptr) return Beat(states, now);
  return UnknownInput(input);
}

Result<Decision> DecideMessage(const Input& input, StateView& states, Moment now) {
  const auto* message = As<v1::SchedulerMessage>(input);
  if (message == nullptr) return UnknownInput(input);
  switch (message->body_case()) {
    case v1::SchedulerMessage::kOutcome:
      return OutcomeOfPost(input, message->outcome(), states, now);
    case v1::SchedulerMessage::kImportPost:
      return TakeImportPost(input, message->import_post(), states, now);
    case v1::SchedulerMessage::kImportPostDone:
      return TakeImportPostDone(input, message->import_post_done(), states, now);
    case v1::SchedulerMessage::kApproveImported:
      return TakeApproveImported(input, message->approve_imported(), states, now);
    case v1::SchedulerMessage::kApproveImportedDone:
      return TakeApproveDone(input, message->approve_imported_done(), states, now);
    case v1::SchedulerMessage::BODY_NOT_SET: break;
  }
  return UnknownInput(input);
}

}  // namespace

const ledger::Proto& SchedulerDomain::RecordPrototype() const {
  return v1::SchedulerRecord::default_instance();
}
const ledger::Proto& SchedulerDomain::MessagePrototype() const {
  return v1::SchedulerMessage::default_instance();
}

std::vector<const ledger::Proto*> SchedulerDomain::Sends() const {
  return {&publisher::v1::PublisherMessage::default_instance(),
          &analytics::v1::AnalyticsMessage::default_instance(),
          &v1::ControlRecord::default_instance()};
}

std::vector<std::string> SchedulerDomain::IndexNames() const {
  return {std::string(kDueIndex), std::string(kOrgIndex), std::string(kBrandIndex),
          std::string(kBrandStateIndex), std::string(kImportIndex)};
}

std::vector<ledger::IndexEntry> SchedulerDomain::Indexes(const ledger::Proto& record) const {
  const auto& typed = static_cast<const v1::SchedulerRecord&>(record);
  if (typed.has_post()) return PostIndexes(typed.post());
  if (typed.has_import()) return ImportIndexes(typed.import());
  return {};
}

std::vector<std::string> SchedulerDomain::Reads(const Input& input) const {
  std::vector<std::string> out = {input.aggregate_id};
  if (const auto* stage = As<v1::StageImportRows>(input)) {
    for (const v1::ImportRow& row : stage->rows()) out.push_back(row.id());
  } else if (const auto* end = As<v1::EndKillSwitchRequest>(input)) {
    if (!end->id().empty()) out.push_back(end->id());
  } else if (const auto* message = As<v1::SchedulerMessage>(input)) {
    if (message->has_import_post_done()) out.push_back(message->import_post_done().import_id());
    if (message->has_approve_imported_done()) {
      out.push_back(message->approve_imported_done().import_id());
    }
  }
  return out;
}

Result<Decision> SchedulerDomain::Decide(const Input& input, StateView& states,
                                         const ledger::DecideContext& context) const {
  const Moment now(context.now, context.restored_until, prepare_lead_);
  switch (input.kind) {
    case Input::Kind::kCommand: return DecideCommand(input, states, now);
    case Input::Kind::kMessage: return DecideMessage(input, states, now);
    case Input::Kind::kDue:
      return TypeOf(input.aggregate_id) == "imp" ? DueImport(input, states, now)
                                                 : DuePost(input, states, now);
  }
  return UnknownInput(input);
}

}  // namespace carillon::scheduler
