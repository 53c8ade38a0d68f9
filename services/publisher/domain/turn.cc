#include "services/publisher/domain/turn.h"

#include "carillon/listener/v1/listener.pb.h"
#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/base/check.h"
#include "common/base/clock.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/domain/states.h"

namespace carillon::publisher {
namespace {

v1::DeliveryOutcome OutcomeOf(const v1::Delivery& delivery, uint64_t version, bool too_late) {
  v1::DeliveryOutcome outcome;
  outcome.set_delivery_id(delivery.id());
  outcome.set_account_id(delivery.dispatch().account_id());
  outcome.set_post_id(delivery.dispatch().post_id());
  outcome.set_state(delivery.state());
  outcome.set_remote_id(delivery.remote_id());
  outcome.set_remote_url(delivery.remote_url());
  outcome.set_attempts(delivery.attempt_count());
  outcome.set_error_reason(delivery.error_reason());
  outcome.set_error(delivery.error());
  if (delivery.has_finished_at()) *outcome.mutable_at() = delivery.finished_at();
  outcome.set_version(version);
  outcome.set_too_late(too_late);
  outcome.set_part(delivery.dispatch().part());
  outcome.set_thread_id(delivery.dispatch().thread_id());
  if (delivery.has_cost()) *outcome.mutable_cost() = delivery.cost();
  outcome.set_action(delivery.dispatch().action());
  return outcome;
}

}  // namespace

Result<Turn::Item*> Turn::Find(std::string_view id) {
  if (auto it = items_.find(id); it != items_.end()) return &it->second;
  ASSIGN_OR_RETURN(const ledger::ProtoPtr found, states_.Find(id));
  if (found == nullptr) return nullptr;
  Item item;
  item.record = std::make_shared<v1::PublisherRecord>(
      static_cast<const v1::PublisherRecord&>(*found));
  item.version = item.record->header().version();
  return &items_.emplace(std::string(id), std::move(item)).first->second;
}

Turn::Item& Turn::Add(const std::string& id) {
  Item item;
  item.record = std::make_shared<v1::PublisherRecord>();
  const auto [it, added] = items_.emplace(id, std::move(item));
  CARILLON_CHECK(added, "{} is there already", id);
  return it->second;
}

Result<v1::Account*> Turn::FindAccount(std::string_view id) {
  ASSIGN_OR_RETURN(Item * item, Find(id));
  if (item == nullptr || !item->record->has_account()) return nullptr;
  return item->record->mutable_account();
}

Result<v1::Delivery*> Turn::FindDelivery(std::string_view id) {
  ASSIGN_OR_RETURN(Item * item, Find(id));
  if (item == nullptr || !item->record->has_delivery()) return nullptr;
  return item->record->mutable_delivery();
}

Result<v1::App*> Turn::FindApp(std::string_view id) {
  ASSIGN_OR_RETURN(Item * item, Find(id));
  if (item == nullptr || !item->record->has_app()) return nullptr;
  return item->record->mutable_app();
}

Result<v1::Authorization*> Turn::FindAuthorization(std::string_view id) {
  ASSIGN_OR_RETURN(Item * item, Find(id));
  if (item == nullptr || !item->record->has_authorization()) return nullptr;
  return item->record->mutable_authorization();
}

Result<v1::Account*> Turn::NeedAccount(std::string_view id) {
  ASSIGN_OR_RETURN(v1::Account * account, FindAccount(id));
  if (account != nullptr) return account;
  return Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT",
                fmt::format("there is no account '{}'; connect it first", id),
                {{"account", std::string(id)}});
}

Result<v1::Delivery*> Turn::NeedDelivery(std::string_view id) {
  ASSIGN_OR_RETURN(v1::Delivery * delivery, FindDelivery(id));
  if (delivery != nullptr) return delivery;
  return Refuse(Code::kNotFound, "UNKNOWN_DELIVERY", fmt::format("there is no delivery '{}'", id),
                {{"delivery", std::string(id)}});
}

v1::Account& Turn::AddAccount(const std::string& id) {
  v1::Account& account = *Add(id).record->mutable_account();
  account.set_id(id);
  return account;
}

v1::Delivery& Turn::AddDelivery(const std::string& id) {
  v1::Delivery& delivery = *Add(id).record->mutable_delivery();
  delivery.set_id(id);
  return delivery;
}

Result<v1::Subject*> Turn::FindSubject(std::string_view id) {
  ASSIGN_OR_RETURN(Item * item, Find(id));
  if (item == nullptr || !item->record->has_subject()) return nullptr;
  return item->record->mutable_subject();
}

v1::Subject& Turn::AddSubject(const std::string& id) {
  v1::Subject& subject = *Add(id).record->mutable_subject();
  subject.set_id(id);
  return subject;
}

Result<v1::MediaUpload*> Turn::FindUpload(std::string_view id) {
  ASSIGN_OR_RETURN(Item * item, Find(id));
  if (item == nullptr || !item->record->has_media_upload()) return nullptr;
  return item->record->mutable_media_upload();
}

v1::MediaUpload& Turn::AddUpload(const std::string& id) {
  v1::MediaUpload& upload = *Add(id).record->mutable_media_upload();
  upload.set_id(id);
  return upload;
}

v1::App& Turn::AddApp(const std::string& id) {
  v1::App& app = *Add(id).record->mutable_app();
  app.set_id(id);
  return app;
}

