#include "services/scheduler/domain/post_preparing.h"

#include <algorithm>

#include "common/base/clock.h"
#include "services/scheduler/domain/post_messages.h"

namespace carillon::scheduler {
namespace {

bool HasMedia(const publisher::v1::Content& content) {
  return !content.media().empty() || !content.first_comment().media().empty() ||
         std::any_of(content.thread().begin(), content.thread().end(),
                     [](const publisher::v1::ContentPart& part) { return !part.media().empty(); });
}

bool Waits(const v1::Target& target) {
  return target.state() == v1::TARGET_STATE_PENDING && target.withdrawing_id().empty();
}

bool AnyWaits(const v1::Post& post) { return std::any_of(post.targets().begin(), post.targets().end(), Waits); }

// What was told still holds for those that wait.
bool IsPrepared(const v1::Post& post) {
  return !post.prepared_hash().empty() && post.prepared_hash() == post.content_hash() && IsApproved(post) &&
         FromProto(post.prepared_due_at()) == DueAt(post.draft());
}

const v1::Target* FindById(const v1::Post& post, const std::string& id) {
  for (const v1::Target& target : post.targets()) {
    if (target.id() == id) return &target;
  }
  return nullptr;
}

}  // namespace

absl::Time PrepareAt(const v1::Post& post, absl::Duration lead) {
  const bool wanted = lead > absl::ZeroDuration() && post.draft().has_due_at() && IsApproved(post) && AnyWaits(post) &&
                      HasMedia(post.draft().content()) && !IsPrepared(post);
  return wanted ? DueAt(post.draft()) - lead : absl::InfiniteFuture();
}

void PrepareMedia(const v1::Post* before, Moment now, v1::Post* post, std::vector<ledger::OutMessage>* messages) {
  if (before != nullptr && !before->prepared_hash().empty()) {
    for (const v1::Target& told : before->targets()) {
      if (!Waits(told)) continue;
      const v1::Target* target = FindById(*post, told.id());
      // A delivery that was ordered ends its uploads by itself.
      const bool needed = target != nullptr && (WasDispatched(*target) || (Waits(*target) && IsPrepared(*post)));
      if (!needed) messages->push_back(EndPreparationMessage(*before, told));
    }
  }
  if (!AnyWaits(*post) || !IsPrepared(*post)) {
    post->clear_prepared_hash();
    post->clear_prepared_due_at();
  }
  // What is due is dispatched in a moment, and uploads what it needs.
  if (now < PrepareAt(*post, now.prepare_lead) || now >= DueAt(post->draft())) return;
  for (const v1::Target& target : post->targets()) {
    if (Waits(target)) messages->push_back(PrepareMessage(*post, target));
  }
  post->set_prepared_hash(post->content_hash());
  *post->mutable_prepared_due_at() = post->draft().due_at();
}

}  // namespace carillon::scheduler
