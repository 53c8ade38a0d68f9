// The publisher's domain over a Ledger in memory, with a clock that stands still and effects that are only collected.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "carillon/listener/v1/listener.pb.h"
#include "carillon/publisher/v1/internal.pb.h"
#include "carillon/publisher/v1/publisher_api.pb.h"
#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/base/ids.h"
#include "common/base/testing/fake_clock.h"
#include "common/content/content.h"
#include "common/ledger/testing/fake_ledger.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/domain/publisher_domain.h"
#include "services/publisher/domain/states.h"
#include "services/publisher/domain/uploading.h"

namespace carillon::publisher::testing {

inline constexpr char kOrg[] = "org_one";
inline constexpr char kBrand[] = "brand_one";

struct Order {
  std::string text = "Hello";
  std::string post = "post_1";
  absl::Duration not_before = absl::ZeroDuration();  // from now
  absl::Duration not_after = absl::Minutes(15);
  bool hold_if_late = false;
  std::string answer_to = "scheduler";
  int media = 0;
};

class Harness : public ledger::EffectRunner, public GatesProvider {
 public:
  Harness() { gates = {true, false, true, true, true}; }

  // -- ports --
  void Run(std::shared_ptr<const ledger::Effect> effect) override {
    if (auto send = std::dynamic_pointer_cast<const SendJob>(effect)) sends.push_back(send);
    if (auto look = std::dynamic_pointer_cast<const LookupJob>(effect)) lookups.push_back(look);
    if (auto upload = std::dynamic_pointer_cast<const UploadJob>(effect)) uploads.push_back(upload);
    if (auto stop = std::dynamic_pointer_cast<const UploadStop>(effect)) stops.push_back(stop->upload_id);
    if (auto refresh = std::dynamic_pointer_cast<const RefreshJob>(effect)) refreshes.push_back(refresh);
    if (auto limits = std::dynamic_pointer_cast<const ReadLimitsJob>(effect)) limit_readings.push_back(limits);
    if (std::dynamic_pointer_cast<const DuplicateSuspected>(effect)) ++duplicates;
  }
  Gates For(const GateQuestion&) const override { return gates; }
  int AppAccounts(const std::string&) const override { return app_accounts; }

  // -- driving --
  // `token_life`: the token ends after it and can be refreshed; zero: it does not end.
  std::string Connect(const std::string& name = "acme", int64_t idempotency_window_s = 0,
                      absl::Duration token_life = absl::ZeroDuration(),
                      const std::string& platform = "mastodon") {
    const std::string id = MakeId("acct", {kOrg, platform, "social.example", name});
    v1::ConnectCommand command;
    v1::Account& account = *command.mutable_account();
    account.set_id(id);
    account.set_org_id(kOrg);
    account.set_brand_id(kBrand);
    account.set_platform(platform);
    account.set_base_url("https://social.example");
    account.set_remote_account_id(name);
    account.set_username(name + "@social.example");
    account.set_zone("Europe/Berlin");
    account.mutable_limits()->set_idempotency_window_s(idempotency_window_s);
    if (token_life > absl::ZeroDuration()) {
      account.set_token_refreshable(true);
      *account.mutable_token_expires_at() = ToProto(clock.Now() + token_life);
    }
    v1::CredentialRecord& credential = *command.mutable_credential();
    credential.set_account_id(id);
    credential.set_version(1);
    if (const auto known = Account(id); known.has_state_set) {
      credential.set_version(known.account.credential_version() + 1);
    }
    credential.set_ciphertext("sealed");
    EXPECT_TRUE(Do(id, command).status.ok());
    return id;
  }

