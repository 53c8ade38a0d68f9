#include "services/listener/domain/listener_domain.h"

#include <fmt/format.h>

#include "carillon/analytics/v1/analytics.pb.h"
#include "carillon/listener/v1/internal.pb.h"
#include "carillon/listener/v1/listener.pb.h"
#include "carillon/listener/v1/listener_api.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "common/base/clock.h"
#include "services/listener/domain/collecting.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/inbox.h"
#include "services/listener/domain/inbox_actions.h"
#include "services/listener/domain/listening.h"
#include "services/listener/domain/poll_now.h"
#include "services/listener/domain/pushing.h"
#include "services/listener/domain/report.h"

namespace carillon::listener {
namespace {

template <typename T>
const T* As(const ledger::Input& input) {
  return dynamic_cast<const T*>(input.body.get());
}

Status NotMine(const ledger::Input& input) {
  return Refuse(Code::kInvalidArgument, "UNKNOWN_INPUT",
                fmt::format("the listener does not know what to do with a {} for '{}'",
                            input.body ? input.body->GetTypeName() : "due moment",
                            input.aggregate_id));
}

// Only the publisher's answers name the item in their header; older ones in post_id.
std::string ItemOf(const ledger::Input& input, const publisher::v1::DeliveryOutcome& outcome) {
  return TypeOf(input.aggregate_id) == "item" ? input.aggregate_id : outcome.post_id();
}

void AddCollection(const v1::Collection& collection, const DomainOptions& options,
                   std::vector<ledger::IndexEntry>& entries) {
  const std::string id = CollectionId(collection.account_id());
  entries.push_back({"collection", fmt::format("{}|{}", collection.brand_id(), id)});
  if (!collection.connected()) return;
  const absl::Time polled = FromProto(collection.has_last_success_at()
                                          ? collection.last_success_at()
                                          : collection.connected_at());
  entries.push_back({"polled", ledger::DueMember(polled, id)});
  if (const auto due = DueAt(collection, options)) {
    entries.push_back({"due", ledger::DueMember(*due, id)});
  }
}

void AddTrackedPost(const v1::TrackedPost& post, std::vector<ledger::IndexEntry>& entries) {
  if (!post.has_next_sample_at()) return;
  entries.push_back(
      {"sample", fmt::format("{}|{}", post.account_id(),
                             ledger::DueMember(FromProto(post.next_sample_at()), post.id()))});
}

void AddInboxItem(const v1::InboxItem& item, std::vector<ledger::IndexEntry>& entries) {
  const std::string created = ledger::DueMember(FromProto(item.created_at()), item.id());
  if (item.terms_size() > 0) entries.push_back({"found", fmt::format("{}|{}", item.brand_id(), created)});
  // What was only found is not in the inbox before somebody answers it.
  if (item.kind() == v1::SIGNAL_KIND_KEYWORD && item.replies().empty()) return;
  entries.push_back(
      {"inbox", fmt::format("{}|{}|{}", item.brand_id(), static_cast<int>(item.state()), created)});
  entries.push_back({"inbox", fmt::format("{}|0|{}", item.brand_id(), created)});
  entries.push_back({"inbox_all", created});
  if (const auto due = DueAt(item)) entries.push_back({"due", ledger::DueMember(*due, item.id())});
}

}  // namespace

const ledger::Proto& ListenerDomain::RecordPrototype() const {
  return v1::ListenerRecord::default_instance();
}

const ledger::Proto& ListenerDomain::MessagePrototype() const {
  return v1::ListenerMessage::default_instance();
}

std::vector<const ledger::Proto*> ListenerDomain::Sends() const {
  return {&publisher::v1::PublisherMessage::default_instance(),
          &analytics::v1::AnalyticsMessage::default_instance(),
          &v1::SignalEvent::default_instance()};
}

std::vector<std::string> ListenerDomain::IndexNames() const {
  return {"due", "polled", "collection", "sample", "inbox", "inbox_all", "found"};
}

std::vector<ledger::IndexEntry> ListenerDomain::Indexes(const ledger::Proto& proto) const {
  const auto& record = static_cast<const v1::ListenerRecord&>(proto);
  std::vector<ledger::IndexEntry> entries;
  switch (record.aggregate_case()) {
    case v1::ListenerRecord::kCollection:
      AddCollection(record.collection(), options_, entries);
      break;
    case v1::ListenerRecord::kTrackedPost:
      AddTrackedPost(record.tracked_post(), entries);
      break;
    case v1::ListenerRecord::kInboxItem:
      AddInboxItem(record.inbox_item(), entries);
      break;
    case v1::ListenerRecord::AGGREGATE_NOT_SET:
      break;
  }
  return entries;
}

std::vector<std::string> ListenerDomain::Reads(const ledger::Input& input) const {
  std::vector<std::string> ids = {input.aggregate_id};
  if (const auto* report = As<v1::PollReport>(input)) {
    const std::string& account = report->account_id();
    for (const v1::Signal& signal : report->signals()) {
      if (!signal.status_remote_id().empty()) {
        ids.push_back(InboxItemId(account, signal.status_remote_id()));
      }
    }
    for (const v1::Signal& signal : report->context_signals()) {
      ids.push_back(InboxItemId(account, signal.status_remote_id()));
    }
    for (const v1::Signal& signal : report->messages()) {
      ids.push_back(InboxItemId(account, signal.status_remote_id()));
    }
    for (const v1::SearchRead& read : report->searches()) {
      for (const v1::Signal& signal : read.found()) {
        ids.push_back(InboxItemId(account, signal.status_remote_id()));
      }
    }
    for (const v1::PostSample& sample : report->samples()) {
      ids.push_back(TrackedPostId(account, sample.remote_id()));
    }
    for (const std::string& gone : report->gone_remote_ids()) {
      ids.push_back(TrackedPostId(account, gone));
    }
  } else if (const auto* pushed = As<v1::PushReport>(input)) {
    for (const v1::Signal& signal : pushed->signals()) {
      ids.push_back(InboxItemId(pushed->account_id(), signal.status_remote_id()));
    }
    for (const v1::FoundPost& post : pushed->found()) {
      ids.push_back(InboxItemId(pushed->account_id(), post.signal().status_remote_id()));
    }
  } else if (TypeOf(input.aggregate_id) == "item") {
    ids.push_back(CollectionId(RootOf(input.aggregate_id)));
  } else if (const auto* message = As<v1::ListenerMessage>(input)) {
    if (message->has_post_published()) {
      const v1::PostPublished& published = message->post_published();
      ids.push_back(CollectionId(published.account_id()));
      ids.push_back(TrackedPostId(published.account_id(), published.remote_id()));
      if (!published.replaces_remote_id().empty()) {
        ids.push_back(TrackedPostId(published.account_id(), published.replaces_remote_id()));
      }
    }
  }
  return ids;
}

Result<ledger::Decision> ListenerDomain::Decide(const ledger::Input& input,
                                                ledger::StateView& states,
                                                const ledger::DecideContext& context) const {
  const absl::Time now = context.now;
  switch (input.kind) {
    case ledger::Input::Kind::kDue:
      if (TypeOf(input.aggregate_id) == "coll") {
        return DecidePollDue(input.aggregate_id, states, options_, now);
      }
      if (TypeOf(input.aggregate_id) == "item") {
        return DecideResendDue(input.aggregate_id, states, now);
      }
      return NotMine(input);
    case ledger::Input::Kind::kMessage:
      if (const auto* message = As<v1::ListenerMessage>(input)) {
        if (message->has_account_changed()) {
          return DecideAccountChanged(message->account_changed(), states, now);
        }
        if (message->has_post_published()) {
          return DecidePostPublished(message->post_published(), input.envelope, states, now);
        }
        if (message->has_post_deleted()) {
          return DecidePostDeleted(message->post_deleted(), states, now);
        }
        if (message->has_outcome()) {
          return DecideOutcome(ItemOf(input, message->outcome()), message->outcome(), states, now);
        }
      }
      return NotMine(input);
    case ledger::Input::Kind::kCommand:
      if (const auto* report = As<v1::PollReport>(input)) {
        return DecideReport(*report, states, options_, now);
      }
      if (const auto* pushed = As<v1::PushReport>(input)) {
        return DecidePush(*pushed, states, options_, now);
      }
      if (const auto* request = As<v1::CreateQueryRequest>(input)) {
        return DecideCreateQuery(*request, input.envelope, states, now);
      }
      if (const auto* request = As<v1::DeleteQueryRequest>(input)) {
        return DecideDeleteQuery(*request, states);
      }
      if (const auto* command = As<v1::PollNow>(input)) return DecidePollNow(*command, states, now);
      if (const auto* request = As<v1::ReplyRequest>(input)) {
        return DecideReply(*request, input.envelope, states, now);
      }
      if (const auto* request = As<v1::ActOnInboxItemRequest>(input)) {
        return DecideAct(*request, input.envelope, states, now);
      }
      if (const auto* request = As<v1::CloseInboxItemRequest>(input)) {
        return DecideClose(*request, states);
      }
      return NotMine(input);
  }
  return NotMine(input);
}

}  // namespace carillon::listener
