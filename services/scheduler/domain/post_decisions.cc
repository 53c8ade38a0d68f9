#include "services/scheduler/domain/post_decisions.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "common/base/clock.h"
#include "services/scheduler/domain/post_actions.h"
#include "services/scheduler/domain/post_messages.h"
#include "services/scheduler/domain/post_preparing.h"
#include "services/scheduler/domain/post_rules.h"
#include "services/scheduler/domain/records.h"

namespace carillon::scheduler {
namespace {

using ledger::Decision;
using ledger::Input;
using ledger::StateView;

// A post as a command finds it: what its time has done to it comes before what the command does.
struct Found {
  v1::Post before;
  v1::Post post;
};

// Its order goes out in a moment; until then nobody knows what a command would meet.
Status CheckRestored(const v1::Post& post, Moment now) {
  if (!MayHaveBeenDispatched(post, now)) return Ok();
  return Refuse(Code::kUnavailable, "RESTORED",
                fmt::format("Kafka was put back from an older copy, and post {} may have been "
                            "dispatched before; try again in a moment",
                            post.id()),
                {{"post", post.id()}});
}

Result<Found> FindFor(StateView& states, const Input& input, Moment now) {
  ASSIGN_OR_RETURN(std::optional<v1::Post> post, FindPost(states, input.aggregate_id));
  if (!post) return UnknownPost(input.aggregate_id);
  RETURN_IF_ERROR(CheckRestored(*post, now));
  Found found{*post, *std::move(post)};
  Settle(SettleWhy::kTimePasses, now, &found.post);
  return found;
}

void AddEffects(const v1::Post* before, const v1::Post& after, absl::Time now,
                Decision* decision) {
  std::map<std::string, v1::TargetState> old;
  if (before != nullptr) {
    for (const v1::Target& target : before->targets()) old[target.id()] = target.state();
  }
  std::map<v1::TargetState, std::shared_ptr<TargetsChanged>> counted;
  for (const v1::Target& target : after.targets()) {
    const auto was = old.find(target.id());
    if (was != old.end() && was->second == target.state()) continue;
    auto& effect = counted[target.state()];
    if (effect == nullptr) effect = std::make_shared<TargetsChanged>();
    effect->state = target.state();
    ++effect->count;
    if (target.state() == v1::TARGET_STATE_DISPATCHED) {
      effect->lateness = now - DueAt(after.draft());
    } else if (target.state() == v1::TARGET_STATE_PUBLISHED && target.has_finished_at()) {
      effect->lateness = FromProto(target.finished_at()) - DueAt(after.draft());
    }
  }
  for (auto& [state, effect] : counted) decision->effects.push_back(std::move(effect));
}

std::string ReasonAndText(const Status& status) {
  return ReasonOf(status) + ": " + Message(status);
}

}  // namespace

void Finish(std::string what, SettleWhy why, const v1::Post* before, v1::Post after,
            Moment now, Decision* decision) {
  Settle(why, now, &after);
  OrderActions(now, &after, &decision->messages);
  PrepareMedia(before, now, &after, &decision->messages);
  Derive(now, &after);
  if (before != nullptr && before->SerializeAsString() == after.SerializeAsString()) return;
  after.set_version((before == nullptr ? 0 : before->version()) + 1);
  *after.mutable_updated_at() = ToProto(now);
  for (ledger::OutMessage& sample : Samples(before, after)) {
    decision->messages.push_back(std::move(sample));
  }
  AddEffects(before, after, now, decision);
  decision->changes.push_back(ChangeOf(std::move(what), std::move(after)));
}

Result<Decision> CreatePost(const Input& input, const v1::CreatePostRequest& body,
                            StateView& states, Moment now) {
  RETURN_IF_ERROR(CheckDraft(body.draft()));
  Decision decision;
  ASSIGN_OR_RETURN(std::optional<v1::Post> known, FindPost(states, input.aggregate_id));
  v1::Post post = NewPost(input.aggregate_id, body.draft(), now);
  if (known) {
    // The same external id: the same post, or a mistake.
    if (post.draft().SerializeAsString() != known->draft().SerializeAsString()) {
      return Refuse(Code::kAlreadyExists, "POST_EXISTS",
                    fmt::format("post {} has the external id '{}' already and says something else; "
                                "edit it, or take another external id",
                                known->id(), body.draft().external_id()),
                    {{"post", known->id()}, {"external_id", body.draft().external_id()}});
    }
    post = *known;
  }
  if (body.approve()) {
    RETURN_IF_ERROR(Approve("", input.envelope.actor().id(), now, &post));
  }
  Finish("post.created", known ? SettleWhy::kTimePasses : SettleWhy::kEntering,
         known ? &*known : nullptr, std::move(post), now, &decision);
  return decision;
}

Result<Decision> EditPost(const Input& input, const v1::EditPostRequest& body, StateView& states,
                          Moment now) {
  ASSIGN_OR_RETURN(Found found, FindFor(states, input, now));
  RETURN_IF_ERROR(Edit(body.content(), &found.post));
  Decision decision;
  Finish("post.edited", SettleWhy::kTimePasses, &found.before, std::move(found.post), now,
         &decision);
  return decision;
}

Result<Decision> ReschedulePost(const Input& input, const v1::ReschedulePostRequest& body,
                                StateView& states, Moment now) {
  if (!body.has_due_at()) {
    return Refuse(Code::kInvalidArgument, "BAD_TIME", "the new due time is missing");
  }
  ASSIGN_OR_RETURN(Found found, FindFor(states, input, now));
  Decision decision;
  RETURN_IF_ERROR(Reschedule(FromProto(body.due_at()), body.zone(), body.local_time(), &found.post,
                             &decision.messages));
  Finish("post.rescheduled", SettleWhy::kEntering, &found.before, std::move(found.post), now,
         &decision);
  return decision;
}

Result<Decision> ApprovePost(const Input& input, const v1::ApprovePostRequest& body,
                             StateView& states, Moment now) {
  ASSIGN_OR_RETURN(Found found, FindFor(states, input, now));
  RETURN_IF_ERROR(
      Approve(body.content_hash(), input.envelope.actor().id(), now, &found.post));
  Decision decision;
  Finish("post.approved", SettleWhy::kTimePasses, &found.before, std::move(found.post), now,
         &decision);
  return decision;
}

Result<Decision> CancelPost(const Input& input, const v1::CancelPostRequest&, StateView& states,
                            Moment now) {
  // Without Settle: a cancel of what is just due wins over its expiry.
  ASSIGN_OR_RETURN(std::optional<v1::Post> post, FindPost(states, input.aggregate_id));
  if (!post) return UnknownPost(input.aggregate_id);
  RETURN_IF_ERROR(CheckRestored(*post, now));
  const v1::Post before = *post;
  Decision decision;
  RETURN_IF_ERROR(Cancel(&*post, &decision.messages));
  Finish("post.cancelled", SettleWhy::kTimePasses, &before, *std::move(post), now, &decision);
  return decision;
}

Result<Decision> DeletePost(const Input& input, const v1::DeletePostRequest& body, StateView& states,
                            Moment now) {
  ASSIGN_OR_RETURN(Found found, FindFor(states, input, now));
  Decision decision;
  RETURN_IF_ERROR(Delete(body.account_id(), input.envelope.actor().id(), now, &found.post, &decision.messages));
  Finish("post.deleted", SettleWhy::kTimePasses, &found.before, std::move(found.post), now, &decision);
  return decision;
}

Result<Decision> DuePost(const Input& input, StateView& states, Moment now) {
  ASSIGN_OR_RETURN(std::optional<v1::Post> post, FindPost(states, input.aggregate_id));
  Decision decision;
  if (!post || !post->has_next_at() || FromProto(post->next_at()) > now) return decision;
  const v1::Post before = *post;
  Settle(SettleWhy::kTimePasses, now, &*post);
  Due(now, &*post, &decision.messages);
  Finish("post.due", SettleWhy::kTimePasses, &before, *std::move(post), now, &decision);
  return decision;
}

Result<Decision> OutcomeOfPost(const Input& input, const publisher::v1::DeliveryOutcome& outcome,
                               StateView& states, Moment now) {
  ASSIGN_OR_RETURN(std::optional<v1::Post> post, FindPost(states, input.aggregate_id));
  if (!post) return UnknownPost(input.aggregate_id);
  const v1::Post before = *post;
  Decision decision;
  if (!TakeOutcome(outcome, &*post, &decision.messages)) return decision;
  Finish("post.outcome", SettleWhy::kTimePasses, &before, *std::move(post), now, &decision);
  return decision;
}

Result<Decision> TakeImportPost(const Input& input, const v1::ImportPost& body, StateView& states,
                                Moment now) {
  ASSIGN_OR_RETURN(std::optional<v1::Post> known, FindPost(states, input.aggregate_id));
  Decision decision;
  Result<std::string> result = "CREATED";
  if (known) {
    v1::Post post = *known;
    Settle(SettleWhy::kTimePasses, now, &post);
    const Status restored = CheckRestored(post, now);
    result = restored.ok() ? TakeImported(body.draft(), &post) : restored;
    if (result.ok() && *result == "UPDATED") {
      Finish("post.imported_again", SettleWhy::kEntering, &*known, std::move(post), now,
             &decision);
    }
  } else if (const Status checked = CheckDraft(body.draft()); !checked.ok()) {
    result = checked;
  } else {
    v1::Post post = NewPost(input.aggregate_id, body.draft(), now);
    post.set_import_id(body.import_id());
    Finish("post.imported", SettleWhy::kEntering, nullptr, std::move(post), now, &decision);
  }
  auto answer = std::make_shared<v1::SchedulerMessage>();
  v1::ImportPostDone* done = answer->mutable_import_post_done();
  done->set_import_id(body.import_id());
  done->set_row_id(body.row_id());
  done->set_post_id(input.aggregate_id);
  done->set_result(result.ok() ? *result : "FAILED");
  if (!result.ok()) done->set_error(ReasonAndText(result.status()));
  decision.messages.push_back(ToScheduler(body.row_id() + ":done", body.row_id(),
                                          input.aggregate_id, std::move(answer)));
  return decision;
}

Result<Decision> TakeApproveImported(const Input& input, const v1::ApproveImported& body,
                                     StateView& states, Moment now) {
  ASSIGN_OR_RETURN(std::optional<v1::Post> known, FindPost(states, input.aggregate_id));
  Decision decision;
  Status status = UnknownPost(input.aggregate_id);
  if (known) {
    v1::Post post = *known;
    Settle(SettleWhy::kTimePasses, now, &post);
    status = Approve(body.content_hash(), body.approved_by(), now, &post);
    if (status.ok()) {
      Finish("post.approved", SettleWhy::kTimePasses, &*known, std::move(post), now, &decision);
    }
  }
  auto answer = std::make_shared<v1::SchedulerMessage>();
  v1::ApproveImportedDone* done = answer->mutable_approve_imported_done();
  done->set_import_id(body.import_id());
  done->set_row_id(body.row_id());
  done->set_post_id(input.aggregate_id);
  done->set_approved(status.ok());
  if (!status.ok()) done->set_error(ReasonAndText(status));
  decision.messages.push_back(ToScheduler(body.row_id() + ":approved", body.row_id(),
                                          input.aggregate_id, std::move(answer)));
  return decision;
}

}  // namespace carillon::scheduler