  // Files of 100 bytes, named "1", "2", ...
  static void AddMedia(int count, google::protobuf::RepeatedPtrField<v1::Media>* media) {
    for (int i = 1; i <= count; ++i) {
      v1::Media& added = *media->Add();
      added.set_sha256(std::to_string(i));
      added.set_size_bytes(100);
      added.set_mime_type("image/png");
    }
  }
  v1::PublisherMessage Dispatch(const std::string& account, const Order& order) {
    v1::PublisherMessage message;
    v1::Dispatch& dispatch = *message.mutable_dispatch();
    const std::string id = MakeId("dlv", {order.post, account, "1"}, account);
    message.mutable_header()->set_to(id);
    dispatch.set_delivery_id(id);
    dispatch.set_account_id(account);
    dispatch.set_org_id(kOrg);
    dispatch.set_brand_id(kBrand);
    dispatch.set_post_id(order.post);
    dispatch.mutable_content()->set_text(order.text);
    AddMedia(order.media, dispatch.mutable_content()->mutable_media());
    dispatch.set_content_hash(content::ContentHash(dispatch.content()));
    dispatch.set_approved_by("ann");
    *dispatch.mutable_due_at() = ToProto(clock.Now() + order.not_before);
    *dispatch.mutable_not_before() = dispatch.due_at();
    *dispatch.mutable_not_after() = ToProto(clock.Now() + order.not_after);
    dispatch.set_hold_if_late(order.hold_if_late);
    dispatch.set_answer_to(order.answer_to);
    return message;
  }
  std::string Publish(const std::string& account, const Order& order = {}) {
    const v1::PublisherMessage message = Dispatch(account, order);
    EXPECT_TRUE(ledger.Deliver(message)) << ToString(ledger.last_status());
    return message.dispatch().delivery_id();
  }
  bool Cancel(const std::string& delivery, const std::string& from = "post_1") {
    v1::PublisherMessage message;
    message.mutable_header()->set_to(delivery);
    message.mutable_header()->set_from_aggregate(from);
    message.mutable_cancel()->set_delivery_id(delivery);
    return ledger.Deliver(message);
  }
  ledger::Answer Do(const std::string& id, const ledger::Proto& body) {
    return ledger.Command(kOrg, "", id, body);
  }

  v1::PublishReport ReportOf(const SendJob& job, v1::PublishResult result,
                             const std::string& remote_id = "") {
    v1::PublishReport report;
    report.set_delivery_id(job.delivery.id());
    report.set_attempt(job.attempt);
    report.set_result(result);
    report.set_remote_id(remote_id);
    if (!remote_id.empty()) report.set_remote_url("https://social.example/@acme/" + remote_id);
    report.set_credential_version(job.account.credential_version());
    *report.mutable_answered_at() = ToProto(clock.Now());
    return report;
  }
  void Published(const SendJob& job, const std::string& remote_id) {
    Tell(ReportOf(job, v1::PUBLISH_RESULT_PUBLISHED, remote_id));
  }
  void Refused(const SendJob& job, v1::RefusalClass refusal, absl::Duration retry_after = {}) {
    v1::PublishReport report = ReportOf(job, v1::PUBLISH_RESULT_REFUSED);
    report.set_refusal(refusal);
    report.set_error_reason(v1::RefusalClass_Name(refusal).substr(14));
    if (retry_after > absl::ZeroDuration()) {
      *report.mutable_retry_at() = ToProto(clock.Now() + retry_after);
    }
    Tell(report);
  }
  void Unknown(const SendJob& job) { Tell(ReportOf(job, v1::PUBLISH_RESULT_UNKNOWN)); }
  void NotSent(const SendJob& job) { Tell(ReportOf(job, v1::PUBLISH_RESULT_NOT_SENT)); }
  void Tell(const v1::PublishReport& report) {
    const auto answer = Do(report.delivery_id(), report);
    EXPECT_TRUE(answer.status.ok()) << ToString(answer.status);
  }
  void Looked(const LookupJob& job, v1::LookupResult result, const std::string& remote_id = "") {
    v1::LookupReport report;
    report.set_delivery_id(job.delivery.id());
    report.set_attempt(job.attempt);
    report.set_lookup(job.lookup);
    report.set_result(result);
    report.set_remote_id(remote_id);
    *report.mutable_asked_at() = ToProto(clock.Now());
    *report.mutable_answered_at() = ToProto(clock.Now());
    EXPECT_TRUE(Do(report.delivery_id(), report).status.ok());
  }
  void Refresh(const RefreshJob& job, v1::RefreshResult result,
               absl::Duration token_life = absl::Hours(2)) {
    v1::RefreshReport report;
    report.set_account_id(job.account.id());
    report.set_number(job.number);
    report.set_result(result);
    if (result == v1::REFRESH_RESULT_REFRESHED) {
      report.mutable_credential()->set_account_id(job.account.id());
      report.mutable_credential()->set_version(job.account.credential_version() + 1);
      report.mutable_credential()->set_ciphertext("sealed anew");
      *report.mutable_token_expires_at() = ToProto(clock.Now() + token_life);
    } else {
      report.set_error("no new token");
    }
    const auto answer = Do(job.account.id(), report);
    EXPECT_TRUE(answer.status.ok()) << ToString(answer.status);
  }
  // The run ended well.
  void Uploaded(const UploadJob& job, const std::string& handle, absl::Duration lifetime = absl::Hours(24)) {
    v1::MediaUploaded report;
    report.set_upload_id(job.upload.id());
    report.set_run(job.upload.run());
    report.set_index(job.index);
    report.set_handle(handle);
    *report.mutable_uploaded_at() = ToProto(clock.Now());
    report.set_lifetime_s(absl::ToInt64Seconds(lifetime));
    EXPECT_TRUE(Do(job.upload.id(), report).status.ok());
  }
  ledger::Answer UploadProgress(const UploadJob& job, const std::string& resume, int64_t bytes_done) {
    v1::UploadProgress report;
    report.set_upload_id(job.upload.id());
    report.set_run(job.upload.run());
    report.set_index(job.index);
    report.set_resume(resume);
    report.set_bytes_done(bytes_done);
    return Do(job.upload.id(), report);
  }
  void UploadStopped(const UploadJob& job, v1::RefusalClass refusal, absl::Duration retry_after = {}) {
    v1::UploadStopped report;
    report.set_upload_id(job.upload.id());
    report.set_run(job.upload.run());
    report.set_index(job.index);
    report.set_refusal(refusal);
    report.set_error_reason(refusal == v1::REFUSAL_CLASS_UNSPECIFIED ? "STOPPING" : v1::RefusalClass_Name(refusal).substr(14));
    report.set_credential_version(job.account.credential_version());
    if (retry_after > absl::ZeroDuration()) *report.mutable_retry_at() = ToProto(clock.Now() + retry_after);
    EXPECT_TRUE(Do(job.upload.id(), report).status.ok());
  }
  ledger::Answer Resolve(const std::string& delivery, const std::string& url) {
    v1::ResolveDeliveryRequest request;
    request.set_delivery_id(delivery);
    if (url.empty()) {
      request.set_retry(true);
    } else {
      request.set_published_url(url);
    }
    return Do(delivery, request);
  }
  // Goes on in steps and decides what becomes due.
  void Pass(absl::Duration time, absl::Duration step = absl::Milliseconds(500)) {
    for (absl::Duration passed; passed < time; passed += step) {
      clock.Advance(step);
      ledger.RunDue();
    }
  }

