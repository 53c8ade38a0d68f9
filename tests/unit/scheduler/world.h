// The scheduler's domain over a FakeLedger and a clock that stands still, with the publisher's side played by the test.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "carillon/analytics/v1/analytics.pb.h"
#include "carillon/publisher/v1/publisher.pb.h"
#include "carillon/scheduler/v1/scheduler_api.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/testing/fake_clock.h"
#include "common/ledger/testing/fake_ledger.h"
#include "services/scheduler/domain/post_messages.h"
#include "services/scheduler/domain/records.h"
#include "services/scheduler/domain/scheduler_domain.h"

namespace carillon::scheduler {

inline const std::string kOrg = "org_acme";
inline const std::string kBrandId = "brand_trailkin";
inline const std::string kAccountA = "acct_a";
inline const std::string kAccountB = "acct_b";

inline v1::PostDraft DraftAt(absl::Time due, std::vector<std::string> accounts = {kAccountA}) {
  v1::PostDraft draft;
  draft.set_org_id(kOrg);
  draft.set_brand_id(kBrandId);
  for (const std::string& account : accounts) draft.add_account_ids(account);
  draft.mutable_content()->set_text("Spring is here");
  *draft.mutable_due_at() = ToProto(due);
  draft.set_zone("Europe/Paris");
  return draft;
}

class World {
 public:
  explicit World(absl::Duration prepare_lead = absl::ZeroDuration()) : domain(prepare_lead), ledger(domain, clock) {}

  ledger::Answer Run(const std::string& id, const ledger::Proto& body, bool creates = false) {
    return ledger.Command(kOrg, "r" + std::to_string(++requests_), id, body, creates);
  }
  std::string Create(const v1::PostDraft& draft, bool approve) {
    v1::CreatePostRequest request;
    *request.mutable_draft() = draft;
    request.set_approve(approve);
    const std::string id = MakeId("post", {kOrg, "create" + std::to_string(requests_)});
    const ledger::Answer answer = Run(id, request, true);
    EXPECT_TRUE(answer.status.ok()) << ToString(answer.status);
    return id;
  }
  Status Approve(const std::string& id, const std::string& hash = "") {
    v1::ApprovePostRequest request;
    request.set_content_hash(hash);
    return Run(id, request).status;
  }
  Status Edit(const std::string& id, const std::string& text) {
    v1::EditPostRequest request;
    request.mutable_content()->set_text(text);
    return Run(id, request).status;
  }
  Status Reschedule(const std::string& id, absl::Time due) {
    v1::ReschedulePostRequest request;
    *request.mutable_due_at() = ToProto(due);
    return Run(id, request).status;
  }
  Status Cancel(const std::string& id) { return Run(id, v1::CancelPostRequest()).status; }

  v1::Post Post(const std::string& id) {
    const auto record = *static_cast<ledger::Reader&>(ledger).Get(std::string_view(id));
    return record == nullptr ? v1::Post()
                             : static_cast<const v1::SchedulerRecord&>(*record).post();
  }
  std::string State(const std::string& id) {
    return v1::PostState_Name(Post(id).state()).substr(sizeof("POST_STATE_") - 1);
  }
  std::string TargetStateOf(const std::string& id, int i = 0) {
    return v1::TargetState_Name(Post(id).targets(i).state()).substr(sizeof("TARGET_STATE_") - 1);
  }
  v1::Import Import(const std::string& id) {
    const auto record = *static_cast<ledger::Reader&>(ledger).Get(std::string_view(id));
    return record == nullptr ? v1::Import()
                             : static_cast<const v1::SchedulerRecord&>(*record).import();
  }

  // The publisher's answer for a target.
  bool Outcome(const std::string& post_id, const std::string& delivery_id,
               const std::string& account_id, publisher::v1::DeliveryState state, uint64_t version,
               bool too_late = false, publisher::v1::ActionKind action = publisher::v1::ACTION_KIND_UNSPECIFIED) {
    v1::SchedulerMessage message;
    message.mutable_header()->set_to(post_id);
    message.mutable_header()->set_message_id(delivery_id + std::to_string(version));
    auto* outcome = message.mutable_outcome();
    outcome->set_delivery_id(delivery_id);
    outcome->set_account_id(account_id);
    outcome->set_post_id(post_id);
    outcome->set_state(state);
    outcome->set_version(version);
    outcome->set_too_late(too_late);
    outcome->set_action(action);
    *outcome->mutable_at() = ToProto(clock.Now());
    if (state == publisher::v1::DELIVERY_STATE_PUBLISHED) outcome->set_remote_id("remote");
    return ledger.Deliver(message);
  }
  bool Outcome(const std::string& post_id, publisher::v1::DeliveryState state, uint64_t version,
               int i = 0) {
    const v1::Target target = Post(post_id).targets(i);
    return Outcome(post_id, target.id(), target.account_id(), state, version);
  }

  // Takes what was sent since the last call apart.
  struct Sent {
    std::vector<publisher::v1::Dispatch> dispatches;
    std::vector<publisher::v1::CancelDelivery> cancels;
    std::vector<publisher::v1::Prepare> prepares;
    std::vector<publisher::v1::EndPreparation> ends;
    std::vector<analytics::v1::TargetSample> samples;
    std::vector<v1::ControlRecord> controls;
    std::vector<v1::SchedulerMessage> own;
    std::vector<std::string> ids;
  };
  Sent TakeSent() {
    Sent sent;
    for (const ledger::OutMessage& message : ledger.TakeMessages()) {
      sent.ids.push_back(message.id);
      if (auto* m = dynamic_cast<const publisher::v1::PublisherMessage*>(message.body.get())) {
        if (m->has_dispatch()) sent.dispatches.push_back(m->dispatch());
        if (m->has_cancel()) sent.cancels.push_back(m->cancel());
        if (m->has_prepare()) sent.prepares.push_back(m->prepare());
        if (m->has_end_preparation()) sent.ends.push_back(m->end_preparation());
      } else if (auto* m = dynamic_cast<const analytics::v1::AnalyticsMessage*>(message.body.get())) {
        sent.samples.push_back(m->target());
      } else if (auto* m = dynamic_cast<const v1::ControlRecord*>(message.body.get())) {
        sent.controls.push_back(*m);
      } else if (auto* m = dynamic_cast<const v1::SchedulerMessage*>(message.body.get())) {
        sent.own.push_back(*m);
      }
    }
    return sent;
  }
  // Delivers the scheduler's messages to itself, and runs what is due, until nothing is left.
  Sent Settle() {
    Sent all;
    for (int round = 0; round < 1000; ++round) {
      const int due = ledger.RunDue();
      Sent sent = TakeSent();
      for (const v1::SchedulerMessage& message : sent.own) {
        EXPECT_TRUE(ledger.Deliver(message)) << ToString(ledger.last_status());
      }
      all.dispatches.insert(all.dispatches.end(), sent.dispatches.begin(), sent.dispatches.end());
      all.samples.insert(all.samples.end(), sent.samples.begin(), sent.samples.end());
      if (due == 0 && sent.own.empty()) break;
    }
    return all;
  }

  testing::FakeClock clock;
  SchedulerDomain domain;
  ledger::testing::FakeLedger ledger;

 private:
  int requests_ = 0;
};

}  // namespace carillon::scheduler
