// A connector, a guard and a Ledger that do as a test tells them.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>

#include "common/ledger/testing/fake_ledger.h"
#include "common/platform/connector.h"
#include "services/publisher/effects/deadline_guard.h"

namespace carillon::publisher::testing {

class FakeConnector : public platform::Connector {
 public:
  std::string Platform() const override { return "mastodon"; }
  Result<platform::AccountInfo> Verify(const platform::AccountAccess&, absl::Duration) override { return platform::AccountInfo(); }
  Result<platform::PlatformLimits> Limits(const platform::AccountAccess&, absl::Duration) override {
    return platform::PlatformLimits();
  }
  Status Validate(const platform::PublishContent& content, const platform::PlatformLimits&) const override {
    if (content.text != "too long") return Ok();
    return Refuse(Code::kInvalidArgument, "TEXT_TOO_LONG", "the text is too long");
  }
  // Called on several threads at once.
  Result<platform::UploadedMedia> Upload(const platform::UploadRequest& request) override {
    const int number = ++uploads;
    if (upload) return upload(request);
    return platform::UploadedMedia{fmt::format("m{}", number), absl::Hours(1)};
  }
  platform::PublishOutcome Publish(const platform::PublishRequest& request) override {
    last = request;
    if (before_first_byte) before_first_byte();
    platform::PublishOutcome outcome;
    if (!request.may_send()) {
      outcome.kind = platform::PublishOutcome::Kind::kNotSent;
      return outcome;
    }
    ++effects;
    if (!refusal.empty()) {
      outcome.kind = platform::PublishOutcome::Kind::kRefused;
      outcome.error_class = platform::ErrorClass::kInvalidContent;
      outcome.error = refusal;
      return outcome;
    }
    outcome.kind = platform::PublishOutcome::Kind::kPublished;
    outcome.remote_id = fmt::format("r{}", effects.load());
    return outcome;
  }
  platform::LookupOutcome Lookup(const platform::LookupRequest& request) override {
    looked_since = request.since;
    return {.kind = platform::LookupOutcome::Kind::kFound, .remote_id = "found", .error = refusal};
  }

  Result<platform::Profile> ReadProfile(const platform::AccountAccess& access, absl::Duration) override {
    if (!profile_refusal.ok()) return profile_refusal;
    return platform::Profile{.username = access.remote_account_id, .display_name = "Acme", .followers = 7};
  }
  Status CheckProfile(const platform::ProfileChange& change) const override {
    if (change.bio != "too long") return Ok();
    return Refuse(Code::kInvalidArgument, "TEXT_TOO_LONG", "the bio is too long");
  }
  platform::PublishOutcome SetProfile(const platform::SetProfileRequest& request) override {
    changed = request;
    return Publish({.access = request.access, .may_send = request.may_send});
  }

  Status profile_refusal;
  platform::SetProfileRequest changed;
  std::function<Result<platform::UploadedMedia>(const platform::UploadRequest&)> upload;
  std::function<void()> before_first_byte;
  platform::PublishRequest last;
  absl::Time looked_since;
  std::string refusal;  // not empty: what Publish() is refused with
  std::atomic<int> uploads = 0;
  std::atomic<int> effects = 0;
};

class FakeGuard : public DeadlineGuard {
 public:
  class Timer : public Armed {
   public:
    explicit Timer(int& armed) : armed_(armed) { ++armed_; }
    ~Timer() override { --armed_; }

   private:
    int& armed_;
  };
  std::unique_ptr<Armed> Arm(absl::Duration boot_deadline) override {
    if (broken) return nullptr;
    deadline = boot_deadline;
    return std::make_unique<Timer>(armed);
  }
  bool broken = false;
  int armed = 0;
  absl::Duration deadline;
};

// A Ledger that answers as it is told.
class ScriptedLedger : public ledger::testing::FakeLedger {
 public:
  using FakeLedger::FakeLedger;
  void Submit(ledger::Input, absl::Time, ledger::AnswerCallback done) override {
    ledger::Answer answer;
    {
      std::lock_guard lock(mutex);
      ++asked;
      if (!answers.empty()) {
        answer.status = answers.front();
        answers.pop_front();
      }
      if (answers.empty()) ended.set_value();
    }
    done(std::move(answer));
  }
  std::mutex mutex;
  std::deque<Status> answers;
  int asked = 0;
  std::promise<void> ended;
};

}  // namespace carillon::publisher::testing
