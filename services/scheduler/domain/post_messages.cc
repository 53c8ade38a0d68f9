#include "services/scheduler/domain/post_messages.h"

#include <memory>

#include "carillon/analytics/v1/analytics.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/clock.h"
#include "common/base/enum_text.h"
#include "common/base/ids.h"
#include "services/scheduler/domain/post_state.h"

namespace carillon::scheduler {
namespace {

constexpr std::string_view kTargetStatePrefix = "TARGET_STATE_";

// All of a target is on one platform, whose prices are in one currency.
void AddCost(const common::v1::Money& cost, analytics::v1::TargetSample& sample) {
  if (cost.micros() <= 0) return;
  sample.mutable_cost()->set_currency(cost.currency());
  sample.mutable_cost()->set_micros(sample.cost().micros() + cost.micros());
}

analytics::v1::TargetSample SampleOf(const v1::Post& post, const v1::Target& target) {
  analytics::v1::TargetSample sample;
  sample.set_target_id(TargetId(post.id(), target.account_id(), 0));
  sample.set_post_id(post.id());
  sample.set_account_id(target.account_id());
  sample.set_brand_id(post.draft().brand_id());
  sample.set_campaign_id(post.draft().campaign_id());
  sample.set_zone(post.draft().zone());
  if (post.draft().has_due_at()) *sample.mutable_due_at() = post.draft().due_at();
  const bool deleted = target.state() == v1::TARGET_STATE_DELETED;
  if (deleted) *sample.mutable_deleted_at() = target.deletion().finished_at();
  sample.set_state(deleted ? "PUBLISHED" : WithoutPrefix(v1::TargetState_Name(target.state()), kTargetStatePrefix));
  if (target.has_finished_at()) *sample.mutable_finished_at() = target.finished_at();
  sample.set_remote_id(target.remote_id());
  sample.set_approved(IsApproved(post));
  AddCost(target.cost(), sample);
  for (const v1::TargetPart& part : target.parts()) AddCost(part.cost(), sample);
  return sample;
}

using MediaList = google::protobuf::RepeatedPtrField<publisher::v1::Media>;

// The media of the post itself and of what follows it, by the number of the part as the publisher counts.
std::vector<std::pair<int, const MediaList*>> MediaOfParts(const publisher::v1::Content& content) {
  std::vector<std::pair<int, const MediaList*>> out;
  const auto add = [&](int number, const MediaList& media) {
    if (!media.empty()) out.emplace_back(number, &media);
  };
  add(0, content.media());
  for (int i = 0; i < content.thread_size(); ++i) add(i + 1, content.thread(i).media());
  add(content.thread_size() + 1, content.first_comment().media());
  return out;
}

const v1::Target* FindByAccount(const v1::Post& post, const std::string& account_id) {
  for (const v1::Target& target : post.targets()) {
    if (target.account_id() == account_id) return &target;
  }
  return nullptr;
}

ledger::OutMessage SampleMessage(const v1::Post& post, analytics::v1::TargetSample sample) {
  sample.set_version(post.version());
  auto body = std::make_shared<analytics::v1::AnalyticsMessage>();
  ledger::OutMessage message;
  message.id = sample.target_id() + ":" + std::to_string(post.version());
  message.to = sample.account_id();
  message.from_aggregate = post.id();
  *body->mutable_target() = std::move(sample);
  message.body = std::move(body);
  return message;
}

}  // namespace

std::string TargetId(std::string_view post_id, std::string_view account_id, int occurrence) {
  return MakeId("dlv", {post_id, account_id, std::to_string(occurrence)}, account_id);
}

ledger::OutMessage DispatchMessage(const v1::Post& post, const v1::Target& target) {
  const v1::PostDraft& draft = post.draft();
  auto body = std::make_shared<publisher::v1::PublisherMessage>();
  body->mutable_header()->set_from_service("scheduler");
  publisher::v1::Dispatch* order = body->mutable_dispatch();
  order->set_delivery_id(target.id());
  order->set_account_id(target.account_id());
  order->set_org_id(draft.org_id());
  order->set_brand_id(draft.brand_id());
  order->set_campaign_id(draft.campaign_id());
  order->set_post_id(post.id());
  *order->mutable_content() = draft.content();
  order->set_content_hash(post.content_hash());
  order->set_approved_by(post.approval().approved_by());
  *order->mutable_approved_at() = post.approval().approved_at();
  // The same order each time it is sent, also when the post was given a new time since.
  const absl::Time due = FromProto(target.ordered_due_at());
  *order->mutable_due_at() = target.ordered_due_at();
  *order->mutable_not_before() = target.ordered_due_at();
  *order->mutable_not_after() = ToProto(due + StaleAfter(draft));
  order->set_hold_if_late(draft.stale_policy() != v1::STALE_POLICY_EXPIRE);
  order->set_answer_to("scheduler");
  order->set_zone(draft.zone());
  ledger::OutMessage message;
  message.id = target.id() + ":dispatch";
  message.to = target.id();
  message.from_aggregate = post.id();
  message.body = std::move(body);
  return message;
}

ledger::OutMessage PrepareMessage(const v1::Post& post, const v1::Target& target) {
  const v1::PostDraft& draft = post.draft();
  auto body = std::make_shared<publisher::v1::PublisherMessage>();
  body->mutable_header()->set_from_service("scheduler");
  publisher::v1::Prepare* prepare = body->mutable_prepare();
  prepare->set_delivery_id(target.id());
  prepare->set_account_id(target.account_id());
  prepare->set_org_id(draft.org_id());
  for (auto& [number, media] : MediaOfParts(draft.content())) {
    publisher::v1::PartMedia* part = prepare->add_parts();
    part->set_part(number);
    *part->mutable_media() = *media;
  }
  prepare->set_content_hash(post.content_hash());
  *prepare->mutable_due_at() = draft.due_at();
  *prepare->mutable_not_after() = ToProto(FromProto(draft.due_at()) + StaleAfter(draft));
  ledger::OutMessage message;
  message.id = target.id() + ":prepare:" + post.content_hash();
  message.to = target.id();
  message.from_aggregate = post.id();
  message.body = std::move(body);
  return message;
}

ledger::OutMessage EndPreparationMessage(const v1::Post& post, const v1::Target& target) {
  auto body = std::make_shared<publisher::v1::PublisherMessage>();
  body->mutable_header()->set_from_service("scheduler");
  publisher::v1::EndPreparation* end = body->mutable_end_preparation();
  end->set_delivery_id(target.id());
  for (const auto& [number, media] : MediaOfParts(post.draft().content())) end->add_parts(number);
  end->set_reason("the post was changed, cancelled or not sent in time");
  ledger::OutMessage message;
  message.id = target.id() + ":end_preparation:" + post.content_hash();
  message.to = target.id();
  message.from_aggregate = post.id();
  message.body = std::move(body);
  return message;
}

ledger::OutMessage CancelMessage(const v1::Post& post, std::string_view delivery_id,
                                 std::string_view reason) {
  auto body = std::make_shared<publisher::v1::PublisherMessage>();
  body->mutable_header()->set_from_service("scheduler");
  body->mutable_cancel()->set_delivery_id(std::string(delivery_id));
  body->mutable_cancel()->set_reason(std::string(reason));
  for (const v1::Target& target : post.targets()) {
    if (target.id() != delivery_id && target.withdrawing_id() != delivery_id) continue;
    *body->mutable_cancel()->mutable_not_before() = target.ordered_due_at();
  }
  ledger::OutMessage message;
  message.id = std::string(delivery_id) + ":cancel";
  message.to = std::string(delivery_id);
  message.from_aggregate = post.id();
  message.body = std::move(body);
  return message;
}

std::vector<ledger::OutMessage> Samples(const v1::Post* before, const v1::Post& after) {
  std::vector<ledger::OutMessage> out;
  for (const v1::Target& target : after.targets()) {
    analytics::v1::TargetSample now = SampleOf(after, target);
    const v1::Target* old =
        before == nullptr ? nullptr : FindByAccount(*before, target.account_id());
    if (old != nullptr &&
        SampleOf(*before, *old).SerializeAsString() == now.SerializeAsString()) {
      continue;
    }
    out.push_back(SampleMessage(after, std::move(now)));
  }
  if (before == nullptr) return out;
  // A target that an import took away is no longer planned.
  for (const v1::Target& old : before->targets()) {
    if (FindByAccount(after, old.account_id()) != nullptr) continue;
    analytics::v1::TargetSample gone = SampleOf(*before, old);
    gone.set_state("CANCELLED");
    out.push_back(SampleMessage(after, std::move(gone)));
  }
  return out;
}

}  // namespace carillon::scheduler