v1::Authorization& Turn::AddAuthorization(const std::string& id) {
  v1::Authorization& authorization = *Add(id).record->mutable_authorization();
  authorization.set_id(id);
  return authorization;
}

bool Turn::IsBefore(const google::protobuf::Timestamp& moment) const {
  return absl::ToUnixMillis(now_) < absl::ToUnixMillis(FromProto(moment));
}

void Turn::Changed(const std::string& id, std::string what) {
  Item& item = items_.at(id);
  item.changed = true;
  item.what = std::move(what);
}

void Turn::Answer(const v1::Delivery& delivery, bool too_late) {
  Item& item = items_.at(delivery.id());
  item.answer = true;
  item.too_late = item.too_late || too_late;
}

void Turn::Announce(const v1::Account& account) { items_.at(account.id()).announce = true; }

void Turn::Do(std::shared_ptr<const ledger::Effect> effect) {
  decision_.effects.push_back(std::move(effect));
}

void Turn::Send(ledger::OutMessage message) { decision_.messages.push_back(std::move(message)); }

void Turn::TakeAnswer(const std::string& id, const Item& item) {
  const v1::Delivery& delivery = item.record->delivery();
  const v1::Dispatch& dispatch = delivery.dispatch();
  const v1::DeliveryOutcome outcome = OutcomeOf(delivery, VersionAfter(item), item.too_late);
  const std::string name =
      fmt::format("{}/outcome/{}{}", id, outcome.version(), item.too_late ? "/late" : "");
  if (!dispatch.post_id().empty()) {
    if (dispatch.answer_to() == "listener") {
      auto body = std::make_shared<listener::v1::ListenerMessage>();
      *body->mutable_outcome() = outcome;
      Send({.id = name, .to = dispatch.post_id(), .from_aggregate = id, .body = std::move(body)});
    } else {
      auto body = std::make_shared<scheduler::v1::SchedulerMessage>();
      *body->mutable_outcome() = outcome;
      Send({.id = name, .to = dispatch.post_id(), .from_aggregate = id, .body = std::move(body)});
    }
  }
  if (!item.changed || !IsFinal(delivery.state())) return;
  auto ended = std::make_shared<DeliveryEnded>();
  ended->state = delivery.state();
  ended->reason = delivery.error_reason();
  ended->due_at = FromProto(dispatch.due_at());
  ended->finished_at = FromProto(delivery.finished_at());
  Do(std::move(ended));
  if (dispatch.action() == v1::ACTION_KIND_DELETE && delivery.state() == v1::DELIVERY_STATE_DONE) {
    auto body = std::make_shared<listener::v1::ListenerMessage>();
    listener::v1::PostDeleted& deleted = *body->mutable_post_deleted();
    deleted.set_account_id(dispatch.account_id());
    deleted.set_remote_id(dispatch.target_remote_id());
    *deleted.mutable_deleted_at() = delivery.finished_at();
    Send({.id = fmt::format("{}/deleted/{}", id, outcome.version()),
          .to = dispatch.account_id(),
          .from_aggregate = id,
          .body = std::move(body)});
  }
  const bool is_renamed = dispatch.action() == v1::ACTION_KIND_EDIT && delivery.state() == v1::DELIVERY_STATE_DONE &&
                          delivery.remote_id() != dispatch.target_remote_id();
  if (delivery.state() != v1::DELIVERY_STATE_PUBLISHED && !is_renamed) return;
  auto body = std::make_shared<listener::v1::ListenerMessage>();
  listener::v1::PostPublished& published = *body->mutable_post_published();
  published.set_account_id(dispatch.account_id());
  // A reply's "post" is the conversation that it belongs to.
  if (dispatch.answer_to() != "listener") published.set_post_id(dispatch.post_id());
  published.set_delivery_id(id);
  published.set_remote_id(delivery.remote_id());
  published.set_remote_url(delivery.remote_url());
  published.set_campaign_id(dispatch.campaign_id());
  if (is_renamed) published.set_replaces_remote_id(dispatch.target_remote_id());
  *published.mutable_published_at() = delivery.finished_at();
  Send({.id = fmt::format("{}/published/{}", id, outcome.version()),
        .to = dispatch.account_id(),
        .from_aggregate = id,
        .body = std::move(body)});
}

void Turn::TakeAnnouncement(const Item& item) {
  const v1::Account& account = item.record->account();
  auto body = std::make_shared<listener::v1::ListenerMessage>();
  listener::v1::AccountChanged& changed = *body->mutable_account_changed();
  changed.set_account_id(account.id());
  changed.set_org_id(account.org_id());
  changed.set_brand_id(account.brand_id());
  changed.set_platform(account.platform());
  changed.set_zone(account.zone());
  changed.set_connected(account.state() == v1::ACCOUNT_STATE_CONNECTED);
  changed.set_version(VersionAfter(item));
  Send({.id = fmt::format("{}/changed/{}", account.id(), changed.version()),
        .to = account.id(),
        .from_aggregate = account.id(),
        .body = std::move(body)});
}

ledger::Decision Turn::Take() {
  // "acct_" sorts before "dlv_": the account's change precedes those of its deliveries.
  for (auto& [id, item] : items_) {
    if (item.changed) decision_.changes.push_back({id, item.what, item.record});
    if (item.answer) TakeAnswer(id, item);
    if (item.announce) TakeAnnouncement(item);
  }
  return std::move(decision_);
}

}  // namespace carillon::publisher