  // -- seeing --
  v1::Delivery Delivery(const std::string& id) {
    const auto record = *static_cast<ledger::Reader&>(ledger).Get(id);
    EXPECT_NE(record, nullptr) << id;
    if (record == nullptr) return {};
    return static_cast<const v1::PublisherRecord&>(*record).delivery();
  }
  v1::MediaUpload Upload(const std::string& delivery) {
    const auto record = *static_cast<ledger::Reader&>(ledger).Get(UploadId(delivery));
    return record == nullptr ? v1::MediaUpload() : static_cast<const v1::PublisherRecord&>(*record).media_upload();
  }
  std::string State(const std::string& id) { return StateName(Delivery(id).state()); }
  struct KnownAccount {
    bool has_state_set = false;
    v1::Account account;
  };
  KnownAccount Account(const std::string& id) {
    const auto record = *static_cast<ledger::Reader&>(ledger).Get(id);
    if (record == nullptr) return {};
    return {true, static_cast<const v1::PublisherRecord&>(*record).account()};
  }
  // The outcomes for the scheduler since the last call, as "STATE" or "STATE+LATE"; others are kept in `others`.
  std::vector<std::string> Outcomes() {
    std::vector<std::string> out;
    for (const ledger::OutMessage& message : ledger.TakeMessages()) {
      const auto* body = dynamic_cast<const scheduler::v1::SchedulerMessage*>(message.body.get());
      if (body == nullptr) {
        others.push_back(message);
        continue;
      }
      out.push_back(StateName(body->outcome().state()) +
                    (body->outcome().too_late() ? "+LATE" : ""));
    }
    return out;
  }

  // The platform "x" charges 0.015 USD for a post, others nothing.
  static Rules WithPrices() {
    Rules rules;
    rules.price_of = [](const v1::Account& account, const v1::Content&) -> std::optional<common::v1::Money> {
      if (account.platform() != "x") return std::nullopt;
      common::v1::Money cost;
      cost.set_currency("USD");
      cost.set_micros(15'000);
      return cost;
    };
    return rules;
  }

  carillon::testing::FakeClock clock;
  Gates gates;
  int app_accounts = 1;
  Rules rules = WithPrices();
  PublisherDomain domain{rules, *this};
  ledger::testing::FakeLedger ledger{domain, clock, this};
  std::vector<std::shared_ptr<const SendJob>> sends;
  std::vector<std::shared_ptr<const LookupJob>> lookups;
  std::vector<std::shared_ptr<const RefreshJob>> refreshes;
  std::vector<std::shared_ptr<const UploadJob>> uploads;
  std::vector<std::string> stops;  // uploads whose runs are not needed any more
  std::vector<std::shared_ptr<const ReadLimitsJob>> limit_readings;
  std::vector<ledger::OutMessage> others;
  int duplicates = 0;
};

}  // namespace carillon::publisher::testing
