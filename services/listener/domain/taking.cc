#include "services/listener/domain/taking.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "services/listener/domain/ids.h"

namespace carillon::listener {
namespace {

using Terms = google::protobuf::RepeatedPtrField<std::string>;

constexpr int kTermsMax = 20;  // of one item

void SendSignalEvent(ChangeSet& changes, const v1::Collection& collection, const v1::Signal& signal,
                     const Terms& terms = {}) {
  auto event = std::make_shared<v1::SignalEvent>();
  const std::string id = SignalId(collection.account_id(), signal.kind(), signal.remote_id());
  event->set_id(id);
  event->set_kind(signal.kind());
  event->set_account_id(collection.account_id());
  event->set_brand_id(collection.brand_id());
  event->set_remote_id(signal.remote_id());
  *event->mutable_created_at() = signal.created_at();
  event->set_author(signal.author());
  event->set_post_remote_id(signal.post_remote_id());
  event->set_status_remote_id(signal.status_remote_id());
  event->set_text(signal.text());
  *event->mutable_terms() = terms;
  event->set_conversation_remote_id(signal.conversation_remote_id());
  changes.Send(id, id, CollectionId(collection.account_id()), std::move(event));
}

void FillItem(v1::InboxItem& item, const std::string& id, const v1::Collection& collection,
              const v1::Signal& signal) {
  item.set_id(id);
  item.set_account_id(collection.account_id());
  item.set_org_id(collection.org_id());
  item.set_brand_id(collection.brand_id());
  item.set_kind(signal.kind());
  item.set_state(v1::INBOX_STATE_OPEN);
  item.set_author(signal.author());
  item.set_author_name(signal.author_name());
  item.set_text(signal.text());
  item.set_status_remote_id(signal.status_remote_id());
  item.set_status_url(signal.status_url());
  item.set_post_remote_id(signal.post_remote_id());
  *item.mutable_created_at() = signal.created_at();
  item.set_conversation_remote_id(signal.conversation_remote_id());
  item.set_visibility(signal.visibility());
}

bool HasTerm(const v1::InboxItem& item, const std::string& term) {
  return std::find(item.terms().begin(), item.terms().end(), term) != item.terms().end();
}

}  // namespace

bool Talks(v1::SignalKind kind) {
  return kind == v1::SIGNAL_KIND_MENTION || kind == v1::SIGNAL_KIND_REPLY ||
         kind == v1::SIGNAL_KIND_DIRECT_MESSAGE;
}

Status TakeSignal(ChangeSet& changes, const v1::Collection& collection, const v1::Signal& signal) {
  if (Talks(signal.kind()) && !signal.status_remote_id().empty()) {
    const std::string id = InboxItemId(collection.account_id(), signal.status_remote_id());
    ASSIGN_OR_RETURN(const auto known, changes.Look(id));
    if (known == nullptr) {
      ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "inbox_item.opened"));
      FillItem(*record->mutable_inbox_item(), id, collection, signal);
    } else {
      if (known->inbox_item().kind() != v1::SIGNAL_KIND_KEYWORD) return Ok();
      ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "inbox_item.talks_to_us"));
      v1::InboxItem& item = *record->mutable_inbox_item();
      item.set_kind(signal.kind());
      item.set_post_remote_id(signal.post_remote_id());
      item.set_conversation_remote_id(signal.conversation_remote_id());
    }
  }
  SendSignalEvent(changes, collection, signal);
  return Ok();
}

Result<bool> TakeFound(ChangeSet& changes, const v1::Collection& collection, const v1::Signal& signal,
                       const Terms& terms) {
  if (signal.status_remote_id().empty()) return false;
  const std::string id = InboxItemId(collection.account_id(), signal.status_remote_id());
  ASSIGN_OR_RETURN(const auto known, changes.Look(id));
  const bool is_new = known == nullptr;
  if (!is_new && std::all_of(terms.begin(), terms.end(), [&](const std::string& term) {
        return HasTerm(known->inbox_item(), term);
      })) {
    return false;
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(id, is_new ? "inbox_item.found" : "inbox_item.found_again"));
  v1::InboxItem& item = *record->mutable_inbox_item();
  if (is_new) FillItem(item, id, collection, signal);
  for (const std::string& term : terms) {
    if (!HasTerm(item, term) && item.terms_size() < kTermsMax) item.add_terms(term);
  }
  if (is_new) SendSignalEvent(changes, collection, signal, terms);
  return is_new;
}

}  // namespace carillon::listener
