#include "services/listener/domain/collecting.h"

#include <fmt/format.h>

#include <memory>

#include "common/base/clock.h"
#include "services/listener/domain/change_set.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/listening.h"
#include "services/listener/domain/poll_job.h"

namespace carillon::listener {
namespace {

Status NoAccount(std::string_view what) {
  return Refuse(Code::kInvalidArgument, "BAD_MESSAGE",
                fmt::format("a {} message names no account; its sender has to", what));
}

}  // namespace

Result<ledger::Decision> DecideAccountChanged(const v1::AccountChanged& changed,
                                              ledger::StateView& states, absl::Time now) {
  if (changed.account_id().empty()) return NoAccount("AccountChanged");
  const std::string id = CollectionId(changed.account_id());
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before != nullptr && before->collection().account_version() >= changed.version()) {
    return ledger::Decision();
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(id, changed.connected() ? "collection.connected"
                                                          : "collection.disconnected"));
  v1::Collection& collection = *record->mutable_collection();
  const bool was_connected = collection.connected();
  collection.set_account_id(changed.account_id());
  collection.set_org_id(changed.org_id());
  collection.set_brand_id(changed.brand_id());
  collection.set_platform(changed.platform());
  collection.set_zone(changed.zone());
  collection.set_account_version(changed.version());
  collection.set_connected(changed.connected());
  if (changed.connected() && !was_connected) {
    if (!collection.has_connected_at()) *collection.mutable_connected_at() = ToProto(now);
    *collection.mutable_next_poll_at() = ToProto(now);
    collection.clear_next_signals_at();
    collection.clear_next_messages_at();
    collection.set_failures(0);
    collection.clear_last_error();
  }
  if (!changed.connected()) {
    // A report of the poll under way must not count for a later connection.
    collection.set_poll_number(collection.poll_number() + 1);
    collection.clear_polling_since();
    collection.clear_next_poll_at();
    collection.clear_poll_again();
  }
  return changes.Take();
}

namespace {

// An edited post that got another id: the platform counts by version (X), so the old one keeps its numbers and is asked for no more.
Status TakeReplaced(ChangeSet& changes, const v1::PostPublished& published) {
  if (published.replaces_remote_id().empty()) return Ok();
  const std::string id = TrackedPostId(published.account_id(), published.replaces_remote_id());
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before == nullptr) return Ok();
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "tracked_post.replaced"));
  record->mutable_tracked_post()->set_gone(true);
  record->mutable_tracked_post()->clear_next_sample_at();
  return Ok();
}

}  // namespace

Result<ledger::Decision> DecidePostPublished(const v1::PostPublished& published,
                                             const common::v1::Envelope& envelope,
                                             ledger::StateView& states, absl::Time now) {
  if (published.account_id().empty() || published.remote_id().empty()) {
    return NoAccount("PostPublished");
  }
  // A reply from the inbox has no post, or names its item.
  if (published.post_id().empty() || TypeOf(published.post_id()) == "item") {
    return ledger::Decision();
  }
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto collection, changes.Look(CollectionId(published.account_id())));
  const std::string id = TrackedPostId(published.account_id(), published.remote_id());
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before != nullptr && before->tracked_post().post_id() == published.post_id()) {
    return ledger::Decision();
  }
  RETURN_IF_ERROR(TakeReplaced(changes, published));
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "tracked_post.ours"));
  v1::TrackedPost& post = *record->mutable_tracked_post();
  post.set_id(id);
  post.set_account_id(published.account_id());
  post.set_remote_id(published.remote_id());
  if (!published.remote_url().empty()) post.set_remote_url(published.remote_url());
  post.set_post_id(published.post_id());
  post.set_campaign_id(published.campaign_id());
  if (published.has_published_at()) *post.mutable_published_at() = published.published_at();
  if (!post.has_published_at()) *post.mutable_published_at() = ToProto(now);
  const bool known = collection != nullptr;
  post.set_brand_id(known ? collection->collection().brand_id() : envelope.brand_id());
  post.set_org_id(known ? collection->collection().org_id() : envelope.org_id());
  // The next sample says whose the numbers are, even where they have not changed.
  post.clear_counted_at();
  post.clear_gone();
  *post.mutable_next_sample_at() = ToProto(now);
  return changes.Take();
}

Result<ledger::Decision> DecidePostDeleted(const v1::PostDeleted& deleted,
                                           ledger::StateView& states, absl::Time now) {
  if (deleted.account_id().empty() || deleted.remote_id().empty()) return NoAccount("PostDeleted");
  ChangeSet changes(states);
  const std::string id = TrackedPostId(deleted.account_id(), deleted.remote_id());
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  // Replies from the inbox are not tracked.
  if (before == nullptr || before->tracked_post().has_deleted_at()) return ledger::Decision();
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "tracked_post.deleted"));
  v1::TrackedPost& post = *record->mutable_tracked_post();
  *post.mutable_deleted_at() = deleted.has_deleted_at() ? deleted.deleted_at() : ToProto(now);
  post.set_gone(true);
  post.clear_next_sample_at();
  return changes.Take();
}

std::optional<absl::Time> DueAt(const v1::Collection& collection, const DomainOptions& options) {
  if (!collection.connected()) return std::nullopt;
  if (collection.has_polling_since()) {
    return FromProto(collection.polling_since()) + options.poll_lease;
  }
  return FromProto(collection.next_poll_at());
}

Result<ledger::Decision> DecidePollDue(const std::string& collection_id, ledger::StateView& states,
                                       const DomainOptions& options, absl::Time now) {
  ChangeSet changes(states);
  ASSIGN_OR_RETURN(const auto before, changes.Look(collection_id));
  if (before == nullptr) return ledger::Decision();
  const std::optional<absl::Time> due_at = DueAt(before->collection(), options);
  if (!due_at || *due_at > now) return ledger::Decision();
  const bool lost = before->collection().has_polling_since();
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(collection_id,
                                  lost ? "collection.poll_lost_started_again"
                                       : "collection.poll_started"));
  v1::Collection& collection = *record->mutable_collection();
  collection.set_poll_number(collection.poll_number() + 1);
  *collection.mutable_polling_since() = ToProto(now);

  auto job = std::make_shared<PollJob>();
  job->account_id = collection.account_id();
  job->platform = collection.platform();
  job->cursor = collection.cursor();
  job->poll_number = collection.poll_number();
  job->signals = !collection.has_next_signals_at() || FromProto(collection.next_signals_at()) <= now;
  job->messages = !collection.has_next_messages_at() || FromProto(collection.next_messages_at()) <= now;
  job->message_cursor = collection.message_cursor();
  if (const auto due = DueQueries(collection, now); !due.empty()) {
    job->search = PollJob::Search{due.front()->term(), due.front()->cursor()};
  }
  job->history = !collection.history_done();
  job->history_next = collection.history_next();
  job->account = !collection.has_account_read_at() ||
                 FromProto(collection.account_read_at()) + options.account_interval <= now;
  job->connected_at = FromProto(collection.connected_at());
  job->due_at = *due_at;
  job->lost_after = now + options.poll_lease;
  ledger::Decision decision = changes.Take();
  decision.effects.push_back(std::move(job));
  return decision;
}

}  // namespace carillon::listener
